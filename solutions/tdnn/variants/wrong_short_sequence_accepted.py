"""Returns an empty output where no window fits.

breaks: tdnn_forward
"""

import numpy as np


# %% tdnn_forward
def tdnn_forward(x, weight, bias, stride=1, dilation=1):
    room = len(x) - (weight.shape[2] - 1) * dilation
    starts = np.arange(0, max(room, 0), stride)
    output = bias
    for k in range(weight.shape[2]):
        output = output + x[starts + k * dilation] @ weight[:, :, k].T
    return output
