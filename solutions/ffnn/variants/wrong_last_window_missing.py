"""Stops one window too early: range(T - width).

breaks: sliding_windows
"""

import numpy as np


# %% sliding_windows
def sliding_windows(x, width):
    if not 1 <= width <= len(x):
        raise ValueError(f"width: expected 1 to {len(x)}, received {width}")
    return np.array([x[start : start + width] for start in range(len(x) - width)])
