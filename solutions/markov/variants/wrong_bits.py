"""Counts in bits.

breaks: negative_log_likelihood
"""

import numpy as np


# %% negative_log_likelihood
def negative_log_likelihood(tokens, table):
    order = table.ndim - 1
    n_grams = len(tokens) - order
    probability = table[tuple(tokens[i : i + n_grams] for i in range(order + 1))]
    with np.errstate(divide="ignore"):
        return float(-np.log2(probability).mean())
