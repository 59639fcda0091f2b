"""Two faults in two parts: the blocks' order, and the path through the cell.

breaks: lstm_step, lstm_step_backward
"""

import numpy as np


# %% lstm_step
def lstm_step(x, state, params):
    h, c = state
    z = x @ params["weight_ih"].T + params["bias_ih"] + h @ params["weight_hh"].T + params["bias_hh"]
    z_f, z_i, z_g, z_o = np.split(z, 4, axis=1)
    i, f, o = (0.5 + 0.5 * np.tanh(part / 2) for part in (z_i, z_f, z_o))
    g = np.tanh(z_g)
    c_new = f * c + i * g
    h_new = o * np.tanh(c_new)
    cache = {"x": x, "h": h, "c": c, "i": i, "f": f, "g": g, "o": o, "c_new": c_new, "params": params}
    return (h_new, c_new), cache


# %% lstm_step_backward
def lstm_step_backward(d_state, cache):
    d_h_new, _ = d_state
    i, f, g, o, c, params = (cache[name] for name in ("i", "f", "g", "o", "c", "params"))
    tanh_c = np.tanh(cache["c_new"])
    d_cell = d_h_new * o * (1 - tanh_c**2)
    blocks = {
        "i": d_cell * g * i * (1 - i),
        "f": d_cell * c * f * (1 - f),
        "g": d_cell * i * (1 - g**2),
        "o": d_h_new * tanh_c * o * (1 - o),
    }
    d_z = np.concatenate([blocks[name] for name in "ifgo"], axis=1)
    d_bias = d_z.sum(axis=0)
    grads = {"weight_ih": d_z.T @ cache["x"], "weight_hh": d_z.T @ cache["h"]}
    grads |= {"bias_ih": d_bias, "bias_hh": d_bias.copy()}
    return d_z @ params["weight_ih"], (d_z @ params["weight_hh"], d_cell * f), grads
