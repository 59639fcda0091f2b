"""A row, a zero and a reason for everybody: also for those who handed in nothing, or nothing that can be read."""

import json
import warnings
from collections.abc import Mapping
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.api import MissingEntry

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.course import Course, write
from rnn_course.grading.engine import gradebook
from rnn_course.grading.preprocessors import RECEIPT, digest, digest_of_tests
from rnn_course.grading.repair.preparing import NOTHING
from rnn_course.grading.repair.rebuilding import blank
from rnn_course.grading.repair.records import current


def enrolled(course: Course, slug: str) -> list[str]:
    """Return everybody who is in the gradebook or has a folder for this assignment, sorted."""
    known = set(course.submitters(slug))
    if course.has_gradebook:
        with gradebook(course) as opened:
            known |= {student.id for student in opened.students}
    return sorted(known)


def zero_rows(course: Course, slug: str, reasons: Mapping[str, str]) -> dict[str, str]:
    """Enter submissions worth nothing into the gradebook, with their reasons, so that nbgrader and its pages show them.

    A grade that was given by hand stays, and is marked to be looked at again. The graded notebook is the blank one: its
    tests say the reason, so a feedback page can be made of it. What was entered before, for the same work and reason, is
    skipped.

    Parameters
    ----------
    reasons : dict from students to sentences

    Returns
    -------
    dict, the students whose graded notebook cannot be written, and why

    Raises
    ------
    CourseError
        If the assignment is not in the gradebook.
    """
    new = {student: reason for student, reason in reasons.items() if reason_of(course, slug, student) != reason}
    failed: dict[str, str] = {}
    if not new:
        return failed
    with warnings.catch_warnings(), gradebook(course) as opened:
        warnings.simplefilter("ignore")  # nbgrader's own, for each new submission
        try:
            opened.find_notebook(slug, slug)
        except MissingEntry:
            raise CourseError(f"{slug} is not in the gradebook. Enter it with: rnn-course release {slug}") from None
        tests = digest_of_tests(course.db_url, slug)
        for student, reason in new.items():
            _enter(opened, slug, student, reason)
            try:
                write(course.autograded(slug, student), notebooks.text(_graded(course, slug, student, reason, tests)))
            except OSError as error:
                failed[student] = notebooks.one_line(error)
    return failed


def _enter(opened: Any, slug: str, student: str, reason: str) -> None:
    opened.update_or_create_student(student)
    opened.update_or_create_submission(slug, student)
    submission = opened.find_submission_notebook(slug, slug, student)
    for grade in submission.grades:
        grade.auto_score = 0.0
        grade.needs_manual_grade = grade.manual_score is not None
    for comment in submission.comments:
        comment.auto_comment = reason
    opened.db.commit()


def absent(course: Course, slug: str) -> dict[str, str]:
    """Return the reason for a zero of each enrolled student who handed in nothing."""
    return dict.fromkeys(sorted(set(enrolled(course, slug)) - set(course.submitters(slug))), NOTHING)


def reason_of(course: Course, slug: str, student: str) -> str:
    """Return why a student has a zero row; empty if there is none, or something else was handed in since."""
    try:
        receipt = json.loads(course.autograded(slug, student).read_text(encoding="utf-8"))["metadata"][RECEIPT]
        return receipt.get("reason", "") if receipt["submission"] == submission_digest(course, slug, student) else ""
    except (OSError, ValueError, KeyError):
        return ""


def submission_digest(course: Course, slug: str, student: str) -> str:
    """Return the digest of what is in ``submitted/`` now; nothing, if there is nothing."""
    data = current(course, slug, student)
    return "" if data is None else digest(data)


def _graded(course: Course, slug: str, student: str, reason: str, tests: str) -> NotebookNode:
    notebook = blank(nbformat.read(course.released(slug), as_version=4), reason)
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade"):
            cell.outputs = [
                nbformat.v4.new_output("error", ename="CheckFailed", evalue=reason, traceback=[f"✗ {reason}"])
            ]
    notebook.metadata[RECEIPT] = {
        "submission": submission_digest(course, slug, student),
        "tests": tests,
        "reason": reason,
    }
    return notebook
