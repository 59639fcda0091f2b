"""Takes the root for each sequence, then the mean of the roots.

breaks: error_by_phase
"""

import numpy as np


# %% error_by_phase
def error_by_phase(prediction, target, period, first):
    squared = (prediction - target) ** 2
    phase = (first + np.arange(len(squared))) % period
    errors = np.full(period, np.nan)
    for p in np.unique(phase):
        errors[p] = np.sqrt(squared[phase == p].mean(axis=0)).mean()
    return errors
