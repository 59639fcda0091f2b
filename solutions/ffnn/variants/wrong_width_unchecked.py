"""Accepts a width of 0, which gives empty windows.

breaks: sliding_windows
"""

import numpy as np


# %% sliding_windows
def sliding_windows(x, width):
    return np.stack([x[start : start + width] for start in range(len(x) - width + 1)])
