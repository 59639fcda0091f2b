"""Adds one bias to the other in place, in the parameters themselves.

breaks: elman_step
"""

import numpy as np


# %% elman_step
def elman_step(x, state, params):
    params["bias_ih"] += params["bias_hh"]
    return np.tanh(x @ params["weight_ih"].T + params["bias_ih"] + state @ params["weight_hh"].T)
