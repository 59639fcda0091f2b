"""Lets numpy warn of the logarithm of 0.

breaks: negative_log_likelihood
"""

import numpy as np


# %% negative_log_likelihood
def negative_log_likelihood(tokens, table):
    order = table.ndim - 1
    n_grams = len(tokens) - order
    return float(-np.log(table[tuple(tokens[i : i + n_grams] for i in range(order + 1))]).mean())
