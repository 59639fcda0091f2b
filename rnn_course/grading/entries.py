"""The files of a collection, from a folder or a zip: listed without following a link, read one by one, with limits.

Nothing is unpacked by the names in an archive. What an archive says of its sizes is not believed: bytes are counted
while they are unpacked.
"""

import os
import re
import stat
import struct
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from rnn_course.grading import CourseError
from rnn_course.grading.notebooks import one_line
from rnn_course.grading.repair import files
from rnn_course.grading.repair.reading import LARGEST

MOST = 100_000  # files in a collection
MOST_IN_ONE = 10_000  # in one folder of a collection, which may be one student's
TOTAL = 4_000_000_000  # bytes that are unpacked of one zip
RATIO = 300  # how much a file may shrink; what is larger than a megabyte and shrinks more is a bomb
DIRECTORY = 32_000_000  # bytes of a zip's list of names


@dataclass(frozen=True)
class Entry:
    """One file of a collection: its name inside, how to read it, and the user who owns it, where that says something."""

    name: PurePosixPath
    read: Callable[[], bytes]
    owner: int | None = None


@dataclass
class _Budget:
    """What may still be unpacked."""

    left: int = field(default_factory=lambda: TOTAL)


def entries(source: Path, refused: dict[str, str]) -> Iterator[Entry]:
    """Return the files of a folder or a zip. What is no plain file goes into ``refused``, with the reason.

    Raises
    ------
    CourseError
        If there is no such folder or zip, or too much in it.
    """
    if source.is_dir():
        yield from _from_folder(source, refused)
    elif source.is_file():
        yield from _from_zip(source, refused)
    else:
        raise CourseError(f"{source}: expected a folder or a zip of submissions, found nothing of that name")


def _from_folder(folder: Path, refused: dict[str, str]) -> Iterator[Entry]:
    paths: list[tuple[files.Parts, tuple[str, int]]] = []
    with files.opened(None, str(folder)) as root:
        for top in sorted(os.listdir(root)):
            try:
                below = files.below(root, top, MOST_IN_ONE)
                paths += [(path, files.status(root, path)) for path in below]
            except (CourseError, OSError) as error:  # one student must not keep the others from being filed
                refused[top] = one_line(error)
    for path, (what, owner) in paths:
        name = PurePosixPath(*path)
        if what == "":
            yield Entry(name, lambda path=path: _read(folder, path), owner)
        elif what != "a folder":
            refused[str(name)] = f"expected a file, received {what}"


def _read(folder: Path, path: files.Parts) -> bytes:
    with files.opened(None, str(folder)) as root:
        return files.read(root, path, LARGEST)


def _from_zip(path: Path, refused: dict[str, str]) -> Iterator[Entry]:
    _check_directory(path)
    try:
        with zipfile.ZipFile(path) as archive:
            listed = sorted(archive.infolist(), key=lambda info: info.filename)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, UnicodeDecodeError):
        raise CourseError(f"{path}: expected a folder or a zip of submissions, received another kind of file") from None
    if len(listed) > MOST:
        raise CourseError(f"{path}: expected at most {MOST:,} files, received {len(listed):,}")
    budget = _Budget()
    for info in listed:
        name = PurePosixPath(info.filename.replace("\\", "/"))
        fault = _fault(info, name)
        if fault:
            refused[info.filename] = fault
        elif not info.is_dir() and name.name:
            yield Entry(name, lambda info=info: _unzip(path, info, budget))


def _check_directory(path: Path) -> None:
    """Look at the size of a zip's list of names, which Python would read whole."""
    with open(path, "rb") as file:
        file.seek(max(0, path.stat().st_size - 65_557))
        end = file.read()
    at = end.rfind(b"PK\x05\x06")
    if at >= 0 and len(end) >= at + 16:
        size = struct.unpack("<L", end[at + 12 : at + 16])[0]
        larger = end.rfind(b"PK\x06\x06")
        if size == 0xFFFFFFFF and len(end) >= larger + 48 and larger >= 0:
            size = struct.unpack("<Q", end[larger + 40 : larger + 48])[0]
        if size > DIRECTORY:
            raise CourseError(f"{path}: expected at most {MOST:,} files, received a list of {size / 1e6:.0f} MB")


def _fault(info: zipfile.ZipInfo, name: PurePosixPath) -> str:
    """Return why a zip's entry is not read, if it is not."""
    mode = info.external_attr >> 16
    kind = stat.S_IFMT(mode)
    if name.is_absolute() or ".." in name.parts or re.match(r"[A-Za-z]:", str(name)):
        return "its name leads out of the archive"
    if kind and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
        return f"expected a file, received {files.KINDS.get(kind, 'no file')}"
    if info.file_size > LARGEST:
        return f"expected at most {LARGEST // 10**6} MB"
    if info.file_size > 10**6 and info.file_size > RATIO * max(info.compress_size, 1):
        return f"a zip bomb: {info.compress_size:,} bytes that unpack to {info.file_size:,}"
    return ""


def _unzip(path: Path, info: zipfile.ZipInfo, budget: _Budget) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(info) as file:
            data = file.read(min(LARGEST, budget.left) + 1)
    except Exception as error:  # a password is a RuntimeError; zlib, bz2 and lzma have errors of their own
        raise CourseError(f"cannot be unpacked ({one_line(error)})") from None
    budget.left -= len(data)
    if budget.left < 0:
        raise CourseError(f"a zip bomb: more than {TOTAL // 10**9} GB in all")
    if len(data) > LARGEST:
        raise CourseError(f"expected at most {LARGEST // 10**6} MB")
    return data
