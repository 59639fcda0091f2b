"""Takes the mean of 1 / p.

breaks: perplexity
"""

import numpy as np


# %% perplexity
def perplexity(probabilities):
    with np.errstate(divide="ignore"):
        return float((1 / probabilities).mean())
