"""What the cells of a page read: the modules of `rnn_course` that they import, themselves or through others, and results.

Where the code does not tell, the answer is everything.
"""

import ast
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

CELL = re.compile(
    r"^(?P<fence>`{3,}|~{3,}|:{3,})\{code-cell\}.*?\n(?P<code>.*?)^(?P=fence)[ \t]*$", re.DOTALL | re.MULTILINE
)
OPTIONS = re.compile(r"\A(?:---\n.*?^---\n|(?::[\w-]+:[^\n]*\n)+)", re.DOTALL | re.MULTILINE)
# with these, code may read or import what no import statement names
UNSURE = {"__import__", "eval", "exec", "glob", "importlib", "open", "os", "Path", "pkgutil", "runpy", "subprocess"}
UNSEEN = ("cli.py", "grading", "check")  # no page shows what these compute


def code_of(page: str) -> str:
    r"""Return the code of all cells of a MyST page.

    Examples
    --------
    >>> code_of("Text\n```{code-cell} ipython3\n:tags: [live]\nimport math\n```\n")
    'import math\n'
    """
    return "\n".join(OPTIONS.sub("", found["code"]) for found in CELL.finditer(page))


def is_unsure(code: str) -> bool:
    """Tell whether the code may read what its import statements do not name.

    Examples
    --------
    >>> is_unsure("from rnn_course import order"), is_unsure("%run a.py"), is_unsure("open('a')")
    (False, True, True)
    """
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return True
    return any(isinstance(node, ast.Name) and node.id in UNSURE for node in ast.walk(tree))


@cache
def _imports(code: str, package: str) -> frozenset[str]:
    """Names of what the code of a module in ``package`` imports, anywhere in it; relative ones are resolved."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            parents = package.split(".")[: len(package.split(".")) - node.level + 1] if node.level else []
            module = ".".join([*parents, *([node.module] if node.module else [])])
            found |= {module, *(f"{module}.{alias.name}" for alias in node.names)}
    return frozenset(found)


def modules_of(code: str, root: Path) -> set[Path]:
    """Return the files of `rnn_course` that run when the code does.

    Parameters
    ----------
    code : str, Python
    root : folder that holds ``rnn_course``
    """
    found: set[Path] = set()
    waiting = set(_imports(code, ""))
    seen: set[str] = set()
    while waiting - seen:
        name = (waiting - seen).pop()
        seen.add(name)
        if name.partition(".")[0] != "rnn_course":
            continue
        waiting.add(name.rpartition(".")[0])  # a package runs before its modules
        path = root.joinpath(*name.split("."))
        for file, package in ((path.with_suffix(".py"), name.rpartition(".")[0]), (path / "__init__.py", name)):
            if file.is_file():
                found.add(file)
                waiting |= _imports(file.read_text(encoding="utf-8"), package)
    return found


def results_of(slugs: Iterable[str], known: set[str], folder: Path) -> set[Path]:
    """Return the stored results of topics; a file that belongs to no topic of ``known`` counts for all.

    A file's name is its topic's, or begins with it and an underscore. The longest such topic has it.
    """
    wanted = set(slugs)
    found = set()
    for path in folder.glob("*.json"):
        owners = [slug for slug in known if path.stem == slug or path.stem.startswith(f"{slug}_")]
        if not owners or max(owners, key=len) in wanted:
            found.add(path)
    return found


def files_read(page: Path, root: Path) -> set[Path]:
    """Return the files, besides itself, that the cells of a page may read; none for a page without cells.

    Parameters
    ----------
    page : Path of the MyST source
    root : folder that holds ``rnn_course``, ``book/results`` and the table of contents
    """
    code = code_of(page.read_text(encoding="utf-8"))
    if not code.strip():
        return set()
    package, results = root / "rnn_course", root / "book" / "results"
    if is_unsure(code):
        modules = [path for path in package.rglob("*.py") if path.relative_to(package).parts[0] not in UNSEEN]
        return {*modules, *results.glob("*.json"), root / "_toc.yml"}
    found = modules_of(code, root)
    topics = (*package.glob("*.py"), *package.glob("*/__init__.py"), *(package / "experiments").glob("*.py"))
    known = {_topic(path) for path in topics}
    return found | results_of({page.stem, *map(_topic, found)}, known, results)


def _topic(path: Path) -> str:
    return path.parent.name if path.name == "__init__.py" else path.stem
