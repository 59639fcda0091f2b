"""Run submissions before it is their turn: while one is written into the gradebook, the next ones are in the sandbox."""

import contextlib
import hashlib
from collections.abc import Iterator, Sequence
from typing import Any

from rnn_course.grading import CourseError, notebooks, sandboxed
from rnn_course.grading.course import Course
from rnn_course.grading.runners import Runner, runner
from rnn_course.grading.sandbox.plan import Known, Step, plan
from rnn_course.grading.sandbox.session import Report

FURTHER = 3  # submissions ahead, for each worker


class Ahead:
    """Runs of submissions, each known by what it runs."""

    def __init__(self, course: Course, slug: str, students: Sequence[str], known: Sequence[Known], by: Runner) -> None:
        self._course, self._slug, self._known, self._by = course, slug, known, by
        self._waiting = list(reversed(students))
        self._running: dict[str, list[Any]] = {}
        self._room = FURTHER * by.at_once

    def fill(self) -> None:
        """Begin further runs, as many as there is room for."""
        while self._waiting and sum(map(len, self._running.values())) < self._room:
            student = self._waiting.pop()
            with contextlib.suppress(CourseError, OSError):  # nbgrader will say it when it is this student's turn
                self._begin(student)

    def _begin(self, student: str) -> None:
        path = self._course.submitted(self._slug, student)
        if path.is_symlink() or path.stat().st_size > notebooks.LARGEST:
            return
        steps = plan(sandboxed.code(notebooks.read(path.read_bytes(), path.name)), self._known)
        self._running.setdefault(_key(steps), []).append(self._by.begin(steps))

    def take(self, steps: Sequence[Step]) -> dict[int, Report] | None:
        """Return the reports of a run of these steps, or None if it was not begun, or who ran it broke down."""
        runs = self._running.get(_key(steps))
        if not runs:
            return None
        run = runs[0]
        try:
            return run.result()
        except Exception:  # of any kind: a cluster has many ways to fail. The caller runs it again, here, and says why
            return None
        finally:
            runs.pop(0)
            self.fill()

    def close(self) -> None:
        """Drop all runs."""
        self._by.stop([run for runs in self._running.values() for run in runs])


@contextlib.contextmanager
def ahead(course: Course, slug: str, students: Sequence[str], scheduler: str | None = None) -> Iterator[None]:
    """Run the students' submissions ahead, as long as this lasts; nbgrader takes them in this order.

    Raises
    ------
    NoSandboxError
        If there is no sandbox here, and nobody said that it may be done without.
    CourseError
        If the cluster of ``scheduler`` cannot be used.
    """
    if sandboxed.is_unsafe() or not students:
        yield
        return
    known, limits, modules = sandboxed.assignment(course.db_url, slug, slug, course.source_notebook(slug))
    with runner(scheduler, modules, limits) as by:
        sandboxed.Sandbox.ahead = runs = Ahead(course, slug, students, known, by)
        try:
            runs.fill()
            yield
        finally:
            sandboxed.Sandbox.ahead = None
            runs.close()


def _key(steps: Sequence[Step]) -> str:
    return hashlib.sha256(
        repr([(s.cell, s.kind, s.source, s.names) for s in steps]).encode("utf-8", "replace")
    ).hexdigest()
