"""Leaves the eigenvector complex.

breaks: stationary_distribution
"""

import numpy as np


# %% stationary_distribution
def stationary_distribution(transition):
    values, vectors = np.linalg.eig(transition.T.astype(complex))
    pi = vectors[:, np.argmin(np.abs(values - 1))]
    return pi / pi.sum()
