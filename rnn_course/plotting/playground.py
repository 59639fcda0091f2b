"""Figures that the page draws: a reader sets a value, and the same maths as in the package, in a script, answers at once.

A `Playground` holds a still drawing, the reader's controls and the numbers that the script needs. Its script is
``book/_static/figures/NAME.js``. Without JavaScript, in print and in a notebook, the still is shown.
"""

import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

from matplotlib.figure import Figure

from rnn_course.plotting.pictures import Picture


@dataclass(frozen=True)
class Slider:
    """A number between two ends.

    Parameters
    ----------
    label : str, the quantity, with its unit if it has one
    low, high, step : float, the ends, and what one press of an arrow key changes; the step divides the range
    value : float, where it stands at first
    name : str, what the script calls it; without it, the label
    play : bool, whether the reader can let it run from low to high

    Raises
    ------
    ValueError
        If the range is empty, the step does not divide it, or the value lies outside.

    Examples
    --------
    >>> Slider("spectral radius", low=0.5, high=1.5, step=0.1, value=2)
    Traceback (most recent call last):
    ValueError: spectral radius: expected a value from 0.5 to 1.5, received 2
    """

    kind: ClassVar = "slider"
    label: str
    low: float
    high: float
    step: float
    value: float
    name: str = ""
    play: bool = False

    def __post_init__(self) -> None:
        if self.step <= 0 or self.high <= self.low:
            raise ValueError(
                f"{self.label}: expected low < high and a step above 0, received {self.low}, {self.high}, {self.step}"
            )
        steps = (self.high - self.low) / self.step
        if abs(steps - round(steps)) > 1e-9 * steps:
            raise ValueError(
                f"{self.label}: expected a step that divides {self.high - self.low:g}, received {self.step}"
            )
        if not self.low <= self.value <= self.high:
            raise ValueError(f"{self.label}: expected a value from {self.low} to {self.high}, received {self.value}")


@dataclass(frozen=True)
class Choice:
    """One of a few options, each a str. ``value`` is the first choice; without it, the first option.

    Examples
    --------
    >>> Choice("activation", ["tanh", "relu"], value="sine")
    Traceback (most recent call last):
    ValueError: activation: expected a value among ['tanh', 'relu'], received 'sine'
    """

    kind: ClassVar = "choice"
    label: str
    options: Sequence[str]
    value: str = ""
    name: str = ""

    def __post_init__(self) -> None:
        if len(self.options) < 2:
            raise ValueError(f"{self.label}: expected at least two options, received {list(self.options)}")
        if self.value and self.value not in self.options:
            raise ValueError(f"{self.label}: expected a value among {list(self.options)}, received {self.value!r}")
        object.__setattr__(self, "value", self.value or self.options[0])


@dataclass(frozen=True)
class Button:
    """Something that the script does: its ``act[name]``. With ``play`` the reader can have it done again and again."""

    kind: ClassVar = "button"
    label: str
    name: str = ""
    play: bool = False


@dataclass(frozen=True)
class Arrangement:
    """A row of items whose order the reader changes. ``fixed`` holds the places of those that stay.

    The script gets a list: which item, counted from 0, stands at each place.
    """

    kind: ClassVar = "arrangement"
    label: str
    items: Sequence[str]
    fixed: Sequence[int] = ()
    name: str = ""
    value: list[int] = field(init=False)

    def __post_init__(self) -> None:
        places = set(range(len(self.items)))
        if len(places - set(self.fixed)) < 2 or not places >= set(self.fixed):
            raise ValueError(
                f"{self.label}: expected at least two items that can move, and fixed places from 0 to "
                f"{len(self.items) - 1}, received {len(self.items)} items and fixed {list(self.fixed)}"
            )
        object.__setattr__(self, "value", sorted(places))


Control = Slider | Choice | Button | Arrangement


class Playground:
    """A figure that the page draws anew whenever the reader changes a value.

    Parameters
    ----------
    name : str, lower-case words joined by hyphens; the script is ``book/_static/figures/NAME.js``
    still : matplotlib Figure, what is shown at the first values; in print, in a notebook and without JavaScript too
    controls : what the reader changes, each with a name or label of its own
    alt : str, what the figure shows, for a reader who cannot see it
    data : numbers for the script; arrays become lists

    Raises
    ------
    ValueError
        If the name is no such word, two controls have one name, ``alt`` is empty, or a number in ``data`` is not finite.

    Examples
    --------
    >>> from rnn_course.plotting import axes
    >>> rate = Slider("learning rate", low=0.0, high=2.0, step=0.1, value=0.5, name="rate")
    >>> figure = Playground("ffnn-descent", axes()[0], [rate], alt="A ball that rolls down a parabola", data={"x": [0.0]})
    >>> figure.settings()["controls"][0]["name"], figure.settings()["data"]
    ('rate', {'x': [0.0]})
    """

    def __init__(
        self, name: str, still: Figure, controls: Sequence[Control], alt: str, data: Mapping[str, Any] | None = None
    ) -> None:
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name):
            raise ValueError(f"name: expected lower-case words joined by hyphens, received {name!r}")
        names = [control.name or control.label for control in controls]
        if not names or len(set(names)) < len(names):
            raise ValueError(f"{name}: expected at least one control, and a name of its own for each, received {names}")
        self.name, self.picture = name, Picture(still, alt)
        self._settings = {
            "controls": [{"kind": one.kind, **asdict(one), "name": one.name or one.label} for one in controls],
            "data": _plain(dict(data or {})),
        }

    def settings(self) -> dict[str, Any]:
        """Return what the script reads: the controls, and the data as plain lists and numbers."""
        return self._settings

    def _repr_html_(self) -> str:
        settings = json.dumps(self.settings(), ensure_ascii=False, separators=(",", ":")).replace("<", r"\u003c")
        still = f'<div class="still">{self.picture.svg()}</div>'
        name = html.escape(self.name, quote=True)
        return (
            f'<div class="playground" data-playground="{name}">{still}'
            f'<script type="application/json">{settings}</script></div>'
        )

    def _repr_png_(self) -> bytes:
        return self.picture._repr_png_()


def _plain(data: dict[str, Any]) -> dict[str, Any]:
    """Return the data as JSON knows it."""
    try:
        return json.loads(json.dumps(data, default=lambda value: value.tolist(), allow_nan=False))
    except (AttributeError, TypeError, ValueError) as error:
        raise ValueError(f"data: expected finite numbers, strings, lists and arrays, received {data}") from error
