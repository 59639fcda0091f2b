"""XOR in time: a stream of bits in which every third is the XOR of the two before it (Elman 1990)."""

from itertools import product

import numpy as np
from numpy.typing import NDArray

Bits = NDArray[np.int64]


def make_xor_sequence(n_triples: int, rng: np.random.Generator) -> Bits:
    """Draw a stream of triples: two fair coin flips, then their XOR.

    Parameters
    ----------
    n_triples : int, how many triples
    rng : numpy Generator

    Returns
    -------
    int64 ndarray of shape (3 * n_triples,), zeros and ones. Bit t has phase t mod 3; the bits of phase 2 are certain.

    Raises
    ------
    ValueError
        If ``n_triples`` is not positive.

    Examples
    --------
    >>> bits = make_xor_sequence(100, np.random.default_rng(0))
    >>> bits.shape, bool((bits[2::3] == bits[0::3] ^ bits[1::3]).all())
    ((300,), True)
    """
    if n_triples < 1:
        raise ValueError(f"n_triples: expected a positive number, received {n_triples}")
    pairs = rng.integers(0, 2, (n_triples, 2))
    return np.column_stack([pairs, pairs[:, 0] ^ pairs[:, 1]]).ravel()


def next_bit_targets(bits: Bits, width: int) -> tuple[Bits, Bits]:
    """Return what follows each window of ``width`` bits, and at which phase of its triple it stands.

    Parameters
    ----------
    bits : int ndarray of shape (T,), a stream that begins with a triple
    width : int, from 1 to T - 1

    Returns
    -------
    target : int64 ndarray of shape (T - width,), the next bit. Row i belongs to window i of ``bits[:-1]``.
    phase : int64 ndarray of shape (T - width,), 0 and 1 for coin flips, 2 for the XOR

    Raises
    ------
    ValueError
        If ``width`` is not between 1 and T - 1.

    Examples
    --------
    >>> target, phase = next_bit_targets(np.array([1, 0, 1, 0, 0, 0]), width=2)
    >>> target.tolist(), phase.tolist()
    ([1, 0, 0, 0], [2, 0, 1, 2])
    """
    if not 1 <= width < len(bits):
        raise ValueError(f"width: expected 1 to {len(bits) - 1} for {len(bits)} bits, received {width}")
    return bits[width:], np.arange(width, len(bits)) % 3


def window_ceiling(width: int) -> tuple[float, float]:
    """Return the best accuracy and cross-entropy that any predictor can reach from ``width`` bits.

    All windows are enumerated. The position in the triple is not known to the predictor: each is equally likely.

    Parameters
    ----------
    width : int, from 0 to 16

    Returns
    -------
    accuracy : float, between 0 and 1
    cross_entropy : float, nats per bit

    Raises
    ------
    ValueError
        If ``width`` is not between 0 and 16, where the enumeration stays small.

    Examples
    --------
    >>> accuracy, cross_entropy = window_ceiling(2)
    >>> round(accuracy, 4), round(cross_entropy, 4)
    (0.6667, 0.6365)
    """
    if not 0 <= width <= 16:
        raise ValueError(f"width: expected 0 to 16, received {width}")
    accuracy = cross_entropy = 0.0
    for window in product((0, 1), repeat=width):
        joint = np.array([_probability((*window, bit)) for bit in (0, 1)])
        accuracy += joint.max()
        positive = joint[joint > 0]
        cross_entropy -= float((positive * np.log(positive / joint.sum())).sum()) if len(positive) else 0.0
    return float(accuracy), cross_entropy


def _probability(bits: tuple[int, ...]) -> float:
    """Probability of a run of bits, cut out of the stream at a random place."""
    total = 0.0
    for start in range(3):  # where in the run the first whole triple begins
        triples = [bits[i : i + 3] for i in range(start, len(bits) - 2, 3)]
        if all(a ^ b == c for a, b, c in triples):
            total += 0.5 ** (len(bits) - len(triples)) / 3
    return total
