"""Divides by the sum over the whole table.

breaks: fit_ngram
"""

import numpy as np


# %% fit_ngram
def fit_ngram(tokens, vocabulary_size, order, k=0.0):
    counts = np.full((vocabulary_size,) * (order + 1), float(k))
    n_grams = max(len(tokens) - order, 0)
    np.add.at(counts, tuple(tokens[i : i + n_grams] for i in range(order + 1)), 1)
    return counts / counts.sum() if counts.sum() else counts + 1 / counts.size
