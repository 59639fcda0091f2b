"""Lets the first tokens follow the last.

breaks: fit_ngram
"""

import numpy as np


# %% fit_ngram
def fit_ngram(tokens, vocabulary_size, order, k=0.0):
    counts = np.full((vocabulary_size,) * (order + 1), float(k))
    np.add.at(counts, tuple(np.roll(tokens, -i) for i in range(order + 1)), 1)
    totals = counts.sum(axis=-1, keepdims=True)
    return np.where(totals > 0, counts / np.where(totals > 0, totals, 1), 1 / vocabulary_size)
