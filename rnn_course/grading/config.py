"""What ``nbgrader_config.py`` says: folders, time limits, and the steps that a submission goes through."""

import os
import sys
import warnings
from pathlib import Path
from typing import Any

from nbgrader.converters import Autograde

from rnn_course.grading import CourseError
from rnn_course.grading.course import Course
from rnn_course.grading.repair.hook import look

SECONDS = 60  # for one cell; the slowest cell of a right answer takes 15 on a slow machine
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")
QUIET = ["--IPKernelApp.log_level=CRITICAL"]  # else each kernel warns that it talks over TCP, and when it is stopped

SANITIZE = [
    "rnn_course.grading.sandboxed.Distrust",
    "nbgrader.preprocessors.ClearOutput",
    "nbgrader.preprocessors.DeduplicateIds",
    "rnn_course.grading.preprocessors.ForgetCopies",
    "nbgrader.preprocessors.OverwriteKernelspec",
    "nbgrader.preprocessors.OverwriteCells",
    "nbgrader.preprocessors.CheckCellMetadata",
]
# nbgrader's own steps, in its order, and a receipt. The first is the only one that runs a student's code. It stands in
# the place of nbgrader's Execute, so the stock commands, Formgrader and `rnn-course` all use it.
AUTOGRADE = [
    "rnn_course.grading.sandboxed.Sandbox",
    "nbgrader.preprocessors.IgnorePattern",
    "nbconvert.preprocessors.ClearMetadataPreprocessor",
    "nbgrader.preprocessors.LimitOutput",
    "nbgrader.preprocessors.SaveAutoGrades",
    "nbgrader.preprocessors.AssignLatePenalties",
    "nbgrader.preprocessors.CheckCellMetadata",
    "rnn_course.grading.preprocessors.Receipt",
]
FEEDBACK = [
    "nbgrader.preprocessors.GetGrades",
    "rnn_course.grading.preprocessors.ForStudents",
    "nbconvert.preprocessors.CSSHTMLHeaderPreprocessor",
]


def configure(c: Any, root: Path) -> None:
    """Fill nbgrader's configuration ``c`` for the course in ``root``, and build the notebooks that it starts from."""
    course = Course.at(root)
    course.grading.mkdir(parents=True, exist_ok=True)
    _folders(c, course)
    _steps(c)
    for name in THREADS:  # kernels inherit it: with more threads than cores, times swing tenfold
        os.environ.setdefault(name, "1")
    warnings.filterwarnings("ignore", "Object of type .* not in session")  # nbgrader's own, for each submission
    for slug in course.slugs():
        _build(course, slug)
    c.GenerateAssignment.pre_convert_hook = lambda assignment, **_: _build(course, assignment)
    c.Autograde.pre_convert_hook = "rnn_course.grading.repair.hook.before"
    setattr(Autograde, "init_notebooks", look)  # noqa: B010 - no setting of nbgrader's comes before this step


def _folders(c: Any, course: Course) -> None:
    folder = course.shown(course.grading)
    c.CourseDirectory.root = str(course.root)
    c.CourseDirectory.source_directory = "solutions"
    c.CourseDirectory.release_directory = "exercises"
    c.CourseDirectory.submitted_directory = os.path.join(folder, "submitted")
    c.CourseDirectory.autograded_directory = os.path.join(folder, "autograded")
    c.CourseDirectory.feedback_directory = os.path.join(folder, "feedback")
    c.CourseDirectory.db_url = course.db_url
    if not course.db_url.startswith("sqlite:"):  # a server checks that the course of an assignment is there
        c.CourseDirectory.course_id = "default_course"  # the name that nbgrader's steps enter
    # nbgrader copies what lies beside a source to students: its defaults, then sources and variants
    c.CourseDirectory.ignore = [
        ".ipynb_checkpoints",
        "*.pyc",
        "__pycache__",
        "feedback",
        "*.py",
        "*.md",
        "*.partial",
        "variants",
    ]


def _steps(c: Any) -> None:
    c.GenerateAssignment.force = True  # exercises/ is committed: without force nothing gets into a new gradebook
    c.Execute.timeout = SECONDS
    c.Execute.extra_arguments = QUIET
    c.OverwriteCells.add_missing_cells = True
    c.IgnorePattern.enabled = True
    c.IgnorePattern.pattern = (
        r"(?s)."  # nbgrader gives no points for a cell that writes to stderr: a warning is no fault
    )
    c.Autograde.sanitize_preprocessors = SANITIZE
    c.Autograde.autograde_preprocessors = AUTOGRADE
    c.GenerateFeedback.preprocessors = FEEDBACK
    # under GenerateFeedback, so that Formgrader's own pages stay as they are
    c.GenerateFeedback.HTMLExporter.extra_template_basedirs = [str(Path(__file__).parent / "templates")]
    c.GenerateFeedback.CSSHTMLHeaderPreprocessor.style = "default"


def _build(course: Course, slug: str) -> None:
    from rnn_course.grading.sources import build

    try:
        build(course, slug)
    except CourseError as error:
        print(f"error: {error}", file=sys.stderr)
