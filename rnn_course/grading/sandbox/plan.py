"""Which cell runs where, by what the gradebook says of it; what a submission says of itself counts for nothing."""

import ast
import contextlib
import functools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from IPython.core.inputtransformer2 import TransformerManager


@dataclass(frozen=True)
class Known:
    """A code cell that the gradebook knows: the instructor's text of it, and whether students write it."""

    name: str
    source: str
    is_solution: bool
    is_test: bool


@dataclass(frozen=True)
class Step:
    """Something to run.

    Parameters
    ----------
    cell : int, the cell's position in the submission; -1 if it shows nothing there
    kind : "student" for what the student wrote, "locked" for setup (both sides run it), "test" for what gives points,
        "import" for what the instructor's solution imports (the tests' side only)
    source : str
    names : the student's names that the tests' side needs then
    """

    cell: int
    kind: str
    source: str
    names: tuple[str, ...] = ()

    @property
    def is_students(self) -> bool:
        """Whether it runs in the student's process."""
        return self.kind in ("student", "locked")

    @property
    def is_judges(self) -> bool:
        """Whether it runs in the tests' process."""
        return self.kind != "student"


def plan(cells: Sequence[tuple[int, str, str]], known: Sequence[Known]) -> list[Step]:
    """Return what to run, in order.

    Parameters
    ----------
    cells : position, gradebook's name (or nothing) and source of each code cell of the submission, in its order
    known : the gradebook's code cells, in the instructor's order

    Locked and test cells have the instructor's text, whatever the submission has. If it has them in another order, all
    that the student wrote runs first.
    """
    by_name = {one.name: one for one in known}
    places: dict[str, int] = {}
    for position, name, _ in cells:
        if name in by_name:
            places.setdefault(name, position)
    own = [(position, source) for position, name, source in cells if _is_own(name, by_name, places, position)]
    order = [places[one.name] for one in known if one.name in places and not one.is_solution]
    steps: list[Step] = []
    if order != sorted(order) or any(one.name not in places for one in known if not one.is_solution):
        steps, own = [Step(position, "student", source) for position, source in own], []
    state = _Names()
    last = -1
    for one in known:
        position = places.get(one.name, -1)
        if position > last:
            steps += [Step(at, "student", source) for at, source in own if last < at <= position]
            last = position
        steps += state.steps(one, position)
    return steps + [Step(at, "student", source) for at, source in own if at > last]


def _is_own(name: str, known: dict[str, Known], places: dict[str, int], position: int) -> bool:
    """Return whether a cell is what the student wrote: an answer, or a cell of theirs."""
    return name not in known or known[name].is_solution or places[name] != position


class _Names:
    """Whose a name is, as the instructor's cells are gone through."""

    def __init__(self) -> None:
        self.students: dict[str, None] = {}
        self.used: set[str] = set()

    def steps(self, one: Known, position: int) -> list[Step]:
        """Return what a cell of the instructor's gives to do."""
        if one.is_solution:
            names, imports = bound(one.source)
            self.students.update(dict.fromkeys(names))
            return [Step(-1, "import", imports)] if imports else []
        self.used |= mentioned(one.source)
        names = tuple(name for name in self.students if name in self.used)
        for name in bound(one.source)[0]:
            self.students.pop(name, None)
        return [Step(position, "test" if one.is_test else "locked", one.source, names)]


@functools.cache
def bound(source: str) -> tuple[list[str], str]:
    r"""Return the names that a cell binds, functions aside, and its import statements as text.

    Examples
    --------
    >>> bound("import math\ndef f(x):\n    y = 1\nlimit, n = 3, 4")
    (['f', 'limit', 'n'], 'import math')
    """
    names: dict[str, None] = {}
    imports: list[str] = []
    for node in _walk(parse(source).body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            names[node.name] = None
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names[node.id] = None
        elif isinstance(node, ast.Import | ast.ImportFrom):
            imports.append(ast.unparse(node))
    return list(names), "\n".join(imports)


@functools.cache
def mentioned(source: str) -> set[str]:
    """Return all names that occur in a cell, in functions too."""
    return {node.id for node in ast.walk(parse(source)) if isinstance(node, ast.Name)}


@functools.cache
def modules(sources: tuple[str, ...]) -> list[str]:
    """Return the modules that cells import outside functions, so that a sandbox can import them once for all."""
    found: dict[str, None] = {}
    for source in sources:
        for node in _walk(parse(source).body):
            if isinstance(node, ast.Import):
                found.update(dict.fromkeys(alias.name for alias in node.names))
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found[node.module] = None
                found.update(dict.fromkeys(f"{node.module}.{alias.name}" for alias in node.names if alias.name != "*"))
    return list(found)


def parse(source: str) -> ast.Module:
    """Return the syntax of a cell, magics and all; that of nothing if it is not Python."""
    with contextlib.suppress(SyntaxError, ValueError, RecursionError, MemoryError):
        return ast.parse(TransformerManager().transform_cell(source))
    return ast.Module([], [])


def _walk(body: Iterable[ast.AST]) -> Iterable[ast.AST]:
    """Yield the nodes that run in the cell's own scope."""
    for node in body:
        yield node
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Lambda | ast.GeneratorExp):
            yield from _walk(ast.iter_child_nodes(node))
