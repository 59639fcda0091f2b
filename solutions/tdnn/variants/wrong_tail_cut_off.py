"""Returns a gradient only for the steps that some window reads.

breaks: tdnn_backward
"""

import numpy as np


# %% tdnn_backward
def tdnn_backward(d_output, x, weight, stride=1, dilation=1):
    starts = np.arange(len(d_output)) * stride
    dx, d_weight = np.zeros_like(x), np.zeros_like(weight)
    for k in range(weight.shape[2]):
        seen = starts + k * dilation
        dx[seen] += d_output @ weight[:, :, k]
        d_weight[:, :, k] = np.einsum("tbo,tbi->oi", d_output, x[seen])
    return dx[: seen[-1] + 1], d_weight, d_output.sum(axis=(0, 1))
