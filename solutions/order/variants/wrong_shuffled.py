"""Deals the steps out at random: a leak.

breaks: time_split
"""

import numpy as np


# %% time_split
def time_split(n_steps, fractions=(0.8, 0.1, 0.1), gap=0):
    if min(fractions) <= 0 or abs(sum(fractions) - 1) > 1e-9 or gap < 0:
        raise ValueError("fractions must be positive and sum to 1, and the gap must not be negative")
    parts, start = [], 0
    steps = np.random.default_rng(0).permutation(n_steps)
    for share in np.cumsum(fractions):
        stop = round(n_steps * share)
        if start >= stop:
            raise ValueError("a part would be empty")
        parts.append(steps[start:stop])
        start = stop + gap
    return tuple(parts)
