"""The picture that a link to the course shows elsewhere: its title over a recurrent network, unrolled in time."""

import textwrap
from pathlib import Path
from typing import Any

from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

BLUE, ORANGE, PAPER, INK = "#0072b2", "#e69f00", "#ffffff", "#1f2328"
WIDTH, HEIGHT = 1200, 630  # pixels, the size that previews are cut to
STEPS = 5


def draw_card(path: Path, title: str) -> None:
    """Draw the card into ``path`` as PNG, the same bytes each time."""
    figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100, facecolor=PAPER)
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set(xlim=(0, WIDTH), ylim=(0, HEIGHT))
    ax.axis("off")
    ax.add_patch(Rectangle((0, 0), 24, HEIGHT, color=BLUE))
    lines = "\n".join(textwrap.wrap(title, 26))
    ax.text(80, 545, lines, fontsize=44, fontweight="bold", color=INK, va="top", linespacing=1.2)
    for step in range(STEPS):
        _draw_step(ax, 150 + 215 * step, step)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, format="png", metadata={"Software": None})


def _draw_step(ax: Any, x: float, step: int) -> None:
    """Draw one step: its input below, its state, and the arrows to both."""
    arrow = {"arrowstyle": "-|>", "linewidth": 4, "mutation_scale": 26, "shrinkA": 0, "shrinkB": 0}
    ax.scatter([x], [210], s=5200, facecolor=PAPER, edgecolor=BLUE, linewidth=5, zorder=3)
    ax.text(x, 210, f"$h_{step + 1}$", fontsize=28, color=INK, ha="center", va="center", zorder=4)
    ax.text(x, 62, f"$x_{step + 1}$", fontsize=28, color=INK, ha="center", va="center")
    ax.annotate("", (x, 156), (x, 92), arrowprops={**arrow, "color": ORANGE})
    if step < STEPS - 1:
        ax.annotate("", (x + 161, 210), (x + 54, 210), arrowprops={**arrow, "color": BLUE})
