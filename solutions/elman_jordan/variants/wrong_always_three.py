"""Takes every cycle for three steps long.

breaks: error_by_phase
"""

import numpy as np


# %% error_by_phase
def error_by_phase(prediction, target, period, first):
    squared = (prediction - target) ** 2
    phase = (first + np.arange(len(squared))) % 3
    return np.array([np.sqrt(squared[phase == p].mean()) if (phase == p).any() else np.nan for p in range(period)])
