"""Returns the eigenvector as it comes, with length 1.

breaks: stationary_distribution
"""

import numpy as np


# %% stationary_distribution
def stationary_distribution(transition):
    values, vectors = np.linalg.eig(transition.T)
    pi = np.real(vectors[:, np.argmin(np.abs(values - 1))])
    return np.abs(pi)
