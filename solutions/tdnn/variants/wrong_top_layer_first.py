"""Reads the lists from the top layer down.

breaks: receptive_field
"""


# %% receptive_field
def receptive_field(kernel_sizes, strides, dilations):
    if not len(kernel_sizes) == len(strides) == len(dilations):
        raise ValueError("expected three lists of one length")
    field, apart = 1, 1
    for kernel_size, stride, dilation in zip(kernel_sizes[::-1], strides[::-1], dilations[::-1], strict=True):
        field += (kernel_size - 1) * dilation * apart
        apart *= stride
    return field
