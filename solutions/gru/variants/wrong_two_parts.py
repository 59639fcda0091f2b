"""Swaps the places of the reset gate, and counts one bias.

breaks: gru_step, count_parameters
"""

import numpy as np


# %% gru_step
def gru_step(x, h, params, reset_after=True):
    x_r, x_z, x_n = np.split(x @ params["weight_ih"].T + params["bias_ih"], 3, axis=1)
    w_r, w_z, w_n = np.split(params["weight_hh"], 3)
    b_r, b_z, b_n = np.split(params["bias_hh"], 3)
    r = 1 / (1 + np.exp(-(x_r + h @ w_r.T + b_r)))
    z = 1 / (1 + np.exp(-(x_z + h @ w_z.T + b_z)))
    n = np.tanh(x_n + (r * (h @ w_n.T + b_n) if not reset_after else (r * h) @ w_n.T + b_n))
    return (1 - z) * n + z * h, (r, z, n)


# %% count_parameters
def count_parameters(gates, input_size, hidden_size, num_layers=1, out_features=None):
    total, inputs = 0, input_size
    for _ in range(num_layers):
        total += gates * hidden_size * (inputs + hidden_size + 1)
        inputs = hidden_size
    if out_features is not None:
        total += out_features * hidden_size + out_features
    return total
