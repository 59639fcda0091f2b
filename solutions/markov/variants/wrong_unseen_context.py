"""Divides 0 by 0 where a context never occurred.

breaks: fit_ngram
"""

import numpy as np


# %% fit_ngram
def fit_ngram(tokens, vocabulary_size, order, k=0.0):
    counts = np.full((vocabulary_size,) * (order + 1), float(k))
    n_grams = max(len(tokens) - order, 0)
    np.add.at(counts, tuple(tokens[i : i + n_grams] for i in range(order + 1)), 1)
    with np.errstate(invalid="ignore"):
        return counts / counts.sum(axis=-1, keepdims=True)
