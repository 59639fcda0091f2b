"""Subtracts a large number from the padding, which does not help against NaN.

breaks: max_over_time
"""

import numpy as np


# %% max_over_time
def max_over_time(x, lengths):
    if lengths.min() < 1 or lengths.max() > len(x):
        raise ValueError(lengths)
    inside = np.arange(len(x))[:, np.newaxis, np.newaxis] < lengths[:, np.newaxis]
    return (x - 1e12 * ~inside).max(axis=0)
