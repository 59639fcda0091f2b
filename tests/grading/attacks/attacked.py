"""A class full of attackers, graded as a teacher would, and what came of it. The tests and the benchmark both ask this.

`attack` grades the class. The other functions look at what it left behind, and return what should not be.
"""

import contextlib
import dataclasses
import os
import re
import shutil
import socket
import threading
from pathlib import Path
from unittest import mock

import nbformat

from rnn_course.grading import notebooks, runners
from rnn_course.grading.collect import Filed, store
from rnn_course.grading.course import Course
from rnn_course.grading.engine import gradebook
from rnn_course.grading.grade import feedback, grade
from rnn_course.grading.release import release
from rnn_course.grading.repair.zero import reason_of
from rnn_course.grading.scores import scores

from ..tiny import make_course
from . import damaged
from .cases import CASES, SQUARE, earned

LIMITS = '# %% [markdown] limits={"cell": 8, "wall": 40, "memory": 600000000, "disk": 8000000}'
CANARIES = ("HIDDEN-CANARY", "HOME-CANARY", "SOURCE-CANARY", "OTHERS-CANARY", "root(16)")  # the last: of a hidden test
SPOILED = ("/tmp/spoiled", "/tmp/numpy.py", "/dev/shm/x")  # cases write there, if they get out
AT_ONCE = 6  # most of what takes long here only waits
ABSENT = "999-absent"  # enrolled, and handed in nothing

EARNED = {name: earned(name) for name in CASES}
EARNED |= {f"damaged-{name.replace(' ', '_')}": (points, points) for name, points in damaged.POINTS.items()}
STUDENTS = {name: f"{i:03d}-{name}" for i, name in enumerate(EARNED, start=1)}
HONEST = [name for name in EARNED if name.startswith(("honest", "damaged")) and EARNED[name][1] == EARNED[name][0]]


@dataclasses.dataclass
class Attacked:
    """What came of it.

    Parameters
    ----------
    course : Course
    failed : reason by student, where grading gave up
    scores : points by student, None where there is no grade
    reached : bytes that came in over a network
    changed : names of files that are not as they were, or new, where no file may be
    memory : bytes by which the grading process grew
    """

    course: Course
    failed: dict[str, str]
    scores: dict[str, float | None]
    reached: list[bytes]
    changed: list[str]
    memory: int


def attack(folder, home, gradebook_file=None, follow=8):
    """Have a class graded in which everybody attacks, or hands in something damaged.

    Parameters
    ----------
    folder : Path of the course that is made
    home : Path of a folder that stands for the teacher's home
    gradebook_file : Path of an empty gradebook, to save the time of making one
    follow : int, an honest student comes after every so many attackers
    """
    source = make_course(folder) / "solutions/tiny/tiny.py"
    text = source.read_text().replace("# %% [markdown]", LIMITS, 1)
    text = text.replace("assert root(16) == 4", "assert root(16) == 4  # HIDDEN-CANARY SOURCE-CANARY")
    source.write_text(text.replace("secret_square", "secret_square_SOURCE_CANARY"))
    home.mkdir(exist_ok=True)
    (home / "secret").write_text("HOME-CANARY")
    with mock.patch.dict(os.environ, {"RNN_COURSE_GRADING": "", "HOME": str(home)}), listening() as (port, reached):
        course = Course.at(folder)
        course.grading.mkdir()
        if gradebook_file:
            shutil.copy(gradebook_file, course.gradebook)
        release(course, "tiny")
        hand_in_all(course, follow, places(course, home, port))
        with gradebook(course) as opened:
            opened.add_student(ABSENT)
        before = files(course, home)
        Path("/proc/self/clear_refs").write_text("5")  # forget the largest size until now
        at_first = peak()
        with mock.patch.object(runners, "cores", return_value=AT_ONCE):
            batch = grade(course, "tiny")
        after = files(course, home)
        feedback(course, "tiny")
    rows = {row.student: row.total for row in scores(course, "tiny")[1]}
    changed = sorted(str(path) for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    changed += [path for path in SPOILED if os.path.exists(path)]
    return Attacked(course, batch.failed, rows, reached, changed, peak() - at_first)


@contextlib.contextmanager
def listening():
    """Listen on TCP and on an abstract unix socket; yield the port, and a list of what comes in."""
    reached = []

    def accept(server):
        with contextlib.suppress(OSError):
            while True:
                reached.append(server.accept()[0].recv(9))

    with socket.socket(socket.AF_INET) as tcp, socket.socket(socket.AF_UNIX) as unix:
        tcp.bind(("127.0.0.1", 0))
        unix.bind(f"\0{abstract()}")
        for server in (tcp, unix):
            server.listen()
            threading.Thread(target=accept, args=[server], daemon=True).start()
        yield tcp.getsockname()[1], reached


def abstract():
    """Return the name of the abstract socket."""
    return f"canary{os.getpid()}"


def places(course, home, port):
    """Return what the cases attack, by the names that stand in them."""
    paths = {
        "gradebook": course.gradebook,
        "solutions": course.source("tiny").parent,
        "home": home,
        "submitted": course.grading / "submitted",
        "config": course.root / "nbgrader_config.py",
    }
    return {
        **{name: str(path) for name, path in paths.items()},
        "port": port,
        "abstract": abstract(),
        "pid": os.getpid(),
    }


def hand_in_all(course, follow, named):
    """Hand in every case, and the work of those who come next."""
    hand_in(course, damaged.OTHER, f"# OTHERS-CANARY{SQUARE}")
    for i, (name, student) in enumerate(STUDENTS.items()):
        if name in CASES:
            hand_in(course, student, CASES[name].format(**named))
        else:
            case = next(case for case in damaged.DAMAGED if name == f"damaged-{case.replace(' ', '_')}")
            answer = "def square(x): return 0" if case in damaged.FORGED else SQUARE
            damaged.hand_in(course.submitted("tiny", student).parent, case, answered(course, answer))
        if i % follow == 0:
            hand_in(course, f"{student}-next", f"# OTHERS-CANARY{SQUARE}")


def answered(course, answer):
    """Return the released notebook with an answer to the first part, and a right one to the second, if it has none."""
    notebook = nbformat.read(course.released("tiny"), as_version=4)
    right = {"square": answer, "root": "def root(x):\n    return x**0.5"}
    if "def root" in answer:
        del right["root"]
    for cell in notebook.cells:
        cell.source = right.get(notebooks.grade_id(cell), cell.source)
    return notebook


def hand_in(course, student, answer):
    """File a student's notebook."""
    store(course, "tiny", student, notebooks.text(answered(course, answer)).encode(), Filed())


def files(course, home):
    """Return the content of every file that no student may change: all but the grader's own, and damaged work."""
    ours = {course.grading / name for name in ("autograded", "feedback", "originals", "gradebook.db")}
    found = {}
    for path in (*course.root.rglob("*"), *home.rglob("*")):
        if not path.is_file() or ours & {path, *path.parents} or "-damaged-" in str(path) or path.suffix == ".pyc":
            continue
        found[path] = path.read_bytes()
    return found


def peak(process="self"):
    """Return the largest size of a process until now, in bytes."""
    status = Path(f"/proc/{process}/status").read_text()
    return int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmHWM"))) * 1024


def overgraded(attacked):
    """Return the students who have more than they earned."""
    return [s for name, s in STUDENTS.items() if (attacked.scores[s] or 0) > EARNED[name][1]]


def undergraded(attacked):
    """Return the honest students who have less than they earned."""
    return [STUDENTS[name] for name in HONEST if (attacked.scores[STUDENTS[name]] or 0) < EARNED[name][0]]


def wronged(attacked):
    """Return those who came next after an attacker and do not have full points."""
    return [student for student, total in attacked.scores.items() if student.endswith("-next") and total != 100]


def unexplained(attacked):
    """Return the students without a row, or without a reason where points are missing."""
    everybody = {*STUDENTS.values(), ABSENT, *attacked.failed}
    return sorted(s for s in everybody if attacked.scores.get(s) is None or not is_explained(attacked.course, s))


def is_explained(course, student):
    """Return whether a student has all points, or each test without a pass says why, on the page too."""
    if student not in course.submitters("tiny"):  # nobody reads a page of theirs
        return bool(reason_of(course, "tiny", student))
    page = course.feedback("tiny", student)
    if not page.is_file():
        return False
    cells = nbformat.read(course.autograded("tiny", student), as_version=4).cells
    faults = [o for cell in cells if damaged.is_test(cell) for o in cell.outputs if o.output_type == "error"]
    return all(fault.ename for fault in faults) and reason_of(course, "tiny", student) in page.read_text()


def leaked(attacked, name):
    """Return what a student's outputs or page tell of hidden tests, of files, or of others."""
    student = STUDENTS[name]
    graded = nbformat.read(attacked.course.autograded("tiny", student), as_version=4)
    shown = str([cell.get("outputs") for cell in graded.cells])
    page = attacked.course.feedback("tiny", student).read_text()
    found = [canary for canary in CANARIES if canary in shown + page]
    seen = shown.replace("SEEN {seen}", "")  # the case's own text
    return found + [mark for mark in ("SEEN [", "SEEN16") if mark in seen]


def forged(attacked):
    """Return the grades in the gradebook that somebody else than the grader entered, and students of no class."""
    known = {*STUDENTS.values(), ABSENT, damaged.OTHER}
    with gradebook(attacked.course) as opened:
        by_hand = [
            f"{submission.student_id}: {grade.manual_score:g} by hand"
            for submission in opened.assignment_submissions("tiny")
            for grade in submission.notebooks[0].grades
            if grade.manual_score is not None
        ]
        return by_hand + [s.id for s in opened.students if re.sub("-next$", "", s.id) not in known]
