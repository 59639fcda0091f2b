"""Sandboxes that are started once, and a way to run a few cells in them."""

import pytest

from rnn_course.grading.sandbox.limits import Limits
from rnn_course.grading.sandbox.nursery import Nursery
from rnn_course.grading.sandbox.plan import Known, plan
from rnn_course.grading.sandbox.session import run

MODULES = ("numpy", "rnn_course.check.core")


@pytest.fixture(scope="session")
def nurseries():
    """Return a function from limits to the two sandboxes with these."""
    up = {}

    def pair(limits):
        if limits not in up:
            up[limits] = tuple(Nursery(role, MODULES, limits) for role in ("student", "judge"))
        return up[limits]

    yield pair
    for both in up.values():
        for nursery in both:
            nursery.close()


@pytest.fixture
def session(nurseries):
    """Return a function that runs cells, and returns their reports by name.

    Cells are pairs of a name and a text. A name that begins with ``test`` is a test, with ``lock`` a locked cell, with
    ``own`` a student's own cell; all others are answers, to which ``solutions`` has what the instructor wrote.
    """

    def play(*cells, limits=None, **solutions):
        limits = limits or Limits(cell=10, wall=60)
        known = [
            Known(name, solutions.get(name, text), not name.startswith(("test", "lock")), name.startswith("test"))
            for name, text in cells
            if not name.startswith("own")
        ]
        steps = plan([(i, name, text) for i, (name, text) in enumerate(cells)], known)
        reports = run(steps, *nurseries(limits), limits)
        return {name: reports.get(i) for i, (name, _) in enumerate(cells)}

    return play
