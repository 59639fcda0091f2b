"""Takes 1 - h for the slope of tanh.

breaks: gradient_norm_by_lag
"""

import numpy as np


# %% gradient_norm_by_lag
def gradient_norm_by_lag(d_state, hidden, weight_hh):
    norms = [np.linalg.norm(d_state, axis=1)]
    for h in hidden[::-1]:
        d_state = d_state * (1 - h) @ weight_hh
        norms.append(np.linalg.norm(d_state, axis=1))
    return np.stack(norms)
