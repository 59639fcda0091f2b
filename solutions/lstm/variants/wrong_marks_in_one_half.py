"""Draws both marks from all steps.

breaks: adding_batch
"""

import numpy as np


# %% adding_batch
def adding_batch(batch_size, rng, length=100):
    sequences = np.arange(batch_size)
    numbers, marks = rng.uniform(size=(length, batch_size)), np.zeros((length, batch_size))
    first, second = (rng.random((length, batch_size)).argsort(axis=0)[k] for k in (0, 1))
    marks[first, sequences] = 1
    marks[second, sequences] = 1
    target = (numbers * marks).sum(axis=0)
    return np.stack([numbers, marks], axis=2), target[:, np.newaxis]
