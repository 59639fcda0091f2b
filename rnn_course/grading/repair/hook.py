"""What lets nbgrader's own commands, and Formgrader's button, see prepared submissions only.

nbgrader looks for submissions, and later calls a hook for each, before it copies the folder: it would follow links and copy
what they lead to. `look` takes the place of its first step, and `before` is the hook. What a hook raises nbgrader hears and
goes on, so what it cannot make safe ends the whole command.
"""

import glob
import os
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException

from rnn_course.grading import CourseError
from rnn_course.grading.course import Course
from rnn_course.grading.repair import files
from rnn_course.grading.repair.preparing import TIMESTAMP, prepare
from rnn_course.grading.repair.zero import zero_rows


def look(step: Autograde) -> None:
    """Do what ``Autograde.init_notebooks`` does, after what it would trip over is out of its way.

    It passes over students without a notebook, and ends if it was asked for no other. If work was graded before, it reads
    the time of submission before it calls the hook, and waits for ever if that is a pipe.
    """
    settings: Any = step.coursedir
    slug = settings.assignment_id
    try:
        for folder in glob.glob(step._format_source(slug, settings.student_id)):
            if _is_odd(folder):
                path = Path(folder)
                course = Course(Path(settings.root), path.parents[2])
                reason = prepare(course, slug, path.parent.name).reason
                zero_rows(course, slug, {path.parent.name: reason} if reason else {})
    except (CourseError, OSError) as error:
        step.log.error("%s", error)
        raise NbGraderException(str(error)) from None
    super(Autograde, step).init_notebooks()


def before(assignment: str, student: str, notebooks: list[str]) -> None:
    """Prepare a submission.

    Parameters
    ----------
    assignment : str
    student : str, whom the command was asked for; ``"*"`` for all
    notebooks : paths of this submission's notebooks, from the root of the course. The list becomes that of the rebuilt one.
    """
    folder = Path(notebooks[0]).absolute().parent
    try:
        prepare(Course(Path.cwd(), folder.parents[2]), assignment, folder.parent.name)
    except (CourseError, OSError) as error:
        raise SystemExit(f"error: {error}") from None
    notebooks[:] = [os.path.join(os.path.dirname(notebooks[0]), f"{assignment}.ipynb")]


def _is_odd(folder: str) -> bool:
    """Return whether a student's folder has no notebook, or a time of submission that is no plain file."""
    try:
        with files.opened(None, folder) as opened:
            names = os.listdir(opened)
            has_notebook = any(name.endswith(".ipynb") and not name.startswith(".") for name in names)
            return not has_notebook or (TIMESTAMP in names and files.kind(opened, TIMESTAMP) != "")
    except OSError:
        return True
