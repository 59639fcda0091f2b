"""A flip-flop: pulses set a bit, which must be told, at every step or only when asked."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]


def make_flip_flop(
    n_steps: int, batch_size: int, rng: np.random.Generator, asked: bool = False, pulse: float = 0.1
) -> tuple[Array, Array, NDArray[np.int64]]:
    """Draw streams of rare pulses, 1 or -1, and questions; the answer is the sign of the last pulse.

    Parameters
    ----------
    n_steps, batch_size : int
    rng : numpy Generator
    asked : bool
        The answer is wanted only at a question, and 0 at all other steps; else it is wanted at every step.
    pulse : float, probability of a pulse at each step; the first step always has one. Each step has a question with
        probability 1/4.

    Returns
    -------
    x : float64 ndarray of shape (T, B, 2), the pulses, and 1 where there is a question
    target : float64 ndarray of shape (T, B, 1), 1, -1 or 0
    age : int64 ndarray of shape (T, B), steps since the last pulse

    Raises
    ------
    ValueError
        If a size is not positive, or ``pulse`` is outside [0, 1].

    Examples
    --------
    >>> x, target, age = make_flip_flop(6, 1, np.random.default_rng(3), pulse=0.3)
    >>> x[:, 0, 0].tolist()
    [1.0, -1.0, 0.0, 0.0, 1.0, 0.0]
    >>> target[:, 0, 0].tolist(), age[:, 0].tolist()
    ([1.0, -1.0, -1.0, -1.0, 1.0, 1.0], [0, 0, 1, 2, 0, 1])
    """
    if min(n_steps, batch_size) < 1 or not 0 <= pulse <= 1:
        raise ValueError(f"expected positive sizes and pulse from 0 to 1, received {n_steps}, {batch_size} and {pulse}")
    shape = (n_steps, batch_size)
    is_pulse = rng.random(shape) < pulse
    is_pulse[0] = True
    pulses = np.where(is_pulse, rng.choice([-1.0, 1.0], shape), 0.0)
    question = (rng.random(shape) < 0.25).astype(float)
    steps = np.arange(n_steps)[:, np.newaxis]
    last = np.maximum.accumulate(np.where(is_pulse, steps, 0), axis=0)  # (T, B), the step of the last pulse
    told = np.take_along_axis(pulses, last, axis=0)
    target = told * question if asked else told
    return np.stack([pulses, question], axis=-1), target[..., np.newaxis], steps - last
