"""Run submissions before it is their turn: while one is written into the gradebook, the next ones are in the sandbox."""

import contextlib
import hashlib
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from rnn_course.grading import CourseError, notebooks, sandboxed
from rnn_course.grading.course import Course
from rnn_course.grading.sandbox import engines, session
from rnn_course.grading.sandbox.plan import Step, plan
from rnn_course.grading.sandbox.session import Report

FURTHER = 3  # submissions ahead, for each worker


class Ahead:
    """Runs of submissions, each known by what it runs."""

    def __init__(self, course: Course, slug: str, students: Sequence[str], workers: int) -> None:
        self._course, self._slug = course, slug
        source = course.source_notebook(slug)
        self._known, self._limits, modules = sandboxed.assignment(f"sqlite:///{course.gradebook}", slug, slug, source)
        self._pair = engines.pair(modules, self._limits)
        self._waiting = list(reversed(students))
        self._running: dict[str, list[Future[dict[int, Report]]]] = {}
        self._room = FURTHER * workers
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="sandbox")

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
        run = self._pool.submit(session.run, steps, *self._pair, self._limits)
        self._running.setdefault(_key(steps), []).append(run)

    def take(self, steps: Sequence[Step]) -> dict[int, Report] | None:
        """Return the reports of a run of these steps, or None if it was not begun or the sandbox broke down."""
        runs = self._running.get(_key(steps))
        if not runs:
            return None
        run = runs[0]
        try:
            return run.result()
        except CourseError:
            return None
        finally:
            runs.pop(0)
            self.fill()

    def close(self) -> None:
        """Drop all runs, and end the processes of those that have begun."""
        begun = [run for runs in self._running.values() for run in runs]
        self._pool.shutdown(wait=False, cancel_futures=True)
        if any(not run.done() for run in begun):
            engines.close()
        self._pool.shutdown()


@contextlib.contextmanager
def ahead(course: Course, slug: str, students: Sequence[str]) -> Iterator[None]:
    """Run the students' submissions ahead, as long as this lasts; nbgrader takes them in this order.

    Raises
    ------
    NoSandboxError
        If there is no sandbox here, and nobody said that it may be done without.
    """
    if sandboxed.is_unsafe() or not students:
        yield
        return
    workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    sandboxed.Sandbox.ahead = runs = Ahead(course, slug, students, workers)
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
