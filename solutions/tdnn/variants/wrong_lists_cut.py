"""Takes as many layers as the shortest list has.

breaks: receptive_field
"""


# %% receptive_field
def receptive_field(kernel_sizes, strides, dilations):
    field, apart = 1, 1
    for kernel_size, stride, dilation in zip(kernel_sizes, strides, dilations, strict=False):
        field += (kernel_size - 1) * dilation * apart
        apart *= stride
    return field
