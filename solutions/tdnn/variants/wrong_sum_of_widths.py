"""Adds up the widths, and counts the shared input twice.

breaks: receptive_field
"""


# %% receptive_field
def receptive_field(kernel_sizes, strides, dilations):
    if not len(kernel_sizes) == len(strides) == len(dilations):
        raise ValueError("expected three lists of one length")
    field, apart = 0, 1
    for kernel_size, stride, dilation in zip(kernel_sizes, strides, dilations, strict=True):
        field += kernel_size * dilation * apart
        apart *= stride
    return field
