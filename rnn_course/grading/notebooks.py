"""Read a notebook that somebody handed in, and name the cells that nbgrader knows."""

import json
import warnings
from dataclasses import dataclass

import nbformat
from nbformat.notebooknode import NotebookNode

from rnn_course.grading import CourseError

LARGEST = 50_000_000  # bytes; a notebook of this course has less than a hundred thousand


@dataclass(frozen=True)
class Part:
    """One part of an assignment: the student writes the cell ``name``, and the cell ``test_NAME`` grades it."""

    name: str
    points: int


def read(data: bytes, name: str) -> NotebookNode:
    """Return the notebook in ``data``; ``name`` says in an error where it came from.

    Raises
    ------
    CourseError
        If it is not a notebook in JSON.
    """
    if len(data) > LARGEST:
        raise CourseError(f"{name}: expected a notebook of at most {LARGEST // 10**6} MB, received {len(data)} bytes")
    if not data.strip():
        raise CourseError(f"{name}: expected a notebook, received an empty file")
    try:
        content = json.loads(data.decode("utf-8-sig"))
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise CourseError(
            f"{name}: expected a notebook, received a file that is not JSON ({one_line(error)})"
        ) from None
    if not isinstance(content, dict) or not isinstance(content.get("nbformat"), int):
        raise CourseError(f"{name}: expected a notebook, received JSON of another kind")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an older format is no fault: it is brought up to date
            notebook = nbformat.reads(json.dumps(content), as_version=4)
            nbformat.validate(notebook)
    except Exception as error:  # nbformat raises whatever a malformed notebook makes it stumble over
        raise CourseError(f"{name}: the notebook is damaged ({one_line(error)})") from None
    return notebook


def text(notebook: NotebookNode) -> str:
    """Return the notebook as nbformat writes it."""
    return nbformat.writes(notebook) + "\n"


def grade_id(cell: NotebookNode) -> str:
    """Return the name that nbgrader knows the cell by, or nothing."""
    mark = cell.metadata.get("nbgrader")
    name = mark.get("grade_id", "") if isinstance(mark, dict) else ""
    return name if isinstance(name, str) else ""


def tests(notebook: NotebookNode) -> dict[str, NotebookNode]:
    """Return the cells that are worth points, by the name of their part, in the notebook's order."""
    return {
        grade_id(cell).removeprefix("test_"): cell
        for cell in notebook.cells
        if grade_id(cell).startswith("test_") and cell.metadata.nbgrader.get("grade")
    }


def parts(notebook: NotebookNode) -> list[Part]:
    """Return the assignment's parts, in the notebook's order."""
    return [Part(name, int(cell.metadata.nbgrader.points)) for name, cell in tests(notebook).items()]


def one_line(error: BaseException | str) -> str:
    """Return the first line of an error's message, shortened."""
    lines = str(error).strip().splitlines() or [type(error).__name__]
    return lines[0] if len(lines[0]) <= 200 else lines[0][:199] + "…"
