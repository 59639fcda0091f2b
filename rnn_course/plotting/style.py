"""The look: colours, rcParams, and Axes that keep to it whenever something is drawn on them."""

import inspect
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure

# Okabe & Ito (2008), without black and yellow, which vanish on a dark or a light page.
COLOURS = {
    "blue": "#0072b2",
    "orange": "#e69f00",
    "green": "#009e73",
    "vermillion": "#d55e00",
    "purple": "#cc79a7",
    "sky": "#56b4e9",
}
INK = "#010203"  # stands for the page's text colour until the SVG is written

STYLE: Any = {
    "axes.prop_cycle": cycler(color=list(COLOURS.values())),
    "axes.edgecolor": INK,
    "axes.labelcolor": INK,
    "axes.titlecolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11,
    "figure.constrained_layout.use": True,
    "figure.dpi": 100,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
    "savefig.facecolor": "none",
    "font.size": 10,
    "grid.color": "#8c8c8c",
    "grid.alpha": 0.35,
    "legend.frameon": False,
    "lines.linewidth": 2,
    "svg.fonttype": "none",
    "svg.hashsalt": "rnn-course",
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the course's look inside a ``with`` block."""
    with mpl.rc_context(STYLE):
        yield


def _styled(method: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(method)
    def call(*args: Any, **kwargs: Any) -> Any:
        if mpl.rcParams["text.color"] == INK:  # called by another of these, or inside `style`
            return method(*args, **kwargs)
        with style():
            return method(*args, **kwargs)

    return call


def _always_in_style(drawn: type) -> type:
    """Make all that a class of matplotlib's draws take the course's look, also when it is drawn later."""
    for name, method in inspect.getmembers(drawn, inspect.isfunction):
        if not name.startswith(("_", "get_")):
            setattr(drawn, name, _styled(method))
    return drawn


@_always_in_style
class StyledAxes(Axes):
    """Axes whose lines, texts and legends have the course's look, without a ``with style()`` around them."""


@_always_in_style
class StyledFigure(Figure):
    """The same for what is added to a figure, such as a title or a legend."""


def axes(columns: int = 1, rows: int = 1, width: float = 7.0, height: float = 3.2, **kwargs: Any) -> tuple[Figure, Any]:
    """New figure and Axes in the course's look.

    Parameters
    ----------
    columns, rows : int, how many Axes
    width, height : float, size of the whole figure in inches
    **kwargs : passed to ``plt.subplots``, for example ``sharey=True``

    Returns
    -------
    figure, and one Axes, or an ndarray of them. All that is drawn on them later has the look too.
    """
    with style():
        figure, drawn = plt.subplots(
            rows,
            columns,
            figsize=(width, height),
            FigureClass=StyledFigure,
            subplot_kw={"axes_class": StyledAxes, **kwargs.pop("subplot_kw", {})},
            **kwargs,
        )
    plt.close(figure)  # shown once, by Picture or Frames, not a second time by the notebook
    return figure, drawn
