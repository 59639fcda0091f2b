"""Answers that are known to be right or wrong: ``solutions/SLUG/variants/*.py``, grafted into the released notebook."""

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat.notebooknode import NotebookNode

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.course import Course


@dataclass(frozen=True)
class Variant:
    """A student's answer.

    Parameters
    ----------
    name : str, the file's stem, for example ``wrong_no_bias``
    about : str, what is special about it
    breaks : names of the parts that it gets no points for
    cells : code by the name of its part; other parts are answered by the reference solution
    """

    name: str
    about: str
    breaks: frozenset[str]
    cells: dict[str, str]


def variants(course: Course, slug: str) -> list[Variant]:
    """Return the assignment's variants: the right ones, then the wrong ones."""
    parts = [part.name for part in notebooks.parts(_notebook(course.source_notebook(slug)))]
    return [parse(path, parts) for path in sorted(course.source(slug).parent.glob("variants/*.py"))]


def parse(path: Path, parts: list[str]) -> Variant:
    """Read one variant of an assignment with these parts.

    What stands above the first cell, besides the docstring, is for the linter and is left out.

    Raises
    ------
    CourseError
        If the file has no docstring with a ``breaks:`` line, or names a part that does not exist.
    """
    name = f"{path.parent.parent.name}/variants/{path.name}"
    source = path.read_text(encoding="utf-8")
    try:
        lines = (ast.get_docstring(ast.parse(source)) or "").splitlines()
    except SyntaxError as error:
        raise CourseError(f"{name}: {error.msg}, line {error.lineno}") from None
    said = [line.partition(":")[2] for line in lines if line.startswith("breaks:")]
    if len(said) != 1:
        raise CourseError(f"{name}: expected a docstring with one line 'breaks: PART, PART' or 'breaks: nothing'")
    breaks = frozenset(word.strip() for word in said[0].split(",")) - {"nothing", ""}
    pieces = re.split(r"(?m)^# %%[ \t]*(.*)$", source)[1:]
    cells = {title.strip(): code.strip() for title, code in zip(pieces[::2], pieces[1::2], strict=True)}
    strange = sorted((breaks | cells.keys()) - set(parts))
    if strange:
        raise CourseError(f"{name}: unknown part {strange[0]!r}; there are {', '.join(parts)}")
    if not cells or 2 * len(cells) != len(pieces):
        raise CourseError(f"{name}: expected at least one cell '# %% PART', and each part once")
    kind = path.stem.partition("_")[0]
    if kind not in ("right", "wrong") or (kind == "right") == bool(breaks):
        raise CourseError(f"{name}: expected right_NAME.py that breaks nothing, or wrong_NAME.py that breaks a part")
    return Variant(path.stem, lines[0], breaks, cells)


def graft(course: Course, slug: str, variant: Variant) -> NotebookNode:
    """Return the released notebook with the variant's answers, as a student would hand it in."""
    known = reference(course, slug)
    notebook = _notebook(course.released(slug))
    for cell in notebook.cells:
        name = notebooks.grade_id(cell)
        if name in known:
            cell.source = variant.cells.get(name, known[name])
    return notebook


def reference(course: Course, slug: str) -> dict[str, str]:
    """Return the published solution: the code of each part by its name."""
    return {
        notebooks.grade_id(cell): _without_markers(cell.source)
        for cell in _notebook(course.source_notebook(slug)).cells
        if cell.metadata.nbgrader.solution
    }


def expected(course: Course, slug: str, variant: Variant) -> dict[str, float]:
    """Return the points that the variant must get for each part."""
    parts = notebooks.parts(_notebook(course.source_notebook(slug)))
    return {part.name: 0.0 if part.name in variant.breaks else float(part.points) for part in parts}


def _notebook(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=4)


def _without_markers(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if not re.search(r"(BEGIN|END) SOLUTION", line))
