"""Drops the batch axis when there is one sequence.

breaks: make_temporal_order
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
    return tokens.squeeze(), labels
