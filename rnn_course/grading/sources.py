"""From ``solutions/SLUG/SLUG.py`` to the notebook beside it: the marks on cells become nbgrader's metadata.

The notebook is built one way, and twice the same: cell ids come from the marks, else from the position.
"""

import re
from pathlib import Path

import jupytext
import nbformat
from nbformat.notebooknode import NotebookNode

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.course import Course, write
from rnn_course.grading.install import installation, repository
from rnn_course.grading.sandbox.limits import MARK, Limits

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
BLOCKS = ("SOLUTION", "HIDDEN TESTS")


def build(course: Course, slug: str) -> Path:
    """Build the assignment's notebook from its source, and return its path. The file is touched only if it changes.

    Raises
    ------
    CourseError
        If a mark in the source is wrong. A notebook built earlier is then deleted, so that nothing stale is released.
    """
    target = course.source_notebook(slug)
    try:
        notebook = marked(course.source(slug).read_text(encoding="utf-8"), f"solutions/{slug}/{slug}.py")
        _install_first(notebook, repository(course.root).address)
    except CourseError:
        target.unlink(missing_ok=True)
        raise
    write(target, notebooks.text(notebook))
    return target


def marked(source: str, name: str) -> NotebookNode:
    """Return the notebook of a py:percent source, its cells marked for nbgrader.

    Parameters
    ----------
    source : str, the source's text
    name : str, the source's name, for errors

    Raises
    ------
    CourseError
        If a mark is unknown, a name is used twice, a test has no points or no solution, a solution has no region
        between BEGIN SOLUTION and END SOLUTION, or the points do not sum to 100.
    """
    notebook = jupytext.reads(source, fmt="py:percent")
    notebook.metadata = NotebookNode({"kernelspec": KERNEL, "language_info": {"name": "python"}})
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    _set_limits(notebook, name)
    for position, cell in enumerate(notebook.cells):
        try:
            _mark(cell, position)
        except CourseError as error:
            raise CourseError(f"{name}, cell {position + 1}: {error}") from None
    try:
        _agree(notebook)
    except CourseError as error:
        raise CourseError(f"{name}: {error}") from None
    nbformat.validate(notebook)
    return notebook


def _set_limits(notebook: NotebookNode, name: str) -> None:
    """Move the mark ``limits`` of the first cell, such as ``limits={"cell": 120}``, to the notebook's metadata."""
    limits = notebook.cells[0].metadata.pop(MARK, None) if notebook.cells else None
    if limits is not None:
        try:
            Limits.of(limits)
        except (CourseError, TypeError, AttributeError) as error:
            raise CourseError(f'{name}: limits: expected a mark such as limits={{"cell": 120}}; {error}') from None
        notebook.metadata[MARK] = limits


def _install_first(notebook: NotebookNode, address: str) -> None:
    """Let the first code cell install the package where it is missing: the cells and their names stay as they are."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    cells[0].source = f"{installation(address, [cell.source for cell in cells])}\n\n{cells[0].source}"


def secrets(source: str) -> set[str]:
    r"""Return the lines that stand in a SOLUTION or HIDDEN TESTS block, and nowhere outside one.

    Examples
    --------
    >>> secrets("x = 1\n### BEGIN SOLUTION\nx = 1\nreturn x + 1\n### END SOLUTION")
    {'return x + 1'}
    """
    inside, outside, block = set(), set(), ""
    for line in source.splitlines():
        edge = re.search(rf"(BEGIN|END) ({'|'.join(BLOCKS)})", line)
        if edge:
            block = edge[2] if edge[1] == "BEGIN" else ""
        elif re.search(r"\w", line):
            (inside if block else outside).add(line.strip())
    return inside - outside


def _mark(cell: NotebookNode, position: int) -> None:
    marks = {key: value for key, value in cell.metadata.items() if key not in ("lines_to_next_cell", "title")}
    strange = sorted(set(marks) - {"solution", "test", "points"})
    if strange:
        raise CourseError(f"unknown mark {strange[0]!r}; expected solution, test or points")
    solution, test, points = (marks.get(key) for key in ("solution", "test", "points"))
    if solution is not None and test is not None:
        raise CourseError("expected a solution or a test, received both marks")
    if marks and cell.cell_type != "code":
        raise CourseError(f"only a code cell can be marked, this is a {cell.cell_type} cell")
    if test is None and points is not None:
        raise CourseError("points belong to a test, and this cell is none")
    if test is not None and (not isinstance(points, int) or isinstance(points, bool) or points <= 0):
        received = "none" if points is None else repr(points)
        raise CourseError(f"test {test!r}: expected points, a whole number above 0, received {received}")
    name = solution if solution is not None else test
    if name is not None and not (isinstance(name, str) and re.fullmatch(r"[A-Za-z]\w{0,50}", name, re.ASCII)):
        raise CourseError(f"expected a function's name as the mark, received {name!r}")
    _check_blocks(cell.source, {"SOLUTION": solution is not None, "HIDDEN TESTS": test is not None})
    if solution is not None and "BEGIN SOLUTION" not in cell.source:
        raise CourseError(f"solution {solution!r}: expected ### BEGIN SOLUTION and ### END SOLUTION, found none")
    cell.id = f"test_{test}" if test is not None else solution or f"cell-{position:02d}"
    cell.metadata = NotebookNode(nbgrader=NotebookNode(_metadata(cell.id, solution is not None, points)))
    if cell.cell_type == "code":
        cell.outputs, cell.execution_count = [], None


def _check_blocks(source: str, allowed: dict[str, bool]) -> None:
    block = ""
    for line in source.splitlines():
        edge = re.search(rf"(BEGIN|END) ({'|'.join(BLOCKS)})", line)
        if not edge:
            continue
        if not allowed[edge[2]]:
            raise CourseError(f"{edge[0]} stands in a cell that is not marked for it")
        if (edge[1] == "BEGIN") == bool(block) or (block and block != edge[2]):
            raise CourseError(f"{edge[0]} has no partner")
        block = edge[2] if edge[1] == "BEGIN" else ""
    if block:
        raise CourseError(f"BEGIN {block} has no partner")


def _metadata(name: str, solution: bool, points: int | None) -> dict[str, object]:
    worth = {} if points is None else {"points": points}
    return {
        "grade": points is not None,
        "grade_id": name,
        "locked": not solution,
        **worth,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }


def _agree(notebook: NotebookNode) -> None:
    names = [notebooks.grade_id(cell) for cell in notebook.cells]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise CourseError(f"two cells have the name {twice[0]!r}")
    parts = notebooks.parts(notebook)
    solutions = {notebooks.grade_id(cell) for cell in notebook.cells if cell.metadata.nbgrader.solution}
    for part in parts:
        if part.name not in solutions:
            raise CourseError(f"test {part.name!r} has no solution cell of its name")
    total = sum(part.points for part in parts)
    if total != 100:
        raise CourseError(f"expected points that sum to 100, received {total} in {len(parts)} tests")
