"""Leaves the bug in: the weights are added before the absolute value is taken.

breaks: l1_penalty
"""

import numpy as np


# %% l1_penalty
def l1_penalty(params, l1):
    penalty, grads = 0.0, {}
    for name, value in params.items():
        strength = l1 if "weight" in name else 0.0
        penalty += strength * abs(value.sum())
        grads[name] = strength * np.sign(value.sum()) * np.ones_like(value)
    return penalty, grads
