"""Divides the difference over two steps by one step.

breaks: check_gradient
"""

import numpy as np


# %% check_gradient
def check_gradient(function, x, gradient, eps=1e-5):
    if gradient.shape != x.shape:
        raise ValueError(f"gradient: expected shape {x.shape}, received {gradient.shape}")
    numerical = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + eps
        above = function(x)
        x[index] = kept - eps
        below = function(x)
        x[index] = kept
        numerical[index] = (above - below) / eps
    scale = np.maximum(np.abs(gradient).max(), np.abs(numerical).max())
    return 0.0 if scale == 0 else float(np.abs(gradient - numerical).max() / scale)
