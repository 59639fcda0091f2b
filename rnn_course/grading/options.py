"""What several commands of ``rnn-course`` take: assignments, and the folder of the class."""

import os
from collections.abc import Sequence
from pathlib import Path

import click

from rnn_course.grading import CourseError
from rnn_course.grading.course import FOLDER as VARIABLE
from rnn_course.grading.course import Course

SLUG = click.argument("slug")
SLUGS = click.argument("slugs", nargs=-1, metavar="[SLUG]...")
FOLDER = click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    metavar="DIR",
    help="Where the class's work and the gradebook are.  [default: grading/ in the course, or $RNN_COURSE_GRADING]",
)
UNSAFE = click.option("--unsafe", is_flag=True, help="No sandbox: run students' code with all your rights.")
SCHEDULER = click.option(
    "--scheduler",
    metavar="ADDRESS",
    help='Run submissions on the workers of a Dask cluster: a scheduler\'s address, or "local" for processes of this machine.',
)
AGAIN = click.option("--again", is_flag=True, help="Also do what is done already.")


def course_of(folder: Path | None = None) -> Course:
    """Return the course, with the class in ``folder`` if one is given."""
    if folder:
        os.environ[VARIABLE] = str(folder.resolve())
    return Course.find()


def known(course: Course, slugs: Sequence[str]) -> list[str]:
    """Return the assignments named, or all."""
    names = [course.known(slug) for slug in slugs] or course.slugs()
    if not names:
        raise CourseError(f"no assignments: expected solutions/SLUG/SLUG.py in {course.root}")
    return names
