"""Draws the biases towards zero, too.

breaks: l1_penalty
"""

import numpy as np


# %% l1_penalty
def l1_penalty(params, l1):
    penalty, grads = 0.0, {}
    for name, value in params.items():
        strength = l1
        penalty += strength * np.abs(value).sum()
        grads[name] = strength * np.sign(value)
    return penalty, grads
