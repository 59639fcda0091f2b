"""Two parts fail, two do not: the stride is ignored, and the mean is returned for the maximum.

breaks: tdnn_forward, max_over_time
"""

import numpy as np


# %% tdnn_forward
def tdnn_forward(x, weight, bias, stride=1, dilation=1):
    room = len(x) - (weight.shape[2] - 1) * dilation
    if room < 1:
        raise ValueError(f"x: {len(x)} steps are too few")
    starts = np.arange(0, room)
    output = bias
    for k in range(weight.shape[2]):
        output = output + x[starts + k * dilation] @ weight[:, :, k].T
    return output


# %% max_over_time
def max_over_time(x, lengths):
    if lengths.min() < 1 or lengths.max() > len(x):
        raise ValueError(lengths)
    inside = np.arange(len(x))[:, np.newaxis, np.newaxis] < lengths[:, np.newaxis]
    return np.where(inside, x, 0).sum(axis=0) / lengths[:, np.newaxis]
