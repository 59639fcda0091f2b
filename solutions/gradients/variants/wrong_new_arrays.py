"""Puts new arrays into the dictionary: the optimizer keeps the old ones.

breaks: clip_grad_norm
"""

import numpy as np


# %% clip_grad_norm
def clip_grad_norm(grads, max_norm):
    if not max_norm > 0:
        raise ValueError(max_norm)
    norm = float(np.sqrt(sum((g**2).sum() for g in grads.values())))
    if norm > max_norm:
        for name, g in grads.items():
            grads[name] = g * max_norm / norm
    return norm
