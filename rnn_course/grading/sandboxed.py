"""The sandbox as steps of nbgrader: what a submission says of itself is dropped, and its cells run behind walls."""

import dataclasses
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.preprocessors import Execute, NbGraderPreprocessor

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.sandbox import engines
from rnn_course.grading.sandbox.limits import MARK, Limits
from rnn_course.grading.sandbox.plan import Known, Step, plan
from rnn_course.grading.sandbox.session import Report
from rnn_course.grading.sandbox.walls import program

UNSAFE = "RNN_COURSE_UNSAFE"  # environment variable: run submissions with all rights of this user


def is_unsafe() -> bool:
    """Return whether somebody asked for no sandbox."""
    return os.environ.get(UNSAFE, "") not in ("", "0")


def has_sandbox() -> bool:
    """Return whether bubblewrap is here; whether the kernel lets it work shows when it is started."""
    try:
        return bool(program())
    except CourseError:
        return False


@contextmanager
def unsafe(wanted: bool = True) -> Iterator[None]:
    """Run submissions without a sandbox for a while, if ``wanted``."""
    before = os.environ.get(UNSAFE)
    if wanted:
        os.environ[UNSAFE] = "1"
    try:
        yield
    finally:
        if wanted:
            os.environ.pop(UNSAFE) if before is None else os.environ.update({UNSAFE: before})


class Distrust(NbGraderPreprocessor):
    """Drop what a submission says of itself: tags, attachments, and marks that the gradebook does not have.

    Of a mark only the name is kept. Whether its cell is locked, graded, and for how many points, the gradebook says.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Return the notebook with the gradebook's marks."""
        names = resources["nbgrader"]
        marks = _marks(names["db_url"], names["assignment"], names["notebook"])
        nb.metadata = NotebookNode(
            {key: nb.metadata[key] for key in ("kernelspec", "language_info") if key in nb.metadata}
        )
        for cell in nb.cells:
            mark = marks.get(notebooks.grade_id(cell))
            cell.metadata = NotebookNode() if mark is None else NotebookNode(nbgrader=NotebookNode(mark))
            cell.pop("attachments", None)
        return nb, resources


class Sandbox(NbGraderPreprocessor):
    """Run a submission behind walls, in place of nbgrader's Execute."""

    ahead: ClassVar[Any] = None  # runs that were begun before their turn, see `rnn_course.grading.ahead`

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Return the notebook with the outputs of its cells, and the verdicts of its tests.

        Raises
        ------
        CourseError
            If this machine has no sandbox. Nothing has run then.
        """
        if is_unsafe():
            print(f"{UNSAFE} is set: this submission runs with all your rights.", file=sys.stderr)
            return Execute(parent=self.parent).preprocess(nb, resources)
        steps, modules, limits = prepare(nb, resources["nbgrader"], self._source(resources["nbgrader"]))
        reports = self.ahead.take(steps) if self.ahead is not None else None
        show(nb, engines.run(steps, modules, limits) if reports is None else reports)
        return nb, resources

    def _source(self, names: dict[str, str]) -> Path:
        converter: Any = getattr(self.parent, "parent", None)
        course = converter.coursedir
        folder = course.format_path(course.source_directory, ".", names["assignment"])
        return Path(folder) / f"{names['notebook']}.ipynb"


def prepare(nb: NotebookNode, names: dict[str, str], source: Path) -> tuple[list[Step], list[str], Limits]:
    """Return what to run of a submission, the modules that its assignment imports, and its limits.

    Parameters
    ----------
    nb : NotebookNode, the submission, with the gradebook's marks
    names : db_url, assignment and notebook
    source : Path of the instructor's notebook
    """
    known, limits, modules = assignment(names["db_url"], names["assignment"], names["notebook"], source)
    return plan(code(nb), known), modules, limits


def code(nb: NotebookNode) -> list[tuple[int, str, str]]:
    """Return position, mark and text of a notebook's code cells."""
    return [(i, notebooks.grade_id(cell), cell.source) for i, cell in enumerate(nb.cells) if cell.cell_type == "code"]


def assignment(db_url: str, slug: str, name: str, source: Path) -> tuple[list[Known], Limits, list[str]]:
    """Return the code cells of an assignment in their order, its limits, and the modules that it imports."""
    own = nbformat.read(source, as_version=4) if source.is_file() else NotebookNode(cells=[], metadata=NotebookNode())
    texts = {notebooks.grade_id(cell): cell.source for cell in own.cells}
    order = {name: position for position, name in enumerate(texts)}
    with Gradebook(db_url) as gradebook:
        found = gradebook.find_notebook(name, slug)
        solutions = {cell.name for cell in found.solution_cells}
        tests = {cell.name for cell in found.grade_cells}
        cells = [(c.name, c.source) for c in found.source_cells if c.cell_type == "code"]
    cells.sort(key=lambda cell: order.get(cell[0], len(order)))
    known = []
    for cell, text in cells:
        is_solution = cell in solutions
        shown = f"{text}\n{texts.get(cell, '')}" if is_solution else text  # the gradebook's has no solution in it
        known.append(Known(cell, shown, is_solution, cell in tests and not is_solution))
    return known, Limits.of(own.metadata.get(MARK, {})), engines.modules(known)


def show(nb: NotebookNode, reports: dict[int, Report]) -> None:
    """Put what became of each cell into the notebook, as Jupyter would."""
    count = 0
    for position, cell in enumerate(nb.cells):
        if cell.cell_type == "code":
            count += 1
            report = _in_range(reports.get(position, Report()), cell.metadata.get("nbgrader", {}).get("points", 0))
            cell.execution_count = count
            cell.outputs = list(_outputs(report, count))


def _in_range(report: Report, points: float) -> Report:
    """Return a report whose number is one that nbgrader takes: it gives full points for one below 0."""
    if report.value is None or 0 <= report.value <= points:
        return report
    said = f"The test came to {report.value:g} points, and this part has {points:g}."
    return dataclasses.replace(report, value=None, fault=("ValueError", said, []))


def _clean(text: str) -> str:
    """Return text that every file and database can hold."""
    return text.encode("utf-8", "replace").decode().replace("\0", "")


def _outputs(report: Report, count: int) -> Iterator[NotebookNode]:
    for kind, shown in report.outputs:
        text = _clean(shown)
        if kind in ("stdout", "stderr"):
            yield nbformat.v4.new_output("stream", name=kind, text=text)
        elif kind == "result":
            yield nbformat.v4.new_output("execute_result", data={"text/plain": text}, execution_count=count)
        else:
            yield nbformat.v4.new_output("display_data", data={"text/plain": text})
    if report.value is not None:
        yield nbformat.v4.new_output("execute_result", data={"text/plain": repr(report.value)}, execution_count=count)
    if report.fault is not None:
        name, said, lines = _clean(report.fault[0]), _clean(report.fault[1]), report.fault[2]
        trace = [*(f"line {number}: {_clean(text)}" for number, text in lines), f"{name}: {said}" if said else name]
        yield nbformat.v4.new_output("error", ename=name, evalue=said, traceback=trace)


def _marks(db_url: str, slug: str, name: str) -> dict[str, dict[str, Any]]:
    """Return the marks of an assignment's cells, as the gradebook has them."""
    with Gradebook(db_url) as gradebook:
        found = gradebook.find_notebook(name, slug)
        points = {cell.name: float(cell.max_score) for cell in [*found.grade_cells, *found.task_cells]}
        solutions = {cell.name for cell in found.solution_cells}
        tasks = {cell.name for cell in found.task_cells}
        return {
            cell.name: {
                "grade": cell.name in points and cell.name not in tasks,
                "grade_id": cell.name,
                "locked": bool(cell.locked),
                "schema_version": 3,
                "solution": cell.name in solutions,
                "task": cell.name in tasks,
                "cell_type": cell.cell_type,
                "checksum": cell.checksum,
                **({"points": points[cell.name]} if cell.name in points else {}),
            }
            for cell in found.source_cells
        }
