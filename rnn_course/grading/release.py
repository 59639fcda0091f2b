"""From the source's notebook to the one that students get: nbgrader takes the solutions and hidden tests out."""

from contextlib import suppress
from pathlib import Path

import nbformat
from nbgrader.converters import GenerateAssignment

from rnn_course.grading import CourseError, sources
from rnn_course.grading.course import Course, write
from rnn_course.grading.engine import Engine
from rnn_course.grading.rehearsal import rehearse
from rnn_course.grading.sandbox.walls import NoSandboxError


class CellsChangedError(CourseError):
    """Cells of an assignment came or went since students were graded, and nbgrader cannot map the one to the other."""


def release(course: Course, slug: str, engine: Engine | None = None) -> Path:
    """Write ``exercises/SLUG/SLUG.ipynb``, enter the assignment into the gradebook, and return the notebook's path.

    Raises
    ------
    CourseError
        If the source is wrong, text of a solution got into the release, or a test cannot be graded in the sandbox.
    CellsChangedError
        If cells came or went after students were graded.
    """
    target = course.released(course.known(slug))
    before = target.read_bytes() if target.is_file() else None
    sources.build(course, slug)
    try:
        (engine or Engine.of(course)).run(GenerateAssignment, slug)
        leaked = leaks(course, slug)
        if leaked:
            raise CourseError(f"not released, for it would show students this line of a solution: {leaked[0]}")
        with suppress(NoSandboxError):
            rehearse(course.source_notebook(slug))
    except BaseException as error:  # also Ctrl-C: nbgrader deletes the folder before it starts
        target.unlink(missing_ok=True)
        if before is not None:
            write(target, before)
        if isinstance(error, CourseError):
            raise _explained(course, slug, str(error)) from None
        raise
    return target


def _explained(course: Course, slug: str, fault: str) -> CourseError:
    if "Cannot add or remove cells" not in fault:
        return CourseError(f"{slug}: {fault}")
    return CellsChangedError(
        f"{slug}: cells were added or removed, but students are graded already with the old ones. Move "
        f"{course.shown(course.grading)} away, or use another folder: --folder DIR"
    )


def leaks(course: Course, slug: str) -> list[str]:
    """Return the lines of solutions and hidden tests that stand in the released notebook."""
    notebook = nbformat.read(course.released(slug), as_version=4)
    shown = {line.strip() for cell in notebook.cells for line in cell.source.splitlines()}
    return sorted(sources.secrets(course.source(slug).read_text(encoding="utf-8")) & shown)
