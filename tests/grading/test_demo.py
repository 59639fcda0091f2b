"""The demo class: the table it promises, twice the same, and never mixed with a real class."""

import os
import shutil

import pytest

from rnn_course.grading import CourseError
from rnn_course.grading.course import Course
from rnn_course.grading.demo import _of_each_kind, demo, strangers
from rnn_course.grading.engine import gradebook
from rnn_course.grading.grade import grade
from rnn_course.grading.scores import scores
from rnn_course.grading.variants import Variant

from .tiny import ROOT, run


@pytest.fixture
def copy(graded_root, tmp_path, monkeypatch):
    shutil.copytree(graded_root, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    return Course.at(tmp_path / "copy")


def test_every_variant_gets_what_it_must(outcomes):
    _, rows = outcomes
    assert [row.student for row in rows] == [f"demo-{i:02d}" for i in range(1, 7)]
    assert all(row.as_expected for row in rows)
    assert {row.variant: row.points() for row in rows} == {
        "right_power": ("100", "100"),
        "right_warns": ("100", "100"),
        "wrong_both": ("0", "0"),
        "wrong_sign": ("40", "40"),
        "wrong_stops": ("60", "60"),
        "untouched": ("0", "0"),
    }


def test_the_wrong_variants_take_turns_over_the_parts_they_break():
    wrong = [Variant(name, "", frozenset(name[0]), {}) for name in ("a1", "a2", "a3", "b1", "c1", "c2")]
    assert [variant.name for variant in _of_each_kind(wrong)] == ["a1", "b1", "c1", "a2", "c2", "a3"]


def test_a_second_run_grades_nothing_again(copy):
    stamps = {path: path.stat().st_mtime_ns for path in copy.grading.glob("*/*/tiny/*")}
    assert all(row.as_expected for row in demo(copy, ["tiny"]))
    assert {path: path.stat().st_mtime_ns for path in copy.grading.glob("*/*/tiny/*")} == stamps


def test_a_half_finished_run_is_finished(copy):
    shutil.rmtree(copy.autograded("tiny", "demo-02").parent)
    copy.feedback("tiny", "demo-05").unlink()
    assert all(row.as_expected for row in demo(copy, ["tiny"]))
    assert copy.autograded("tiny", "demo-02").is_file()
    assert copy.feedback("tiny", "demo-05").is_file()


def test_a_changed_assignment_is_graded_again(copy):
    source = copy.source("tiny")
    source.write_text(source.read_text() + "\n# %% [markdown]\n# The end.\n")
    assert all(row.as_expected for row in demo(copy, ["tiny"]))
    assert [row.total for row in scores(copy, "tiny")[1]] == [100, 100, 0, 40, 60, 0]


def test_a_real_class_is_left_alone(copy):
    with gradebook(copy) as opened:
        opened.add_student("ada")
    (copy.grading / "submitted" / "bob" / "tiny").mkdir(parents=True)
    assert strangers(copy) == ["ada", "bob"]
    with pytest.raises(CourseError, match=r"holds a real class \(2 students, ada among them\).* --folder DIR"):
        demo(copy, ["tiny"])


def test_from_the_shell_a_real_class_stops_the_demo_unless_told_to_pass(copy):
    (copy.grading / "submitted" / "bob" / "tiny").mkdir(parents=True)
    stopped = run("rnn-course", "demo", cwd=copy.root)
    assert stopped.returncode == 1
    assert stopped.stderr.startswith("error: grading holds a real class (1 students, bob among them)")
    assert len(stopped.stderr.splitlines()) == 1
    passed = run("rnn-course", "demo", "--if-empty", cwd=copy.root)
    assert (passed.returncode, passed.stdout) == (0, "grading holds a real class: no demo.\n")


def test_another_folder_holds_a_class_of_its_own(copy, tmp_path):
    (copy.grading / "submitted" / "bob" / "tiny").mkdir(parents=True)
    ran = run("rnn-course", "demo", "--folder", tmp_path / "other", cwd=copy.root)
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.count("✓") == 6
    assert f"RNN_COURSE_GRADING={tmp_path / 'other'}" in ran.stdout
    assert (tmp_path / "other" / "feedback" / "demo-01" / "tiny" / "tiny.html").is_file()


def test_a_folder_that_cannot_be_made_is_one_line(copy):
    (copy.root / "file").write_text("in the way")
    with pytest.raises(CourseError, match=r"file/class: the class's folder cannot be made \(Not a directory\)"):
        demo(Course(copy.root, copy.root / "file" / "class"), copy.slugs())


def test_an_unexpected_grade_fails_the_demo(copy):
    variant = copy.root / "solutions/tiny/variants/wrong_sign.py"
    variant.write_text(variant.read_text().replace("x * abs(x)", "x * x"))
    ran = run("rnn-course", "demo", cwd=copy.root)
    assert ran.returncode == 1
    assert ran.stdout.count("✗") == 1
    assert "tiny, wrong_sign: square expected 0, obtained 60" in ran.stderr
    assert ran.stderr.splitlines()[-1] == "error: 1 of 6 got a grade that was not expected"


def test_the_stock_commands_give_the_same_scores_with_no_options(copy):
    wanted = [row.parts for row in scores(copy, "tiny")[1]]
    shutil.rmtree(copy.grading / "feedback")
    os.unlink(copy.source_notebook("tiny"))  # built again by the configuration
    released = copy.released("tiny").read_bytes()
    for command in (["generate_assignment", "tiny"], ["autograde", "tiny", "--force"], ["generate_feedback", "tiny"]):
        ran = run("nbgrader", *command, cwd=copy.root)
        assert ran.returncode == 0, ran.stderr
    assert copy.released("tiny").read_bytes() == released
    assert [row.parts for row in scores(copy, "tiny")[1]] == wanted
    assert len(list(copy.grading.glob("feedback/*/tiny/tiny.html"))) == 6


def test_a_real_assignment_gets_the_same_grades_from_the_stock_command(root, monkeypatch):
    shutil.copytree(ROOT / "solutions" / "ffnn", root / "solutions" / "ffnn")
    monkeypatch.setattr("rnn_course.grading.demo.RIGHT", 2)
    monkeypatch.setattr("rnn_course.grading.demo.WRONG", 3)
    course = Course.at(root)
    assert [row.as_expected for row in demo(course, ["ffnn"])] == [True] * 6

    def found():
        graded = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in root.glob("grading/autograded/*/*/*")}
        return [row.parts for row in scores(course, "ffnn")[1]], graded

    ours, before = found()
    stock = run("nbgrader", "autograde", "ffnn", "--force", cwd=root)
    assert stock.returncode == 0, stock.stderr
    theirs, after = found()
    assert theirs == ours
    assert before.keys() == after.keys()
    for path, (stamp, data) in before.items():
        assert after[path][0] > stamp
        assert after[path][1] == data
    assert grade(course, "ffnn").done == []  # what it left says that it was graded, and how


def test_the_stock_command_refuses_a_wrong_source(copy):
    source = copy.source("tiny")
    source.write_text(source.read_text().replace("points=40", "points=41"))
    ran = run("nbgrader", "generate_assignment", "tiny", cwd=copy.root)
    assert ran.returncode != 0
    assert "error: solutions/tiny/tiny.py: expected points that sum to 100, received 101" in ran.stderr
