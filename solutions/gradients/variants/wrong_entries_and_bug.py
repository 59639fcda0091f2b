"""Two parts fail, three do not: entries are clipped one by one, and the bug is left in.

breaks: clip_grad_norm, l1_penalty
"""

import numpy as np


# %% clip_grad_norm
def clip_grad_norm(grads, max_norm):
    if not max_norm > 0:
        raise ValueError(max_norm)
    norm = float(np.sqrt(sum((g**2).sum() for g in grads.values())))
    if norm > max_norm:
        for g in grads.values():
            np.clip(g, -max_norm, max_norm, out=g)
    return norm


# %% l1_penalty
def l1_penalty(params, l1):
    penalty, grads = 0.0, {}
    for name, value in params.items():
        strength = l1 if "weight" in name else 0.0
        penalty += strength * abs(value.sum())
        grads[name] = strength * np.sign(value.sum()) * np.ones_like(value)
    return penalty, grads
