"""Writes the scores over the likelihoods.

breaks: viterbi
"""

import numpy as np


# %% viterbi
def viterbi(log_initial, log_transition, log_likelihood):
    length = len(log_likelihood)
    log_likelihood[0] += log_initial
    came_from = np.zeros(log_likelihood.shape, int)
    for t in range(1, length):
        arrive = log_likelihood[t - 1][:, np.newaxis] + log_transition
        came_from[t] = arrive.argmax(axis=0)
        log_likelihood[t] += arrive.max(axis=0)
    path = np.zeros(length, int)
    path[-1] = log_likelihood[-1].argmax()
    for t in range(length - 1, 0, -1):
        path[t - 1] = came_from[t, path[t]]
    return path
