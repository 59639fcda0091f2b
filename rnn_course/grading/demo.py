"""A class of twelve whose grades are known beforehand, graded by nbgrader."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.collect import Filed, store
from rnn_course.grading.course import Course
from rnn_course.grading.engine import Engine, gradebook
from rnn_course.grading.grade import Track, feedback, grade
from rnn_course.grading.release import CellsChangedError, release
from rnn_course.grading.sandboxed import has_sandbox, unsafe
from rnn_course.grading.scores import scores
from rnn_course.grading.variants import Variant, expected, graft, variants

PREFIX = "demo-"
RIGHT, WRONG = 3, 8  # and one who hands in the notebook untouched


@dataclass(frozen=True)
class Outcome:
    """One student of the demo class: what the grade must be, and what it is."""

    slug: str
    student: str
    variant: str
    about: str
    expected: dict[str, float]
    obtained: dict[str, float] | None

    @property
    def as_expected(self) -> bool:
        """Whether every part got its points, no more and no fewer."""
        return self.obtained == self.expected

    def points(self) -> tuple[str, str]:
        """Return the expected and the obtained total, as text."""
        obtained = "not graded" if self.obtained is None else f"{sum(self.obtained.values()):g}"
        return f"{sum(self.expected.values()):g}", obtained

    def difference(self) -> str:
        """Return the parts whose points are not what they must be, in words."""
        if self.obtained is None:
            return "not graded"
        return ", ".join(
            f"{part} expected {points:g}, obtained {self.obtained.get(part, 0):g}"
            for part, points in self.expected.items()
            if self.obtained.get(part) != points
        )


def strangers(course: Course) -> list[str]:
    """Return the students of the class's folder that are not of the demo."""
    known = set(course.submitters())
    if course.has_gradebook:
        with gradebook(course) as opened:
            known |= {student.id for student in opened.students}
    return sorted(name for name in known if not name.startswith(PREFIX))


def demo(course: Course, slugs: list[str], track: Callable[[str], Track] = lambda _: iter) -> list[Outcome]:
    """Make the class's submissions, grade them and write their feedback; skip what was done before.

    Parameters
    ----------
    course : Course
    slugs : names of assignments
    track : callable that takes what is done to which assignment, and returns what passes the students on

    Raises
    ------
    CourseError
        If the folder holds a real class, or an assignment has no variants.
    """
    others = strangers(course)
    if others:
        raise CourseError(
            f"{course.shown(course.grading)} holds a real class ({len(others)} students, {others[0]} among them), and "
            "the demo must not mix with it. Use another folder: rnn-course demo --folder DIR"
        )
    outcomes = []
    engine = Engine.of(course)
    for slug in slugs:
        _release(course, slug, engine)
        students = _hand_in(course, slug)
        with unsafe(not has_sandbox()):  # the answers are the course's own, and what is graded was just written
            graded = grade(course, slug, track=track(f"grade {slug}"), engine=engine)
        if not graded.done and not graded.skipped:
            raise CourseError(f"{slug}: nothing could be graded ({next(iter(graded.failed.values()))})")
        feedback(course, slug, again=False, track=track(f"feedback {slug}"), engine=engine)
        _, rows = scores(course, slug)
        obtained = {row.student: row.parts for row in rows}
        outcomes += [
            Outcome(slug, student, v.name, v.about, expected(course, slug, v), obtained.get(student))
            for student, v in students.items()
        ]
    return outcomes


def _release(course: Course, slug: str, engine: Engine) -> None:
    try:
        release(course, slug, engine)
    except CellsChangedError:  # the grades are the demo's own, and are made again
        with gradebook(course) as opened:
            opened.remove_assignment(slug)
        release(course, slug, engine)


def _hand_in(course: Course, slug: str) -> dict[str, Variant]:
    """Write the submissions, and return which student handed in which variant."""
    known = variants(course, slug)
    if not known:
        raise CourseError(f"{slug}: expected answers in solutions/{slug}/variants, found none")
    chosen = [v for v in known if not v.breaks][:RIGHT] + _of_each_kind([v for v in known if v.breaks])[:WRONG]
    parts = notebooks.parts(notebooks.read(course.released(slug).read_bytes(), slug))
    blank = Variant("untouched", "Handed in as it was given out.", frozenset(part.name for part in parts), {})
    students = {f"{PREFIX}{i:02d}": variant for i, variant in enumerate([*chosen, blank], start=1)}
    filed = Filed()
    for student, variant in students.items():
        untouched = course.released(slug).read_text(encoding="utf-8")
        text = untouched if variant is blank else notebooks.text(graft(course, slug, variant))
        store(course, slug, student, text.encode(), filed)
    with gradebook(course) as opened:
        for student in students:
            opened.update_or_create_student(student, first_name="Demo", last_name=student.removeprefix(PREFIX))
    return students


def _of_each_kind(wrong: list[Variant]) -> list[Variant]:
    """Return the variants so that those which break different parts take turns."""
    seen: Counter[frozenset[str]] = Counter()
    turn = {}
    for variant in wrong:
        turn[variant.name] = seen[variant.breaks]
        seen[variant.breaks] += 1
    return sorted(wrong, key=lambda v: turn[v.name])
