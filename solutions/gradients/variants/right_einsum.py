"""Sums by einsum and vdot, an orthogonal matrix by singular values, a mask by the binomial distribution.

breaks: nothing
"""

import numpy as np


# %% clip_grad_norm
def clip_grad_norm(grads, max_norm):
    if not max_norm > 0:
        raise ValueError(f"{max_norm} is no bound")
    norm = float(np.sqrt(sum(np.vdot(g, g) for g in grads.values())))
    factor = min(1.0, max_norm / norm) if norm else 1.0
    if factor < 1:
        for g in grads.values():
            np.multiply(g, factor, out=g)
    return norm


# %% init_recurrent
def init_recurrent(kind, hidden_size, rng, radius=1.0):
    match kind:
        case "identity":
            return np.diag(np.full(hidden_size, float(radius)))
        case "orthogonal":
            left, _, right = np.linalg.svd(rng.normal(size=(hidden_size, hidden_size)))
            return radius * left @ right
        case "normal":
            weight = rng.normal(0, 0.3, (hidden_size, hidden_size))
            weight *= radius / np.max(np.abs(np.linalg.eigvals(weight)))
            return weight
    raise ValueError(f"no matrix is called {kind}")


# %% omega_penalty
def omega_penalty(weight_hh, d_hidden, hidden):
    slope = 1 - hidden**2
    arrived = np.einsum("tbi,tbi,ij->tbj", d_hidden, slope, weight_hh)
    before = np.sqrt(np.einsum("tbi,tbi->tb", d_hidden, d_hidden))
    after = np.sqrt(np.einsum("tbj,tbj->tb", arrived, arrived))
    ratio = np.ones_like(before)
    np.divide(after, before, out=ratio, where=before > 0)
    factor = np.zeros_like(before)
    np.divide(2 * (ratio - 1), before * after, out=factor, where=before * after > 0)
    d_weight = np.einsum("tb,tbi,tbi,tbj->ij", factor, d_hidden, slope, arrived) / hidden.shape[1]
    return float(((ratio - 1) ** 2).sum(axis=0).mean()), d_weight


# %% recurrent_dropout
def recurrent_dropout(x, h_0, params, rate, rng):
    if not 0 <= rate < 1:
        raise ValueError(f"{rate} is no rate")
    mask = rng.binomial(1, 1 - rate, h_0.shape) / (1 - rate)
    hidden = np.empty((len(x), *h_0.shape))
    h = h_0
    for t, own in enumerate(np.einsum("tbi,hi->tbh", x, params["weight_ih"])):
        h = np.tanh(
            own + np.einsum("bj,bj,hj->bh", mask, h, params["weight_hh"]) + params["bias_ih"] + params["bias_hh"]
        )
        hidden[t] = h
    return hidden, mask


# %% l1_penalty
def l1_penalty(params, l1):
    sizes = {name: float("weight" in name) * np.abs(value) for name, value in params.items()}
    grads = {name: l1 * np.sign(value) * (sizes[name] > 0) for name, value in params.items()}
    return l1 * float(sum(size.sum() for size in sizes.values())), grads
