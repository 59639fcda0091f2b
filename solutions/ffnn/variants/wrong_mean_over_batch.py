"""Averages the parameter gradients over the batch, though the loss has done so already.

breaks: affine_backward
"""


# %% affine_backward
def affine_backward(d_output, x, weight):
    return d_output @ weight, d_output.T @ x / len(x), d_output.mean(axis=0)
