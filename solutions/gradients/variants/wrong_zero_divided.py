"""Divides by a norm of zero.

breaks: clip_grad_norm
"""

import numpy as np


# %% clip_grad_norm
def clip_grad_norm(grads, max_norm):
    if not max_norm > 0:
        raise ValueError(max_norm)
    norm = np.sqrt(sum((g**2).sum() for g in grads.values()))
    factor = np.where(norm > max_norm, max_norm, norm) / norm
    for g in grads.values():
        g *= factor
    return float(norm)
