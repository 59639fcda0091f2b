"""Finished figures with alt text: `Picture` stands still, `Frames` shows one drawing for each position of a slider."""

import html
import io
import re
import zlib
from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from rnn_course.plotting.style import COLOURS, INK, style
from rnn_course.svg import shrink


class Picture:
    """A finished figure with its alt text, shown as SVG in a page or notebook and as PNG elsewhere.

    Parameters
    ----------
    figure : matplotlib Figure
    alt : str, what the figure shows, for a reader who cannot see it

    Raises
    ------
    ValueError
        If ``alt`` is empty.
    """

    def __init__(self, figure: Figure, alt: str) -> None:
        if not alt.strip():
            raise ValueError("alt: expected a sentence that says what the figure shows, received none")
        self.figure, self.alt = figure, " ".join(alt.split())

    def _repr_html_(self) -> str:
        return f'<div class="picture">{self.svg()}</div>'

    def _repr_png_(self) -> bytes:
        return _render(self.figure, "png", {"facecolor": "white"})

    def svg(self) -> str:
        """Return the drawing as one ``<svg>`` element that takes its text colour from the page."""
        text = _render(self.figure, "svg", {"metadata": {"Date": None, "Creator": None}}).decode()
        text = shrink(text[text.index("<svg") :].replace(INK, "currentColor"))
        for name, colour in COLOURS.items():  # a page may have a lighter or darker shade, so that its contrast suffices
            text = text.replace(colour, f"var(--figure-{name}, {colour})")
        prefix = f"p{zlib.crc32(text.encode()):08x}-"  # several drawings stand on one page: make their ids differ
        text = re.sub(r'\bid="', f'id="{prefix}', text)
        text = re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}", text)
        alt = html.escape(self.alt, quote=True)
        return text.replace("<svg", f'<svg role="img" aria-label="{alt}"', 1)


class Frames:
    """A figure that the reader plays with: one drawing for each position of a slider.

    Every frame is computed here, at build time. Without JavaScript, and in print, the last frame is shown.

    Parameters
    ----------
    figures : matplotlib Figures of one size, at least two
    labels : str for each frame, what the slider says there
    slider : str, the quantity that the slider changes
    alts : str for each frame, its alt text
    """

    def __init__(self, figures: Sequence[Figure], labels: Sequence[str], slider: str, alts: Sequence[str]) -> None:
        if not len(figures) == len(labels) == len(alts) or len(figures) < 2:
            raise ValueError(
                "expected at least two figures, with a label and an alt text each; "
                f"received {len(figures)}, {len(labels)} and {len(alts)}"
            )
        self.pictures = [Picture(figure, alt) for figure, alt in zip(figures, alts, strict=True)]
        self.labels, self.slider = list(labels), slider

    def _repr_html_(self) -> str:
        last = len(self.pictures) - 1
        frames = "".join(
            f'<div class="frame" data-label="{html.escape(label, quote=True)}"{"" if i == last else " hidden"}>'
            f"{picture.svg()}</div>"
            for i, (picture, label) in enumerate(zip(self.pictures, self.labels, strict=True))
        )
        name = html.escape(self.slider, quote=True)
        return f'<div class="frames" data-slider="{name}">{frames}</div>'

    def _repr_png_(self) -> bytes:
        return self.pictures[-1]._repr_png_()


def _render(figure: Figure, form: str, options: dict[str, Any]) -> bytes:
    buffer = io.BytesIO()
    with style():
        figure.savefig(buffer, format=form, **options)
    return buffer.getvalue()
