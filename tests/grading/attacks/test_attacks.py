"""Nobody gains, learns, reaches or spoils anything, whatever is handed in; everybody has a row and a reason."""

import pytest

from . import attacked as facts
from .attacked import EARNED, STUDENTS, attack


@pytest.fixture(scope="module")
def attacked(tmp_path_factory, empty_gradebook):
    return attack(tmp_path_factory.mktemp("attacked") / "course", tmp_path_factory.mktemp("home"), empty_gradebook)


@pytest.mark.parametrize("name", EARNED)
def test_nobody_gets_more_than_was_earned_and_everybody_gets_a_grade(name, attacked):
    low, high = EARNED[name]
    assert low <= attacked.scores[STUDENTS[name]] <= high


@pytest.mark.parametrize("name", EARNED)
def test_no_secret_is_seen(name, attacked):
    assert facts.leaked(attacked, name) == []


def test_nobody_is_left_without_a_row_and_a_reason(attacked):
    assert attacked.failed == {}
    assert facts.unexplained(attacked) == []


def test_the_next_student_is_graded_right(attacked):
    assert sum(student.endswith("-next") for student in attacked.scores) > 12
    assert facts.wronged(attacked) == []


def test_nothing_was_reached_and_nothing_changed(attacked):
    assert attacked.reached == []
    assert attacked.changed == []
    assert facts.forged(attacked) == []


def test_the_grader_stays_small(attacked):
    assert attacked.memory < 300_000_000


def test_the_counts_would_tell(attacked):
    """The functions that count are not blind: each finds what it is there to find."""
    course, name = attacked.course, "honest-lambda"
    student, following = STUDENTS[name], next(s for s in attacked.scores if s.endswith("-next"))
    worse = facts.Attacked(course, {}, {**attacked.scores, student: 0, following: 60}, [], [], 0)
    better = facts.Attacked(course, {}, {**attacked.scores, STUDENTS["forge-equal_to_all"]: 100}, [], [], 0)
    without = facts.Attacked(course, {}, {**attacked.scores, student: None}, [], [], 0)
    assert facts.undergraded(worse) == [student]
    assert facts.wronged(worse) == [following]
    assert facts.overgraded(better) == [STUDENTS["forge-equal_to_all"]]
    assert facts.unexplained(without) == [student]
