"""Multiplies by the weight alone.

breaks: gradient_norm_by_lag
"""

import numpy as np


# %% gradient_norm_by_lag
def gradient_norm_by_lag(d_state, hidden, weight_hh):
    norms = [np.linalg.norm(d_state, axis=1)]
    for _ in hidden:
        d_state = d_state @ weight_hh
        norms.append(np.linalg.norm(d_state, axis=1))
    return np.stack(norms)
