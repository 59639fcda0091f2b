"""Goes window by window, and through every input of the stack, as the definitions say.

breaks: nothing
"""

import numpy as np


# %% tdnn_forward
def tdnn_forward(x, weight, bias, stride=1, dilation=1):
    span = (weight.shape[2] - 1) * dilation + 1
    if len(x) < span:
        raise ValueError("no window fits")
    outputs = []
    start = 0
    while start + span <= len(x):
        window = x[start : start + span : dilation]  # (K, B, I)
        outputs.append(np.einsum("kbi,oik->bo", window, weight) + bias)
        start += stride
    return np.array(outputs)


# %% tdnn_backward
def tdnn_backward(d_output, x, weight, stride=1, dilation=1):
    span = (weight.shape[2] - 1) * dilation + 1
    dx = np.zeros(x.shape, x.dtype)
    d_weight = np.zeros(weight.shape, weight.dtype)
    d_bias = np.zeros(weight.shape[0], weight.dtype)
    for place in range(len(d_output)):
        where = slice(place * stride, place * stride + span, dilation)
        dx[where] += np.einsum("bo,oik->kbi", d_output[place], weight)
        d_weight += np.einsum("bo,kbi->oik", d_output[place], x[where])
        d_bias += d_output[place].sum(axis=0)
    return dx, d_weight, d_bias


# %% receptive_field
def receptive_field(kernel_sizes, strides, dilations):
    if len({len(kernel_sizes), len(strides), len(dilations)}) != 1:
        raise ValueError("one entry for each layer in each list")
    field = 1
    for layer in range(len(kernel_sizes) - 1, -1, -1):  # from the top: how many inputs of each layer are needed
        field = (field - 1) * strides[layer] + (kernel_sizes[layer] - 1) * dilations[layer] + 1
    return field


# %% max_over_time
def max_over_time(x, lengths):
    for n in lengths:
        if n < 1 or n > len(x):
            raise ValueError(f"length {n}")
    return np.array([x[:n, b].max(axis=0) for b, n in enumerate(lengths)])
