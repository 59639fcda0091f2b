"""Exchanges X and Y, and forgets the gap. Two parts fail, one does not.

breaks: make_temporal_order, time_split
"""

import numpy as np

from rnn_course.tasks.temporal_order import DISTRACTORS, END, START, X, Y


# %% make_temporal_order
def make_temporal_order(batch_size, rng, length=100):
    tokens = rng.choice(DISTRACTORS, (length, batch_size))
    tokens[0], tokens[-1] = START, END
    t1 = rng.integers(length // 10, length // 5 + 1, batch_size)
    t2 = rng.integers(length // 2, 3 * length // 5 + 1, batch_size)
    labels = rng.integers(4, size=batch_size)
    tokens[t1, np.arange(batch_size)] = np.where(labels < 2, X, Y)
    tokens[t2, np.arange(batch_size)] = np.where(labels % 2 == 0, X, Y)
    return tokens, 3 - labels


# %% time_split
def time_split(n_steps, fractions=(0.8, 0.1, 0.1), gap=0):
    if min(fractions) <= 0 or abs(sum(fractions) - 1) > 1e-9 or gap < 0:
        raise ValueError("fractions must be positive and sum to 1, and the gap must not be negative")
    parts, start = [], 0
    for share in np.cumsum(fractions):
        stop = round(n_steps * share)
        if start >= stop:
            raise ValueError("a part would be empty")
        parts.append(slice(start, stop))
        start = stop
    return tuple(parts)
