"""Slides a window of order + 1 tokens over a text that may be shorter.

breaks: fit_ngram
"""

import numpy as np


# %% fit_ngram
def fit_ngram(tokens, vocabulary_size, order, k=0.0):
    counts = np.full((vocabulary_size,) * (order + 1), float(k))
    windows = np.lib.stride_tricks.sliding_window_view(tokens, order + 1)
    np.add.at(counts, tuple(windows.T), 1)
    totals = counts.sum(axis=-1, keepdims=True)
    return np.where(totals > 0, counts / np.where(totals > 0, totals, 1), 1 / vocabulary_size)
