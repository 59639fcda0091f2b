"""Before an assignment is released: do its tests work where only data crosses between them and the answers?"""

import contextlib
import time
from pathlib import Path

import nbformat

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.sandbox import engines, session, wire
from rnn_course.grading.sandbox.limits import MARK, Limits
from rnn_course.grading.sandbox.nursery import Nursery
from rnn_course.grading.sandbox.plan import Known, plan


def rehearse(source: Path) -> None:
    """Run the instructor's own solutions twice, in one process and in two, and compare the verdicts.

    Parameters
    ----------
    source : Path of the instructor's notebook, with solutions and tests

    Raises
    ------
    CourseError
        If a test passes in one process and not in two, with what it said; or if this machine has no sandbox.
    """
    notebook = nbformat.read(source, as_version=4)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    marks = [(notebooks.grade_id(cell), cell.metadata.nbgrader) for cell in cells]
    known = [
        Known(name, cell.source, bool(mark.solution), bool(mark.grade))
        for cell, (name, mark) in zip(cells, marks, strict=True)
    ]
    limits = Limits.of(notebook.metadata.get(MARK, {}))
    student, judge = engines.pair(engines.modules(known), limits)
    reports = session.run(
        plan([(i, one.name, one.source) for i, one in enumerate(known)], known), student, judge, limits
    )
    failed = {i: reports[i].fault for i, one in enumerate(known) if one.is_test and reports[i].fault is not None}
    right = _alone(known, judge, limits) if failed else set()
    for i, fault in failed.items():
        if i in right and fault is not None:
            raise CourseError(
                f"{known[i].name}: its tests pass in a notebook, but not in the grader, where only data crosses between "
                f"tests and answers ({fault[0]}: {fault[1]}). The instructor guide says what can cross"
            )


def _alone(known: list[Known], judge: Nursery, limits: Limits) -> set[int]:
    """Return the positions of the tests that pass when everything runs in one process."""
    child = judge.spawn()
    right = set()
    try:
        for i, one in enumerate(known):
            order = {"do": "cell", "source": one.source, "names": [], "knows": False}
            wire.send(child.sock, order, time.monotonic() + limits.cell)
            with contextlib.suppress(KeyError, TypeError):
                if wire.receive(child.sock, 10_000_000, time.monotonic() + limits.cell)["fault"] is None:
                    right.add(i)
    except wire.WireError:
        pass
    finally:
        child.end()
    return right
