"""Multiplies all probabilities.

breaks: perplexity
"""

import numpy as np


# %% perplexity
def perplexity(probabilities):
    with np.errstate(divide="ignore"):
        return float((1 / np.prod(probabilities)) ** (1 / len(probabilities)))
