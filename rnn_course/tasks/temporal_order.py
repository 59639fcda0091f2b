"""Temporal order: which of two symbols came first? Task 6a of Hochreiter & Schmidhuber (1997)."""

import numpy as np
from numpy.typing import NDArray

SYMBOLS = "EBabcdXY"  # token id 0 is E, 7 is Y
START, END = SYMBOLS.index("E"), SYMBOLS.index("B")
DISTRACTORS = tuple(SYMBOLS.index(symbol) for symbol in "abcd")
X, Y = SYMBOLS.index("X"), SYMBOLS.index("Y")
CLASSES = ("XX", "XY", "YX", "YY")


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
    if batch_size < 1 or length < 10:
        raise ValueError(
            f"expected batch_size of at least 1 and length of at least 10, received {batch_size} and {length}"
        )
    tokens = rng.choice(DISTRACTORS, (length, batch_size))
    tokens[0], tokens[-1] = START, END
    t1 = rng.integers(length // 10, length // 5, batch_size, endpoint=True)
    t2 = rng.integers(length // 2, 3 * length // 5, batch_size, endpoint=True)
    labels = rng.integers(len(CLASSES), size=batch_size)
    batch = np.arange(batch_size)
    tokens[t1, batch] = np.where(labels // 2 == 0, X, Y)
    tokens[t2, batch] = np.where(labels % 2 == 0, X, Y)
    return tokens, labels
