"""Draws uniform entries where normal ones are asked for.

breaks: init_recurrent
"""

import numpy as np


# %% init_recurrent
def init_recurrent(kind, hidden_size, rng, radius=1.0):
    if kind == "identity":
        return radius * np.eye(hidden_size)
    entries = rng.uniform(-1, 1, size=(hidden_size, hidden_size))
    if kind == "orthogonal":
        return radius * np.linalg.qr(entries)[0]
    if kind == "normal":
        return radius * entries / np.abs(np.linalg.eigvals(entries)).max()
    raise ValueError(kind)
