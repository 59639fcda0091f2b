"""The sandboxes that are up: a pair for each kind of assignment, started when needed and used until the end."""

import atexit
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import rnn_course
from rnn_course.grading import CourseError
from rnn_course.grading.sandbox import plan, session
from rnn_course.grading.sandbox.limits import Limits
from rnn_course.grading.sandbox.nursery import Nursery
from rnn_course.grading.sandbox.plan import Known, Step
from rnn_course.grading.sandbox.session import Report

_LOCK = threading.Lock()
_STARTERS = ThreadPoolExecutor(2, "sandbox start")  # kept, for a sandbox ends with the thread that started it
_UP: dict[object, tuple[Nursery, Nursery]] = {}


def run(steps: Sequence[Step], modules: Sequence[str], limits: Limits) -> dict[int, Report]:
    """Run a submission, and return a report for each cell. See `session.run`.

    Raises
    ------
    CourseError
        If this machine has no sandbox, or it broke down twice. A submission that fails in it is no error.
    """
    try:
        return session.run(steps, *pair(modules, limits), limits)
    except CourseError:
        close()
        return session.run(steps, *pair(modules, limits), limits)


def modules(known: Iterable[Known]) -> list[str]:
    """Return the modules that an assignment imports, other than in its tests: what both sides import once."""
    return list(dict.fromkeys(["numpy", *plan.modules(tuple(one.source for one in known if not one.is_test))]))


def pair(modules: Sequence[str], limits: Limits) -> tuple[Nursery, Nursery]:
    """Return the sandboxes of the student and of the tests, up and ready.

    They are built anew when a file of the package has changed: what they imported is then old.
    """
    folder = Path(rnn_course.__file__).parent
    stamp = max(path.stat().st_mtime_ns for path in folder.rglob("*.py"))
    key = (tuple(modules), limits, stamp)
    with _LOCK:
        found = _UP.get(key)
        if found is not None and all(nursery.is_up() for nursery in found):
            return found
        for old in list(_UP):
            for nursery in _UP.pop(old):
                nursery.close()
        _UP[key] = _start(modules, limits)
        return _UP[key]


def _start(modules: Sequence[str], limits: Limits) -> tuple[Nursery, Nursery]:
    """Start both sandboxes at once: each takes seconds to import what an assignment needs."""
    student, judge = (_STARTERS.submit(Nursery, role, modules, limits) for role in ("student", "judge"))
    try:
        return student.result(), judge.result()
    except BaseException:
        for started in (student, judge):
            started.add_done_callback(lambda done: done.exception() or done.result().close())
        raise


@atexit.register
def close() -> None:
    """End all sandboxes, and every process in them."""
    with _LOCK:
        for key in list(_UP):
            for nursery in _UP.pop(key):
                nursery.close()
