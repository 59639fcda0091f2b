"""Copying: read some symbols, wait, and say them again (in this form, Arjovsky et al. 2016)."""

import numpy as np
from numpy.typing import NDArray

N_SYMBOLS = 8  # token ids 0 to 7 are to be copied
BLANK, GO = 8, 9


def make_copying(
    batch_size: int, rng: np.random.Generator, delay: int = 100, n_copied: int = 10
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw sequences of symbols, a wait, and a sign to repeat them.

    Parameters
    ----------
    batch_size : int, number of sequences B
    rng : numpy Generator
    delay : int, steps from the last symbol to the sign to repeat them, the sign counted
    n_copied : int, how many symbols

    Returns
    -------
    tokens : int ndarray of shape (T, B), T = delay + 2 n_copied: symbols, `BLANK`, `GO`, `BLANK`
    target : int ndarray of shape (T, B): `BLANK`, and at the last ``n_copied`` steps the symbols

    Raises
    ------
    ValueError
        If a number is not positive.

    Notes
    -----
    The sign comes one step before the first answer, so that a symbol is said again ``delay + n_copied`` steps after it
    was read.

    Examples
    --------
    >>> tokens, target = make_copying(1, np.random.default_rng(0), delay=3, n_copied=2)
    >>> tokens.ravel().tolist(), target.ravel().tolist()
    ([6, 5, 8, 8, 9, 8, 8], [8, 8, 8, 8, 8, 6, 5])
    """
    if min(batch_size, delay, n_copied) < 1:
        raise ValueError(
            f"expected batch_size, delay and n_copied of at least 1, received {batch_size}, {delay} and {n_copied}"
        )
    symbols = rng.integers(N_SYMBOLS, size=(n_copied, batch_size))
    tokens = np.full((delay + 2 * n_copied, batch_size), BLANK)
    target = tokens.copy()
    tokens[:n_copied], target[-n_copied:] = symbols, symbols
    tokens[-n_copied - 1] = GO
    return tokens, target


def memoryless_loss(delay: int = 100, n_copied: int = 10) -> float:
    """Cross-entropy (nats a step) of the best guess without memory: blanks when they are due, then any symbol alike.

    At ``n_copied`` of the T = delay + 2 n_copied steps, each costs ln 8; the others cost nothing.

    Examples
    --------
    >>> round(memoryless_loss(), 4)
    0.1733
    """
    return n_copied * float(np.log(N_SYMBOLS)) / (delay + 2 * n_copied)
