"""Takes one norm for the whole batch.

breaks: gradient_norm_by_lag
"""

import numpy as np


# %% gradient_norm_by_lag
def gradient_norm_by_lag(d_state, hidden, weight_hh):
    norms = [np.linalg.norm(d_state)]
    for h in hidden[::-1]:
        d_state = d_state * (1 - h**2) @ weight_hh
        norms.append(np.linalg.norm(d_state))
    return np.stack(norms)
