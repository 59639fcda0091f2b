"""A student's notebook in the terminal: what passes, what does not and why, and nothing touched."""

import nbformat
import pytest

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.check import check
from rnn_course.grading.course import Course
from rnn_course.grading.release import release

from .tiny import run

RIGHT = {"square": "def square(x):\n    return x * x", "root": "def root(x):\n    return x**0.5"}


@pytest.fixture
def course(root):
    course = Course.find()
    release(course, "tiny")
    return course


@pytest.fixture
def write(course, tmp_path):
    """Return a function that writes a student's notebook with these answers, and returns its path."""

    def write(change=lambda notebook: None, **cells):
        notebook = nbformat.read(course.released("tiny"), as_version=4)
        for cell in notebook.cells:
            cell.source = {**RIGHT, **cells}.get(notebooks.grade_id(cell), cell.source)
        change(notebook)
        path = tmp_path / "home" / "my answers.ipynb"
        path.parent.mkdir(exist_ok=True)
        path.write_text(notebooks.text(notebook))
        return path

    return write


def faults(path, course, **options):
    slug, verdicts = check(path, course, **options)
    assert slug == "tiny"
    return {verdict.part.name: verdict.fault for verdict in verdicts}


def test_right_answers_pass_and_the_file_and_its_folder_stay_as_they_are(course, write):
    path = write(square="import pathlib\npathlib.Path('made.txt').write_text('x')\ndef square(x): return x * x")
    before = path.read_bytes(), path.stat().st_mtime_ns
    assert faults(path, course) == {"square": "", "root": ""}
    assert (path.read_bytes(), path.stat().st_mtime_ns) == before
    assert list(path.parent.iterdir()) == [path]


def test_each_part_has_its_own_message_without_a_traceback(course, write):
    said = faults(write(square="def square(x): return 5", root="def root(x): return 1 / 0"), course)
    assert said == {"square": "square(2): expected 4, received 5", "root": "ZeroDivisionError: division by zero"}


def test_what_is_wrong_in_the_answer_itself_comes_first(course, write):
    said = faults(write(root="def root(x) return x"), course)
    assert said["square"] == ""
    assert said["root"].startswith("your cell stopped: SyntaxError: ")


def test_an_untouched_notebook_is_not_written_yet(course):
    assert set(faults(course.released("tiny"), course).values()) == {"This part is not written yet."}


def test_a_loop_without_end_is_stopped(course, write):
    said = faults(write(square="def square(x):\n    while True: pass"), course, timeout=3)
    assert said == {"square": "The cell did not finish in time. Is there a loop that never ends?", "root": ""}


def test_changed_tests_are_put_back_and_missing_ones_named(course, write):
    def cheat(notebook):
        tests = notebooks.tests(notebook)
        tests["square"].source = "pass"
        notebook.cells.remove(tests["root"])

    said = faults(write(cheat, square="def square(x): return 5"), course)
    assert said["square"] == "square(2): expected 4, received 5"
    assert said["root"].startswith("its test cell is missing")


def test_outside_a_clone_the_tests_in_the_file_are_used(write):
    slug, verdicts = check(write(root="def root(x): return 2"), None)
    assert slug == "my answers"
    assert [bool(verdict.fault) for verdict in verdicts] == [False, True]


def test_files_that_are_no_answers_are_one_clear_error(course, write, tmp_path):
    def rename(notebook):
        for cell in notebook.cells:
            cell.metadata.nbgrader.grade_id = cell.metadata.nbgrader.grade_id.replace("test_", "test_other_")

    def strip(notebook):
        for cell in notebook.cells:
            cell.metadata = {}

    (tmp_path / "text.ipynb").write_text("no notebook")
    for path, message in [
        (tmp_path / "nowhere.ipynb", "expected a notebook, found no file"),
        (tmp_path, "expected a notebook, found a folder"),
        (tmp_path / "text.ipynb", "is not JSON"),
    ]:
        with pytest.raises(CourseError, match=message):
            check(path, course)
    with pytest.raises(CourseError, match="found no test cells in it"):
        check(write(strip), course)
    with pytest.raises(
        CourseError, match=r"unknown assignment, its parts are other_square, other_root\. There are: tiny"
    ):
        check(write(rename), course)
    with pytest.raises(CourseError, match="Python died"):
        check(write(root="import os\nos._exit(1)"), course)


def test_in_the_terminal(course, write):
    good = run(
        "rnn-course", "check", write(root=RIGHT["root"] + "\nimport warnings\nwarnings.warn('x')"), cwd=course.root
    )
    assert (good.returncode, good.stderr) == (0, "")
    assert good.stdout.splitlines() == [
        "✓ square (60 points): no objection",
        "✓ root (40 points): no objection",
        "tiny: 2 of 2 parts pass, worth 100 points if the hidden tests agree.",
    ]
    bad = run("rnn-course", "check", write(square="def square(x): return [5]"), cwd=course.root)
    assert bad.returncode == 1
    assert bad.stdout.splitlines()[0] == "✗ square (60 points): square(2): expected 4, received [5]"
