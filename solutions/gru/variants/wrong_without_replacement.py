"""Shuffles the runs, and draws each of them once.

breaks: bootstrap_interval
"""

import numpy as np


# %% bootstrap_interval
def bootstrap_interval(values, rng, level=0.95, resamples=10_000):
    if len(values) == 0 or not 0 < level < 1:
        raise ValueError("values and a level between 0 and 1 are needed")
    means = rng.permuted(np.tile(values, (resamples, 1)), axis=1).mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(np.mean(values)), float(low), float(high)
