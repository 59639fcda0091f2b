"""Turns the sign of the weight gradient round, and slides the windows over the features. Two parts fail, two do not.

breaks: affine_backward, sliding_windows
"""

import numpy as np


# %% affine_backward
def affine_backward(d_output, x, weight):
    return d_output @ weight, -d_output.T @ x, d_output.sum(axis=0)


# %% sliding_windows
def sliding_windows(x, width):
    if not 1 <= width <= len(x):
        raise ValueError(f"width: expected 1 to {len(x)}, received {width}")
    return np.lib.stride_tricks.sliding_window_view(x, width, axis=-1)
