"""Forgets the tanh of one network and the decay of the other.

breaks: elman_step, jordan_step
"""

import numpy as np


# %% elman_step
def elman_step(x, state, params):
    return x @ params["weight_ih"].T + params["bias_ih"] + state @ params["weight_hh"].T + params["bias_hh"]


# %% jordan_step
def jordan_step(x, context, params, decay):
    h = np.tanh(x @ params["weight_ih"].T + context @ params["weight_ch"].T + params["bias_h"])
    output = h @ params["weight_ho"].T + params["bias_o"]
    return output, context + output
