"""Leaves room for the dilation, but reads neighbouring steps.

breaks: tdnn_forward
"""

import numpy as np


# %% tdnn_forward
def tdnn_forward(x, weight, bias, stride=1, dilation=1):
    room = len(x) - (weight.shape[2] - 1) * dilation
    if room < 1:
        raise ValueError(f"x: {len(x)} steps are too few")
    starts = np.arange(0, room, stride)
    output = bias
    for k in range(weight.shape[2]):
        output = output + x[starts + k] @ weight[:, :, k].T
    return output
