"""Squeezes the gradients, so that axes of length 1 are lost. The sizes of the visible check have none.

breaks: affine_backward
"""


# %% affine_backward
def affine_backward(d_output, x, weight):
    return (d_output @ weight).squeeze(), (d_output.T @ x).squeeze(), d_output.sum(axis=0)
