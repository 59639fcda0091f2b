"""Takes a high power, which never settles if the chain goes round in circles.

breaks: stationary_distribution
"""

import numpy as np


# %% stationary_distribution
def stationary_distribution(transition):
    pi = np.linalg.matrix_power(transition, 2**40)[0]
    return pi / pi.sum()
