"""Uses stride tricks, in-place arithmetic on its own copies, and a flat view of the input.

breaks: nothing
"""

import numpy as np


# %% affine_backward
def affine_backward(d_output, x, weight):
    d_weight = np.zeros(weight.shape, weight.dtype)
    np.matmul(d_output.T, x, out=d_weight)
    return np.dot(d_output, weight), d_weight, np.add.reduce(d_output, axis=0)


# %% softmax_cross_entropy
def softmax_cross_entropy(logits, target):
    work = logits.copy()
    work -= work.max(axis=-1, keepdims=True)
    right = (np.arange(len(work)), target)
    chosen = work[right]
    np.exp(work, out=work)
    total = work.sum(axis=-1, keepdims=True)
    loss = np.mean(np.log(total[:, 0]) - chosen)
    work /= total
    work[right] -= 1
    work /= len(work)
    return loss, work


# %% check_gradient
def check_gradient(function, x, gradient, eps=1e-5):
    if gradient.shape != x.shape:
        raise ValueError(gradient.shape)
    work = np.array(x, dtype=np.float64)
    flat = work.reshape(-1)
    slopes = np.empty_like(flat)
    for i, kept in enumerate(x.flat):
        flat[i] = kept + eps
        slopes[i] = function(work)
        flat[i] = kept - eps
        slopes[i] -= function(work)
        flat[i] = kept
    slopes = slopes.reshape(x.shape) / (2 * eps)
    scale = max(np.linalg.norm(gradient.ravel(), np.inf), np.linalg.norm(slopes.ravel(), np.inf))
    return np.linalg.norm((gradient - slopes).ravel(), np.inf) / scale if scale else 0.0


# %% sliding_windows
def sliding_windows(x, width):
    if width < 1 or width > len(x):
        raise ValueError(width)
    return np.moveaxis(np.lib.stride_tricks.sliding_window_view(x, width, axis=0), -1, 1)
