"""Take the book's glue out of code: what only hands numbers to a page's text has no use outside the book."""

import ast
import re
from collections.abc import Iterable

GLUE = "myst_nb"


def without_glue(cells: Iterable[tuple[str, bool]]) -> list[str]:
    r"""Return the code of a chapter's cells, in their order, without glue.

    Parameters
    ----------
    cells : pairs of a cell's code and whether the page hides the whole cell

    Returns
    -------
    list of str. A cell that the page shows loses its calls of ``glue``. One that it hides keeps only the statements that
    later code needs, and may end up empty.

    Examples
    --------
    >>> hidden = "from myst_nb import glue\nbest = max(scores)\nhalf = 0.5\nglue('best', best)"
    >>> without_glue([(hidden, True), ("print(half)\nglue('half', half)", False)])
    ['half = 0.5', 'print(half)']
    >>> without_glue([("for n in (1, 2):\n    m = 2 * n\n    glue('m', m)\n    print(m)", False)])
    ['for n in (1, 2):\n    m = 2 * n\n    print(m)']
    >>> without_glue([("for n in (1, 2):\n    m = 2 * n\n    glue('m', m)", True)])
    ['']
    """
    codes = [(source, hidden, _statements(source)) for source, hidden in cells]
    gluers = {"glue"}
    for _, _, statements in codes:
        gluers |= {one.name for one in statements or [] if isinstance(one, ast.FunctionDef) and _glues(one, gluers)}
    needed: set[str] = set()  # by the code below
    written = []
    for source, hidden, statements in reversed(codes):
        if statements is None:  # a magic of IPython: leave the cell alone
            needed |= set(re.findall(r"\w+", source))
        dropped = []
        for one in reversed(statements or []):
            bound = _bound(one)
            if _glues(one, gluers) or (hidden and bound is not None and not bound & needed):
                dropped.append(one)
            elif isinstance(one, ast.For) and (inner := [each for each in one.body if _glues(each, gluers)]):
                rest = [_bound(each) for each in one.body if each not in inner]
                unused = all(names is not None and not names & needed for names in rest)
                dropped += [one] if hidden and unused else inner
                needed |= set() if hidden and unused else _read(one)
            else:
                needed |= _read(one)
        written.append(_cut(source, dropped))
    return written[::-1]


def _statements(source: str) -> list[ast.stmt] | None:
    try:
        return ast.parse(source).body
    except SyntaxError:
        return None


def _read(node: ast.stmt) -> set[str]:
    return {part.id for part in ast.walk(node) if isinstance(part, ast.Name)}


def _glues(node: ast.stmt, gluers: set[str]) -> bool:
    """Whether a statement does nothing but glue."""
    match node:
        case ast.ImportFrom(module=module):
            return module == GLUE
        case ast.Expr(value=ast.Call(func=ast.Name(id=name))):
            return name in gluers
        case ast.For(body=body) | ast.FunctionDef(body=body):
            return all(_glues(one, gluers) for one in body)
    return False


def _bound(node: ast.stmt) -> set[str] | None:
    """Return the names that a statement gives a value, or None if it does more than that."""
    match node:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return {alias.asname or alias.name.partition(".")[0] for alias in names}
        case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            parts = [part for target in targets for part in ast.walk(target)]
            if not any(isinstance(part, (ast.Attribute, ast.Subscript)) for part in parts):
                return {part.id for part in parts if isinstance(part, ast.Name)}
    return None


def _cut(source: str, dropped: list[ast.stmt]) -> str:
    """Return the code without the lines of some statements, and without the gaps that they leave."""
    if not dropped:
        return source
    lines = source.splitlines()
    gone = {line for one in dropped for line in range(one.lineno, (one.end_lineno or one.lineno) + 1)}
    kept = "\n".join(line for number, line in enumerate(lines, start=1) if number not in gone)
    return re.sub(r"\n{4,}", "\n\n\n", kept).strip("\n")
