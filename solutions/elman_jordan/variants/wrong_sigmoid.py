"""Uses the sigmoid of 1990.

breaks: elman_step
"""

import numpy as np


# %% elman_step
def elman_step(x, state, params):
    return 1 / (
        1 + np.exp(-(x @ params["weight_ih"].T + params["bias_ih"] + state @ params["weight_hh"].T + params["bias_hh"]))
    )
