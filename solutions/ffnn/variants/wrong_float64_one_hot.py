"""Subtracts a float64 one-hot matrix, which turns a float32 gradient into float64.

breaks: softmax_cross_entropy
"""

import numpy as np


# %% softmax_cross_entropy
def softmax_cross_entropy(logits, target):
    one_hot = np.eye(logits.shape[1])[target]
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_probability = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -(one_hot * log_probability).sum() / len(target)
    return loss, (np.exp(log_probability) - one_hot) / len(target)
