"""Mixes the new state into the old one in place.

breaks: gru_step
"""

import numpy as np


# %% gru_step
def gru_step(x, h, params, reset_after=True):
    x_r, x_z, x_n = np.split(x @ params["weight_ih"].T + params["bias_ih"], 3, axis=1)
    w_r, w_z, w_n = np.split(params["weight_hh"], 3)
    b_r, b_z, b_n = np.split(params["bias_hh"], 3)
    r = 1 / (1 + np.exp(-(x_r + h @ w_r.T + b_r)))
    z = 1 / (1 + np.exp(-(x_z + h @ w_z.T + b_z)))
    n = np.tanh(x_n + (r * (h @ w_n.T + b_n) if reset_after else (r * h) @ w_n.T + b_n))
    h *= z
    h += (1 - z) * n
    return h.copy(), (r, z, n)
