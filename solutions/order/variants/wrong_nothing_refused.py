"""Refuses nothing.

breaks: time_split
"""

import numpy as np


# %% time_split
def time_split(n_steps, fractions=(0.8, 0.1, 0.1), gap=0):
    parts, start = [], 0
    for share in np.cumsum(fractions):
        stop = round(n_steps * share)
        parts.append(slice(start, stop))
        start = stop + gap
    return tuple(parts)
