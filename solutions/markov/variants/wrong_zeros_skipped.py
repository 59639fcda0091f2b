"""Leaves out the tokens that were impossible.

breaks: perplexity
"""

import numpy as np


# %% perplexity
def perplexity(probabilities):
    positive = probabilities[probabilities > 0]
    return float(np.exp(-np.log(positive).mean())) if len(positive) else float("inf")
