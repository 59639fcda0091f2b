"""Put a notebook that is safe to grade where nbgrader looks for the submission, and keep what was handed in.

``submitted/STUDENT/SLUG/`` then holds the rebuilt ``SLUG.ipynb``, the time of submission if there is one, and nothing
else. What was handed in is in ``originals/STUDENT/SLUG/``: ``original.ipynb``, other files in ``rest/``, and
``record.json``, which says what was repaired. Stopped at any moment, it does the rest when it is called again.
"""

import errno
import json
import os
import re
from dataclasses import asdict, replace

import nbformat
from nbformat.notebooknode import NotebookNode
from nbgrader.utils import parse_utc

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.course import Course, write
from rnn_course.grading.repair import files
from rnn_course.grading.repair.choosing import Chosen, choose, sentence
from rnn_course.grading.repair.matching import Repair
from rnn_course.grading.repair.reading import LARGEST
from rnn_course.grading.repair.rebuilding import blank, rebuild
from rnn_course.grading.repair.records import Prepared, archive, digest, record

try:
    import fcntl
except ImportError:  # Windows, where `files` says what is missing
    fcntl = None

NOTHING = "Nothing was handed in."
TIMESTAMP = "timestamp.txt"


def prepare(course: Course, slug: str, student: str) -> Prepared:
    """Rebuild what a student handed in, and set all else aside. What is prepared already stays as it is.

    Work that cannot be read is replaced by the blank notebook, with the reason at its top: nbgrader's own commands then
    give it a row and a zero too.

    Raises
    ------
    CourseError
        If the student's name is no name of a folder, the assignment is not released, or the disk is in the way.
    """
    if student in ("", ".", "..") or "/" in student or "\0" in student or len(os.fsencode(student)) > 255:
        raise CourseError(f"expected the name of a student's folder, received {student!r}")
    released = _released(course, slug)
    try:
        with files.opened(None, str(course.grading / "submitted")) as all_work:
            return _prepare(course, slug, student, released, all_work)
    except FileNotFoundError:
        return Prepared("", "", "", digest(released), (), NOTHING)
    except OSError as error:
        if error.errno == errno.EXDEV:
            raise CourseError(f"expected submitted/ and originals/ on one disk, in {course.grading}") from None
        raise CourseError(f"{student}'s folder cannot be prepared ({error.strerror or error})") from None


def _released(course: Course, slug: str) -> bytes:
    path = course.released(course.known(slug))
    if not path.is_file():
        raise CourseError(f"{course.shown(path)} does not exist. Make it with: rnn-course release {slug}")
    return path.read_bytes()


def _prepare(course: Course, slug: str, student: str, released: bytes, all_work: int) -> Prepared:
    odd = _no_folder(course, slug, student, all_work)
    with files.opened(all_work, student) as own, files.opened(own, slug) as folder:
        files.let_write(folder)
        if fcntl is not None:
            fcntl.flock(own, fcntl.LOCK_EX)  # else a second grader could take what the first wrote for the original
        noted = record(course, slug, student)
        current = _current(folder, f"{slug}.ipynb")
        if noted is not None and current is not None and noted.rebuilt == digest(current):
            if noted.release == digest(released):
                _tidy(course, slug, student, folder)
                return noted
            chosen = _again(course, slug, student, noted, _notebook(released))
        else:
            archive(course, slug, student)
            chosen = choose(folder, slug, _notebook(released))
            if files.kind(folder, f"{slug}.ipynb") != "nothing" and not (
                chosen.data and chosen.name == f"{slug}.ipynb"
            ):
                _set_aside(course, slug, student, folder, f"{slug}.ipynb")
        chosen = replace(chosen, reason=odd) if odd else chosen
        prepared = _replace(course, slug, student, released, chosen, folder)
        _tidy(course, slug, student, folder)
        return prepared


def _no_folder(course: Course, slug: str, student: str, all_work: int) -> str:
    """Set aside what stands where a folder should, a link to one too, and return the reason why it cannot be graded."""
    what = files.kind(all_work, student)
    if what not in ("nothing", "a folder"):
        _set_aside(course, slug, student, all_work, student)
        with files.opened(all_work, student, make=True) as own, files.opened(own, slug, make=True):
            return f"Expected a folder of the student, received {what}."
    with files.opened(all_work, student) as own:
        what = files.kind(own, slug)
        if what in ("nothing", "a folder"):
            return ""
        _set_aside(course, slug, student, own, slug)
        with files.opened(own, slug, make=True):
            return f"Expected a folder {slug}, received {what or 'a file'}."


def _current(folder: int, name: str, most: int = LARGEST) -> bytes | None:
    try:
        return files.read(folder, (name,), most)
    except (CourseError, OSError):
        return None


def _again(course: Course, slug: str, student: str, noted: Prepared, released: NotebookNode) -> Chosen:
    """Rebuild the original that was kept, because the release changed."""
    path = course.grading / "originals" / student / slug / "original.ipynb"
    data = path.read_bytes() if path.is_file() else b""
    if not data:
        return Chosen(noted.name, b"", None, noted.repairs, noted.reason or NOTHING)
    kept = tuple(repair for repair in noted.repairs if repair.kind in ("name", "files"))
    try:
        notebook, repairs = rebuild(released, data)
    except CourseError as error:
        return Chosen(noted.name, data, None, kept, sentence(f"the file {noted.name} cannot be graded: {error}"))
    return Chosen(noted.name, data, notebook, (*kept, *repairs))


def _replace(course: Course, slug: str, student: str, released: bytes, chosen: Chosen, folder: int) -> Prepared:
    """Keep the original, note what was repaired, and write the rebuilt notebook."""
    notebook = chosen.notebook if chosen.notebook is not None and not chosen.reason else None
    data = notebooks.text(notebook or blank(_notebook(released), chosen.reason)).encode()
    home = course.grading / "originals" / student / slug
    if chosen.data:
        write(home / "original.ipynb", chosen.data)
    others = [files.shown((name,)) for name in _others(folder, slug) if name != chosen.name]
    said = ", ".join(others[:8]) + (f" and {len(others) - 8} more" if len(others) > 8 else "")
    known = any(repair.kind == "files" for repair in chosen.repairs)
    files_said = () if known or not others else (Repair("files", f"Other files were set aside: {said}."),)
    prepared = Prepared(
        name=chosen.name,
        original=digest(chosen.data) if chosen.data else "",
        rebuilt=digest(data),
        release=digest(released),
        repairs=(*chosen.repairs, *files_said),
        reason=chosen.reason,
    )
    write(home / "record.json", json.dumps(asdict(prepared), indent=1, ensure_ascii=False) + "\n")
    files.write(folder, f"{slug}.ipynb", data)
    return prepared


def _others(folder: int, slug: str) -> list[str]:
    """Return the names of what does not belong into a submission that is ready."""
    names = sorted(set(os.listdir(folder)) - {f"{slug}.ipynb"})
    return [name for name in names if name != TIMESTAMP or not _is_time(_current(folder, name, 200))]


def _is_time(data: bytes | None) -> bool:
    """Return whether nbgrader can read this time. It would take a zone that is a path for the file of that name."""
    text = (data or b"")[:100].decode("ascii", "replace").strip()
    if not re.fullmatch(
        r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?( ?(Z|[+-]\d\d:?\d\d|[A-Za-z_]+(/[A-Za-z_]+)?))?", text
    ):
        return False
    try:
        parse_utc(text)
    except (ValueError, OverflowError, TypeError):
        return False
    return True


def _tidy(course: Course, slug: str, student: str, folder: int) -> None:
    for name in _others(folder, slug):
        _set_aside(course, slug, student, folder, name)


def _set_aside(course: Course, slug: str, student: str, folder: int, name: str) -> None:
    rest = course.grading / "originals" / student / slug / "rest"
    rest.mkdir(parents=True, exist_ok=True)
    with files.opened(None, str(rest)) as there:
        files.move(folder, name, there)


def _notebook(released: bytes) -> NotebookNode:
    return nbformat.reads(released.decode(), as_version=4)
