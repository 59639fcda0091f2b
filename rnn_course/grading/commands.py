"""The commands ``rnn-course report`` and ``rnn-course export``."""

from pathlib import Path

import click

from rnn_course.grading.options import FOLDER, SLUG, course_of


@click.command()
@SLUG
@FOLDER
def report(slug: str, folder: Path | None) -> None:
    """Write a page on how the class did.

    It shows scores, passes, common faults, submissions worth a look, what was repaired, and who has no points and why.
    """
    course = course_of(folder)
    course.known(slug)
    from rnn_course.grading.report import report as write_page

    click.echo(f"{slug}: {course.shown(write_page(course, slug))}")


@click.command()
@SLUG
@FOLDER
@click.option("--canvas", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="For Canvas's import.")
@click.option("--moodle", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="For Moodle's import.")
@click.option("--anonymous", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Without names.")
@click.option("--with-text", is_flag=True, help="With what the tests said, which may quote a student; for --anonymous.")
def export(
    slug: str, folder: Path | None, canvas: Path | None, moodle: Path | None, anonymous: Path | None, with_text: bool
) -> None:
    """Write the points as a CSV for another system.

    The key that turns names into the ids of --anonymous is anonymous.key in the folder of the class. Keep it to yourself.
    """
    if not (canvas or moodle or anonymous):
        raise click.UsageError("expected --canvas FILE, --moodle FILE or --anonymous FILE")
    course = course_of(folder)
    course.known(slug)
    from rnn_course.grading import exports

    if canvas:
        click.echo(f"{canvas}: {exports.canvas(course, slug, canvas)} students")
    if moodle:
        click.echo(f"{moodle}: {exports.moodle(course, slug, moodle)} students")
    if anonymous:
        click.echo(f"{anonymous}: {exports.anonymous(course, slug, anonymous, with_text)} students")
