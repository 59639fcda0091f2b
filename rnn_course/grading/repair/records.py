"""What was handed in, after it was prepared: the original, and the record of what was repaired."""

import hashlib
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from rnn_course.grading import CourseError
from rnn_course.grading.course import Course
from rnn_course.grading.repair import files
from rnn_course.grading.repair.matching import Repair
from rnn_course.grading.repair.reading import LARGEST


@dataclass(frozen=True)
class Prepared:
    """What became of a submission before it is graded.

    Parameters
    ----------
    name : str, the file that was taken
    original, rebuilt, release : str, digests of what was handed in, of what nbgrader gets, and of the release
    repairs : what was repaired
    reason : str, a sentence that says why nothing can be graded; empty if something can
    """

    name: str
    original: str
    rebuilt: str
    release: str
    repairs: tuple[Repair, ...]
    reason: str = ""


def current(course: Course, slug: str, student: str) -> bytes | None:
    """Return the bytes of the notebook in ``submitted/`` now, if it is a plain file of a size that can be graded."""
    try:
        with files.opened(None, str(course.grading / "submitted")) as all_work:
            data = files.read(all_work, (student, slug, f"{slug}.ipynb"), LARGEST)
    except (CourseError, OSError, ValueError):
        return None
    return data if len(data) <= LARGEST else None


def record(course: Course, slug: str, student: str) -> Prepared | None:
    """Return what was noted when the submission was prepared last, if it was."""
    try:
        noted = json.loads((course.grading / "originals" / student / slug / "record.json").read_text(encoding="utf-8"))
        return Prepared(**{**noted, "repairs": tuple(Repair(*repair) for repair in noted["repairs"])})
    except (OSError, ValueError, TypeError, KeyError):
        return None


def original(course: Course, slug: str, student: str, current: bytes) -> bytes:
    """Return the bytes that a student handed in, given those that are in ``submitted/`` now."""
    noted = record(course, slug, student)
    if noted is None or noted.rebuilt != digest(current):
        return current
    path = course.grading / "originals" / student / slug / "original.ipynb"
    return path.read_bytes() if path.is_file() else b""


def archive(course: Course, slug: str, student: str) -> Path | None:
    """Move the original of an earlier submission to ``replaced/``, and return where it is now, if there was one."""
    home = course.grading / "originals" / student / slug
    if not (home / "record.json").is_file():
        return None
    moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    there = course.grading / "replaced" / student / slug / f"{slug}-{moment}"
    there.parent.mkdir(parents=True, exist_ok=True)
    os.rename(home, there)
    return there


def digest(data: bytes) -> str:
    """Return a short name for a file's content."""
    return hashlib.sha256(data).hexdigest()[:32]
