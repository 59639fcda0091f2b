"""Puts a tanh on the output too.

breaks: jordan_step
"""

import numpy as np


# %% jordan_step
def jordan_step(x, context, params, decay):
    h = np.tanh(x @ params["weight_ih"].T + context @ params["weight_ch"].T + params["bias_h"])
    output = np.tanh(h @ params["weight_ho"].T + params["bias_o"])
    return output, decay * context + output
