"""One look for all figures: colours that colour-blind readers can tell apart, on a light and on a dark page.

`axes` makes Axes in that look. `Picture`, `Frames` and `Playground` hand finished figures to a notebook or to the book,
with alt text. Text and axes take the page's own text colour, so one drawing serves both colour modes.
"""

from rnn_course.plotting.pictures import Frames, Picture
from rnn_course.plotting.playground import Arrangement, Button, Choice, Playground, Slider
from rnn_course.plotting.style import COLOURS, INK, STYLE, axes, style

__all__ = [
    "COLOURS",
    "INK",
    "STYLE",
    "Arrangement",
    "Button",
    "Choice",
    "Frames",
    "Picture",
    "Playground",
    "Slider",
    "axes",
    "style",
]
