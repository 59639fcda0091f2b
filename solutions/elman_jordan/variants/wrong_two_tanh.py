"""Squashes the two parts apart, then adds them.

breaks: elman_step
"""

import numpy as np


# %% elman_step
def elman_step(x, state, params):
    from_input = np.tanh(x @ params["weight_ih"].T + params["bias_ih"])
    return from_input + np.tanh(state @ params["weight_hh"].T + params["bias_hh"])
