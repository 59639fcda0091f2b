"""Takes the best state step by step.

breaks: viterbi
"""

import numpy as np


# %% viterbi
def viterbi(log_initial, log_transition, log_likelihood):
    path = [(log_initial + log_likelihood[0]).argmax()]
    for likelihood in log_likelihood[1:]:
        path.append((log_transition[path[-1]] + likelihood).argmax())
    return np.array(path)
