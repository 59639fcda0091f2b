"""Takes a thousand steps, too few for a slow chain.

breaks: stationary_distribution
"""

import numpy as np


# %% stationary_distribution
def stationary_distribution(transition):
    lazy = (transition + np.eye(len(transition))) / 2
    pi = np.full(len(transition), 1 / len(transition))
    for _ in range(1000):
        pi = pi @ lazy
    return pi
