"""The latch problem: keep the sign of the first input through noise; and a search that solves it by guessing."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def make_latch(
    batch_size: int, rng: np.random.Generator, length: int = 500, spread: int = 100, noise: float = 0.2
) -> tuple[Array, Array, NDArray[np.int64]]:
    """Draw sequences that start with 1 or -1, and go on with noise: variant II of Schmidhuber et al. (2001).

    Bengio et al. (1994) made this problem to show where gradient descent fails: the sign must be kept to the end.

    Parameters
    ----------
    batch_size : int, number of sequences B; one half of each sign, and the odd one positive
    rng : numpy Generator
    length, spread : int, each sequence has from ``length`` to ``length + spread`` steps
    noise : float, variance of the Gaussian noise on every step but the first

    Returns
    -------
    x : float64 ndarray of shape (length + spread, B, 1), zeros after the end of a sequence
    target : float64 ndarray of shape (B, 1), the first input: 1 or -1
    lengths : int ndarray of shape (B,), number of steps of each sequence

    Raises
    ------
    ValueError
        If ``batch_size`` or ``length`` is not positive, or ``spread`` or ``noise`` is negative.

    Examples
    --------
    >>> x, target, lengths = make_latch(2, np.random.default_rng(0), length=3, spread=0)
    >>> x[0].tolist() == target.tolist(), sorted(target.ravel().tolist()), lengths.tolist()
    (True, [-1.0, 1.0], [3, 3])
    """
    if min(batch_size, length) < 1 or min(spread, noise) < 0:
        raise ValueError(
            "expected batch_size and length of at least 1, and spread and noise of at least 0, "
            f"received {batch_size}, {length}, {spread} and {noise}"
        )
    lengths = rng.integers(length, length + spread, batch_size, endpoint=True)
    x = np.sqrt(noise) * rng.standard_normal((length + spread, batch_size, 1))
    x[0, :, 0] = rng.permutation(np.resize([1.0, -1.0], batch_size))
    x[np.arange(len(x))[:, np.newaxis] >= lengths] = 0
    return x, x[0].copy(), lengths


def latch(weights: Array, x: Array, lengths: NDArray[np.int64], h_0: Array | float = 0.0) -> Array:
    """Run networks of one tanh unit: h ← tanh(w h + u x + b).

    Parameters
    ----------
    weights : ndarray of shape (N, 3), each row w, u and b of one network
    x : ndarray of shape (T, B, 1)
    lengths : int ndarray of shape (B,), number of steps of each sequence
    h_0 : ndarray of shape (N, B), or a float, the state before the first step

    Returns
    -------
    ndarray of shape (N, B), the state at the end of each sequence
    """
    w, u, b = weights.T[..., np.newaxis]  # (N, 1) each
    h = np.broadcast_to(h_0, (len(weights), x.shape[1]))
    for t, x_t in enumerate(x[..., 0]):
        h = np.where(t < lengths, np.tanh(w * h + u * x_t + b), h)  # (N, B)
    return h


def guess_latch(
    x: Array,
    target: Array,
    lengths: NDArray[np.int64],
    rng: np.random.Generator,
    bound: float = 100.0,
    tolerance: float = 0.1,
    limit: int = 10_000,
) -> tuple[int | None, Array]:
    """Draw weights until a network gets every sequence right; no gradient is used.

    Parameters
    ----------
    x, target, lengths : what `make_latch` returned
    rng : numpy Generator
    bound : float, weights are uniform from -bound to bound
    tolerance : float, a sequence is right if its error at the end is below it
    limit : int, give up after so many guesses

    Returns
    -------
    trials : int, how many guesses it took, the right one counted; None after ``limit``
    weights : ndarray of shape (3,), the last guess

    Raises
    ------
    ValueError
        If ``limit`` is not positive.
    """

    def right(weights: Array) -> NDArray[np.bool_]:
        return np.all(np.abs(latch(weights, x, lengths) - target.T) < tolerance, axis=1)

    return _guess(right, rng, bound, limit)


def guess_first_inputs(
    x: Array,
    target: Array,
    lengths: NDArray[np.int64],
    rng: np.random.Generator,
    bound: float = 100.0,
    limit: int = 10_000,
) -> tuple[int | None, Array]:
    """Draw the recurrent weight and two first inputs, one for each class: variant I of Schmidhuber et al. (2001).

    The unit is h ← tanh(w h + x), with no other weight. A sequence is right if its last state has the sign of its
    class. With the paper's targets of ±0.8 and its tolerance of 0.1, a unit that holds its sign would always be wrong:
    it ends near ±1.

    Parameters
    ----------
    x, target, lengths : what `make_latch` returned; the first inputs are replaced
    rng, bound, limit : as in `guess_latch`

    Returns
    -------
    trials : int, how many guesses it took, the right one counted; None after ``limit``
    guess : ndarray of shape (3,), the last w, and the first inputs of the classes 1 and -1

    Raises
    ------
    ValueError
        If ``limit`` is not positive.
    """

    def right(guesses: Array) -> NDArray[np.bool_]:
        w, positive, negative = guesses.T[..., np.newaxis]  # (N, 1) each
        first = np.where(target.T > 0, positive, negative)  # (N, B)
        weights = np.concatenate([w, np.ones_like(w), np.zeros_like(w)], axis=1)
        return np.all(np.sign(latch(weights, x[1:], lengths - 1, np.tanh(first))) == target.T, axis=1)

    return _guess(right, rng, bound, limit)


def _guess(
    right: Callable[[Array], NDArray[np.bool_]], rng: np.random.Generator, bound: float, limit: int
) -> tuple[int | None, Array]:
    """Draw rows of three numbers until one is right. Twenty are tested at a time; the count is that of one at a time."""
    if limit < 1:
        raise ValueError(f"limit: expected at least 1 guess, received {limit}")
    guesses = np.empty((0, 3))
    for start in range(0, limit, 20):
        guesses = rng.uniform(-bound, bound, (min(20, limit - start), 3))
        passed = right(guesses)
        if passed.any():
            return start + int(passed.argmax()) + 1, guesses[passed.argmax()]
    return None, guesses[-1]


def expected_guesses(largest: float) -> float:
    """Mean number of guesses if a latch works just when u > |b| and w > m·u + |b|, m being the largest noise.

    Then the first input sets the state, and neither noise nor bias can turn it over. (A negative u stores the wrong sign,
    a negative w turns the state over at each step.) The weights w, u and b are uniform and symmetric about 0, and the
    share of such guesses is a volume.

    Examples
    --------
    >>> round(expected_guesses(0.0), 9)  # a latch without noise
    12.0
    """
    m, edge = largest, 1 / (1 + largest)  # in units of the largest weight
    volume = edge**2 / 2 - (2 * m + 1) * edge**3 / 6  # u up to the edge: b is below u
    volume += _cubes(m, min(1.0, 1 / m)) - _cubes(m, edge) if m > 0 else 0.0  # beyond it: b is below 1 - m·u
    return 4 / volume


def _cubes(m: float, u: float) -> float:
    """Antiderivative of (1 - m·u)² / 2."""
    return -((1 - m * u) ** 3) / (6 * m)
