"""Forgets the bias.

breaks: tdnn_forward
"""

import numpy as np


# %% tdnn_forward
def tdnn_forward(x, weight, bias, stride=1, dilation=1):
    room = len(x) - (weight.shape[2] - 1) * dilation
    if room < 1:
        raise ValueError(f"x: {len(x)} steps are too few")
    starts = np.arange(0, room, stride)
    output = 0 * bias
    for k in range(weight.shape[2]):
        output = output + x[starts + k * dilation] @ weight[:, :, k].T
    return output
