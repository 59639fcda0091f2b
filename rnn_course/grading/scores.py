"""What the gradebook says: a score per part for each student, as rows, as CSV, and as a picture."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from nbgrader.api import MissingEntry

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.course import Course, write
from rnn_course.grading.engine import gradebook
from rnn_course.grading.grade import is_graded
from rnn_course.grading.repair.zero import enrolled, reason_of

if TYPE_CHECKING:
    from rnn_course.plotting import Picture

FORMULA = ("=", "+", "-", "@", "|", "%", "＝", "＋", "－", "＠")


@dataclass(frozen=True)
class Score:
    """One student's points by the name of the part; none if the work was not graded. ``reason`` says why it is a zero."""

    student: str
    parts: dict[str, float] | None
    reason: str = ""

    @property
    def total(self) -> float | None:
        """All points together."""
        return None if self.parts is None else sum(self.parts.values())


def scores(course: Course, slug: str) -> tuple[list[notebooks.Part], list[Score]]:
    """Return the assignment's parts, and the score of everyone who is enrolled or handed in something, by student.

    Raises
    ------
    CourseError
        If nothing of this assignment is graded.
    """
    students = enrolled(course, course.known(slug))
    graded = {student for student in students if is_graded(course, slug, student)}
    if not graded:
        raise CourseError(f"no grades of {slug} yet. Grade what was handed in with: rnn-course grade {slug}")
    with gradebook(course) as opened:
        try:
            cells = opened.find_notebook(slug, slug).grade_cells
        except MissingEntry:
            raise CourseError(f"{slug} is not in the gradebook. Enter it with: rnn-course release {slug}") from None
        worth = {cell.name.removeprefix("test_"): int(cell.max_score) for cell in cells}
        points = {
            student: {
                grade.name.removeprefix("test_"): float(grade.score or 0.0)
                for grade in opened.find_submission_notebook(slug, slug, student).grades
            }
            for student in graded
        }
    parts = [notebooks.Part(name, worth[name]) for name in _in_order(course, slug, worth)]
    ordered = {s: {part.name: by_name.get(part.name, 0.0) for part in parts} for s, by_name in points.items()}
    reasons = {student: reason_of(course, slug, student) for student in graded}
    return parts, [Score(student, ordered.get(student), reasons.get(student, "")) for student in students]


def write_csv(path: Path, parts: Sequence[notebooks.Part], rows: Sequence[Score]) -> None:
    """Write one line per student: the points of each part, and the total. Work without a grade has empty fields."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["student", *(part.name for part in parts), "total"])
    for row in rows:
        points = [""] * (len(parts) + 1) if row.parts is None else [*row.parts.values(), row.total]
        writer.writerow([harmless(row.student), *(f"{p:g}" if isinstance(p, float) else p for p in points)])
    write(path, text.getvalue())


def harmless(text: str) -> str:
    """Return text that a spreadsheet takes for text: behind an apostrophe if it would be taken for a formula.

    Examples
    --------
    >>> harmless("=HYPERLINK(1)"), harmless("ada")
    ("'=HYPERLINK(1)", 'ada')
    """
    return f"'{text}" if text.lstrip().startswith(FORMULA) or text[:1].isspace() else text


def write_picture(path: Path, slug: str, rows: Sequence[Score]) -> None:
    """Draw how many students have how many points, as PNG or SVG after the name of the file.

    Raises
    ------
    CourseError
        If the file's name ends in something else.
    """
    if path.suffix.lower() not in (".png", ".svg"):
        raise CourseError(f"{path}: expected a name that ends in .png or .svg")
    drawn = picture(slug, rows)
    write(path, drawn.svg() if path.suffix.lower() == ".svg" else drawn._repr_png_())


def picture(slug: str, rows: Sequence[Score]) -> "Picture":
    """Return the histogram of the class's points. Work without a grade is not in it."""
    from rnn_course.plotting import COLOURS, Picture, axes, style

    totals = [row.total for row in rows if row.total is not None]
    figure, ax = axes()
    with style():
        bins = [*range(0, 100, 10), 100.001]  # 90 to 100 is one bin: full marks belong to it
        counts, _, _ = ax.hist(totals, bins=bins, color=COLOURS["blue"], rwidth=0.9)
        ax.set_xlim(0, 100)
        ax.set_xticks(range(0, 101, 10))
        ax.set_yticks(range(int(max(counts)) + 2) if max(counts) < 12 else ax.get_yticks())
        ax.set_xlabel("Score (points of 100)")
        ax.set_ylabel("Students")
        mean = sum(totals) / len(totals)
        ax.set_title(f"{slug}: {len(totals)} students, mean {mean:.1f} points")
    ranges = ", ".join(f"{int(c)} with {10 * i} to {10 * i + 10}" for i, c in enumerate(counts) if c)
    return Picture(figure, f"Histogram of scores in {slug}. Students by points: {ranges}.")


def _in_order(course: Course, slug: str, names: dict[str, int]) -> list[str]:
    import nbformat

    released = course.released(slug)
    order = list(notebooks.tests(nbformat.read(released, as_version=4))) if released.is_file() else []
    return sorted(names, key=lambda name: order.index(name) if name in order else len(order))
