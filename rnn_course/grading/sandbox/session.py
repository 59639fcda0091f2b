"""Run one submission: the student's cells in one process, the tests in another, each for as long as it may."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rnn_course.grading.sandbox import pair, wire
from rnn_course.grading.sandbox.limits import Limits
from rnn_course.grading.sandbox.nursery import Child, Nursery
from rnn_course.grading.sandbox.pair import Clock, LostError, Worker
from rnn_course.grading.sandbox.plan import Step, bound

BEGIN, END = "BEGIN HIDDEN TESTS", "END HIDDEN TESTS"


@dataclass(frozen=True)
class Report:
    """What became of a cell.

    Parameters
    ----------
    outputs : kind and text of what it showed: "stdout", "stderr", "result" or "display"
    fault : name, message and lines of what stopped it, or None. Of a test: the verdict.
    value : the number that a test's last line is, or None
    """

    outputs: list[tuple[str, str]] = field(default_factory=list)
    fault: tuple[str, str, list[list[Any]]] | None = None
    value: float | None = None


def run(steps: Sequence[Step], student: Nursery, judge: Nursery, limits: Limits) -> dict[int, Report]:
    """Run a submission, and return a report for each cell that has a place.

    The tests come first. What the student's process says after a hidden test has talked to it is thrown away: what the
    test passed to it could be among it. If it says anything, all runs again on new processes, without hidden tests, and
    what is said then is kept. Locked cells at the end, which give no points, are not run.
    """
    clock = Clock(limits)
    ends = {
        kind: max((i for i, step in enumerate(steps) if step.kind == kind), default=-1) for kind in ("test", "student")
    }
    steps = steps[: max(ends.values()) + 1]
    with contextlib.closing(_Graded(student, judge, clock, steps)) as graded:
        reports = graded.run(steps, ends["test"])
    if graded.is_tainted or graded.masked:
        bad = {cell: why for cell, why in graded.worker.bad.items() if cell >= 0}
        with contextlib.closing(_Graded(student, judge, clock, steps, bad)) as clean:
            again = clean.run([visible(step) for step in steps], ends["test"] if graded.masked else -1)
        faults = {cell: again[cell].fault for cell in graded.masked if cell in again and again[cell].fault is not None}
        reports = {cell: report for cell, report in reports.items() if cell in graded.tests}
        reports = {**again, **reports}
        for cell, fault in faults.items():
            reports[cell] = replace(reports[cell], fault=fault)
    reports.pop(-1, None)
    return reports


def visible(step: Step) -> Step:
    """Return a test without what is hidden in it, and any other step as it is."""
    if step.kind != "test":
        return step
    kept, is_hidden = [], False
    for line in step.source.splitlines():
        is_hidden = is_hidden or BEGIN in line
        if not is_hidden:
            kept.append(line)
        is_hidden = is_hidden and END not in line
    return replace(step, source="\n".join(kept))


class _Graded:
    """The run that counts."""

    def __init__(
        self,
        student: Nursery,
        judge: Nursery,
        clock: Clock,
        steps: Sequence[Step],
        bad: dict[int, tuple[str, str]] | None = None,
    ) -> None:
        self.worker = Worker(student, clock)
        self.worker.bad = bad or {}
        self.nursery, self.clock = judge, clock
        self._sources = "\n".join(step.source for step in steps if step.kind == "student")
        self.shared = list(dict.fromkeys(name for s in steps if s.kind == "locked" for name in bound(s.source)[0]))
        self.judge: Child | None = None
        self.tests: set[int] = set()
        self.masked: set[int] = set()  # tests that would say more, if it were not for hidden ones
        self.is_tainted = False  # a cell showed something after a hidden test had talked to its process
        self._knows = False  # a hidden test has talked to the student's process
        self._line: tuple[Child, Child] | None = None
        self._setup: list[Step] = []  # locked cells that the tests' process ran
        self._asking: list[Step] = []  # those that used the student's process

    def run(self, steps: Sequence[Step], last: int) -> dict[int, Report]:
        """Run the steps; the one at ``last`` is the last test to run."""
        reports: dict[int, Report] = {}
        for i, step in enumerate(steps):
            if step.is_students and not (i > last and self.is_tainted):
                report = reports[step.cell] = _shown(self.worker.run(step))
                has_shown = report.outputs or (report.fault is not None and step.cell not in self.worker.bad)
                self.is_tainted |= bool(has_shown and self._knows)
            if step.is_judges and i <= last:
                report = self._judged(step)
                self._knows |= BEGIN in step.source
                if step.kind == "test":
                    self.tests.add(step.cell)
                    reports[step.cell] = report
        return reports

    def close(self) -> None:
        """End all processes."""
        self.worker.lose()
        self._lose_judge()

    def _judged(self, step: Step) -> Report:
        try:
            self._lay_line()
            found = self._perform(step)
        except LostError as lost:
            return Report(fault=(*lost.why, []))
        if step.kind != "test":
            self._setup.append(step)
            if found["asked"]:
                self._asking.append(step)
        outputs = [("stdout", found["text"])] if found["text"] else []
        if found["masked"]:
            self.masked.add(step.cell)
        fault = found["fault"]
        return Report(outputs, None if fault is None else (fault[0], fault[1], []), found["value"])

    def _lay_line(self) -> None:
        """Have both processes, and a line between them; run setup again where one of them is new."""
        worker = self.worker.ready()
        again = self._asking
        if self.judge is None:
            self.judge = self.nursery.spawn()
            again = self._setup
        if self._line == (worker, self.judge):
            return
        try:
            pair.connect(worker, self.judge, self.shared, self._sources)
        except LostError:
            self.worker.lose()
            self._lose_judge()
            raise
        self._line = (worker, self.judge)
        for step in again:
            self._perform(step)

    def _perform(self, step: Step) -> dict[str, Any]:
        """Run a cell in the tests' process. If it does not end in time, or a process dies, say why.

        First the student's function is interrupted, then the test, then the student's process ended, and last the
        tests' process: a polite loop costs nothing else.
        """
        deadline, judge = self.clock.cell(), self.judge
        assert judge is not None
        order = {"do": "cell", "source": step.source, "names": list(step.names), "knows": self._knows}
        try:
            wire.send(judge.sock, order, deadline)
            found = wire.receive(judge.sock, pair.room(self.clock.limits), deadline)
        except wire.Silence:
            self._stop(judge)
            raise LostError(pair.LATE) from None
        except wire.WireError:
            why = judge.why
            self._lose_judge()
            raise LostError(pair.FULL if why else ("Died", "The test ended Python.")) from None
        if found["gone"]:
            self._line = None
            raise LostError(self.worker.lose())
        return found

    def _stop(self, judge: Child) -> None:
        steps = [getattr(self.worker.child, "interrupt", None), judge.interrupt, self.worker.lose]
        for stop in steps:
            if stop is not None:
                stop()
            with contextlib.suppress(wire.Silence):
                try:
                    found = wire.receive(judge.sock, pair.room(self.clock.limits), time.monotonic() + pair.GRACE)
                except wire.Silence:
                    raise
                except wire.WireError:
                    break
                if found["gone"]:
                    self._line = None
                    self.worker.lose()
                return
        self._lose_judge()

    def _lose_judge(self) -> None:
        child, self.judge = self.judge, None
        self._line = None
        if child is not None:
            child.end()


def _shown(report: dict[str, Any]) -> Report:
    error = report["error"]
    fault = None if error is None else (error["name"], error["message"], error["lines"])
    return Report([(output["kind"], output["text"]) for output in report["outputs"]], fault)
