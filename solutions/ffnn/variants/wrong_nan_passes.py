"""Compares with Python's max, which drops a NaN that does not come first: a broken gradient passes.

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
        numerical[index] = (above - below) / (2 * eps)
    pairs = list(zip(gradient.flat, numerical.flat, strict=True))
    scale = max(max(abs(a), abs(b)) for a, b in pairs)
    return max(0.0, *(abs(a - b) for a, b in pairs)) / scale if scale else 0.0
