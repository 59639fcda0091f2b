"""Say whose a file of a collection is: by the name that a learning platform, nbgrader's exchange or a person gave it."""

import hashlib
import os
import re
import unicodedata
from pathlib import PurePosixPath

from rnn_course.grading.entries import Entry

try:
    import pwd
except ImportError:  # on Windows nbgrader has no exchange either
    pwd = None

MOODLE = re.compile(r"(?P<name>.+?)_(?P<number>\d+)_assignsubmission_file(_.*)?")
CANVAS = re.compile(r"(?P<name>[^_]+)(_LATE)?_(?P<number>\d+)_\d+_.+", re.IGNORECASE)
EXCHANGE = re.compile(
    r"(?P<name>.+)\+(?P<slug>[^+]+)\+(?P<moment>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?( [A-Za-z]+)?)(\+[\w=-]+)?"
)


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
    for part in name.parts:  # the first that says a name: what stands below it, a student may have named
        match = MOODLE.fullmatch(part)
        if match:
            return student_id(f"{match['name']}_{match['number']}")
        match = EXCHANGE.fullmatch(part)
        if match and part != name.name:
            return student_id(match["name"])
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
    """Return a name that is safe as a folder, on any system, and as the pattern that nbgrader takes it for.

    Examples
    --------
    >>> student_id("../Zoë O'Neil [2]"), student_id("con")
    ('Zoë_O_Neil_2', 'con_')
    """
    safe = re.sub(r"[^\w.@-]+", "_", unicodedata.normalize("NFC", name)).strip("._-")
    if re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", safe, re.IGNORECASE):
        safe += "_"  # Windows keeps these names to itself
    if len(safe.encode()) > 120:
        safe = f"{safe[:40]}-{hashlib.sha256(safe.encode()).hexdigest()[:12]}"
    return safe


def inbound(name: PurePosixPath) -> re.Match[str] | None:
    """Return what the folder of a submission in nbgrader's exchange says: the student, the assignment and the time."""
    return next(filter(None, map(EXCHANGE.fullmatch, name.parts[:-1])), None)


def stranger(entry: Entry) -> str:
    """Return who put a file into nbgrader's exchange in another student's name. Anybody can make a folder there."""
    folder = inbound(entry.name)
    if pwd is None or folder is None or entry.owner in (None, os.geteuid()):
        return ""
    try:
        name = pwd.getpwuid(entry.owner).pw_name
    except KeyError:
        name = f"user {entry.owner}"
    return "" if student_id(name) == student_id(folder["name"]) else name


def newest(found: list[Entry]) -> list[Entry]:
    """Return the entries without those of the exchange that the same student followed by others."""
    folders = [inbound(entry.name) for entry in found]
    last: dict[str, str] = {}
    for folder in filter(None, folders):
        last[folder["name"]] = max(last.get(folder["name"], ""), folder["moment"])
    return [
        e for e, folder in zip(found, folders, strict=True) if not folder or folder["moment"] == last[folder["name"]]
    ]
