"""A class full of attackers, graded as a teacher would, and what came of it: scores, secrets, and the next student."""

import dataclasses
import os
import shutil
import socket
import threading
from pathlib import Path

import nbformat
import pytest

from rnn_course.grading import notebooks
from rnn_course.grading.collect import Filed, store
from rnn_course.grading.course import Course
from rnn_course.grading.grade import feedback, grade
from rnn_course.grading.release import release
from rnn_course.grading.scores import scores

from ..tiny import make_course
from .cases import CASES, earned

PEAK = Path("/proc/self/clear_refs")
LIMITS = '# %% [markdown] limits={"cell": 8, "wall": 40, "memory": 600000000, "disk": 8000000}'
CANARIES = ("HIDDEN-CANARY", "HOME-CANARY", "SOURCE-CANARY", "OTHERS-CANARY")
MARKER = "root(16)"  # stands in a hidden test


@dataclasses.dataclass
class Outcome:
    course: Course
    failed: dict[str, str]
    scores: dict[str, float | None]
    reached: list[bytes]
    files: dict[str, bytes]
    memory: int


def listen(kind, address, reached):
    server = socket.socket(kind)
    server.bind(address)
    server.listen()

    def accept():
        while True:
            try:
                reached.append(server.accept()[0].recv(9))
            except OSError:
                return

    threading.Thread(target=accept, daemon=True).start()
    return server


def peak():
    """Return the largest size of this process, in bytes."""
    status = Path("/proc/self/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) * 1024


@pytest.fixture(scope="module")
def outcome(tmp_path_factory, empty_gradebook):
    folder = make_course(tmp_path_factory.mktemp("attacked") / "course")
    home = tmp_path_factory.mktemp("home")
    (home / "secret").write_text("HOME-CANARY")
    source = folder / "solutions/tiny/tiny.py"
    text = (
        source.read_text().replace("# %% [markdown]", LIMITS, 1).replace("secret_square", "secret_square_SOURCE_CANARY")
    )
    source.write_text(text.replace("assert root(16) == 4", "assert root(16) == 4  # HIDDEN-CANARY SOURCE-CANARY"))
    (folder / "grading").mkdir()
    shutil.copy(empty_gradebook, folder / "grading")
    reached: list[bytes] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNN_COURSE_GRADING", "")
        patch.setenv("HOME", str(home))
        course = Course.at(folder)
        release(course, "tiny")
        with (
            listen(socket.AF_INET, ("127.0.0.1", 0), reached) as tcp,
            listen(socket.AF_UNIX, f"\0canary{os.getpid()}", reached),
        ):
            places = {
                "gradebook": str(course.gradebook), "solutions": str(source.parent), "home": str(home),
                "submitted": str(course.grading / "submitted"), "config": str(folder / "nbgrader_config.py"),
                "port": tcp.getsockname()[1], "abstract": f"canary{os.getpid()}", "pid": os.getpid(),
            }  # fmt: skip
            for i, (name, answer) in enumerate(CASES.items()):
                hand_in(course, f"{i:03d}-{name}", answer.format(**places))
                if i % 8 == 0:
                    hand_in(course, f"{i:03d}-{name}-next", "# OTHERS-CANARY\ndef square(x): return x * x")
            before = {
                path: path.read_bytes() for path in folder.rglob("*") if path.is_file() and path != course.gradebook
            }
            PEAK.write_text("5")  # forget the largest size until now
            at_first = peak()
            batch = grade(course, "tiny")
        after = {str(path.relative_to(folder)): path.read_bytes() for path in before if path.is_file()}
        changed = {name for name, data in after.items() if data != before[folder / name]} - {
            "solutions/tiny/tiny.ipynb"
        }
        assert not changed
        assert len(after) == len(before)
        feedback(course, "tiny")
        rows = {row.student: row.total for row in scores(course, "tiny")[1]}
        assert not list(home.rglob("*.py"))
        return Outcome(course, batch.failed, rows, reached, after, peak() - at_first)


def hand_in(course, student, answer):
    notebook = nbformat.read(course.released("tiny"), as_version=4)
    right = {"square": answer, "root": "def root(x):\n    return x**0.5"}
    if "def root" in answer:
        del right["root"]
    for cell in notebook.cells:
        cell.source = right.get(notebooks.grade_id(cell), cell.source)
    store(course, "tiny", student, notebooks.text(notebook).encode(), Filed())


STUDENTS = {name: f"{i:03d}-{name}" for i, name in enumerate(CASES)}


@pytest.mark.parametrize("name", CASES)
def test_nobody_gets_more_than_was_earned_and_everybody_gets_a_grade(name, outcome):
    assert outcome.failed == {}
    low, high = earned(name)
    assert low <= outcome.scores[STUDENTS[name]] <= high


@pytest.mark.parametrize("name", CASES)
def test_no_secret_is_seen(name, outcome):
    student = STUDENTS[name]
    graded = nbformat.read(outcome.course.autograded("tiny", student), as_version=4)
    shown = str([cell.get("outputs") for cell in graded.cells])
    page = outcome.course.feedback("tiny", student).read_text()
    for canary in (*CANARIES, MARKER):
        assert canary not in shown
        assert canary not in page.replace("# OTHERS-CANARY", "")
    assert "SEEN [" not in shown.replace("SEEN {seen}", "")
    assert "SEEN16" not in shown


def test_the_next_student_is_graded_right(outcome):
    following = {student: total for student, total in outcome.scores.items() if student.endswith("-next")}
    assert len(following) > 8
    assert set(following.values()) == {100}


def test_nothing_was_reached(outcome):
    assert outcome.reached == []
    assert not os.path.exists("/tmp/spoiled")
    assert not os.path.exists("/dev/shm/x")


def test_the_grader_stays_small(outcome):
    assert outcome.memory < 300_000_000
