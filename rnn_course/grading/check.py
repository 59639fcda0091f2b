"""Run a student's notebook in a fresh kernel, and say of each part whether its visible tests pass."""

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from nbclient.exceptions import DeadKernelError
from nbconvert.preprocessors import ExecutePreprocessor
from nbformat.notebooknode import NotebookNode

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.config import QUIET
from rnn_course.grading.course import Course
from rnn_course.grading.preprocessors import message


@dataclass(frozen=True)
class Verdict:
    """What the visible tests say of one part: its points are within reach if ``fault`` is empty."""

    part: notebooks.Part
    fault: str
    said: str


def check(path: Path, course: Course | None = None, timeout: int = 60) -> tuple[str, list[Verdict]]:
    """Run a copy of the notebook elsewhere, with the released tests put back, and return the verdicts.

    Parameters
    ----------
    path : Path, the student's notebook. It is read, not written.
    course : Course or None, whose released notebooks say which assignment it is. None: the tests in the file are used.
    timeout : int, seconds for one cell

    Returns
    -------
    The assignment's name, and a verdict for each part.

    Raises
    ------
    CourseError
        If the file is missing, not a notebook, or of no assignment; if its kernel dies.
    """
    if not path.is_file():
        raise CourseError(f"{path}: expected a notebook, found {'a folder' if path.is_dir() else 'no file'}")
    notebook = notebooks.read(path.read_bytes(), str(path))
    slug, released = _assignment(notebook, path, course)
    present = notebooks.tests(notebook)
    for name, cell in present.items():
        if name in released:
            cell.source = released[name].source
    _run(notebook, path, timeout)
    return slug, [_verdict(notebook, name, cell, present.get(name)) for name, cell in released.items()]


def _assignment(notebook: NotebookNode, path: Path, course: Course | None) -> tuple[str, dict[str, NotebookNode]]:
    """Return the assignment's name and its released test cells: those with most names in common."""
    own = notebooks.tests(notebook)
    if not own:
        raise CourseError(f"{path}: expected the notebook of an assignment, found no test cells in it")
    known = {slug: course.released(slug) for slug in course.slugs()} if course else {}
    tests = {s: notebooks.tests(nbformat.read(p, as_version=4)) for s, p in known.items() if p.is_file()}
    if not tests:
        return path.stem, own
    slug = max(sorted(tests), key=lambda s: len(tests[s].keys() & own.keys()))
    if not tests[slug].keys() & own.keys():
        raise CourseError(f"{path}: unknown assignment, its parts are {', '.join(own)}. There are: {', '.join(tests)}")
    return slug, tests[slug]


def _run(notebook: NotebookNode, path: Path, timeout: int) -> None:
    run: Any = ExecutePreprocessor(timeout=timeout, allow_errors=True, interrupt_on_timeout=True, kernel_name="python3")
    run.extra_arguments = list(QUIET)
    with tempfile.TemporaryDirectory(prefix="rnn-course-") as folder:
        try:
            run.preprocess(notebook, {"metadata": {"path": folder}})
        except DeadKernelError:
            raise CourseError(f"{path}: Python died while it ran the notebook. Is the memory full?") from None


def _verdict(notebook: NotebookNode, name: str, released: NotebookNode, cell: NotebookNode | None) -> Verdict:
    part = notebooks.Part(name, int(released.metadata.nbgrader.points))
    if cell is None:
        return Verdict(part, "its test cell is missing. Copy your answers into a fresh notebook.", "")
    own = next((c for c in notebook.cells if notebooks.grade_id(c) == name), None)
    answer = _fault(own.get("outputs", []) if own else [])
    fault = _fault(cell.outputs)
    if fault and answer:
        fault = f"your cell stopped: {answer.removeprefix('✗ ')}"
    text = "".join(o.text for o in cell.outputs if o.output_type == "stream" and o.name == "stdout")
    said = [line.removeprefix("✓ ") for line in text.splitlines() if line.startswith("✓ ")]
    return Verdict(part, fault.removeprefix("✗ "), said[-1] if said else "")


def _fault(outputs: Sequence[NotebookNode]) -> str:
    return next((message(output) for output in outputs if output.output_type == "error"), "")
