"""Grade what was handed in, one student after the other, and go on where a stopped run ended."""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from nbgrader.api import MissingEntry
from nbgrader.converters import Autograde, GenerateFeedback

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.ahead import ahead
from rnn_course.grading.course import Course
from rnn_course.grading.engine import Engine, gradebook, one_compilation, one_connection
from rnn_course.grading.preprocessors import RECEIPT, digest_of_tests
from rnn_course.grading.release import release
from rnn_course.grading.repair.preparing import prepare
from rnn_course.grading.repair.zero import absent, submission_digest, zero_rows

Track = Callable[[Sequence[str]], Iterable[str]]


@dataclass
class Batch:
    """What became of each student: done now, done before, or the reason why not. A zero row has a reason too."""

    done: list[str] = field(default_factory=list)
    zeros: dict[str, str] = field(default_factory=dict)
    skipped: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def grade(
    course: Course,
    slug: str,
    again: bool = False,
    track: Track = iter,
    engine: Engine | None = None,
    scheduler: str | None = None,
) -> Batch:
    """Run nbgrader's autograde for every submission that has no grade yet, or changed since.

    A submission is prepared before nbgrader reads it. One that cannot be read gets a zero and the reason, and so does
    everybody who is enrolled and handed in nothing. None stops the others.

    Parameters
    ----------
    course : Course
    slug : str, the assignment
    again : bool, whether to grade those too that are graded
    track : callable that passes the students on, and may show how far it is
    engine : Engine, or None for a new one
    scheduler : str, address of a Dask scheduler whose workers run the submissions, or "local"; None for this process

    Raises
    ------
    CourseError
        If there is no such assignment, nothing was handed in, or the scheduler has no workers that can grade.
    """
    students = course.submitters(course.known(slug))
    if not students:
        folder = course.shown(course.grading / "submitted")
        raise CourseError(f"no submissions of {slug} in {folder}. File them with: rnn-course collect {slug} FOLDER")
    engine = engine or Engine.of(course)
    tests = _tests(course, slug, engine)
    batch = Batch()
    batch.skipped = [] if again else [s for s in students if is_graded(course, slug, s, tests)]
    with one_connection():
        todo = _prepared(course, slug, _without(students, batch.skipped), batch)
        with ahead(course, slug, todo, scheduler):
            for student in track(todo):
                try:
                    engine.run(Autograde, slug, student)
                    batch.done.append(student)
                except (CourseError, OSError) as error:
                    batch.failed[student] = notebooks.one_line(error)
        _enter_zeros(course, slug, absent(course, slug), batch)
    return batch


def _without(students: Sequence[str], others: Sequence[str]) -> list[str]:
    left_out = set(others)
    return [student for student in students if student not in left_out]


def _prepared(course: Course, slug: str, students: Sequence[str], batch: Batch) -> list[str]:
    """Prepare all submissions, enter zeros for those that cannot be graded, and return the students of the others."""
    reasons: dict[str, str] = {}
    for student in students:
        try:
            reasons[student] = prepare(course, slug, student).reason
        except (CourseError, OSError) as error:
            batch.failed[student] = notebooks.one_line(error)
    _enter_zeros(course, slug, {student: reason for student, reason in reasons.items() if reason}, batch)
    batch.done += batch.zeros
    return [student for student, reason in reasons.items() if not reason]


def _enter_zeros(course: Course, slug: str, reasons: Mapping[str, str], batch: Batch) -> None:
    failed = zero_rows(course, slug, reasons)
    batch.failed |= failed
    batch.zeros |= {student: reason for student, reason in reasons.items() if student not in failed}


def feedback(course: Course, slug: str, again: bool = True, track: Track = iter, engine: Engine | None = None) -> Batch:
    """Write the feedback page of every graded submission. Arguments and result are those of `grade`."""
    course.known(slug)
    graded = [s for s in course.submitters(slug) if is_graded(course, slug, s)]
    if not graded:
        raise CourseError(f"no graded submissions of {slug}. Grade them with: rnn-course grade {slug}")
    engine = engine or Engine.of(course)
    batch = Batch()
    batch.skipped = [] if again else [s for s in graded if _has_feedback(course, slug, s)]
    with one_connection(), one_compilation():
        for student in track(_without(graded, batch.skipped)):
            try:
                engine.run(GenerateFeedback, slug, student)
                batch.done.append(student)
            except (CourseError, OSError) as error:
                batch.failed[student] = notebooks.one_line(error)
    return batch


def is_graded(course: Course, slug: str, student: str, tests: str | None = None) -> bool:
    """Return whether what the student handed in last was graded to the end.

    With ``tests``, the name that `digest_of_tests` gives them, they must be the ones that it was graded with.
    """
    try:
        receipt = json.loads(course.autograded(slug, student).read_text())["metadata"][RECEIPT]
        current = submission_digest(course, slug, student)
    except (OSError, ValueError, KeyError):
        return False
    return receipt["submission"] == current and tests in (None, receipt["tests"])


def _tests(course: Course, slug: str, engine: Engine) -> str:
    with gradebook(course) as opened:
        try:
            opened.find_notebook(slug, slug)
        except MissingEntry:
            release(course, slug, engine)
    with gradebook(course):
        return digest_of_tests(course.db_url, slug)


def _has_feedback(course: Course, slug: str, student: str) -> bool:
    page, graded = course.feedback(slug, student), course.autograded(slug, student)
    return page.is_file() and page.stat().st_mtime >= graded.stat().st_mtime
