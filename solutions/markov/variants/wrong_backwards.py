"""Returns the path from its end.

breaks: viterbi
"""

import numpy as np


# %% viterbi
def viterbi(log_initial, log_transition, log_likelihood):
    length = len(log_likelihood)
    best = log_initial + log_likelihood[0]
    came_from = np.zeros(log_likelihood.shape, int)
    for t in range(1, length):
        arrive = best[:, np.newaxis] + log_transition
        came_from[t] = arrive.argmax(axis=0)
        best = arrive.max(axis=0) + log_likelihood[t]
    path = np.zeros(length, int)
    path[-1] = best.argmax()
    for t in range(length - 1, 0, -1):
        path[t - 1] = came_from[t, path[t]]
    return path[::-1]
