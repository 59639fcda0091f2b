"""Subtracts the first phase instead of adding it.

breaks: error_by_phase
"""

import numpy as np


# %% error_by_phase
def error_by_phase(prediction, target, period, first):
    squared = (prediction - target) ** 2
    phase = (np.arange(len(squared)) - first) % period
    errors = np.full(period, np.nan)
    for p in np.unique(phase):
        errors[p] = np.sqrt(squared[phase == p].mean())
    return errors
