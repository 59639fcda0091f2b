"""Nothing is written yet: every function still raises, as released.

breaks: tdnn_forward, tdnn_backward, receptive_field, max_over_time
"""


# %% tdnn_forward
def tdnn_forward(x, weight, bias, stride=1, dilation=1):
    raise NotImplementedError()


# %% tdnn_backward
def tdnn_backward(d_output, x, weight, stride=1, dilation=1):
    raise NotImplementedError()


# %% receptive_field
def receptive_field(kernel_sizes, strides, dilations):
    raise NotImplementedError()


# %% max_over_time
def max_over_time(x, lengths):
    raise NotImplementedError()
