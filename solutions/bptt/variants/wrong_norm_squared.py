"""Returns the sum of the squares.

breaks: gradient_norm_by_lag
"""

import numpy as np


# %% gradient_norm_by_lag
def gradient_norm_by_lag(d_state, hidden, weight_hh):
    norms = [(d_state**2).sum(axis=1)]
    for h in hidden[::-1]:
        d_state = d_state * (1 - h**2) @ weight_hh
        norms.append((d_state**2).sum(axis=1))
    return np.stack(norms)
