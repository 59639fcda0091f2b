"""Takes quantiles of the runs, not of means.

breaks: bootstrap_interval
"""

import numpy as np


# %% bootstrap_interval
def bootstrap_interval(values, rng, level=0.95, resamples=10_000):
    if len(values) == 0 or not 0 < level < 1:
        raise ValueError("values and a level between 0 and 1 are needed")
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(np.mean(values)), float(low), float(high)
