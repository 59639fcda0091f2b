"""Keeps a unit with the probability of dropping it.

breaks: recurrent_dropout
"""

import numpy as np


# %% recurrent_dropout
def recurrent_dropout(x, h_0, params, rate, rng):
    if not 0 <= rate < 1:
        raise ValueError(rate)
    mask = (rng.random(h_0.shape) < rate) / max(rate, 1e-9)
    h, hidden = h_0, []
    for x_t in x:
        z = x_t @ params["weight_ih"].T + params["bias_ih"] + params["bias_hh"]
        h = np.tanh(z + (mask * h) @ params["weight_hh"].T)
        hidden.append(h)
    return np.stack(hidden), mask
