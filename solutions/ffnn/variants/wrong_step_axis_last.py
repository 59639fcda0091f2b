"""Leaves the step on the last axis, where sliding_window_view puts it. Sequences of numbers do not show it.

breaks: sliding_windows
"""

import numpy as np


# %% sliding_windows
def sliding_windows(x, width):
    if not 1 <= width <= len(x):
        raise ValueError(f"width: expected 1 to {len(x)}, received {width}")
    return np.lib.stride_tricks.sliding_window_view(x, width, axis=0)
