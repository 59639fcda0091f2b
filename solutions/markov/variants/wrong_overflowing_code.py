"""Packs n-grams into numbers of the tokens' own type.

breaks: fit_ngram
"""

import numpy as np


# %% fit_ngram
def fit_ngram(tokens, vocabulary_size, order, k=0.0):
    shape = (vocabulary_size,) * (order + 1)
    counts = np.full(vocabulary_size ** (order + 1), float(k))
    if len(tokens) > order:
        code = np.zeros(len(tokens) - order, tokens.dtype)
        for i in range(order + 1):
            code = code * tokens.dtype.type(vocabulary_size) + tokens[i : len(tokens) - order + i]
        np.add.at(counts, code, 1)
    counts = counts.reshape(shape)
    totals = counts.sum(axis=-1, keepdims=True)
    return np.where(totals > 0, counts / np.where(totals > 0, totals, 1), 1 / vocabulary_size)
