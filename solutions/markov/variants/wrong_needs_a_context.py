"""Cannot do without a context.

breaks: negative_log_likelihood
"""

import numpy as np


# %% negative_log_likelihood
def negative_log_likelihood(tokens, table):
    order = table.ndim - 1
    rows = [table[tuple(tokens[t : t + order])] for t in range(len(tokens) - order)]
    chances = np.array([row[token] for row, token in zip(rows, tokens[order:], strict=True)])
    contexts = np.stack([tokens[i : len(tokens) - order + i] for i in range(order)])
    with np.errstate(divide="ignore"):
        return float(-np.log(chances).sum() / contexts.shape[1])
