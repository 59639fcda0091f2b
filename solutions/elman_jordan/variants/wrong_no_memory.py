"""Does not read the state.

breaks: elman_step
"""

import numpy as np


# %% elman_step
def elman_step(x, state, params):
    return np.tanh(x @ params["weight_ih"].T + params["bias_ih"] + 0 * state)
