"""Run an assignment's cells without nbgrader: parse the py:percent source, swap cells for a variant's, run the tests."""

import linecache
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from types import ModuleType
from typing import Any

from rnn_course.check import CheckFailed

SOLUTIONS = Path(__file__).parents[2] / "solutions"
_numbers = count()


@dataclass(frozen=True)
class Cell:
    """One code cell: ``solution`` or ``test`` is the name of its part, and empty where it has no such mark."""

    source: str
    solution: str = ""
    test: str = ""
    points: int = 0


@dataclass(frozen=True)
class Variant:
    """A student's answer: the cells that differ from the reference, and the parts that they break."""

    name: str
    cells: dict[str, str]
    breaks: frozenset[str]


def code_cells(slug: str) -> list[Cell]:
    """Return the code cells of ``solutions/SLUG/SLUG.py`` in order."""
    cells = []
    for title, source in _split((SOLUTIONS / slug / f"{slug}.py").read_text(encoding="utf-8")):
        marks = dict(re.findall(r'(\w+)="?(\w+)', title))
        if not title.startswith("[markdown]"):
            cells.append(
                Cell(source, marks.get("solution", ""), marks.get("test", ""), points=int(marks.get("points", 0)))
            )
    return cells


def graded_cells(slug: str) -> list[Cell]:
    """Return the code cells up to the last test: the section below it, which trains something, is seconds long."""
    cells = code_cells(slug)
    last = max(number for number, cell in enumerate(cells) if cell.test)
    return cells[: last + 1]


def variants(slug: str) -> list[Variant]:
    """Return the right and wrong answers in ``solutions/SLUG/variants``, sorted by name."""
    return [_variant(path) for path in sorted((SOLUTIONS / slug / "variants").glob("*.py"))]


def namespace(slug: str, variant: Variant | None = None, graded: bool = False) -> dict[str, Any]:
    """Run all cells but the tests, with the variant's cells in place of the reference's; return what they define.

    With ``graded``, only `graded_cells` are run.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in graded_cells(slug) if graded else code_cells(slug):
        if not cell.test:
            run(variant.cells.get(cell.solution, cell.source) if variant else cell.source, names)
    return names


def failures(slug: str, variant: Variant | None = None) -> dict[str, Exception]:
    """Return the part and the error of each test cell, hidden tests included, that fails for the variant."""
    names = namespace(slug, variant, graded=True)
    failed: dict[str, Exception] = {}
    for cell in code_cells(slug):
        if cell.test:
            try:
                run(cell.source, dict(names))
            except Exception as error:  # as in a notebook: whatever stops the cell costs the part
                failed[cell.test] = error
    return failed


def visible(source: str) -> str:
    """Return a test cell as the student has it, without the hidden tests."""
    return re.sub(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", "", source, flags=re.DOTALL)


def message(check: ModuleType, part: str, function: Any) -> str:
    """Run a part's visible check on a function that must fail it; return what the student reads."""
    try:
        getattr(check, part)(function)
    except CheckFailed as failed:
        return str(failed)
    raise AssertionError(f"{part}: the visible check passed")


def run(source: str, names: dict[str, Any]) -> None:
    """Run a cell; its lines can be shown in an error, as in a notebook."""
    file = f"<cell {next(_numbers)}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    exec(compile(source, file, "exec"), names)


def _variant(path: Path) -> Variant:
    text = path.read_text(encoding="utf-8")
    breaks = re.search(r"^breaks: (.+)$", text, re.MULTILINE)
    if breaks is None:
        raise ValueError(f"{path}: expected a line 'breaks: …' in the docstring")
    parts = frozenset() if breaks[1] == "nothing" else frozenset(breaks[1].split(", "))
    return Variant(path.stem, dict(_split(text)), parts)


def _split(text: str) -> Iterator[tuple[str, str]]:
    """Yield the title and the source of each cell of a py:percent text."""
    _, *rest = re.split(r"^# %%[ ]?(.*)\n", text, flags=re.MULTILINE)
    yield from zip(rest[::2], rest[1::2], strict=True)
