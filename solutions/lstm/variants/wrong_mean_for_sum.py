"""Takes the mean of the two for a target.

breaks: adding_batch
"""

import numpy as np


# %% adding_batch
def adding_batch(batch_size, rng, length=100):
    half, sequences = length // 2, np.arange(batch_size)
    numbers, marks = rng.uniform(size=(length, batch_size)), np.zeros((length, batch_size))
    first, second = rng.integers(0, half, batch_size), rng.integers(half, length, batch_size)
    marks[first, sequences] = 1
    marks[second, sequences] = 1
    target = (numbers * marks).sum(axis=0) / 2
    return np.stack([numbers, marks], axis=2), target[:, np.newaxis]
