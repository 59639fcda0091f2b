"""Forgets to sum the bias gradient over the batch.

breaks: affine_backward
"""


# %% affine_backward
def affine_backward(d_output, x, weight):
    return d_output @ weight, d_output.T @ x, d_output
