"""Compares the sum of the fractions with 1 exactly, and refuses 0.7 + 0.2 + 0.1.

breaks: time_split
"""

import numpy as np


# %% time_split
def time_split(n_steps, fractions=(0.8, 0.1, 0.1), gap=0):
    if min(fractions) <= 0 or np.cumsum(fractions)[-1] != 1 or gap < 0:
        raise ValueError("fractions must be positive and sum to 1, and the gap must not be negative")
    parts, start = [], 0
    for share in np.cumsum(fractions):
        stop = round(n_steps * share)
        if start >= stop:
            raise ValueError("a part would be empty")
        parts.append(slice(start, stop))
        start = stop + gap
    return tuple(parts)
