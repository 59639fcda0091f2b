"""Divides two exponentials, which overflow where a gate is held open.

breaks: lstm_step
"""

import numpy as np


# %% lstm_step
def lstm_step(x, state, params):
    h, c = state
    z = x @ params["weight_ih"].T + params["bias_ih"] + h @ params["weight_hh"].T + params["bias_hh"]
    z_i, z_f, z_g, z_o = np.split(z, 4, axis=1)
    i, f, o = (np.exp(part) / (1 + np.exp(part)) for part in (z_i, z_f, z_o))
    g = np.tanh(z_g)
    c_new = f * c + i * g
    h_new = o * np.tanh(c_new)
    cache = {"x": x, "h": h, "c": c, "i": i, "f": f, "g": g, "o": o, "c_new": c_new, "params": params}
    return (h_new, c_new), cache
