"""Looks at the first sequence of a batch only.

breaks: error_by_phase
"""

import numpy as np


# %% error_by_phase
def error_by_phase(prediction, target, period, first):
    prediction, target = (a.reshape(len(a), -1)[:, 0] for a in (prediction, target))
    squared = (prediction - target) ** 2
    phase = (first + np.arange(len(squared))) % period
    errors = np.full(period, np.nan)
    for p in np.unique(phase):
        errors[p] = np.sqrt(squared[phase == p].mean())
    return errors
