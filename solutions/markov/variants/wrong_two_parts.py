"""Returns counts, and looks at each step alone. Two parts fail, three do not.

breaks: fit_ngram, viterbi
"""

import numpy as np


# %% fit_ngram
def fit_ngram(tokens, vocabulary_size, order, k=0.0):
    counts = np.full((vocabulary_size,) * (order + 1), float(k))
    n_grams = max(len(tokens) - order, 0)
    np.add.at(counts, tuple(tokens[i : i + n_grams] for i in range(order + 1)), 1)
    return counts


# %% viterbi
def viterbi(log_initial, log_transition, log_likelihood):
    return log_likelihood.argmax(axis=1)
