"""Multiplies by the transpose of the weights.

breaks: omega_penalty
"""

import numpy as np


# %% omega_penalty
def omega_penalty(weight_hh, d_hidden, hidden):
    u = d_hidden * (1 - hidden**2)
    v = u @ weight_hh.T
    before, after = np.linalg.norm(d_hidden, axis=-1), np.linalg.norm(v, axis=-1)
    ratio = np.divide(after, before, out=np.ones_like(after), where=before > 0)
    factor = np.divide(2 * (ratio - 1), before * after, out=np.zeros_like(after), where=before * after > 0)
    batch_size = hidden.shape[1]
    return ((ratio - 1) ** 2).sum() / batch_size, np.einsum("tb,tbi,tbj->ij", factor, u, v) / batch_size
