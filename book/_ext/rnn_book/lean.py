"""A page loads what it uses, and nothing else.

The theme and the extensions put all their scripts and styles on every page. Here each page gets those that its content
asks for; the style sheets lose the rules that no page uses; and scripts no longer stop a page from being drawn.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from rnn_book.icons import with_icons
from rnn_book.prune import prune, words

MOVING = r'class="(?:frames|playground)"|\btag_live\b'
# a part of the file's name, or of the script in the page, and what in a page's content asks for it
ASKED_FOR = {
    "togglebutton": r'class="[^"]*\b(?:dropdown|toggle)\b',
    "toggleHint": r'class="[^"]*\b(?:dropdown|toggle)\b',
    "toggleOpenOnPrint": r'class="[^"]*\b(?:dropdown|toggle)\b',
    "copybutton": r'<div class="highlight',
    "clipboard": r'<div class="highlight',
    "sphinx-design": r'class="[^"]*\bsd-',
    "design-tabs": r"\bsd-tab-set\b",
    "mystnb": r'class="[^"]*\b(?:cell|pasted)',
    "moving.css": MOVING,
    "figures/controls.js": MOVING,
    "figures/base.js": MOVING,
    "figures/paper.js": r'class="playground"',
}
# a font of KaTeX, and the class in a page that asks for it
FONTS = {
    "1em KaTeX_Main": "katex",
    "italic 1em KaTeX_Math": r"\bmathnormal\b",
    "1em KaTeX_Size1": r"\b(?:size1|small-op)\b",
    "1em KaTeX_Size2": r"\b(?:size2|large-op)\b",
    "bold 1em KaTeX_Main": r"\bmathbf\b",
    "1em KaTeX_AMS": r"\b(?:amsrm|mathbb)\b",
    "1em KaTeX_Caligraphic": r"\bmathcal\b",
    "1em KaTeX_Size3": r"\bsize3\b",
    "1em KaTeX_Size4": r"\b(?:size4|delim-size4)\b",
}
KATEX_STYLE = r"<link[^>]*katex\.min\.css[^>]*>"
EARLY = "<script data-fonts>"
THEME = "styles/pydata-sphinx-theme.css"
PRUNED = (THEME, "styles/sphinx-book-theme.css", "sphinx-design.min.css", "basic.css", "mystnb.*.css")
DROPPED = re.compile(r"\s*<!-- So that users can add custom icons -->|\s*<script[^>]*/fontawesome\.js[^>]*></script>")
UNDECIDED = 'document.documentElement.dataset.theme = localStorage.getItem("theme") || "auto";'
DECIDED = (
    "document.documentElement.dataset.theme = document.documentElement.dataset.mode !== 'auto'"
    " ? document.documentElement.dataset.mode : matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';"
)
IMPORTER = re.compile(r"/styles/theme\.css[^\"]*")  # it does nothing but import basic.css
SEARCH = re.compile(r"\s*<script[^>]*/(?:searchtools|language_data|searchindex)\.js[^>]*></script>")
BLOCKING = re.compile(r'<script (?=src="(?!(?:\.\./)*_static/documentation_options))')
SECOND_VIEWPORT = re.compile(
    r'(<meta name="viewport"[^>]*>)((?:(?!</head>).)*?)\s*<meta name="viewport"[^>]*>', re.DOTALL
)
BARE_ICON = re.compile(r'<(i|span) (class="[^"]*\bfa[srb]?[ -][^"]*")(?![^>]*aria-hidden)')


def choose_files(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Keep the scripts and styles that the page's content asks for."""
    body = context.get("body", "")
    for key in ("script_files", "css_files"):
        context[key] = [file for file in context.get(key, []) if _asked_for(file, body)]


def _asked_for(file: Any, body: str) -> bool:
    name = str(getattr(file, "filename", None) or getattr(file, "attributes", {}).get("body", ""))
    return all(re.search(sign, body) for part, sign in ASKED_FOR.items() if part in name)


def trim(page: str) -> str:
    """Return a page without Font Awesome's script, and without the search's where none is shown.

    Its scripts wait until the page is drawn; the fonts of its formulas and the choice of light or dark do not, so that
    nothing moves when they come.
    """
    page = IMPORTER.sub("/basic.css", DROPPED.sub("", page))
    page = page.replace(UNDECIDED, DECIDED).replace('data-theme="auto"', 'data-theme="light"')
    page = BARE_ICON.sub(r'<\1 \2 aria-hidden="true"', page)
    while SECOND_VIEWPORT.search(page):
        page = SECOND_VIEWPORT.sub(r"\1\2", page)
    if 'id="search-results"' in page:
        return page
    return _fetch_fonts_early(BLOCKING.sub("<script defer ", SEARCH.sub("", page)))


def _fetch_fonts_early(page: str) -> str:
    """Ask for the fonts of formulas before the page is laid out."""
    needed = [font for font, sign in FONTS.items() if 'class="katex' in page and re.search(sign, page)]
    if not needed or EARLY in page:
        return page
    return re.sub(KATEX_STYLE, rf"\g<0>\n    {EARLY}{needed}.forEach(font => document.fonts.load(font))</script>", page)


def pages(site: Path) -> Iterator[Path]:
    """Yield the pages that Sphinx wrote."""
    yield from sorted([*site.glob("*.html"), *(site / "book").rglob("*.html")])


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Trim the pages, then the style sheets, and delete what no page loads."""
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    static = site / "_static"
    used = set()
    for path in pages(site):
        before = path.read_text(encoding="utf-8")
        if (after := trim(before)) != before:
            path.write_text(after, encoding="utf-8")
        used |= words(after)
    _delete_unused(static)
    for script in static.rglob("*.js"):
        used |= words(script.read_text(encoding="utf-8"))
    _prune_styles(static, used)


def _prune_styles(static: Path, used: set[str]) -> None:
    files = [path for name in PRUNED for path in static.glob(name)]
    texts = {path: prune(path.read_text(encoding="utf-8"), used) for path in files}
    font = static / "vendor" / "fontawesome" / "webfonts" / "fa-solid-900.ttf"
    if font.exists() and static / THEME in texts:
        texts[static / THEME] = with_icons(texts[static / THEME], "".join(texts.values()), font)
        shutil.rmtree(font.parents[1])
    for path, text in texts.items():
        path.write_text(text, encoding="utf-8")


def _delete_unused(static: Path) -> None:
    for path in {*static.glob("*/*.map"), *static.glob("scripts/fontawesome.js*")}:
        path.unlink()
    for name in ("webpack-macros.html", "sbt-webpack-macros.html"):
        (static / name).unlink(missing_ok=True)


def setup(app: Sphinx) -> None:
    """Register the trimming, before the scan for remote fetches."""
    app.connect("html-page-context", choose_files, priority=950)
    app.connect("build-finished", finish, priority=800)
