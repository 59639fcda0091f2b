"""Leaves the strength out of the gradient.

breaks: l1_penalty
"""

import numpy as np


# %% l1_penalty
def l1_penalty(params, l1):
    penalty, grads = 0.0, {}
    for name, value in params.items():
        strength = l1 if "weight" in name else 0.0
        penalty += strength * np.abs(value).sum()
        grads[name] = np.sign(value) * (strength > 0)
    return penalty, grads
