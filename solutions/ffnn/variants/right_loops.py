"""Spells everything out with loops over examples, classes and steps.

breaks: nothing
"""

import numpy as np


# %% affine_backward
def affine_backward(d_output, x, weight):
    dx, d_weight, d_bias = np.zeros_like(x), np.zeros_like(weight), np.zeros_like(weight[:, 0])
    for n in range(x.shape[0]):
        for o in range(weight.shape[0]):
            d_bias[o] += d_output[n, o]
            for i in range(x.shape[1]):
                dx[n, i] += d_output[n, o] * weight[o, i]
                d_weight[o, i] += d_output[n, o] * x[n, i]
    return dx, d_weight, d_bias


# %% softmax_cross_entropy
def softmax_cross_entropy(logits, target):
    loss = 0.0
    d_logits = np.zeros_like(logits)
    for n, right in enumerate(target):
        row = logits[n] - max(logits[n])
        total = sum(np.exp(value) for value in row)
        loss += (np.log(total) - row[right]) / len(target)
        for c, value in enumerate(row):
            d_logits[n, c] = (np.exp(value) / total - (c == right)) / len(target)
    return loss, d_logits


# %% check_gradient
def check_gradient(function, x, gradient, eps=1e-5):
    if x.shape != gradient.shape:
        raise ValueError("wrong shape")
    difference = scale = 0.0
    for index in np.ndindex(*x.shape):
        right, left = x.copy(), x.copy()
        right[index] += eps
        left[index] -= eps
        slope = (function(right) - function(left)) / eps / 2
        difference = np.maximum(difference, abs(slope - gradient[index]))
        scale = np.maximum(scale, np.maximum(abs(slope), abs(gradient[index])))
    return difference / scale if scale != 0 else 0.0


# %% sliding_windows
def sliding_windows(x, width):
    T = x.shape[0]
    if width < 1:
        raise ValueError("the window is empty")
    if width > T:
        raise ValueError("the window is longer than the sequence")
    windows = np.empty((T - width + 1, width, *x.shape[1:]), dtype=x.dtype)
    for k in range(T - width + 1):
        for j in range(width):
            windows[k, j] = x[k + j]
    return windows
