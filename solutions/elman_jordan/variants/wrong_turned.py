"""Multiplies by the recurrent weight instead of its transpose: the shapes fit, the units do not.

breaks: elman_step
"""

import numpy as np


# %% elman_step
def elman_step(x, state, params):
    z = x @ params["weight_ih"].T + params["bias_ih"]
    return np.tanh(z + state @ params["weight_hh"] + params["bias_hh"])
