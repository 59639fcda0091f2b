"""Writes the layer as one large sparse matrix that is applied to the whole sequence.

breaks: nothing
"""

import numpy as np


# %% tdnn_forward
def tdnn_forward(x, weight, bias, stride=1, dilation=1):
    n_steps, (n_outputs, n_inputs, kernel_size) = len(x), weight.shape
    places = range(0, n_steps - (kernel_size - 1) * dilation, stride)
    if len(places) == 0:
        raise ValueError("too short")
    matrix = np.zeros((len(places), n_outputs, n_steps, n_inputs), weight.dtype)
    for row, start in enumerate(places):
        matrix[row, :, start : start + (kernel_size - 1) * dilation + 1 : dilation] = weight.transpose(0, 2, 1)
    return np.tensordot(matrix, x, axes=([2, 3], [0, 2])).transpose(0, 2, 1) + bias


# %% tdnn_backward
def tdnn_backward(d_output, x, weight, stride=1, dilation=1):
    n_places, n_steps, kernel_size = len(d_output), len(x), weight.shape[2]
    hit = np.zeros((n_places, n_steps, kernel_size), x.dtype)  # which step does delay k of a window read?
    for place in range(n_places):
        hit[place, place * stride + np.arange(kernel_size) * dilation, np.arange(kernel_size)] = 1
    d_windows = np.tensordot(d_output, weight, axes=(2, 0))  # (T', B, I, K)
    dx = np.tensordot(hit, d_windows, axes=([0, 2], [0, 3]))
    windows = np.tensordot(hit, x, axes=(1, 0))  # (T', K, B, I)
    d_weight = np.tensordot(d_output, windows, axes=([0, 1], [0, 2])).transpose(0, 2, 1)
    return dx, d_weight, np.einsum("pbo->o", d_output)


# %% receptive_field
def receptive_field(kernel_sizes, strides, dilations):
    if len(kernel_sizes) != len(strides) or len(kernel_sizes) != len(dilations):
        raise ValueError("lengths differ")
    latest = 0
    for kernel_size, stride, dilation in reversed(list(zip(kernel_sizes, strides, dilations, strict=True))):
        latest = latest * stride + (kernel_size - 1) * dilation
    return latest + 1


# %% max_over_time
def max_over_time(x, lengths):
    fits = (lengths >= 1) & (lengths <= len(x))
    if not fits.all():
        raise ValueError(lengths[~fits])
    best = x[0].copy()
    for t in range(1, len(x)):
        alive = (t < lengths)[:, None]
        best = np.where(alive & (x[t] > best), x[t], best)
    return best
