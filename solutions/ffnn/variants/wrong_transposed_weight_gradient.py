"""Returns the transpose of the weight gradient, (I, O) instead of (O, I).

breaks: affine_backward
"""


# %% affine_backward
def affine_backward(d_output, x, weight):
    return d_output @ weight, x.T @ d_output, d_output.sum(axis=0)
