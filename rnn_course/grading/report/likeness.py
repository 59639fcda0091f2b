"""Find solutions that are nearly identical: to each other, or to the published one.

An answer's syntax tree is written down without names of variables, comments, docstrings and annotations. The hashes of
its short runs are thinned out by winnowing (Schleimer, Wilkerson and Aiken, 2003), which keeps at least one of each
window. Two submissions are alike when their hashes are.
"""

import ast
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping

RUN = 8  # nodes in a run
WINDOW = 4  # runs of which one is kept
ALIKE = 0.8  # shared hashes of all hashes
FEWEST = 25  # shared hashes; below, two people may well write the same
POPULAR = 50  # a hash in more submissions than this does not point from one to another
DOCUMENTED = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module
Prints = frozenset[tuple[str, int]]


def prints(answers: Mapping[str, str]) -> Prints:
    r"""Return the fingerprint of a submission, given its answers by part. What is no Python has none.

    Examples
    --------
    >>> prints({"a": "def f(x):\n    return x + 1"}) == prints({"a": "def f(y): return y + 1  # mine"})
    True
    """
    return frozenset((part, value) for part, source in answers.items() for value in _winnowed(source))


def likeness(one: Prints, other: Prints) -> float:
    """Return the share of hashes that two fingerprints have in common, 0 if they are too few to say anything."""
    shared = len(one & other)
    return shared / len(one | other) if shared >= FEWEST else 0.0


def alike(works: Mapping[str, Prints]) -> list[tuple[str, str, float]]:
    """Return the pairs of submissions that are alike, the most alike first."""
    holders: defaultdict[tuple[str, int], list[str]] = defaultdict(list)
    for name in sorted(works):
        for value in works[name]:
            holders[value].append(name)
    pairs = {
        (one, other)
        for names in holders.values()
        if len(names) <= POPULAR
        for at, one in enumerate(names)
        for other in names[at + 1 :]
    }
    # whole groups that share everything have no rare hash: compare those of equal fingerprints too
    equal: defaultdict[Prints, list[str]] = defaultdict(list)
    for name in sorted(works):
        equal[works[name]].append(name)
    pairs |= {(names[0], other) for names in equal.values() for other in names[1:]}
    found = [(one, other, likeness(works[one], works[other])) for one, other in pairs]
    return sorted((pair for pair in found if pair[2] >= ALIKE), key=lambda pair: (-pair[2], pair))


def _winnowed(source: str) -> Iterator[int]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    words = list(_words(tree))
    runs = [zlib.crc32("\n".join(words[at : at + RUN]).encode()) for at in range(max(len(words) - RUN + 1, 0))]
    for at in range(max(len(runs) - WINDOW + 1, 0)):
        yield min(runs[at : at + WINDOW])


def _words(tree: ast.AST) -> Iterator[str]:
    """Return what a tree is made of, from its root, with variables numbered in the order in which they appear."""
    numbers: dict[str, int] = {}
    waiting: list[ast.AST | str] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield node
            continue
        if isinstance(node, ast.Name):
            yield f"name {numbers.setdefault(node.id, len(numbers))}"
        elif isinstance(node, ast.arg):
            yield f"name {numbers.setdefault(node.arg, len(numbers))}"
        else:
            waiting += list(_parts(node))[::-1]


def _parts(node: ast.AST) -> Iterator[ast.AST | str]:
    """Return what a node is, and its children, without docstrings and annotations."""
    yield type(node).__name__
    if isinstance(node, ast.Constant):
        yield repr(node.value)[:100]
    for name, value in ast.iter_fields(node):
        children = value if isinstance(value, list) else [value]
        if name == "body" and isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None:
            children = children[1:]
        if name not in ("annotation", "returns", "ctx"):
            yield from (child for child in children if isinstance(child, ast.AST))
        if isinstance(value, str) and isinstance(node, ast.Attribute | ast.keyword | ast.alias):
            yield value
