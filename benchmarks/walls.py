"""What the walls cost a submission, and nothing else: python benchmarks/walls.py.

The cells of one submission to `ffnn` run in turn in three ways. Behind walls: the student's in one sandbox, the tests in
another, as in grading. Without walls: in the same two processes, with nothing around them. Alone: all of them in one
process. All are forked from one that has the same imports, and is ready before the clock starts. They share one
processor core, as each submission does while a class is graded. The best of many rounds counts: on a busy machine a
median measures the neighbours.
"""

import os
import socket
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from tqdm import tqdm

from classroom import make_class
from rnn_course.grading import notebooks, sandboxed
from rnn_course.grading.sandbox import cell, engines, nursery, session, wire, zygote
from rnn_course.grading.sandbox.nursery import Nursery
from rnn_course.grading.sandbox.plan import plan

ROUNDS = 40
SLUG = "ffnn"


@contextmanager
def no_walls(role, arguments, control, *_):
    """Stand for the walls: start a zygote as this user, in this machine's own file system."""
    yield [sys.executable, __file__, role, str(control), *arguments]


def fork(control, limits):
    """Stand for a fork into namespaces."""
    middle = os.fork()
    if middle:
        os.waitpid(middle, 0)
        return False
    child = os.fork()
    if child:
        socket.send_fds(control, [b"\0"], [os.pidfd_open(child)])
        os._exit(0)
    return True


def keep(control, limits):
    """Stand for what takes all rights: make the socket number 3, and let other programs go first, as there."""
    os.dup2(control.fileno(), 3)
    os.nice(5)


def serve(*arguments):
    """Be a zygote whose processes have no walls."""
    with mock.patch.object(cell, "fork_inside", fork), mock.patch.object(cell, "lock", keep):
        zygote.main(*arguments)


def run_alone(zygote, steps, limits):
    """Run all cells in one process, and assert that none failed."""
    child = zygote.spawn()
    for step in steps:
        order = {"do": "cell", "source": step.source, "names": [], "knows": False}
        wire.send(child.sock, order, time.monotonic() + limits.cell)
        assert wire.receive(child.sock, 10**7, time.monotonic() + limits.cell)["fault"] is None
    child.end()


def run_in_two(pair, steps, limits):
    """Run them as in grading, and assert that no test failed."""
    reports = session.run(steps, *pair, limits)
    assert all(report.fault is None for report in reports.values())


def measure():
    """Return the seconds that a submission takes in each way, best of all rounds."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(cores)})
    with tempfile.TemporaryDirectory() as folder:
        made = make_class(Path(folder) / "course", SLUG, 1)
        known, limits, modules = sandboxed.assignment(made.db_url, SLUG, SLUG, made.source_notebook(SLUG))
        handed_in = notebooks.read(made.submitted(SLUG, "student-00000").read_bytes(), SLUG)
    steps = plan(sandboxed.code(handed_in), known)
    while steps[-1].kind == "locked":  # grading does not run these
        steps.pop()
    pair = engines.pair(modules, limits)
    with mock.patch.object(nursery, "walls", no_walls):
        bare = [Nursery(role, modules, limits) for role in ("student", "judge")]
    ways = {
        "walls": lambda: run_in_two(pair, steps, limits),
        "two": lambda: run_in_two(bare, steps, limits),
        "alone": lambda: run_alone(bare[1], steps, limits),
    }
    best = dict.fromkeys(ways, float("inf"))
    for _ in tqdm(range(ROUNDS), desc="walls", leave=False):
        for way, run in ways.items():
            began = time.perf_counter()
            run()
            best[way] = min(best[way], time.perf_counter() - began)
    for one in bare:
        one.close()
    os.sched_setaffinity(0, cores)
    return best


if __name__ == "__main__":
    if len(sys.argv) > 1:
        serve(*sys.argv[1:])
    found = measure()
    print(", ".join(f"{way}: {1000 * seconds:.0f} ms" for way, seconds in found.items()))
