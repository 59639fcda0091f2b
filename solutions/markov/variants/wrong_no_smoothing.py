"""Takes k, and does not use it.

breaks: fit_ngram
"""

import numpy as np


# %% fit_ngram
def fit_ngram(tokens, vocabulary_size, order, k=0.0):
    counts = np.zeros((vocabulary_size,) * (order + 1))
    n_grams = max(len(tokens) - order, 0)
    np.add.at(counts, tuple(tokens[i : i + n_grams] for i in range(order + 1)), 1)
    totals = counts.sum(axis=-1, keepdims=True)
    return np.where(totals > 0, counts / np.where(totals > 0, totals, 1), 1 / vocabulary_size)
