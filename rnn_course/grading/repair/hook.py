"""The hook that lets nbgrader's own commands, and Formgrader's button, see prepared submissions only.

nbgrader calls it for each student, before it copies the folder: it would follow links and copy what they lead to. What the
hook raises nbgrader hears and goes on, so what it cannot make safe ends the whole command.
"""

import os
from pathlib import Path

from rnn_course.grading import CourseError
from rnn_course.grading.course import Course
from rnn_course.grading.repair import files
from rnn_course.grading.repair.preparing import prepare
from rnn_course.grading.repair.zero import prepared_or_zero


def before(assignment: str, student: str, notebooks: list[str]) -> None:
    """Prepare a submission, and those of students without a notebook, whom nbgrader would pass over.

    Parameters
    ----------
    assignment : str
    student : str, whom the command was asked for; ``"*"`` for all
    notebooks : paths of this submission's notebooks, from the root of the course. The list becomes that of the rebuilt one.
    """
    folder = Path(notebooks[0]).absolute().parent
    course = Course(Path.cwd(), folder.parents[2])
    try:
        prepare(course, assignment, folder.parent.name)
        if student == "*":
            for other in course.submitters(assignment):
                if not _has_notebook(course, assignment, other):
                    prepared_or_zero(course, assignment, other)
    except (CourseError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
    notebooks[:] = [os.path.join(os.path.dirname(notebooks[0]), f"{assignment}.ipynb")]


def _has_notebook(course: Course, slug: str, student: str) -> bool:
    """Return whether nbgrader finds a notebook in the student's folder, and so calls the hook for it."""
    try:
        with files.opened(None, str(course.grading / "submitted" / student / slug)) as folder:
            return any(name.endswith(".ipynb") and not name.startswith(".") for name in os.listdir(folder))
    except OSError:
        return False
