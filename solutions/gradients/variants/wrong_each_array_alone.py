"""Clips each array by its own norm.

breaks: clip_grad_norm
"""

import numpy as np


# %% clip_grad_norm
def clip_grad_norm(grads, max_norm):
    if not max_norm > 0:
        raise ValueError(max_norm)
    norm = float(np.sqrt(sum((g**2).sum() for g in grads.values())))
    for g in grads.values():
        g *= min(1.0, max_norm / max(np.linalg.norm(g), 1e-300))
    return norm
