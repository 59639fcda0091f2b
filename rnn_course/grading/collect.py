"""File what students handed in where nbgrader looks for it: from a folder, or from the zip of a learning platform.

Nothing is unpacked by the names in an archive: files are read one by one, and written under a student's name.
"""

import re
import stat
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import nbformat

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.course import Course, write

MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_file(_.*)?")
CANVAS = re.compile(r"(?P<name>[^_]+)(_LATE)?_(?P<number>\d+)_\d+_.+", re.IGNORECASE)


@dataclass(frozen=True)
class Entry:
    """One file of a collection: its name inside, and how to read it."""

    name: PurePosixPath
    read: Callable[[], bytes]


@dataclass
class Filed:
    """What became of each student's work, and each file that could not be filed, with the reason."""

    new: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    replaced: dict[str, Path] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def collect(course: Course, slug: str, source: Path) -> Filed:
    """File every notebook of ``source`` under ``submitted/STUDENT/SLUG/``.

    These layouts are understood, also one or more folders deep: ``STUDENT/SLUG.ipynb``, ``STUDENT/SLUG/SLUG.ipynb``,
    ``STUDENT.ipynb``, Moodle's ``Name_12345_assignsubmission_file_/SLUG.ipynb`` and Canvas's
    ``name_12345_67890_SLUG.ipynb``.

    Raises
    ------
    CourseError
        If there is no such assignment, folder or zip, or nothing in it.
    """
    expected = set(notebooks.tests(nbformat.read(_release(course, slug), as_version=4)))
    filed = Filed()
    entries = [entry for entry in _entries(source, filed) if not _is_clutter(entry.name)]
    if not entries and not filed.refused:
        raise CourseError(f"{source}: expected submissions, found no file")
    for student, files in sorted(_by_student(entries, slug, filed).items()):
        data = _choose(files, slug, expected, filed)
        if data is not None:
            store(course, slug, student, data, filed)
    return filed


def store(course: Course, slug: str, student: str, data: bytes, filed: Filed) -> None:
    """Write one submission. An earlier one that differs is kept, outside nbgrader's view, in ``replaced/``."""
    target = course.submitted(slug, student)
    old = target.read_bytes() if target.is_file() else None
    if old == data:
        filed.unchanged.append(student)
        return
    if old is None:
        filed.new.append(student)
    else:
        moment = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        kept = course.grading / "replaced" / student / slug / f"{slug}-{moment}.ipynb"
        write(kept, old)
        filed.replaced[student] = kept
    write(target, data)


def owner(name: PurePosixPath, slug: str, names: list[PurePosixPath]) -> str:
    """Return the student's id that a file's name tells, or nothing.

    Examples
    --------
    >>> path = PurePosixPath("Ada Lovelace_123_assignsubmission_file_/ffnn.ipynb")
    >>> owner(path, "ffnn", [path])
    'Ada_Lovelace_123'
    >>> path = PurePosixPath("lovelaceada_123_456_ffnn-1.ipynb")
    >>> owner(path, "ffnn", [path])
    'lovelaceada_123'
    >>> path = PurePosixPath("class/ada/ffnn/ffnn.ipynb")
    >>> owner(path, "ffnn", [path])
    'ada'
    """
    for part in name.parts:
        match = MOODLE.fullmatch(part)
        if match:
            return student_id(f"{match['name']}_{match['number']}")
    match = CANVAS.fullmatch(name.name)
    if match:
        return student_id(f"{match['name']}_{match['number']}")
    folders = [part for part in name.parts[:-1] if part != slug]
    beside = [n for n in names if n.parent == name.parent and n.suffix == ".ipynb"]
    is_named = name.stem == slug or name.suffix != ".ipynb" or len(beside) == 1
    if folders and (is_named or any(n.stem == slug for n in beside)):
        return student_id(folders[-1])
    return "" if name.stem == slug else student_id(name.stem)


def student_id(name: str) -> str:
    """Return a name that is safe as a folder, and as the pattern that nbgrader takes it for.

    Examples
    --------
    >>> student_id("../Zoë O'Neil [2]")
    'Zoë_O_Neil_2'
    """
    return re.sub(r"[^\w.@-]+", "_", unicodedata.normalize("NFC", name)).strip("._-")


def _by_student(entries: list[Entry], slug: str, filed: Filed) -> dict[str, list[Entry]]:
    names = [entry.name for entry in entries]
    files: dict[str, list[Entry]] = {}
    for entry in entries:
        student = owner(entry.name, slug, names)
        beside = files.get(student, [])
        if not student:
            filed.refused[str(entry.name)] = f"whose is it? expected STUDENT/{slug}.ipynb or STUDENT.ipynb"
        elif any(_place(other.name, student) != _place(entry.name, student) for other in beside):
            filed.refused[str(entry.name)] = f"{beside[0].name} seems to be of the same student, {student}"
        else:
            files.setdefault(student, []).append(entry)
    return files


def _place(name: PurePosixPath, student: str) -> str:
    """Return the part of a path that names the student, before it was made safe."""
    return next((part for part in name.parts[:-1] if student_id(part) == student), student)


def _release(course: Course, slug: str) -> Path:
    path = course.released(course.known(slug))
    if not path.is_file():
        raise CourseError(f"{course.shown(path)} does not exist. Make it with: rnn-course release {slug}")
    return path


def _entries(source: Path, filed: Filed) -> Iterator[Entry]:
    if source.is_dir():
        yield from _from_folder(source, filed)
    elif source.is_file():
        yield from _from_zip(source, filed)
    else:
        raise CourseError(f"{source}: expected a folder or a zip of submissions, found nothing of that name")


def _from_folder(folder: Path, filed: Filed) -> Iterator[Entry]:
    for path in sorted(folder.rglob("*")):
        name = PurePosixPath(path.relative_to(folder).as_posix())
        if path.is_symlink():
            filed.refused[str(name)] = "expected a file, received a symbolic link"
        elif path.is_file():
            yield Entry(name, path.read_bytes)


def _from_zip(path: Path, filed: Filed) -> Iterator[Entry]:
    try:
        with zipfile.ZipFile(path) as archive:
            files = sorted(archive.infolist(), key=lambda info: info.filename)
    except zipfile.BadZipFile:
        raise CourseError(f"{path}: expected a folder or a zip of submissions, received another kind of file") from None
    for info in files:
        name = PurePosixPath(info.filename.replace("\\", "/"))
        if info.is_dir():
            continue
        if name.is_absolute() or ".." in name.parts or re.match(r"[A-Za-z]:", str(name)):
            filed.refused[info.filename] = "its name leads out of the archive"
        elif stat.S_ISLNK(info.external_attr >> 16):
            filed.refused[info.filename] = "expected a file, received a symbolic link"
        elif info.file_size > notebooks.LARGEST:
            filed.refused[info.filename] = f"expected at most {notebooks.LARGEST // 10**6} MB"
        else:
            yield Entry(name, lambda info=info: _unzip(path, info))


def _unzip(path: Path, info: zipfile.ZipInfo) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.read(info)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:  # RuntimeError: a password
        raise CourseError(f"{info.filename}: cannot be unpacked ({notebooks.one_line(error)})") from None


def _is_clutter(name: PurePosixPath) -> bool:
    return any(part.startswith(".") or part == "__MACOSX" for part in name.parts) or name.name == "timestamp.txt"


def _choose(files: list[Entry], slug: str, expected: set[str], filed: Filed) -> bytes | None:
    """Return a student's notebook: the one of the right name, else the last one; refuse the rest if there is none."""
    faults = {}
    for entry in sorted(files, key=lambda e: (e.name.stem == slug, _numbers(e.name.name)), reverse=True):
        try:
            return _notebook(entry, slug, expected)
        except (CourseError, OSError) as error:
            faults[str(entry.name)] = str(error).removeprefix(f"{entry.name}: ")
    filed.refused |= faults
    return None


def _notebook(entry: Entry, slug: str, expected: set[str]) -> bytes:
    if entry.name.suffix != ".ipynb":
        raise CourseError(f"expected a notebook, received a file '{entry.name.suffix or entry.name.name}'")
    data = entry.read().removeprefix(b"\xef\xbb\xbf")  # a byte order mark, which nbgrader cannot read
    if not expected & notebooks.tests(notebooks.read(data, str(entry.name))).keys():
        raise CourseError(f"expected the notebook of {slug}, received one without its test cells")
    return data


def _numbers(name: str) -> list[tuple[int, int | str]]:
    return [(1, int(piece)) if piece.isdigit() else (0, piece) for piece in re.split(r"(\d+)", name)]
