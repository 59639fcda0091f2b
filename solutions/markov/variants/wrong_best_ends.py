"""Takes the best score at each step, and never goes back.

breaks: viterbi
"""

import numpy as np


# %% viterbi
def viterbi(log_initial, log_transition, log_likelihood):
    best = log_initial + log_likelihood[0]
    path = [best.argmax()]
    for likelihood in log_likelihood[1:]:
        best = (best[:, np.newaxis] + log_transition).max(axis=0) + likelihood
        path.append(best.argmax())
    return np.array(path)
