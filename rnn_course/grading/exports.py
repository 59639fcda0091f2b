"""The points of a class as other systems take them: Canvas, Moodle, and without names for research or a colleague.

Column names are those of Canvas's own importer (``lib/gradebook_importer.rb``: Student, ID, SIS User ID, SIS Login ID,
Section, then assignments, and a row "Points Possible") and of Moodle's grade export. Moodle's import takes any names: it
asks which column holds the user id, username, ID number or email address (``grade/import/csv/classes/load_data.php``).
"""

import csv
import hashlib
import hmac
import io
import os
import re
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from rnn_course.grading import CourseError
from rnn_course.grading.course import Course, write
from rnn_course.grading.engine import gradebook
from rnn_course.grading.report import messages
from rnn_course.grading.scores import Score, harmless, scores

KEY = "anonymous.key"


def canvas(course: Course, slug: str, path: Path) -> int:
    """Write a CSV for Canvas's gradebook, and return the number of students.

    A student's ID is the ``lms_user_id`` of nbgrader's gradebook, else the number in the name of the file that Canvas gave
    out, which `collect` keeps in the student's name.
    """
    _, rows = scores(course, slug)
    people = _people(course)
    head = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", slug]
    lines = [["    Points Possible", "", "", "", "", "100"]]
    for row in rows:
        person = people.get(row.student, {})
        number = re.fullmatch(r"[^_]+_(\d+)", row.student)  # as Canvas names its files
        name = ", ".join(filter(None, (person.get("last_name"), person.get("first_name")))) or row.student
        known = person.get("lms_user_id") or (number[1] if number else "")
        lines.append([name, known, "", row.student, "", _points(row)])
    return _write(path, [head, *lines]) - 1  # the row of what is possible is no student


def moodle(course: Course, slug: str, path: Path) -> int:
    """Write a CSV for Moodle's grade import, and return the number of students."""
    _, rows = scores(course, slug)
    people = _people(course)
    lines = [["First name", "Last name", "ID number", "Username", "Email address", slug]]
    for row in rows:
        person = people.get(row.student, {})
        columns = [person.get(name) or "" for name in ("first_name", "last_name", "lms_user_id")]
        lines.append([*columns, row.student, person.get("email") or "", _points(row)])
    return _write(path, lines)


def anonymous(course: Course, slug: str, path: Path, text: bool = False) -> int:
    """Write a CSV without names, and return the number of students.

    A student's name becomes a keyed hash of it. Who has the key can find a student again, and nobody else: it stays in the
    folder of the class. Lines are in the order of the hashes. With ``text``, what the tests said is in it too; it may quote
    what a student wrote.
    """
    parts, rows = scores(course, slug)
    key = _key(course.grading / KEY)
    names = [part.name for part in parts]
    head = ["id", *names, "total", *(f"said of {name}" for name in names if text)]
    lines = []
    for row in rows:
        points = [f"{p:g}" for p in row.parts.values()] if row.parts is not None else ["" for _ in parts]
        graded = course.autograded(slug, row.student)
        said = messages.of_work(graded) if text and row.parts is not None else {}
        lines.append([pseudonym(key, row.student), *points, _points(row), *(said.get(n, "") for n in names if text)])
    return _write(path, [head, *sorted(lines)])


def pseudonym(key: bytes, student: str) -> str:
    """Return the name under which a student appears: 64 bits of HMAC-SHA256, in hexadecimal digits, after an s.

    Examples
    --------
    >>> pseudonym(b"key", "ada")
    's708a727d2475357e'
    """
    return "s" + hmac.new(key, student.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()[:16]


def _key(path: Path) -> bytes:
    """Return the key of the class; a new one that only its owner may read, if there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        key = bytes.fromhex(path.read_text(encoding="ascii").strip() or "00")
        if len(key) != 32:
            raise CourseError(f"{path}: expected a key of 64 hexadecimal digits") from None
        return key
    with os.fdopen(handle, "w") as file:
        key = secrets.token_bytes(32)
        file.write(key.hex() + "\n")
    return key


def _people(course: Course) -> dict[str, dict[str, Any]]:
    """Return what nbgrader's gradebook knows of each student."""
    fields = ("first_name", "last_name", "email", "lms_user_id")
    with gradebook(course) as opened:
        return {one.id: {name: getattr(one, name, None) for name in fields} for one in opened.students}


def _points(row: Score) -> str:
    return "" if row.total is None else f"{row.total:g}"


def _write(path: Path, lines: Iterable[Sequence[str]]) -> int:
    """Write a table in UTF-8, nothing in it a formula, and return the number of lines below its head."""
    text, count = io.StringIO(), -1
    writer = csv.writer(text, lineterminator="\n")
    for line in lines:
        # Canvas looks for its own words, the four spaces before them included
        writer.writerow([cell if cell == "    Points Possible" else harmless(cell) for cell in line])
        count += 1
    write(path, text.getvalue())
    return count
