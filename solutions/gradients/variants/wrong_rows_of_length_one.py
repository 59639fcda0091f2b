"""Gives the rows length 1, and does not make them orthogonal.

breaks: init_recurrent
"""

import numpy as np


# %% init_recurrent
def init_recurrent(kind, hidden_size, rng, radius=1.0):
    if kind == "identity":
        return radius * np.eye(hidden_size)
    entries = rng.normal(size=(hidden_size, hidden_size))
    if kind == "orthogonal":
        return radius * entries / np.linalg.norm(entries, axis=1, keepdims=True)
    if kind == "normal":
        return radius * entries / np.abs(np.linalg.eigvals(entries)).max()
    raise ValueError(kind)
