"""Gives a phase that does not occur the error 0.

breaks: error_by_phase
"""

import numpy as np


# %% error_by_phase
def error_by_phase(prediction, target, period, first):
    squared = (prediction - target) ** 2
    phase = (first + np.arange(len(squared))) % period
    errors = np.full(period, 0.0)
    for p in np.unique(phase):
        errors[p] = np.sqrt(squared[phase == p].mean())
    return errors
