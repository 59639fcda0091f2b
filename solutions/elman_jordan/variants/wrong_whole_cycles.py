"""Cuts off what is left after the last whole cycle.

breaks: error_by_phase
"""

import numpy as np


# %% error_by_phase
def error_by_phase(prediction, target, period, first):
    whole = len(prediction) - len(prediction) % period
    prediction, target = prediction[:whole], target[:whole]
    squared = (prediction - target) ** 2
    phase = (first + np.arange(len(squared))) % period
    errors = np.full(period, np.nan)
    for p in np.unique(phase):
        errors[p] = np.sqrt(squared[phase == p].mean())
    return errors
