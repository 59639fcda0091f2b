"""Sums the loss over the batch instead of averaging it; the gradient agrees with the sum.

breaks: softmax_cross_entropy
"""

import numpy as np


# %% softmax_cross_entropy
def softmax_cross_entropy(logits, target):
    rows = np.arange(len(target))
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probability = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    d_logits = np.exp(log_probability)
    d_logits[rows, target] -= 1
    return -log_probability[rows, target].sum(), d_logits
