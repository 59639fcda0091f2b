"""File what students handed in where nbgrader looks for it: from a folder, or from the zip of a learning platform.

Nothing is unpacked by the names in an archive: files are read one by one, and written under a student's name.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import nbformat
from nbformat.notebooknode import NotebookNode

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.course import Course, write
from rnn_course.grading.entries import Entry, entries
from rnn_course.grading.owners import inbound, newest, owner, stranger, student_id
from rnn_course.grading.repair.rebuilding import rebuild
from rnn_course.grading.repair.records import archive, current, original

CLUTTER = ("timestamp.txt", "submission_secret.txt")
TRIED = 10  # files of one student that are looked into


@dataclass
class Filed:
    """What became of each student's work, and each file that could not be filed, or not be graded, with the reason."""

    new: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    replaced: dict[str, Path] = field(default_factory=dict)
    doubtful: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def collect(course: Course, slug: str, source: Path) -> Filed:
    """File every student's notebook in ``source`` under ``submitted/STUDENT/SLUG/``.

    These layouts are understood, also one or more folders deep: ``STUDENT/SLUG.ipynb``, ``STUDENT/SLUG/SLUG.ipynb``,
    ``STUDENT.ipynb``, Moodle's ``Name_12345_assignsubmission_file_/SLUG.ipynb``, Canvas's
    ``name_12345_67890_SLUG.ipynb``, and nbgrader's exchange, ``inbound/STUDENT+SLUG+TIME+CODE/SLUG.ipynb``.

    Raises
    ------
    CourseError
        If there is no such assignment, folder or zip, or nothing or too much in it.
    """
    released = nbformat.read(_release(course, slug), as_version=4)
    filed = Filed()
    found = [entry for entry in entries(source, filed.refused) if not _is_clutter(entry.name)]
    found = newest(_honest([entry for entry in found if _slug(entry.name) in ("", slug)], filed))
    if not found and not filed.refused:
        raise CourseError(f"{source}: expected submissions, found no file")
    for name in filed.refused:
        student = owner(PurePosixPath(name), slug, [PurePosixPath(name)]) if ".." not in name else ""
        if student and not PurePosixPath(name).is_absolute() and "of the archive" not in filed.refused[name]:
            course.submitted(slug, student).parent.mkdir(parents=True, exist_ok=True)
    for student, own in sorted(_by_student(found, slug, filed).items()):
        _file(course, slug, student, own, released, filed)
    return filed


def store(course: Course, slug: str, student: str, data: bytes, filed: Filed, name: str = "", moment: str = "") -> None:
    """Write one submission. An earlier one that differs is kept, outside nbgrader's view, in ``replaced/``.

    Parameters
    ----------
    data : bytes, as they were handed in
    filed : Filed, which is told what became of them
    name : str, if it is no notebook
    moment : str, when they were handed in, if that is known
    """
    target = course.submitted(slug, student).with_name(name or f"{slug}.ipynb")
    for folder in (target.parent.parent, target.parent):
        if folder.is_symlink():  # else a link that somebody handed in would say where to write
            folder.unlink()
    there = current(course, slug, student) if not name else None
    old = None if there is None else original(course, slug, student, there)
    if moment:
        write(target.with_name("timestamp.txt"), moment)
    if old == data:
        filed.unchanged.append(student)
        return
    if old is None:
        filed.new.append(student)
    elif old != there:  # it was prepared, so its original is kept already
        filed.replaced[student] = (archive(course, slug, student) or target) / "original.ipynb"
    else:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        kept = course.grading / "replaced" / student / slug / f"{slug}-{stamp}.ipynb"
        write(kept, old)
        filed.replaced[student] = kept
    write(target, data)


def _by_student(found: list[Entry], slug: str, filed: Filed) -> dict[str, list[Entry]]:
    names = [entry.name for entry in found]
    files: dict[str, tuple[str, list[Entry]]] = {}
    for entry in found:
        student = owner(entry.name, slug, names)
        key = student.casefold()  # some disks take Ada and ada for one
        named, beside = files.get(key, (student, []))
        if not student:
            filed.refused[str(entry.name)] = f"whose is it? expected STUDENT/{slug}.ipynb or STUDENT.ipynb"
        elif any(_place(other.name, named) != _place(entry.name, student) for other in beside):
            filed.refused[str(entry.name)] = f"{beside[0].name} seems to be of the same student, {named}"
        else:
            files.setdefault(key, (student, []))[1].append(entry)
    return dict(files.values())


def _place(name: PurePosixPath, student: str) -> str:
    """Return the part of a path that names the student, before it was made safe."""
    return next((part for part in name.parts[:-1] if student_id(part) == student), student)


def _release(course: Course, slug: str) -> Path:
    path = course.released(course.known(slug))
    if not path.is_file():
        raise CourseError(f"{course.shown(path)} does not exist. Make it with: rnn-course release {slug}")
    return path


def _is_clutter(name: PurePosixPath) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in name.parts) or name.name in CLUTTER


def _file(course: Course, slug: str, student: str, found: list[Entry], released: NotebookNode, filed: Filed) -> None:
    """File the notebook that counts: the one of the right name, else the last one, of those that can be rebuilt.

    If none can, the first is filed as it is: the student gets a row, a zero and the reason. What cannot be read at all,
    such as a link, leaves an empty folder, for the same reason.
    """
    faults: dict[str, str] = {}
    readable: dict[Entry, bytes] = {}
    for entry in sorted(found, key=lambda e: (e.name.stem == slug, _numbers(e.name.name)), reverse=True)[:TRIED]:
        try:
            readable[entry] = entry.read()
            if entry.name.suffix.lower() != ".ipynb":
                raise CourseError(f"expected a notebook, received a file '{entry.name.suffix or entry.name.name}'")
            rebuild(released, readable[entry])
        except (CourseError, OSError) as error:
            faults[str(entry.name)] = notebooks.one_line(error)
            continue
        store(course, slug, student, readable[entry], filed, moment=_moment(entry.name))
        return
    if current(course, slug, student) is not None:
        filed.refused |= faults
    elif readable:
        entry, data = max(readable.items(), key=lambda item: item[0].name.suffix.lower() == ".ipynb")
        name = f"{slug}.ipynb" if entry.name.suffix.lower() == ".ipynb" else student_id(entry.name.name)
        store(course, slug, student, data, filed, name, _moment(entry.name))
        filed.doubtful |= faults
    else:
        course.submitted(slug, student).parent.mkdir(parents=True, exist_ok=True)
        filed.refused |= faults


def _moment(name: PurePosixPath) -> str:
    """Return when nbgrader's exchange took a file in, as nbgrader writes it; nothing for another collection."""
    folder = inbound(name)
    return folder["moment"] if folder else ""


def _slug(name: PurePosixPath) -> str:
    folder = inbound(name)
    return folder["slug"] if folder else ""


def _honest(found: list[Entry], filed: Filed) -> list[Entry]:
    for entry in found:
        if stranger(entry):
            filed.refused[str(entry.name)] = f"it was put there by {stranger(entry)}, in another's name"
    return [entry for entry in found if not stranger(entry)]


def _numbers(name: str) -> list[tuple[int, int | str]]:
    return [(1, int(piece)) if piece.isdecimal() else (0, piece) for piece in re.split(r"(\d{1,18})", name)]
