"""Takes one step from an even start.

breaks: stationary_distribution
"""

import numpy as np


# %% stationary_distribution
def stationary_distribution(transition):
    return np.full(len(transition), 1 / len(transition)) @ transition
