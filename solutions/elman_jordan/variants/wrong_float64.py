"""Collects the state in float64, whatever comes in.

breaks: elman_step
"""

import numpy as np


# %% elman_step
def elman_step(x, state, params):
    h = np.zeros(state.shape)
    h += np.tanh(x @ params["weight_ih"].T + params["bias_ih"] + state @ params["weight_hh"].T + params["bias_hh"])
    return h
