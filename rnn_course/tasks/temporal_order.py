"""Temporal order: in which order did two symbols, or three, come? Tasks 6a and 6b of Hochreiter & Schmidhuber (1997)."""

import numpy as np
from numpy.typing import NDArray

SYMBOLS = "EBabcdXY"  # token id 0 is E, 7 is Y
START, END = SYMBOLS.index("E"), SYMBOLS.index("B")
DISTRACTORS = tuple(SYMBOLS.index(symbol) for symbol in "abcd")
X, Y = SYMBOLS.index("X"), SYMBOLS.index("Y")
CLASSES = ("XX", "XY", "YX", "YY")
CLASSES_6B = ("XXX", "XXY", "XYX", "XYY", "YXX", "YXY", "YYX", "YYY")


def make_temporal_order(
    batch_size: int, rng: np.random.Generator, length: int = 100
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw sequences that must be classified by the order of two symbols.

    A sequence starts with E and ends with B. Position t1 holds X or Y, and so does position t2. All other positions
    hold a, b, c or d, which mean nothing. The class is the pair that was drawn: XX, XY, YX or YY.

    Parameters
    ----------
    batch_size : int, number of sequences B
    rng : numpy Generator
    length : int, number of symbols T, at least 10

    Returns
    -------
    tokens : int ndarray of shape (T, B), indices into `SYMBOLS`
    labels : int ndarray of shape (B,), indices into `CLASSES`

    Raises
    ------
    ValueError
        If ``batch_size`` or ``length`` is too small.

    Notes
    -----
    Positions count from 0. Both ends of a range are drawn: t1 from T // 10 to T // 5, t2 from T // 2 to 3 T // 5. With
    T = 100 these are the paper's 10 to 20 and 50 to 60. The paper also draws the length, from 100 to 110; here it is
    fixed, so that a batch is one array.

    Examples
    --------
    >>> tokens, labels = make_temporal_order(2, np.random.default_rng(0), length=12)
    >>> ["".join(SYMBOLS[i] for i in sequence) for sequence in tokens.T], [CLASSES[i] for i in labels]
    (['EYbaaccYccbB', 'EbYaddXccddB'], ['YY', 'YX'])
    """
    windows = [(length // 10, length // 5), (length // 2, 3 * length // 5)]
    return _draw(batch_size, rng, length, windows)


def make_temporal_order_6b(
    batch_size: int, rng: np.random.Generator, length: int = 100
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Draw sequences that must be classified by the order of three symbols; otherwise as `make_temporal_order`.

    Parameters
    ----------
    batch_size : int, number of sequences B
    rng : numpy Generator
    length : int, number of symbols T, at least 10

    Returns
    -------
    tokens : int ndarray of shape (T, B), indices into `SYMBOLS`
    labels : int ndarray of shape (B,), indices into `CLASSES_6B`

    Raises
    ------
    ValueError
        If ``batch_size`` or ``length`` is too small.

    Notes
    -----
    Both ends of a range are drawn: t1 from T // 10 to T // 5, t2 from 33 T // 100 to 43 T // 100, t3 from 66 T // 100
    to 76 T // 100. With T = 100 these are the paper's 10 to 20, 33 to 43 and 66 to 76.

    Examples
    --------
    >>> tokens, labels = make_temporal_order_6b(2, np.random.default_rng(0), length=12)
    >>> ["".join(SYMBOLS[i] for i in sequence) for sequence in tokens.T], [CLASSES_6B[i] for i in labels]
    (['EYbaYccdcXbB', 'EbXXddcccYdB'], ['YYX', 'XXY'])
    """
    percent = [(10, 20), (33, 43), (66, 76)]
    return _draw(batch_size, rng, length, [(first * length // 100, last * length // 100) for first, last in percent])


def _draw(
    batch_size: int, rng: np.random.Generator, length: int, windows: list[tuple[int, int]]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Put X or Y at one step of each window; the label reads them as the digits of a binary number."""
    if batch_size < 1 or length < 10:
        raise ValueError(
            f"expected batch_size of at least 1 and length of at least 10, received {batch_size} and {length}"
        )
    tokens = rng.choice(DISTRACTORS, (length, batch_size))
    tokens[0], tokens[-1] = START, END
    steps = [rng.integers(*window, batch_size, endpoint=True) for window in windows]
    labels = rng.integers(2 ** len(windows), size=batch_size)
    for i, step in enumerate(reversed(steps)):
        tokens[step, np.arange(batch_size)] = np.where(labels >> i & 1, Y, X)
    return tokens, labels
