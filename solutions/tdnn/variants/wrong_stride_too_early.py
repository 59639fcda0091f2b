"""Lets a stride move the inputs of its own layer apart.

breaks: receptive_field
"""


# %% receptive_field
def receptive_field(kernel_sizes, strides, dilations):
    if not len(kernel_sizes) == len(strides) == len(dilations):
        raise ValueError("expected three lists of one length")
    field, apart = 1, 1
    for kernel_size, stride, dilation in zip(kernel_sizes, strides, dilations, strict=True):
        apart *= stride
        field += (kernel_size - 1) * dilation * apart
    return field
