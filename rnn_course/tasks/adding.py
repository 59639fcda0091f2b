"""The adding problem: remember two marked numbers of a long sequence, and add them."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def make_adding(
    batch_size: int, rng: np.random.Generator, length: int = 100, original: bool = False
) -> tuple[Array, Array]:
    """Draw sequences of a number and a mark, and the sum of the two marked numbers.

    Two conventions are in use. In the later one (Le et al. 2015) numbers are uniform from 0 to 1, one mark is in each
    half, and the target is the plain sum. In the ``original`` one (Hochreiter & Schmidhuber 1997) numbers are uniform
    from -1 to 1, and the target is 1/2 plus a quarter of the sum, which also lies between 0 and 1.

    Parameters
    ----------
    batch_size : int, number of sequences B
    rng : numpy Generator
    length : int, number of steps T; at least 2, or 22 in the original
    original : bool, the convention of 1997

    Returns
    -------
    x : float64 ndarray of shape (T, B, 2), the number and its mark
    target : float64 ndarray of shape (B, 1)

    Raises
    ------
    ValueError
        If ``batch_size`` or ``length`` is too small.

    Notes
    -----
    The original marks one of the first ten steps, then one of the first T/2 - 1 others, with 1. The first and the last
    step are marked with -1 if nothing else marks them; if the first of the two marks falls on the first step, that
    number is 0. The paper also draws the length, from T to 1.1 T; here it is fixed, so that a batch is one array.

    Examples
    --------
    >>> x, target = make_adding(1, np.random.default_rng(0), length=4)
    >>> x[:, 0].round(2).tolist(), target.round(2).tolist()
    ([[0.27, 0.0], [0.04, 1.0], [0.02, 0.0], [0.81, 1.0]], [[0.85]])
    """
    shortest = 22 if original else 2
    if batch_size < 1 or length < shortest:
        raise ValueError(
            f"expected batch_size of at least 1 and length of at least {shortest}, received {batch_size} and {length}"
        )
    if original:
        first = rng.integers(10, size=batch_size)
        second = rng.integers(length // 2 - 1, size=batch_size)
        second += second >= first  # counted among the steps that are still unmarked
    else:
        first = rng.integers(length // 2, size=batch_size)
        second = rng.integers(length // 2, length, size=batch_size)
    batch = np.arange(batch_size)
    x = np.zeros((length, batch_size, 2))
    x[..., 0] = rng.uniform(-1 if original else 0, 1, (length, batch_size))
    if original:
        x[[0, -1], :, 1] = -1
        x[0, first == 0, 0] = 0
    x[first, batch, 1] = x[second, batch, 1] = 1
    total = x[first, batch, 0] + x[second, batch, 0]  # (B,)
    return x, (0.5 + total / 4 if original else total)[:, np.newaxis]


def constant_error(original: bool = False) -> float:
    """Mean squared error of the best constant, the variance of the target: what a network without memory reaches.

    A uniform number on an interval of length w has variance w²/12, and the two numbers are independent. In the later
    convention that is 2 · 1/12 = 1/6. In the original each has 4/12 = 1/3; the first is 0 with probability 1/10, which
    leaves it 9/10 · 1/3. The target holds a quarter of the sum, so its variance is (3/10 + 1/3) / 16 = 19/480.
    """
    return 19 / 480 if original else 1 / 6
