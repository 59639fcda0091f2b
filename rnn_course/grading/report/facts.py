"""What an instructor wants to know of a class's work: passes, common faults, what to look at, what was repaired."""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import nbformat

from rnn_course.grading import notebooks
from rnn_course.grading.course import Course
from rnn_course.grading.repair.matching import is_answer
from rnn_course.grading.repair.records import Prepared, record
from rnn_course.grading.report import likeness, messages
from rnn_course.grading.scores import Score, scores
from rnn_course.grading.variants import reference

FLAGGED = {"tags", "marks", "points", "size"}  # repairs that no accident explains well
NUMBER = re.compile(r"-?\d+(\.\d+)?(e[-+]?\d+)?")
PACKAGE = "rnn_course"


@dataclass(frozen=True)
class Passed:
    """How a class did in one part."""

    part: notebooks.Part
    full: int
    of: int
    mean: float

    @property
    def percent(self) -> float:
        """Share of those with all points, in percent."""
        return 100 * self.full / self.of if self.of else 0.0


@dataclass(frozen=True)
class Fault:
    """What the tests said to some students of one part: an example, the known faults that provoke it, and who."""

    part: str
    said: str
    known: tuple[str, ...]
    students: tuple[str, ...]


@dataclass(frozen=True)
class Facts:
    """All that the report shows of an assignment."""

    slug: str
    rows: list[Score]
    passed: list[Passed]
    faults: list[Fault]
    flags: dict[str, list[str]]
    repairs: dict[str, Prepared]
    zeros: dict[str, str]


def facts(course: Course, slug: str) -> Facts:
    """Read the gradebook, the graded notebooks and the records of repairs.

    Raises
    ------
    CourseError
        If nothing of the assignment is graded.
    """
    parts, rows = scores(course, slug)
    graded = {row.student: row.parts for row in rows if row.parts is not None}
    work = [row.student for row in rows if row.parts is not None and not row.reason]
    said = {student: messages.of_work(course.autograded(slug, student)) for student in work}
    noted = {row.student: record(course, slug, row.student) for row in rows}
    return Facts(
        slug=slug,
        rows=rows,
        passed=[_passed(part, [points[part.name] for points in graded.values()]) for part in parts],
        faults=list(_faults(said, messages.of_variants(course, slug))),
        flags=_flags(course, slug, work, noted),
        repairs={student: one for student, one in noted.items() if one is not None and one.repairs},
        zeros={row.student: row.reason for row in rows if row.reason},
    )


def _passed(part: notebooks.Part, points: list[float]) -> Passed:
    return Passed(part, sum(p >= part.points for p in points), len(points), sum(points) / max(len(points), 1))


def _faults(said: Mapping[str, Mapping[str, str]], known: Mapping[tuple[str, str], list[str]]) -> Iterable[Fault]:
    """Group messages that differ in nothing but numbers, the most common first."""
    groups: dict[tuple[str, str], dict[str, str]] = {}
    for student, by_part in said.items():
        for part, message in by_part.items():
            if message:
                groups.setdefault((part, NUMBER.sub("…", message)), {})[student] = message
    for (part, _), by_student in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        named = dict.fromkeys(about for message in by_student.values() for about in known.get((part, message), []))
        example = Counter(by_student.values()).most_common(1)[0][0]
        yield Fault(part, example, tuple(named), tuple(sorted(by_student)))


def _flags(
    course: Course, slug: str, students: Iterable[str], noted: Mapping[str, Prepared | None]
) -> dict[str, list[str]]:
    """Return what an instructor may want to look at, by student."""
    flags: dict[str, list[str]] = {}
    own = _imports(
        cell.source for cell in nbformat.read(course.released(slug), as_version=4).cells if cell.cell_type == "code"
    )
    works = {}
    for student in students:
        written = _written(course, slug, student)
        works[student] = likeness.prints({name: source for name, source in written if name})
        taken = sorted(_imports(source for _, source in written) - own)
        if taken:
            flags.setdefault(student, []).append(f"imports code of the course: {', '.join(taken)}")
    published = likeness.prints(reference(course, slug))
    near = {student for student, work in works.items() if likeness.likeness(work, published) >= likeness.ALIKE}
    for student in sorted(near):
        flags.setdefault(student, []).append("nearly the same as the published solution")
    for one, other, share in likeness.alike({student: work for student, work in works.items() if student not in near}):
        flags.setdefault(one, []).append(f"nearly the same as {other} ({share:.0%})")
        flags.setdefault(other, []).append(f"nearly the same as {one} ({share:.0%})")
    for student, prepared in noted.items():
        said = [repair.said for repair in prepared.repairs if repair.kind in FLAGGED] if prepared else []
        if said:
            flags.setdefault(student, []).extend(said)
    return dict(sorted(flags.items()))


def _written(course: Course, slug: str, student: str) -> list[tuple[str, str]]:
    """Return what a student wrote: the part's name, or nothing for a cell of their own, and the code."""
    notebook = nbformat.read(course.submitted(slug, student), as_version=4)
    return [
        (notebooks.grade_id(cell), cell.source)
        for cell in notebook.cells
        if cell.cell_type == "code" and (is_answer(cell) or "nbgrader" not in cell.metadata)
    ]


def _imports(codes: Iterable[str]) -> set[str]:
    """Return the modules of the course's package that code imports, also where it is no Python or hides it a little."""
    found: set[str] = set()
    for code in codes:
        try:
            for node in ast.walk(ast.parse(code)):
                if isinstance(node, ast.ImportFrom) and not node.level:
                    found |= {f"{node.module}.{alias.name}" for alias in node.names}
                elif isinstance(node, ast.Import):
                    found |= {alias.name for alias in node.names}
                elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value.startswith(PACKAGE):
                    found.add(node.value[:60])
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            found |= set(re.findall(rf"\b{PACKAGE}(?:\.\w+)*", code))
    return {name for name in found if name.partition(".")[0] == PACKAGE and name != PACKAGE}
