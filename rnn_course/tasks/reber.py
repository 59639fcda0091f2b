"""The Reber grammar, and the embedded one, whose last but one symbol repeats the second (Hochreiter & Schmidhuber 1997).

A string is a walk along the arrows, and every choice of an arrow is a coin toss. The Reber grammar starts at ``start``::

    start -B-> 1    1 -T-> 2, -P-> 3    2 -S-> 2, -X-> 4    3 -T-> 3, -V-> 5
    4 -X-> 3, -S-> 6    5 -P-> 4, -V-> 6    6 -E-> end

The embedded grammar puts such a string between two symbols that must agree: B T … T E, or B P … P E.
"""

from functools import cache

import numpy as np
from numpy.typing import NDArray

SYMBOLS = "BTSXPVE"  # token id 0 is B, 6 is E
Arrows = dict[str, dict[str, str]]  # node -> symbol -> next node

REBER: Arrows = {
    "start": {"B": "1"},
    "1": {"T": "2", "P": "3"},
    "2": {"S": "2", "X": "4"},
    "3": {"T": "3", "V": "5"},
    "4": {"X": "3", "S": "6"},
    "5": {"P": "4", "V": "6"},
    "6": {"E": "end"},
    "end": {},
}


@cache
def arrows(embedded: bool = True) -> Arrows:
    """Return the grammar as a graph: for each node, the symbol on each arrow and the node that it leads to."""
    if not embedded:
        return REBER
    graph: Arrows = {"start": {"B": "choice"}, "choice": {"T": "T start", "P": "P start"}}
    for first in "TP":  # a copy of the grammar for each, or the end could not know which it was
        for node, leaving in REBER.items():
            graph[f"{first} {node}"] = {symbol: f"{first} {following}" for symbol, following in leaving.items()}
        graph[f"{first} end"] = {first: "last"}
    return graph | {"last": {"E": "end"}, "end": {}}


def reber_string(rng: np.random.Generator, embedded: bool = True) -> str:
    """Draw one string.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> reber_string(rng), reber_string(rng, embedded=False)
    ('BPBPVPXTTTTVVEPE', 'BPVVE')
    """
    graph, node, string = arrows(embedded), "start", ""
    while graph[node]:
        symbol = "".join(graph[node])[rng.integers(len(graph[node]))]
        node, string = graph[node][symbol], string + symbol
    return string


def legal_successors(prefix: str, embedded: bool = True) -> str:
    """Return the symbols that may follow the beginning of a string, in the order of `SYMBOLS`.

    Raises
    ------
    ValueError
        If no string of the grammar begins so.

    Examples
    --------
    >>> legal_successors("B"), legal_successors("BTBTXS"), legal_successors("BTBTXSE"), legal_successors("BPBTXSE")
    ('TP', 'E', 'T', 'P')
    """
    graph, node = arrows(embedded), "start"
    for i, symbol in enumerate(prefix):
        if symbol not in graph[node]:
            raise ValueError(
                f"prefix: expected one of {''.join(graph[node])!r} after {prefix[:i]!r}, received {symbol!r}"
            )
        node = graph[node][symbol]
    return "".join(sorted(graph[node], key=SYMBOLS.index))


def encode_reber(
    strings: list[str], embedded: bool = True
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Turn strings into what a network reads and must predict.

    Parameters
    ----------
    strings : list of B strings of the grammar
    embedded : bool, the grammar

    Returns
    -------
    tokens : int ndarray of shape (T, B), indices into `SYMBOLS`, all symbols but the last, then 0
    following : int ndarray of shape (T, B), the symbol after each; -1 after the end of a string
    legal : bool ndarray of shape (T, B, 7), the symbols that could have come; none after the end

    Examples
    --------
    >>> tokens, following, legal = encode_reber(["BTXSE"], embedded=False)
    >>> tokens.ravel().tolist(), following.ravel().tolist()
    ([0, 1, 3, 2], [1, 3, 2, 6])
    >>> legal[1, 0].astype(int).tolist()
    [0, 0, 1, 1, 0, 0, 0]
    """
    n_steps = max(map(len, strings)) - 1
    tokens, following = np.zeros((n_steps, len(strings)), int), np.full((n_steps, len(strings)), -1)
    legal = np.zeros((n_steps, len(strings), len(SYMBOLS)), bool)
    for b, string in enumerate(strings):
        ids = [SYMBOLS.index(symbol) for symbol in string]
        tokens[: len(ids) - 1, b], following[: len(ids) - 1, b] = ids[:-1], ids[1:]
        for t in range(len(ids) - 1):
            legal[t, b, [SYMBOLS.index(symbol) for symbol in legal_successors(string[: t + 1], embedded)]] = True
    return tokens, following, legal


def all_predicted(scores: NDArray[np.floating], legal: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell of each string whether every symbol was predicted: the criterion of Hochreiter & Schmidhuber (1997).

    A symbol is predicted if the outputs of all that could have come are above the outputs of all others.

    Parameters
    ----------
    scores : ndarray of shape (T, B, 7), the network's outputs; the larger, the likelier
    legal : bool ndarray of shape (T, B, 7), from `encode_reber`

    Returns
    -------
    bool ndarray of shape (B,)

    Examples
    --------
    >>> _, _, legal = encode_reber(["BTXSE"], embedded=False)
    >>> all_predicted(legal.astype(float), legal).tolist(), all_predicted(np.ones(legal.shape), legal).tolist()
    ([True], [False])
    """
    weakest = np.where(legal, scores, np.inf).min(axis=2)  # (T, B)
    strongest = np.where(legal, -np.inf, scores).max(axis=2)
    return ((weakest > strongest) | ~legal.any(axis=2)).all(axis=0)
