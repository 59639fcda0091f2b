"""Windows, one bincount, eigenvectors, and a Viterbi that goes backwards in time first.

breaks: nothing
"""

import numpy as np


# %% fit_ngram
def fit_ngram(tokens, vocabulary_size, order, k=0.0):
    shape = (vocabulary_size,) * (order + 1)
    counts = np.zeros(shape)
    if len(tokens) > order:
        windows = np.lib.stride_tricks.sliding_window_view(tokens, order + 1)
        codes = np.ravel_multi_index(tuple(windows.T.astype(np.intp)), shape)
        counts = np.bincount(codes, minlength=vocabulary_size ** (order + 1)).reshape(shape)
    table = counts + k
    sums = table.sum(axis=-1)
    table[sums == 0] = 1
    return table / table.sum(axis=-1, keepdims=True)


# %% negative_log_likelihood
def negative_log_likelihood(tokens, table):
    windows = np.lib.stride_tricks.sliding_window_view(tokens, table.ndim)
    p = table[tuple(windows.T)]
    return np.inf if (p == 0).any() else np.mean(np.log(1 / p))


# %% perplexity
def perplexity(probabilities):
    if np.min(probabilities) == 0:
        return float("inf")
    return 2 ** -np.mean(np.log2(probabilities))


# %% stationary_distribution
def stationary_distribution(transition):
    values, vectors = np.linalg.eig(transition.T)
    pi = np.real(vectors[:, np.argmin(np.abs(values - 1))])
    return pi / pi.sum()


# %% viterbi
def viterbi(log_initial, log_transition, log_likelihood):
    ahead = [np.zeros_like(log_initial)]  # the best that can still come after each state
    for likelihood in log_likelihood[:0:-1]:
        ahead.insert(0, (log_transition + likelihood + ahead[0]).max(axis=1))
    path = [np.argmax(log_initial + log_likelihood[0] + ahead[0])]
    for likelihood, future in zip(log_likelihood[1:], ahead[1:], strict=True):
        path.append(np.argmax(log_transition[path[-1]] + likelihood + future))
    return np.array(path)
