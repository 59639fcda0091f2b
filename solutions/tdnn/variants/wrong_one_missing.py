"""Counts the steps between the inputs, not the inputs.

breaks: receptive_field
"""


# %% receptive_field
def receptive_field(kernel_sizes, strides, dilations):
    if not len(kernel_sizes) == len(strides) == len(dilations):
        raise ValueError("expected three lists of one length")
    field, apart = 1, 1
    for kernel_size, stride, dilation in zip(kernel_sizes, strides, dilations, strict=True):
        field += (kernel_size - 1) * dilation * apart
        apart *= stride
    return field - 1
