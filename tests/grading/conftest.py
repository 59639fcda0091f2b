"""A course with one tiny assignment, in a folder of its own: fresh, or with its demo class graded."""

import shutil

import pytest

from rnn_course.grading.course import Course

from .tiny import make_course


@pytest.fixture(autouse=True)
def no_class_of_mine(monkeypatch):
    """Keep the folder of a class out of the tests."""
    monkeypatch.setenv("RNN_COURSE_GRADING", "")


@pytest.fixture(scope="session")
def empty_gradebook(tmp_path_factory):
    """Return the path of a new gradebook, which takes nbgrader seconds to make."""
    from nbgrader.api import Gradebook

    path = tmp_path_factory.mktemp("gradebook") / "gradebook.db"
    with Gradebook(f"sqlite:///{path}"):
        return path


@pytest.fixture
def root(tmp_path, monkeypatch, empty_gradebook):
    """Return the root of a fresh course, and stay in it."""
    monkeypatch.chdir(make_course(tmp_path / "course"))
    (tmp_path / "course" / "grading").mkdir()
    shutil.copy(empty_gradebook, tmp_path / "course" / "grading")
    return tmp_path / "course"


@pytest.fixture(scope="session")
def outcomes(tmp_path_factory):
    """Return the root of a course whose demo class was graded, and the outcomes. Tests only read them."""
    from rnn_course.grading.demo import demo

    folder = make_course(tmp_path_factory.mktemp("graded") / "course")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RNN_COURSE_GRADING", "")
        return folder, demo(Course.at(folder), ["tiny"])


@pytest.fixture(scope="session")
def graded_root(outcomes):
    """Return the root of a course whose demo class was graded. Tests only read it."""
    return outcomes[0]
