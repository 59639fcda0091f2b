"""Grading a class: partial credit, broken submissions, stopped runs, and no grade that is older than the work."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.collect import Filed, store
from rnn_course.grading.course import Course
from rnn_course.grading.engine import gradebook
from rnn_course.grading.grade import grade, is_graded
from rnn_course.grading.release import release
from rnn_course.grading.scores import scores

from .tiny import ROOT, run

RIGHT = {"square": "def square(x):\n    return x * x", "root": "def root(x):\n    return x**0.5"}


@pytest.fixture
def course(root):
    course = Course.find()
    release(course, "tiny")
    return course


def answered(course, **cells):
    notebook = nbformat.read(course.released("tiny"), as_version=4)
    for cell in notebook.cells:
        cell.source = {**RIGHT, **cells}.get(notebooks.grade_id(cell), cell.source)
    return notebook


def hand_in(course, student, notebook=None, **cells):
    data = notebooks.text(notebook or answered(course, **cells)).encode()
    store(course, "tiny", student, data, Filed())


def totals(course):
    return {row.student: row.total for row in scores(course, "tiny")[1]}


def test_parts_are_graded_on_their_own(course):
    hand_in(course, "ada")
    hand_in(course, "bob", square="def square(x):\n    raise ValueError(x)")
    hand_in(course, "cy", square="this is no Python", root="def root(x): return 3")
    hand_in(course, "dee", root="import sys\nprint('careful', file=sys.stderr)\ndef root(x): return x**.5")
    assert grade(course, "tiny").done == ["ada", "bob", "cy", "dee"]
    assert totals(course) == {"ada": 100, "bob": 40, "cy": 0, "dee": 100}


def test_what_is_graded_is_skipped_until_it_changes(course):
    hand_in(course, "ada")
    hand_in(course, "bob")
    assert grade(course, "tiny").done == ["ada", "bob"]
    batch = grade(course, "tiny")
    assert (batch.done, batch.skipped) == ([], ["ada", "bob"])
    hand_in(course, "bob", root="def root(x): return 3")
    batch = grade(course, "tiny")
    assert (batch.done, batch.skipped) == (["bob"], ["ada"])
    assert totals(course) == {"ada": 100, "bob": 60}
    assert grade(course, "tiny", again=True).done == ["ada", "bob"]


def test_a_changed_test_makes_all_grades_old(course):
    hand_in(course, "ada")
    grade(course, "tiny")
    source = course.source("tiny")
    source.write_text(source.read_text().replace("assert root(16) == 4", "assert root(16) == 5"))
    release(course, "tiny")
    assert grade(course, "tiny").done == ["ada"]
    assert totals(course) == {"ada": 60}


def test_a_student_cannot_change_delete_or_revalue_a_test(course):
    changed = answered(course, root="def root(x): return 0")
    for cell in changed.cells:
        if notebooks.grade_id(cell) == "test_root":
            cell.source = "pass"
            cell.metadata.nbgrader.points = 400
    hand_in(course, "changed", changed)
    deleted = answered(course, root="def root(x): return 0")
    deleted.cells = [c for c in deleted.cells if notebooks.grade_id(c) != "test_root"]
    hand_in(course, "deleted", deleted)
    added = answered(course)
    added.cells.insert(3, nbformat.v4.new_code_cell("1 / 0"))
    hand_in(course, "added", added)
    assert grade(course, "tiny").failed == {}
    assert totals(course) == {"changed": 60, "deleted": 60, "added": 100}


def test_a_student_may_copy_a_cell(course):
    copied = answered(course)
    for name in ("test_root", "root", "cell-02"):
        at = next(i for i, cell in enumerate(copied.cells) if notebooks.grade_id(cell) == name)
        copied.cells.insert(at, nbformat.from_dict({**copied.cells[at], "id": f"copy-of-{name}"}))
    hand_in(course, "ada", copied)
    assert grade(course, "tiny").failed == {}
    assert totals(course) == {"ada": 100}


def test_broken_submissions_are_listed_and_the_batch_goes_on(course):
    hand_in(course, "ada")
    for student, data in {"cut": b'{"cells": [', "empty": b"", "latin": '{"ä": 1}'.encode("latin-1")}.items():
        store(course, "tiny", student, data, Filed())
    hand_in(course, "misnamed")
    course.submitted("tiny", "misnamed").rename(course.submitted("tiny", "misnamed").with_name("Tiny final.ipynb"))
    hand_in(course, "linked")
    (course.submitted("tiny", "linked").parent / "data.csv").symlink_to("/etc/passwd")
    hand_in(course, "zoe")
    batch = grade(course, "tiny")
    assert (batch.failed, batch.done) == ({}, ["cut", "empty", "latin", "ada", "linked", "misnamed", "zoe"])
    reasons = {"cut": "is not JSON", "empty": "an empty file", "latin": "JSON without cells"}
    assert batch.zeros.keys() == reasons.keys()
    for student, reason in reasons.items():
        assert reason in batch.zeros[student]
        assert "\n" not in batch.zeros[student]
    assert totals(course) == {**dict.fromkeys(("ada", "linked", "misnamed", "zoe"), 100), **dict.fromkeys(reasons, 0)}
    assert grade(course, "tiny").done == []


def test_a_broken_resubmission_does_not_keep_the_old_grade(course):
    hand_in(course, "ada")
    hand_in(course, "bob")
    grade(course, "tiny")
    store(course, "tiny", "ada", b"broken", Filed())
    assert totals(course) == {"ada": None, "bob": 100}
    assert list(grade(course, "tiny").zeros) == ["ada"]
    assert totals(course) == {"ada": 0, "bob": 100}


def test_an_endless_loop_costs_its_part_only(course, monkeypatch):
    source = course.source("tiny")
    source.write_text(source.read_text().replace("# %% [markdown]", '# %% [markdown] limits={"cell": 3}', 1))
    release(course, "tiny")
    hand_in(course, "ada", square="def square(x):\n    while True: pass")
    assert grade(course, "tiny").done == ["ada"]
    assert totals(course) == {"ada": 40}


def test_python_that_dies_costs_its_part_only(course):
    hand_in(course, "ada", square="import os\nos._exit(1)")
    hand_in(course, "bob")
    assert grade(course, "tiny").done == ["ada", "bob"]
    assert totals(course) == {"ada": 40, "bob": 100}


def test_nothing_handed_in_and_an_unknown_assignment_are_clear_errors(course):
    with pytest.raises(CourseError, match=r"no submissions of tiny in grading/submitted\. File them with: rnn-course"):
        grade(course, "tiny")
    with pytest.raises(CourseError, match=r"unknown assignment 'tny'\. Did you mean 'tiny'"):
        grade(course, "tny")


def test_grading_enters_the_assignment_into_a_new_gradebook(course, empty_gradebook):
    hand_in(course, "ada")
    shutil.copy(empty_gradebook, course.gradebook)
    assert grade(course, "tiny").done == ["ada"]


def test_a_file_that_is_no_gradebook_is_one_clear_error_and_stays(course):
    hand_in(course, "ada")
    course.gradebook.write_bytes(b"not a database, but somebody may need it" * 100)
    before = course.gradebook.read_bytes()
    with pytest.raises(CourseError, match=r"gradebook\.db: the gradebook cannot be used"):
        grade(course, "tiny")
    assert course.gradebook.read_bytes() == before


@pytest.mark.skipif(os.name != "posix", reason="signals are sent as on Linux and macOS")
def test_a_stopped_run_loses_nothing_and_the_next_one_goes_on(course):
    hand_in(course, "ada")
    hand_in(course, "bob", square="import time\ntime.sleep(10)\ndef square(x):\n    return x * x")
    hand_in(course, "cy")
    program = Path(sys.executable).with_name("rnn-course")
    # a shell that runs the tests in the background lets them, and what they start, ignore Ctrl-C
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        ran = subprocess.Popen([program, "grade", "tiny"], cwd=course.root, stderr=subprocess.PIPE, text=True)
    finally:
        signal.signal(signal.SIGINT, before)
    wait_until(lambda: is_graded(course, "tiny", "ada"))
    time.sleep(1)
    started = [child.pid for child in psutil.Process(ran.pid).children(recursive=True)]
    assert len(started) >= 4  # two sandboxes, and processes in each
    said = stop(ran)
    assert ran.returncode == 130
    assert said.strip().splitlines()[-1] == "error: stopped. Run the same command again to go on"
    assert "Traceback" not in said
    wait_until(lambda: not any(map(is_running, started)), seconds=5)
    assert [is_graded(course, "tiny", student) for student in ("ada", "bob", "cy")] == [True, False, False]
    again = run("rnn-course", "grade", "tiny", cwd=course.root)
    assert again.stdout.strip() == "tiny: 2 graded, 1 were already, 0 failed"
    assert totals(course) == {"ada": 100, "bob": 100, "cy": 100}
    with gradebook(course) as opened:
        assert len(opened.assignment_submissions("tiny")) == 3


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a program see the orphans of another")
def test_killed_again_and_again_it_gets_the_same_class_graded(root):
    """The program with its own numbers, 60 students and 20 kills, takes minutes."""
    program = ROOT / "benchmarks" / "killed.py"
    ran = run("python", program, "--students", 12, "--kills", 4, "--course", root, cwd=root, timeout=500)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    assert ran.stdout.count("SIGKILL to") == 4


def stop(ran):
    """Press Ctrl-C, and again after a while: nbclient may take the first for its kernel. Return what was said."""
    for _ in range(4):
        ran.send_signal(signal.SIGINT)
        try:
            return ran.communicate(timeout=25)[1]
        except subprocess.TimeoutExpired:
            continue
    ran.kill()
    raise AssertionError(f"still running after four signals: {ran.communicate()[1]}")


def is_running(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except OSError:
        return False


def wait_until(true, seconds=60):
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited too long"
        time.sleep(0.1)
