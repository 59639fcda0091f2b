"""Gives both biases the same gradient.

breaks: gru_step_backward
"""

import numpy as np


# %% gru_step_backward
def gru_step_backward(d_h_new, x, h, gates, params):
    r, z, n = gates
    size = h.shape[1]
    h_n = h @ params["weight_hh"][2 * size :].T + params["bias_hh"][2 * size :]
    d_n = d_h_new * (1 - z) * (1 - n**2)
    d_r = d_n * h_n * r * (1 - r)
    d_z = d_h_new * (h - n) * z * (1 - z)
    d_input = np.concatenate([d_r, d_z, d_n], axis=1)
    d_recurrent = np.concatenate([d_r, d_z, d_n * r], axis=1)
    grads = {"weight_ih": d_input.T @ x, "weight_hh": d_recurrent.T @ h}
    grads |= {"bias_ih": d_input.sum(axis=0), "bias_hh": d_input.sum(axis=0)}
    return d_input @ params["weight_ih"], d_h_new * z + d_recurrent @ params["weight_hh"], grads
