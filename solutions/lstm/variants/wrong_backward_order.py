"""Puts the blocks of the gradient in the order i, f, o, g.

breaks: lstm_step_backward
"""

import numpy as np


# %% lstm_step_backward
def lstm_step_backward(d_state, cache):
    d_h_new, d_c_new = d_state
    i, f, g, o, c, params = (cache[name] for name in ("i", "f", "g", "o", "c", "params"))
    tanh_c = np.tanh(cache["c_new"])
    d_cell = d_c_new + d_h_new * o * (1 - tanh_c**2)
    blocks = {
        "i": d_cell * g * i * (1 - i),
        "f": d_cell * c * f * (1 - f),
        "g": d_cell * i * (1 - g**2),
        "o": d_h_new * tanh_c * o * (1 - o),
    }
    d_z = np.concatenate([blocks[name] for name in "ifog"], axis=1)
    d_bias = d_z.sum(axis=0)
    grads = {"weight_ih": d_z.T @ cache["x"], "weight_hh": d_z.T @ cache["h"]}
    grads |= {"bias_ih": d_bias, "bias_hh": d_bias.copy()}
    return d_z @ params["weight_ih"], (d_z @ params["weight_hh"], d_cell * f), grads
