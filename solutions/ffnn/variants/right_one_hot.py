"""Works with one-hot and ones matrices, masks, and a stack of shifted sequences.

breaks: nothing
"""

import numpy as np


# %% affine_backward
def affine_backward(d_output, x, weight):
    with_ones = np.concatenate([x, np.ones_like(x[:, :1])], axis=1)
    d_both = d_output.T @ with_ones
    return (weight.T @ d_output.T).T, d_both[:, :-1], d_both[:, -1]


# %% softmax_cross_entropy
def softmax_cross_entropy(logits, target):
    one_hot = target[:, None] == np.arange(logits.shape[1])
    shifted = logits - np.max(logits, axis=1)[:, None]
    normaliser = np.log(np.sum(np.exp(shifted), axis=1))
    loss = -np.mean(shifted[one_hot] - normaliser)
    probability = np.exp(shifted - normaliser[:, None])
    return loss, np.where(one_hot, probability - 1, probability) / logits.shape[0]


# %% check_gradient
def check_gradient(function, x, gradient, eps=1e-5):
    if not gradient.shape == x.shape:
        raise ValueError("gradient has the wrong shape")
    numerical = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        mask = np.zeros_like(x)
        mask[index] = eps
        numerical[index] = (function(x + mask) - function(x - mask)) / (2 * eps)
    a, b = np.max(np.abs(gradient)), np.max(np.abs(numerical))
    if a == b == 0:
        return 0.0
    return np.max(np.abs(gradient - numerical)) / np.maximum(a, b)


# %% sliding_windows
def sliding_windows(x, width):
    count = len(x) - width + 1
    if not (width >= 1 and count >= 1):
        raise ValueError(f"width {width} does not fit {len(x)} steps")
    return np.stack([x[lag : lag + count] for lag in range(width)], axis=1)
