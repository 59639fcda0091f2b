"""Accepts a level of 95.

breaks: bootstrap_interval
"""

import numpy as np


# %% bootstrap_interval
def bootstrap_interval(values, rng, level=0.95, resamples=10_000):
    means = rng.choice(values, (resamples, len(values))).mean(axis=1)
    low, high = np.quantile(means, np.clip([(1 - level) / 2, (1 + level) / 2], 0, 1))
    return float(np.mean(values)), float(low), float(high)
