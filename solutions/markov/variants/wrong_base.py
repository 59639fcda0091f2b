"""Takes natural logarithms to the power of 2.

breaks: perplexity
"""

import numpy as np


# %% perplexity
def perplexity(probabilities):
    with np.errstate(divide="ignore"):
        return float(2 ** -np.log(probabilities).mean())
