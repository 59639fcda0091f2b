"""Lets the context decay before the hidden layer reads it.

breaks: jordan_step
"""

import numpy as np


# %% jordan_step
def jordan_step(x, context, params, decay):
    context = decay * context
    h = np.tanh(x @ params["weight_ih"].T + context @ params["weight_ch"].T + params["bias_h"])
    output = h @ params["weight_ho"].T + params["bias_o"]
    return output, context + output
