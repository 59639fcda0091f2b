"""Makes all windows at once and uses one matrix product for each array.

breaks: nothing
"""

import numpy as np


# %% tdnn_forward
def tdnn_forward(x, weight, bias, stride=1, dilation=1):
    span = (weight.shape[2] - 1) * dilation + 1
    if span > x.shape[0]:
        raise ValueError(f"a window spans {span} steps")
    windows = np.lib.stride_tricks.sliding_window_view(x, span, axis=0)[::stride, ..., ::dilation]  # (T', B, I, K)
    return np.tensordot(windows, weight, axes=([2, 3], [1, 2])) + bias


# %% tdnn_backward
def tdnn_backward(d_output, x, weight, stride=1, dilation=1):
    kernel_size = weight.shape[2]
    steps = np.arange(len(d_output))[:, None] * stride + np.arange(kernel_size) * dilation  # (T', K)
    d_weight = np.tensordot(d_output, x[steps], axes=([0, 1], [0, 2])).transpose(0, 2, 1)
    d_windows = np.tensordot(d_output, weight, axes=(2, 0))  # (T', B, I, K)
    dx = np.zeros_like(x)
    np.add.at(dx, steps, np.moveaxis(d_windows, 3, 1))
    return dx, d_weight, np.add.reduce(d_output, axis=(0, 1))


# %% receptive_field
def receptive_field(kernel_sizes, strides, dilations):
    rows = list(zip(kernel_sizes, strides, dilations, strict=True))
    return 1 + sum((k - 1) * d * int(np.prod(strides[:layer])) for layer, (k, _, d) in enumerate(rows))


# %% max_over_time
def max_over_time(x, lengths):
    if np.any(lengths < 1) or np.any(lengths > x.shape[0]):
        raise ValueError("lengths")
    masked = x.copy()
    outside = np.arange(x.shape[0])[:, None] >= lengths[None, :]
    masked[outside] = -np.inf
    return np.max(masked, axis=0)
