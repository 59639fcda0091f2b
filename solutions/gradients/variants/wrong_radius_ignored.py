"""Leaves the identity and the orthogonal matrix at a radius of 1.

breaks: init_recurrent
"""

import numpy as np


# %% init_recurrent
def init_recurrent(kind, hidden_size, rng, radius=1.0):
    if kind == "identity":
        return 1.0 * np.eye(hidden_size)
    entries = rng.normal(size=(hidden_size, hidden_size))
    if kind == "orthogonal":
        return 1.0 * np.linalg.qr(entries)[0]
    if kind == "normal":
        return radius * entries / np.abs(np.linalg.eigvals(entries)).max()
    raise ValueError(kind)
