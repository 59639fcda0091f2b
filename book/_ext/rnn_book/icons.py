"""The theme's icons as a font of a few kilobytes inside its style sheet.

The theme brings all of Font Awesome: 1.5 MB of script, or 160 kB of font, for a dozen icons.
"""

import base64
import io
import re
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

ESCAPE = re.compile(r'\\([ef][0-9a-f]{3})(?=["\'\s])')
DRAWN = re.compile("[\ue000-\uf8ff]")
FACE = re.compile(r"@font-face\{[^}]*Font Awesome[^}]*\}")
MOTION = re.compile(r"@keyframes fa-[\w-]+\{(?:[^{}]|\{[^{}]*\})*\}")
LICENCE = "/*! Icons: Font Awesome Free 6, https://fontawesome.com/license/free, CC BY 4.0; font: SIL OFL 1.1 */"


def code_points(css: str) -> list[int]:
    r"""Return the icons that a style sheet draws.

    Examples
    --------
    >>> [hex(point) for point in code_points('.fa-sun:before{content:"\\f185"}')]
    ['0xf185']
    """
    return sorted({int(code, 16) for code in ESCAPE.findall(css)} | {ord(sign) for sign in DRAWN.findall(css)})


def small_font(font: Path, points: list[int]) -> bytes:
    """Return the glyphs of ``points`` as WOFF, the same bytes each time."""
    options = subset.Options(flavor="woff", layout_features=[], notdef_outline=True, recalc_timestamp=False)
    with TTFont(font, recalcTimestamp=False) as source:
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=points)
        subsetter.subset(source)
        source.flavor = "woff"
        written = io.BytesIO()
        source.save(written)
    return written.getvalue()


def with_icons(css: str, others: str, font: Path) -> str:
    """Return the theme's style sheet with one small font instead of Font Awesome's files.

    Parameters
    ----------
    css : str, the theme's style sheet, without the rules that nothing uses
    others : str, all style sheets that draw icons
    font : Path of Font Awesome's solid font
    """
    data = base64.b64encode(small_font(font, code_points(css + others))).decode()
    face = (
        '@font-face{font-family:"Font Awesome 6 Free";font-style:normal;font-weight:900;font-display:block;'
        f'src:url("data:font/woff;base64,{data}") format("woff")}}'
    )
    return f"{LICENCE}\n{MOTION.sub('', FACE.sub('', css))}{face}"
