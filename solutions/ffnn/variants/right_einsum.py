"""Writes every sum as an einsum or a gather, and the loss as log-sum-exp.

breaks: nothing
"""

import numpy as np


# %% affine_backward
def affine_backward(d_output, x, weight):
    return np.einsum("no,oi->ni", d_output, weight), np.einsum("no,ni->oi", d_output, x), np.einsum("no->o", d_output)


# %% softmax_cross_entropy
def softmax_cross_entropy(logits, target):
    N = logits.shape[0]
    largest = np.amax(logits, axis=-1)
    log_total = largest + np.log(np.einsum("nc->n", np.exp(logits - largest[:, None])))
    right = np.take_along_axis(logits, target[:, None], axis=1)[:, 0]
    d_logits = np.exp(logits - log_total[:, None])
    np.subtract.at(d_logits, (np.arange(N), target), 1)
    return (log_total - right).sum() / N, d_logits / N


# %% check_gradient
def check_gradient(function, x, gradient, eps=1e-5):
    if np.shape(gradient) != np.shape(x):
        raise ValueError("gradient and x differ in shape")
    steps = eps * np.eye(x.size).reshape(x.size, *x.shape)
    slopes = np.array([(function(x + step) - function(x - step)) / (2 * eps) for step in steps]).reshape(x.shape)
    both = np.abs(np.stack([gradient, slopes]))
    return np.abs(gradient - slopes).max() / both.max() if both.any() else 0.0


# %% sliding_windows
def sliding_windows(x, width):
    count = x.shape[0] - width + 1
    if width < 1 or count < 1:
        raise ValueError(f"no window of width {width} in {x.shape[0]} steps")
    return x[np.arange(count)[:, None] + np.arange(width)]
