"""Preparing a submission: hostile folders, the right notebook among several, nothing lost, a row for everybody."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from nbgrader.converters import Autograde
from nbgrader.utils import parse_utc, temp_attrs

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.course import Course
from rnn_course.grading.engine import Engine, gradebook
from rnn_course.grading.grade import feedback, is_graded
from rnn_course.grading.release import release
from rnn_course.grading.repair import absent, enrolled, prepare, reason_of, record, zero_rows
from rnn_course.grading.repair.preparing import NOTHING
from rnn_course.grading.repair.records import original

from .tiny import run

SECRET = "the secret of somebody else"


@pytest.fixture
def course(root):
    course = Course.find()
    release(course, "tiny")
    return course


@pytest.fixture
def folder(course):
    """Return the folder in which ada handed in."""
    path = course.submitted("tiny", "ada").parent
    path.mkdir(parents=True)
    return path


@pytest.fixture
def answered(course):
    """Return a function that makes the bytes of a notebook with these answers."""

    def make(**cells):
        notebook = nbformat.read(course.released("tiny"), as_version=4)
        for cell in notebook.cells:
            cell.source = cells.get(notebooks.grade_id(cell), cell.source)
        return notebooks.text(notebook).encode()

    return make


def answers(course):
    notebook = nbformat.read(course.submitted("tiny", "ada"), as_version=4)
    nbformat.validate(notebook)
    assert [p.name for p in course.submitted("tiny", "ada").parent.iterdir() if p.name != "timestamp.txt"] == [
        "tiny.ipynb"
    ]
    named = {notebooks.grade_id(cell): cell.source for cell in notebook.cells}
    return {name: named[name] for name in ("square", "root") if "NotImplementedError" not in named[name]}


def test_a_submission_is_rebuilt_once_and_the_original_is_kept(course, folder, answered):
    data = b"\xef\xbb\xbf" + answered(square="x = 1")
    (folder / "tiny.ipynb").write_bytes(data)
    (folder / "numpy.py").write_text("raise SystemExit")
    (folder / "timestamp.txt").write_text("2030-01-02 03:04:05 UTC")
    prepared = prepare(course, "tiny", "ada")
    assert [repair.kind for repair in prepared.repairs] == ["encoding", "files"]
    assert (prepared.name, prepared.reason) == ("tiny.ipynb", "")
    assert answers(course) == {"square": "x = 1"}
    assert parse_utc((folder / "timestamp.txt").read_text()).year == 2030
    assert original(course, "tiny", "ada", (folder / "tiny.ipynb").read_bytes()) == data
    assert (course.grading / "originals/ada/tiny/rest/numpy.py").read_text() == "raise SystemExit"
    before = (folder / "tiny.ipynb").stat().st_mtime_ns
    assert prepare(course, "tiny", "ada") == prepared == record(course, "tiny", "ada")
    assert (folder / "tiny.ipynb").stat().st_mtime_ns == before


def test_a_new_submission_takes_the_place_of_the_old_one_which_is_kept(course, folder, answered):
    (folder / "tiny.ipynb").write_bytes(answered(square="x = 1"))
    prepare(course, "tiny", "ada")
    (folder / "tiny.ipynb").write_bytes(answered(square="x = 2"))
    prepare(course, "tiny", "ada")
    assert answers(course) == {"square": "x = 2"}
    (kept,) = (course.grading / "replaced/ada/tiny").glob("*/original.ipynb")
    assert b"x = 1" in kept.read_bytes()


def test_a_changed_release_is_rebuilt_from_the_original(course, folder, answered):
    (folder / "Tiny final.ipynb").write_bytes(answered(root="x = 1"))
    prepare(course, "tiny", "ada")
    source = course.source("tiny")
    source.write_text(source.read_text() + "\n# %% [markdown]\n# The end.\n")
    release(course, "tiny")
    prepared = prepare(course, "tiny", "ada")
    assert answers(course) == {"root": "x = 1"}
    assert nbformat.read(folder / "tiny.ipynb", as_version=4).cells[-1].source == "The end."
    assert [repair.kind for repair in prepared.repairs] == ["name", "missing"]


@pytest.mark.parametrize(
    ("names", "chosen"),
    [
        ({"tiny.ipynb": "x = 1", "other.ipynb": "x = 2"}, "x = 1"),
        ({"tiny.ipynb": "", "other.ipynb": "x = 2"}, "x = 2"),
        ({"tiny.ipynb": None, "tiny (1).ipynb": "x = 2"}, "x = 2"),
        ({"sub/deep/tiny.ipynb": "x = 3"}, "x = 3"),
        ({"TINY.IPYNB": "x = 4", "notes.txt": None}, "x = 4"),
        ({"tiny.ipynb.txt": "x = 5"}, "x = 5"),
        ({"Übung.ipynb": "x = 6"}, "x = 6"),
        ({"tiny-1.ipynb": "x = 7", "tiny-2.ipynb": "x = 8"}, "x = 8"),
        ({".ipynb_checkpoints/tiny.ipynb": "x = 9", "a.ipynb": "x = 1"}, "x = 1"),
    ],
)
def test_the_notebook_that_answers_something_counts_whatever_its_name(names, chosen, course, folder, answered):
    for name, source in names.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"broken" if source is None else answered(square=source) if source else answered())
    prepared = prepare(course, "tiny", "ada")
    assert prepared.reason == ""
    assert answers(course) == {"square": chosen}
    assert ("name" in [repair.kind for repair in prepared.repairs]) == (chosen != names.get("tiny.ipynb"))


def pipe(path):
    os.mkfifo(path)


def unix_socket(path):
    with socket.socket(socket.AF_UNIX) as made:
        here = os.open(".", os.O_RDONLY)
        os.chdir(path.parent)
        made.bind(path.name)
        os.fchdir(here)
        os.close(here)


ODD = {
    "symbolic link": lambda path, victim: path.symlink_to(victim),
    "pipe": lambda path, _: pipe(path),
    "socket": lambda path, _: unix_socket(path),
    "hard link": lambda path, victim: os.link(victim, path),
    "folder": lambda path, _: path.mkdir(),
}


@pytest.mark.parametrize("kind", ODD)
def test_what_is_no_plain_file_is_never_read_and_gets_a_reason(kind, course, folder, answered, tmp_path):
    victim = tmp_path / "victim.ipynb"
    victim.write_bytes(answered(square=f"x = '{SECRET}'"))
    ODD[kind](folder / "tiny.ipynb", victim)
    prepared = prepare(course, "tiny", "ada")
    assert kind == "folder" or kind in prepared.reason
    assert prepared.reason.endswith(".")
    assert answers(course) == {}
    assert SECRET in victim.read_text()
    texts = [
        p.read_text()
        for p in course.grading.rglob("*")
        if p.is_file() and not p.is_symlink() and p.stat().st_nlink == 1 and p.suffix != ".db"
    ]
    assert SECRET not in "".join(texts)


@pytest.mark.parametrize("kind", ODD)
def test_beside_a_good_notebook_it_is_set_aside(kind, course, folder, answered, tmp_path):
    (tmp_path / "victim").write_text(SECRET)
    (folder / "tiny.ipynb").write_bytes(answered(square="x = 1"))
    (folder / "sub").mkdir()
    ODD[kind](folder / "data.csv", tmp_path / "victim")
    ODD[kind](folder / "sub" / "timestamp.txt", tmp_path / "victim")
    assert prepare(course, "tiny", "ada").reason == ""
    assert answers(course) == {"square": "x = 1"}
    assert (tmp_path / "victim").read_text() == SECRET
    assert os.path.lexists(course.grading / "originals/ada/tiny/rest/data.csv")


@pytest.mark.parametrize("level", ["ada", "ada/tiny"])
def test_a_folder_that_is_a_link_is_not_followed(level, course, answered, tmp_path):
    victim = tmp_path / "victim"
    (victim / "tiny").mkdir(parents=True)
    for path in (victim / "tiny.ipynb", victim / "tiny" / "tiny.ipynb"):
        path.write_bytes(answered(square="x = 1"))
    link = course.grading / "submitted" / level
    link.parent.mkdir(parents=True)
    link.symlink_to(victim)
    before = {path: path.read_bytes() for path in victim.rglob("*.ipynb")}
    assert "a symbolic link" in prepare(course, "tiny", "ada").reason
    assert answers(course) == {}
    assert {path: path.read_bytes() for path in victim.rglob("*") if path.is_file()} == before
    assert not link.is_symlink()
    assert "a symbolic link" in prepare(course, "tiny", "ada").reason


@pytest.mark.parametrize(
    "time", ["/etc/passwd", "2020-01-01 00:00:00 /dev/zero", "", "x" * 10_000, "9999-99-99 00:00:00"]
)
def test_a_time_that_cannot_be_read_is_set_aside(time, course, folder, answered):
    (folder / "tiny.ipynb").write_bytes(answered(square="x = 1"))
    (folder / "timestamp.txt").write_text(time)
    assert "timestamp.txt" in prepare(course, "tiny", "ada").repairs[0].said
    assert not (folder / "timestamp.txt").exists()


def test_files_that_are_huge_or_too_many_get_a_reason(course, folder, answered):
    with open(folder / "tiny.ipynb", "wb") as file:
        file.truncate(10**12)  # sparse: takes no room
    assert "expected a notebook of at most 64 MB" in prepare(course, "tiny", "ada").reason
    assert (course.grading / "originals/ada/tiny/rest/tiny.ipynb").stat().st_size == 10**12
    (folder / "tiny.ipynb").write_bytes(answered(square="x = 1"))
    for i in range(2100):
        (folder / f"{i}.txt").touch()
    assert "received more than 2,000" in prepare(course, "tiny", "ada").reason
    assert answers(course) == {}


def test_a_mode_that_forbids_reading_harms_nobody(course, folder, answered):
    (folder / "tiny.ipynb").write_bytes(answered(square="x = 1"))
    (folder / "closed").mkdir()
    with tempfile.TemporaryDirectory() as place:  # pytest's own folder is closed to the user that root becomes
        os.chmod(place, 0o755)
        root = Path(shutil.copytree(course.root, Path(place) / "course"))
        there = root / folder.relative_to(course.root)
        for path in (there / "tiny.ipynb", there / "closed"):
            path.chmod(0)
        there.chmod(0o500)
        code = (
            "import os, sys, nbformat; from pathlib import Path; from rnn_course.grading.course import Course\n"
            "from rnn_course.grading.repair import prepare; course = Course.at(Path(sys.argv[1]))\n"
            "nbformat.read(course.released('tiny'), as_version=4)\n"  # loads what the other user may not read
            "if os.geteuid() == 0:\n"  # root may read everything: modes count for somebody else
            "    for path in (course.root, *course.root.rglob('*')): os.chown(path, 65534, 65534)\n"
            "    os.setegid(65534); os.seteuid(65534)\n"
            "try: (course.submitted('tiny', 'ada')).read_bytes()\n"
            "except PermissionError: print(prepare(course, 'tiny', 'ada').reason, 'prepared')"
        )
        ran = subprocess.run([sys.executable, "-c", code, str(root)], capture_output=True, text=True, check=False)
        assert (ran.stdout, ran.stderr) == (" prepared\n", "")
        assert answers(Course.at(root)) == {"square": "x = 1"}


def test_what_a_file_is_called_cannot_speak_to_a_page_or_a_terminal(course, folder):
    (folder / "<img src=x onerror=1> [a](javascript:1) `$x$` \x1b[2J\n.ipynb").write_bytes(b"broken")
    (folder / "<script>.py").touch()
    prepared = prepare(course, "tiny", "ada")
    said = prepared.reason + "".join(repair.said for repair in prepared.repairs)
    assert "javascript" in said
    assert "script·.py" in said
    assert not set("<>[]`$\x1b\n") & set(said)


def test_whether_it_is_graded_is_found_without_reading_what_is_not_ours(course, folder, tmp_path):
    place = folder / "tiny.ipynb"
    place.symlink_to("/dev/zero")
    assert not is_graded(course, "tiny", "ada")
    place.unlink()
    os.mkfifo(place)
    assert not is_graded(course, "tiny", "ada")
    place.unlink()
    with open(place, "wb") as file:
        file.truncate(10**13)
    assert not is_graded(course, "tiny", "ada")
    assert reason_of(course, "tiny", "ada") == ""


def test_two_graders_at_once_do_not_take_the_rebuilt_one_for_the_original(course, folder, answered):
    data = b"\xef\xbb\xbf" + answered(square="x = 1")
    (folder / "Tiny final.ipynb").write_bytes(data)
    with ThreadPoolExecutor(8) as pool:
        prepared = list(pool.map(lambda _: prepare(course, "tiny", "ada"), range(8)))
    assert len(set(prepared)) == 1
    assert original(course, "tiny", "ada", (folder / "tiny.ipynb").read_bytes()) == data


@pytest.mark.parametrize("student", ["..", ".", "", "a/b", "a\0b", "x" * 300])
def test_a_name_that_is_no_folder_is_refused(student, course):
    with pytest.raises(CourseError, match="expected the name of a student's folder"):
        prepare(course, "tiny", student)


@pytest.mark.parametrize("step", range(12))
def test_stopped_anywhere_it_goes_on_and_loses_nothing(step, course, folder, answered, monkeypatch):
    (folder / "Tiny final.ipynb").write_bytes(answered(square="x = 1"))
    (folder / "data.csv").write_text("1")
    left = [step]

    def stopping(function):
        def call(*args, **kwargs):
            left[0] -= 1
            if left[0] < 0:
                raise KeyboardInterrupt
            return function(*args, **kwargs)

        return call

    with monkeypatch.context() as patch:
        for name in ("rename", "replace", "unlink", "mkdir"):
            patch.setattr(os, name, stopping(getattr(os, name)))
        with contextlib.suppress(KeyboardInterrupt):
            prepare(course, "tiny", "ada")
    assert prepare(course, "tiny", "ada").reason == ""
    assert answers(course) == {"square": "x = 1"}
    kept = [path.read_text() for path in course.grading.rglob("data.csv")]
    assert kept == ["1"]
    assert any(b"x = 1" in path.read_bytes() for path in course.grading.rglob("original.ipynb"))


def test_everybody_who_is_enrolled_gets_a_row_a_zero_and_a_reason(course, folder, answered):
    (folder / "tiny.ipynb").write_bytes(b"broken")
    with gradebook(course) as opened:
        opened.add_student("bob")
    assert enrolled(course, "tiny") == ["ada", "bob"]
    reason = prepare(course, "tiny", "ada").reason
    assert (
        reason
        == "The file tiny.ipynb cannot be graded: expected a notebook, received a file that is not JSON (Expecting value: line 1 column 1 (char 0))."
    )
    assert absent(course, "tiny") == {"bob": NOTHING}
    zeros = {"ada": reason, "bob": NOTHING}
    assert zero_rows(course, "tiny", zeros) == {}
    with gradebook(course) as opened:
        for student, said in (("ada", reason), ("bob", NOTHING)):
            assert opened.find_submission("tiny", student).score == 0
            graded = opened.find_submission_notebook("tiny", "tiny", student)
            assert [grade.auto_score for grade in graded.grades] == [0, 0]
            assert {comment.comment for comment in graded.comments} == {said}
            assert not graded.needs_manual_grade
            assert reason_of(course, "tiny", student) == said
    before = course.autograded("tiny", "bob").stat().st_mtime_ns
    assert zero_rows(course, "tiny", zeros) == {}
    assert course.autograded("tiny", "bob").stat().st_mtime_ns == before
    feedback(course, "tiny")
    page = course.feedback("tiny", "ada").read_text()
    assert "<strong>0</strong> of" in page
    assert page.count("received a file that is not JSON") >= 3


def test_a_grade_by_hand_outlives_a_zero_and_work_handed_in_later_ends_it(course, folder, answered):
    zero_rows(course, "tiny", {"ada": NOTHING})
    with gradebook(course) as opened:
        opened.find_grade("test_root", "tiny", "tiny", "ada").manual_score = 7
        opened.db.commit()
    zero_rows(course, "tiny", {"ada": "Another reason."})
    with gradebook(course) as opened:
        assert opened.find_submission("tiny", "ada").score == 7
        assert opened.find_submission("tiny", "ada").needs_manual_grade
    (folder / "tiny.ipynb").write_bytes(answered(square="x = 1"))
    assert reason_of(course, "tiny", "ada") == ""


def test_nbgraders_own_command_sees_prepared_work_only(course, folder, answered, tmp_path):
    (folder / "tiny.ipynb").write_bytes(b"broken")
    (tmp_path / "victim").write_text(SECRET)
    data = answered(square="def square(x): return x * x")
    for student, name in (("bob", "Tiny final.ipynb"), ("cy", "answers.pdf"), ("dee", "tiny.ipynb")):
        course.submitted("tiny", student).parent.mkdir(parents=True)
        course.submitted("tiny", student).with_name(name).write_bytes(data)
    course.submitted("tiny", "dee").with_name("data.csv").symlink_to(tmp_path / "victim")
    course.submitted("tiny", "dee").with_name("numpy.py").write_text("raise SystemExit")
    stock = run("nbgrader", "autograde", "tiny", cwd=course.root)
    assert stock.returncode == 0, stock.stderr
    with gradebook(course) as opened:
        points = {student: opened.find_submission("tiny", student).score for student in ("ada", "bob", "cy", "dee")}
    assert points == {"ada": 0, "bob": 60, "cy": 0, "dee": 60}
    assert reason_of(course, "tiny", "cy") == "Expected tiny.ipynb, received answers.pdf."
    assert not list(course.grading.glob("autograded/dee/tiny/*[!b]"))
    assert (
        "Not graded: The file tiny.ipynb cannot be graded"
        in json.loads(course.autograded("tiny", "ada").read_text())["cells"][0]["source"][0]
    )


@pytest.mark.timeout(120)
def test_nbgraders_own_step_passes_over_nobody_and_waits_for_no_pipe(course, folder, answered):
    (folder / "tiny.ipynb").write_bytes(answered(square="def square(x): return x * x"))
    course.submitted("tiny", "cy").parent.mkdir(parents=True)
    engine = Engine.of(course)

    def autograde(student):
        with temp_attrs(engine.coursedir, assignment_id="tiny", student_id=student):
            Autograde(coursedir=engine.coursedir, parent=engine).start()

    autograde("cy")
    assert reason_of(course, "tiny", "cy") == "Expected tiny.ipynb, received an empty folder."
    autograde("ada")
    os.mkfifo(folder / "timestamp.txt")
    autograde("ada")
    assert [path.name for path in folder.iterdir()] == ["tiny.ipynb"]
    with gradebook(course) as opened:
        assert [opened.find_submission("tiny", student).score for student in ("ada", "cy")] == [60, 0]
