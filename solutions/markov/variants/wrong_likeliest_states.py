"""Takes the likeliest state at each step, given everything: not a path.

breaks: viterbi
"""

import numpy as np


# %% viterbi
def viterbi(log_initial, log_transition, log_likelihood):
    alpha, beta = log_likelihood.copy(), np.zeros(log_likelihood.shape)
    alpha[0] += log_initial
    for t in range(1, len(alpha)):
        alpha[t] += np.logaddexp.reduce(alpha[t - 1][:, np.newaxis] + log_transition, axis=0)
    for t in range(len(beta) - 2, -1, -1):
        beta[t] = np.logaddexp.reduce(log_transition + log_likelihood[t + 1] + beta[t + 1], axis=1)
    return (alpha + beta).argmax(axis=1)
