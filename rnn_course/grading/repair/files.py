"""Look into a folder that somebody else filled: no link is followed, no pipe waited for, no device opened.

Every name is resolved against an open directory, one component at a time, so nothing can be swapped for a link between a
look and a step. This needs a POSIX system.
"""

import contextlib
import itertools
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from rnn_course.grading import CourseError

DEEPEST = 8  # folders in folders
MOST = 2_000  # names in a submission
KINDS = {
    stat.S_IFLNK: "a symbolic link",
    stat.S_IFIFO: "a pipe",
    stat.S_IFSOCK: "a socket",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFDIR: "a folder",
}
Parts = tuple[str, ...]


def shown(path: Parts) -> str:
    """Return a path that somebody else named as text for people, a terminal and a page: no mark-up, nothing invisible.

    Examples
    --------
    >>> shown(("a", "<img src=x>.ipynb"))
    'a/·img src=x·.ipynb'
    """
    return re.sub(r"[^\w .,@+=()/-]", "·", "/".join(path))[:80]


def kind(folder: int, name: str) -> str:
    """Return what stands there, in words: nothing for a plain file, ``"nothing"`` if there is none."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return "nothing"
    if stat.S_ISREG(status.st_mode):
        return "a hard link" if status.st_nlink > 1 else ""
    return KINDS.get(stat.S_IFMT(status.st_mode), "no file")


@contextmanager
def opened(folder: int | None, name: str, make: bool = False) -> Iterator[int]:
    """Open a directory in the directory ``folder``, or, if that is None, one whose path is trusted.

    Raises
    ------
    NotADirectoryError, FileNotFoundError
        If it is no directory, or a link to one; if there is none, and ``make`` is not set.
    """
    if not hasattr(os, "O_NOFOLLOW"):
        raise CourseError("submissions can be read safely on Linux and macOS only; on Windows, use WSL")
    if make:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, 0o755, dir_fd=folder)
    follow = os.O_NOFOLLOW if folder is not None else 0
    handle = _open(folder, name, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC | follow)
    try:
        yield handle
    finally:
        os.close(handle)


def let_write(folder: int) -> None:
    """Let the owner of an open directory change what is in it, whatever its mode was."""
    with contextlib.suppress(OSError):
        os.fchmod(folder, stat.S_IMODE(os.fstat(folder).st_mode) | 0o700)


def status(folder: int, path: Parts) -> tuple[str, int]:
    """Return what stands at a path, as `kind` says it, and the number of the user who owns it."""
    name, *below = path
    if below:
        try:
            with opened(folder, name) as inner:
                return status(inner, tuple(below))
        except OSError:
            return "nothing", -1
    return kind(folder, name), os.stat(name, dir_fd=folder, follow_symlinks=False).st_uid


def names(folder: int, most: int = MOST) -> list[Parts]:
    """Return the path of everything in a directory and in those below it, links and other oddities too.

    Raises
    ------
    CourseError
        If there are too many.
    """
    found: list[Parts] = []
    _list(folder, (), found, most)
    return sorted(found)


def below(folder: int, name: str, most: int) -> list[Parts]:
    """Return the path of an entry of a directory, and of everything in it."""
    found: list[Parts] = [(name,)]
    if kind(folder, name) == "a folder":
        with opened(folder, name) as inner:
            found += [(name, *path) for path in names(inner, most)]
    return found


def _list(folder: int, above: Parts, found: list[Parts], most: int) -> None:
    with os.scandir(folder) as entries:
        here = [entry.name for entry in itertools.islice(entries, most + 1)]
    found += [(*above, name) for name in here]
    if len(found) > most:
        raise CourseError(f"expected a few files, received more than {most:,}")
    for name in here:
        if len(above) < DEEPEST and kind(folder, name) == "a folder":
            with contextlib.suppress(OSError), opened(folder, name) as inner:
                _list(inner, (*above, name), found, most)


def read(folder: int, path: Parts, most: int) -> bytes:
    """Return the content of a plain file, at most one byte more than ``most``.

    Raises
    ------
    CourseError
        If it is something else than a plain file of its own, or may not be read.
    """
    name, *below = path
    if below:
        with opened(folder, name) as inner:
            return read(inner, tuple(below), most)
    what = kind(folder, name)
    if what:
        raise CourseError(f"expected a file, received {what}")
    try:
        handle = _open(folder, name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise CourseError(f"it may not be read ({error.strerror})") from None
    with os.fdopen(handle, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
            raise CourseError("expected a file of its own, received something else")
        return file.read(most + 1)


def write(folder: int, name: str, data: bytes) -> None:
    """Write a file whole or not at all, in place of whatever file or link has its name."""
    partial = f".{name}.{os.getpid()}.partial"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(partial, dir_fd=folder)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    try:
        with os.fdopen(os.open(partial, flags, 0o644, dir_fd=folder), "wb") as file:
            file.write(data)
        os.replace(partial, name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(partial, dir_fd=folder)
        raise


def move(folder: int, name: str, to: int) -> str:
    """Move an entry, a link as a link, into another directory of the same disk, and return its name there."""
    there, number = name, 1
    while kind(to, there) != "nothing":
        number += 1
        there = f"{number}-{name}"[:255]
    if kind(folder, name) == "a folder":
        _unlock(folder, name)
    os.rename(name, there, src_dir_fd=folder, dst_dir_fd=to)
    return there


def _open(folder: int | None, name: str, flags: int) -> int:
    """Open a file or directory. One of our own whose mode forbids it gets another mode."""
    try:
        return os.open(name, flags, dir_fd=folder)
    except PermissionError:
        if folder is None or not _unlock(folder, name):
            raise
        return os.open(name, flags, dir_fd=folder)


def _unlock(folder: int, name: str) -> bool:
    """Let the owner use a plain file or directory, and return whether this could be done."""
    if not hasattr(os, "O_PATH"):  # Linux has it; elsewhere nothing can change a mode without a chance to follow a link
        return False
    handle = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=folder)
    try:
        mode = os.fstat(handle).st_mode
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            return False
        os.chmod(f"/proc/self/fd/{handle}", stat.S_IMODE(mode) | (0o700 if stat.S_ISDIR(mode) else 0o600))
        return True
    except OSError:
        return False
    finally:
        os.close(handle)
