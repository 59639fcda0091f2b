"""Moves x by adding and subtracting eps, which leaves a rounding error in it.

breaks: check_gradient
"""

import numpy as np


# %% check_gradient
def check_gradient(function, x, gradient, eps=1e-5):
    if gradient.shape != x.shape:
        raise ValueError(f"gradient: expected shape {x.shape}, received {gradient.shape}")
    numerical = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += eps
        above = function(x)
        x[index] -= 2 * eps
        below = function(x)
        x[index] += eps
        numerical[index] = (above - below) / (2 * eps)
    scale = np.maximum(np.abs(gradient).max(), np.abs(numerical).max())
    return 0.0 if scale == 0 else float(np.abs(gradient - numerical).max() / scale)
