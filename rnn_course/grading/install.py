"""The first lines of a notebook that leaves the course: they install the package where it is missing, as on Colab."""

import ast
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from IPython.core.inputtransformer2 import TransformerManager

from rnn_course.grading import CourseError

# the extra of the package, what a notebook imports if it needs it, and a line that fails where it is missing
EXTRAS = {
    "data": ("rnn_course.datasets", "from rnn_course.datasets import shakespeare\n\n    shakespeare()"),
    "torch": ("torch", 'version("torch")'),
}
TRY = """{before}try:
    import rnn_course{checks}
except ImportError:
    {cure}"""
FROM_CLONE = 'raise ImportError("rnn_course is missing. In a clone of the course, run: pip install {target}") from None'
FROM_ADDRESS = '%pip install --quiet "rnn-course{listed} @ git+{address}"'


@dataclass(frozen=True)
class Repository:
    """Where the course's files can be had: the address without ``.git``, or nothing, and the branch that students get."""

    address: str
    branch: str


def repository(root: Path) -> Repository:
    """Return what ``_config.yml`` says of the repository. Nothing else says it.

    Raises
    ------
    CourseError
        If it is not an address that begins with ``https://``.
    """
    path = root / "_config.yml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8")) if path.is_file() else {}
    said = settings.get("repository") or {}
    address = said.get("url") or ""
    if address and not re.fullmatch(r"https://[\w.-]+(/[\w.-]+)+/?", address):
        raise CourseError(
            f"_config.yml, repository.url: expected https://HOST/OWNER/NAME or nothing, received {address!r}"
        )
    return Repository(address.rstrip("/").removesuffix(".git"), said.get("branch") or "main")


def extras(codes: Iterable[str]) -> list[str]:
    r"""Return the extras of the package that a notebook cannot do without: what it imports outside a function.

    Examples
    --------
    >>> extras(["from rnn_course.datasets import shakespeare", "def on_a_gpu():\n    import torch"])
    ['data']
    """
    imported: set[str] = set()
    for code in codes:
        for node in ast.parse(TransformerManager().transform_cell(code)).body:
            if isinstance(node, ast.Import):
                imported |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                imported |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return [name for name, (module, _) in EXTRAS.items() if any(f"{one}.".startswith(f"{module}.") for one in imported)]


def installation(address: str, codes: Iterable[str] = ()) -> str:
    """Return the code that makes a notebook's imports work.

    Parameters
    ----------
    address : str, of the repository. Without one, the code can only say what to do.
    codes : the notebook's code cells, which say what else is needed

    Examples
    --------
    >>> print(installation("https://github.com/someone/rnn", ["from rnn_course import ffnn"]))
    try:
        import rnn_course
    except ImportError:
        %pip install --quiet "rnn-course @ git+https://github.com/someone/rnn"
    """
    wanted = extras(codes)
    listed = f"[{','.join(wanted)}]" if wanted else ""
    cure = FROM_ADDRESS.format(listed=listed, address=address)
    if not address:
        cure = FROM_CLONE.format(target=f"'.{listed}'" if listed else ".")
    checks = "".join(f"\n    {EXTRAS[name][1]}" for name in wanted)
    before = "from importlib.metadata import version\n\n" if "torch" in wanted else ""
    return TRY.format(before=before, checks=checks and f"\n{checks}", cure=cure)
