"""A student's process and the tests' process for one submission: ordered about, timed, killed, started again."""

import contextlib
import socket
import time
from typing import Any

from rnn_course.grading.sandbox import wire
from rnn_course.grading.sandbox.limits import Limits
from rnn_course.grading.sandbox.nursery import Child, Nursery
from rnn_course.grading.sandbox.plan import Step

GRACE = 1.0  # seconds after Ctrl-C
READY = 10.0  # seconds to take a new line
LATE = "CellTimeoutError", ""
DEAD = "Died", "Python ended while this cell ran. Did it use exit(), or a compiled library that crashed?"
FULL = "Died", "This cell needed more memory than a submission may use."
OVER = "Died", "The time for the whole submission was over before this cell ran."
LOST = "Died", "The code above ended Python too often, so that this part could not be graded."


class LostError(Exception):
    """A process is gone; the reason as name and message."""

    def __init__(self, why: tuple[str, str]) -> None:
        super().__init__(*why)
        self.why = why


class Clock:
    """The time of a submission, and of each of its cells."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.end = time.monotonic() + limits.wall

    def cell(self) -> float:
        """Return when a cell that begins now must have ended.

        Raises
        ------
        LostError
            If the time of the whole submission is over.
        """
        now = time.monotonic()
        if now >= self.end:
            raise LostError(OVER)
        return min(now + self.limits.cell, self.end)


class Worker:
    """The student's process, as one can be replaced by the next.

    It runs the student's cells in order. If it dies or hangs, a new one runs those again that did no harm.
    """

    def __init__(self, nursery: Nursery, clock: Clock) -> None:
        self.nursery, self.clock = nursery, clock
        self.child: Child | None = None
        self.done: list[Step] = []
        self.bad: dict[int, tuple[str, str]] = {}  # cells that ended a process, and how
        self.starts = 0

    def run(self, step: Step) -> dict[str, Any]:
        """Run a cell of the student, and return its report."""
        if step.cell in self.bad:
            return failure(self.bad[step.cell])
        try:
            self.ready()
            report = self._perform(step)
        except LostError as lost:
            return failure(lost.why)
        self.done.append(step)
        return report

    def ready(self) -> Child:
        """Return the process, with all that ran before; a new one if it is gone."""
        while self.child is None:
            self.starts += 1
            if self.starts > self.clock.limits.restarts + 1:
                raise LostError(LOST)
            self.clock.cell()
            self.child = self.nursery.spawn()
            with contextlib.suppress(LostError):
                for step in self.done:
                    if step.cell not in self.bad:
                        self._perform(step)
        return self.child

    def lose(self) -> tuple[str, str]:
        """End the process, and return why it did not answer."""
        child, self.child = self.child, None
        if child is None:
            return DEAD
        child.end()
        return FULL if child.why == "memory" else DEAD

    def _perform(self, step: Step) -> dict[str, Any]:
        """Run a cell now. If that ends the process, remember the cell."""
        deadline, child = self.clock.cell(), self.child
        assert child is not None
        try:
            wire.send(child.sock, {"do": "cell", "source": step.source}, deadline)
            return checked(wire.receive(child.sock, room(self.clock.limits), deadline))
        except wire.Silence:
            child.interrupt()
            with contextlib.suppress(wire.WireError):
                report = checked(wire.receive(child.sock, room(self.clock.limits), time.monotonic() + GRACE))
                return {**report, "error": failure(LATE)["error"]}
            self.lose()
            self.bad[step.cell] = LATE
        except wire.WireError:
            self.bad[step.cell] = self.lose()
        raise LostError(self.bad[step.cell])


def connect(worker: Child, judge: Child, shared: list[str], sources: str) -> None:
    """Lay a line between two processes.

    Parameters
    ----------
    worker, judge : Child, of the student and of the tests
    shared : names that locked cells bind
    sources : str, what stands in the student's cells

    Raises
    ------
    LostError
        If one of them does not take it.
    """
    ends = socket.socketpair()
    try:
        for child, end in zip((worker, judge), ends, strict=True):
            told = {"shared": shared} if child is worker else {"sources": sources}
            wire.send(child.sock, {"do": "link", **told}, time.monotonic() + READY)
            socket.send_fds(child.sock, [b"\0"], [end.fileno()])
            if wire.receive(child.sock, 100, time.monotonic() + READY) is not True:
                raise LostError(DEAD)
    except (wire.WireError, OSError):
        raise LostError(DEAD) from None
    finally:
        for end in ends:
            end.close()


def room(limits: Limits) -> int:
    """Return the bytes that a report may have."""
    return 8 * limits.output + 100_000


def failure(why: tuple[str, str]) -> dict[str, Any]:
    """Return the report of a cell that did not end as it should."""
    return {"outputs": [], "error": {"name": why[0], "message": why[1], "lines": []}}


def checked(report: Any) -> dict[str, Any]:
    """Return a report from the student's process, which may be forged, as what it may be: text, and nothing else.

    Raises
    ------
    WireError
        If it is something else.
    """
    try:
        outputs = [
            {"kind": str(o["kind"]), "text": str(o["text"])}
            for o in report["outputs"][:1000]
            if o["kind"] in ("stdout", "stderr", "result", "display") and isinstance(o["text"], str)
        ]
        error = report["error"]
        if error is not None:
            lines = [[int(number), str(text)[:300]] for number, text in error["lines"][:50]]
            error = {"name": str(error["name"])[:100], "message": str(error["message"])[:3000], "lines": lines}
    except (KeyError, TypeError, ValueError, AttributeError):
        raise wire.WireError("a report that is none") from None
    return {"outputs": outputs, "error": error}
