"""Multiplies probabilities: after some hundred steps all are 0.

breaks: viterbi
"""

import numpy as np


# %% viterbi
def viterbi(log_initial, log_transition, log_likelihood):
    transition, likelihood = np.exp(log_transition), np.exp(log_likelihood)
    best = np.exp(log_initial) * likelihood[0]
    came_from = np.zeros(likelihood.shape, int)
    for t in range(1, len(likelihood)):
        arrive = best[:, np.newaxis] * transition
        came_from[t] = arrive.argmax(axis=0)
        best = arrive.max(axis=0) * likelihood[t]
    path = [best.argmax()]
    for t in range(len(likelihood) - 1, 0, -1):
        path.append(came_from[t, path[-1]])
    return np.array(path[::-1])
