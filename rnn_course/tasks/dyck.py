"""Brackets of two kinds, well nested: the language Dyck-2. A bracket that closes must fit the last one still open."""

import numpy as np
from numpy.typing import NDArray

SYMBOLS = "()[]"  # token ids 0 to 3
OPENING, CLOSING = (0, 2), (1, 3)


def make_dyck(
    batch_size: int, rng: np.random.Generator, length: int = 40, max_depth: int = 5, p_open: float = 0.5
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw well-nested sequences, and the bracket that would close the innermost open one.

    Where both may follow, a bracket opens with probability ``p_open``; of which kind is a coin toss. It must close at
    ``max_depth``, and when as many steps are left as brackets are open.

    Parameters
    ----------
    batch_size : int, number of sequences B
    rng : numpy Generator
    length : int, number of symbols T, even
    max_depth : int, how many brackets can be open
    p_open : float between 0 and 1

    Returns
    -------
    tokens : int ndarray of shape (T, B), indices into `SYMBOLS`
    closing : int ndarray of shape (T, B), after each symbol, the one that closes the innermost bracket; -1 if none is open

    Raises
    ------
    ValueError
        If ``batch_size`` or ``max_depth`` is not positive, ``length`` is not even and positive, or ``p_open`` is not
        between 0 and 1.

    Examples
    --------
    >>> tokens, closing = make_dyck(1, np.random.default_rng(0), length=8)
    >>> "".join(SYMBOLS[i] for i in tokens[:, 0])
    '[(())]()'
    >>> closing[:, 0].tolist()
    [3, 1, 1, 1, 3, -1, 1, -1]
    """
    if min(batch_size, max_depth) < 1 or length < 2 or length % 2 or not 0 < p_open < 1:
        raise ValueError(
            "expected batch_size and max_depth of at least 1, an even length and p_open between 0 and 1, "
            f"received {batch_size}, {max_depth}, {length} and {p_open}"
        )
    batch, depth = np.arange(batch_size), np.zeros(batch_size, int)
    stack = np.zeros((max_depth + 1, batch_size), int)  # the kind of each open bracket, from 1; row 0 is never read
    tokens, closing = np.empty((length, batch_size), int), np.empty((length, batch_size), int)
    for t in range(length):
        opens, kind = rng.random(batch_size) < p_open, rng.integers(2, size=batch_size)
        opens = (depth == 0) | (opens & (depth < max_depth) & (depth < length - t))
        tokens[t] = np.where(opens, 2 * kind, 2 * stack[depth, batch] + 1)
        depth += np.where(opens, 1, -1)
        stack[depth[opens], batch[opens]] = kind[opens]
        closing[t] = np.where(depth > 0, 2 * stack[depth, batch] + 1, -1)
    return tokens, closing
