"""Run a function over settings and seeds, keep every result, go on where a killed run stopped."""

import json
import os
import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from tqdm import tqdm

from rnn_course.comparison import bootstrap_interval

IN_CLONE = Path(__file__).resolve().parents[2] / "book" / "results"
INSTALLED = Path(__file__).resolve().parents[1] / "results"  # a wheel carries a copy inside the package
RESULTS = IN_CLONE if IN_CLONE.is_dir() else INSTALLED

Settings = dict[str, Any]
Result = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One line of a table *published / obtained here*.

    ``published`` is empty where the literature has no number, and ``source`` is then what the bound was derived from.
    ``seeds`` is 0 where nothing was run.
    """

    quantity: str
    published: str
    source: str
    obtained: str
    seeds: int


class Table:
    """Rows under headings, shown as a table in a page or notebook."""

    def __init__(self, headings: Iterable[str], rows: Iterable[Iterable[Any]]) -> None:
        self.headings, self.rows = list(headings), [[str(cell) for cell in row] for row in rows]

    def _repr_markdown_(self) -> str:
        lines = [self.headings, ["---"] * len(self.headings), *self.rows]
        return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def published_obtained(rows: Iterable[Row]) -> Table:
    """Return the table that every chapter's experiment ends in."""
    headings = ("Quantity", "Published or derived", "Source", "Obtained here", "Seeds")
    return Table(headings, [(r.quantity, r.published or "-", r.source, r.obtained, r.seeds or "-") for r in rows])


def run_grid(
    name: str,
    run: Callable[..., Result],
    settings: Iterable[Settings],
    seeds: Iterable[int],
    progress: bool = True,
    command: str = "",
) -> list[Result]:
    """Call ``run(seed=seed, **setting)`` for every setting and seed that has no stored result.

    Parameters
    ----------
    name : str, the file's stem in ``book/results/``
    run : callable that returns numbers and strings by name
    settings : dicts of keyword arguments
    seeds : ints
    progress : bool, show a progress bar
    command : str, what to run to get the file, if it is not ``rnn-course experiment`` and the chapter

    Returns
    -------
    list of dicts, each the setting, the seed and the result, in the order of ``settings`` and ``seeds``.

    Raises
    ------
    FileNotFoundError
        If there is no clone of the repository to store results in.
    """
    if RESULTS == INSTALLED or not RESULTS.is_dir():
        raise FileNotFoundError(
            f"{RESULTS}: experiments store their results in a clone of the repository; run them there"
        )
    path = RESULTS / f"{name}.json"
    stored = {_key(r): r for r in load(name)} if path.exists() else {}
    grid = [{**setting, "seed": seed} for setting in settings for seed in seeds]
    for call in tqdm(grid, desc=name, disable=not progress):
        if _key(call) not in stored:
            stored[_key(call)] = {**call, "result": run(**call)}
            _write(path, command or _command(name), [stored[_key(c)] for c in grid if _key(c) in stored])
    return [stored[_key(call)] for call in grid]


def load(name: str) -> list[Result]:
    """Return the stored runs of an experiment.

    Raises
    ------
    FileNotFoundError
        If it was never run; the message names the command.
    """
    path = RESULTS / f"{name}.json"
    if not path.exists():
        raise FileNotFoundError(f"{path}: no stored run. Make it with: {_command(name)}")
    return json.loads(path.read_text())["runs"]


def interval(values: Iterable[float], level: float = 0.95) -> tuple[float, float, float]:
    """Mean of ``values`` and its `bootstrap_interval`, drawn with a fixed seed: a page says the same at every build."""
    return bootstrap_interval(values, np.random.default_rng(0), level)


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """95 % interval for a success rate (Wilson 1927), honest at 0 and at 100 %.

    Examples
    --------
    >>> low, high = wilson_interval(10, 10)
    >>> round(low, 3), round(high, 3)
    (0.722, 1.0)
    """
    z = 1.959964
    rate, z2n = successes / trials, z**2 / trials
    centre = (rate + z2n / 2) / (1 + z2n)
    half = z / (1 + z2n) * np.sqrt(rate * (1 - rate) / trials + z2n / (4 * trials))
    return float(max(centre - half, 0.0)), float(min(centre + half, 1.0))


def rate(successes: int, trials: int) -> str:
    r"""Write how many runs succeeded, with the `wilson_interval` of the rate.

    Examples
    --------
    >>> rate(10, 10)
    '10 of 10 [72–100\xa0%]'
    """
    low, high = wilson_interval(successes, trials)
    return f"{successes} of {trials} [{100 * low:.0f}–{100 * high:.0f}\u00a0%]"


def _key(call: Settings) -> str:
    return json.dumps({k: v for k, v in call.items() if k != "result"}, sort_keys=True)


def _command(name: str) -> str:
    return f"rnn-course experiment {name.rpartition('_')[0]}"


def _write(path: Path, command: str, runs: list[Result]) -> None:
    about = {
        "command": command,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "machine": platform.machine(),
    }
    runs_text = ",\n".join("  " + json.dumps(r) for r in runs)
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(about, indent=1)[:-2] + ',\n "runs": [\n' + runs_text + "\n ]\n}\n")
    os.replace(partial, path)
