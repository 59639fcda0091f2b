"""Wheels that Python in the browser loads besides Pyodide's own: the course's package, and pure Python packages.

They are packed from what is installed here, and described as Pyodide's lock file describes its own wheels. So the browser
fetches them when a cell imports them, from this site, and checks their hash.
"""

import base64
import hashlib
import io
import re
import zipfile
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

from rnn_book.live_kernel import needs

COURSE = "rnn-course"
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
    version = f"{base[1]}.post{int(hashlib.sha256(zipped(contents)).hexdigest()[:8], 16)}"
    info = f"rnn_course-{version}.dist-info"
    contents[f"{info}/METADATA"] = f"Metadata-Version: 2.1\nName: {COURSE}\nVersion: {version}\n".encode()
    contents[f"{info}/WHEEL"] = TAGS.encode()
    contents[f"{info}/licenses/LICENSE"] = (root / "LICENSE").read_bytes()
    imports = ("rnn_course", "live_kernel")
    return Wheel(COURSE, version, zipped(recorded(contents, info)), imports, depends=("numpy", "tqdm"))


def drawing(root: Path) -> list[str]:
    """Return the course's modules that cannot be imported without matplotlib: the browser loads it for them too."""
    modules = [
        ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted((root / "rnn_course").rglob("*.py"))
    ]
    return [module for module in modules if "matplotlib" in needs(f"import {module}", str(root))]


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
