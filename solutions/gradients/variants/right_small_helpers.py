"""One long vector for the norm, small functions inside, the mask folded into the recurrent weights.

breaks: nothing
"""

import numpy as np


# %% clip_grad_norm
def clip_grad_norm(grads, max_norm):
    if max_norm <= 0:
        raise ValueError("a bound is positive")
    together = np.concatenate([np.ravel(g) for g in grads.values()])
    norm = float(np.linalg.norm(together.astype(float)))
    if norm > max_norm:
        for g in grads.values():
            g /= norm / max_norm
    return norm


# %% init_recurrent
def init_recurrent(kind, hidden_size, rng, radius=1.0):
    def normal():
        return rng.standard_normal(size=(hidden_size, hidden_size))

    def spectral_radius(weight):
        return np.sort(np.abs(np.linalg.eigvals(weight)))[-1]

    makers = {
        "identity": lambda: np.eye(hidden_size),
        "orthogonal": lambda: np.linalg.qr(normal())[0],
        "normal": normal,
    }
    if kind not in makers:
        raise ValueError(f"{kind}: expected one of {list(makers)}")
    weight = makers[kind]()
    return weight / spectral_radius(weight) * radius


# %% omega_penalty
def omega_penalty(weight_hh, d_hidden, hidden):
    rows = hidden.shape[0] * hidden.shape[1]
    d, h = d_hidden.reshape(rows, -1), hidden.reshape(rows, -1)
    there = np.linalg.norm(d, axis=1) > 0
    d, h = d[there], h[there]
    u = d * (1 - h**2)
    v = u @ weight_hh
    before, after = np.linalg.norm(d, axis=1), np.linalg.norm(v, axis=1)
    safe = np.where(after > 0, after, 1)
    ratio = after / before
    d_v = (2 * (ratio - 1) / (before * safe))[:, None] * v
    return float(((ratio - 1) ** 2).sum()) / hidden.shape[1], u.T @ d_v / hidden.shape[1]


# %% recurrent_dropout
def recurrent_dropout(x, h_0, params, rate, rng):
    if not 0 <= rate < 1:
        raise ValueError("rate")
    keep = rng.uniform(size=h_0.shape) < 1 - rate
    mask = np.where(keep, 1 / (1 - rate), 0.0)
    weights = mask[:, None, :] * params["weight_hh"]  # (B, H, H): a mask of its own for each sequence
    states = [h_0]
    for x_t in x:
        context = (weights @ states[-1][:, :, None])[:, :, 0]
        states.append(np.tanh(x_t @ params["weight_ih"].T + context + (params["bias_ih"] + params["bias_hh"])))
    return np.array(states[1:]), mask


# %% l1_penalty
def l1_penalty(params, l1):
    def part(name, value):
        if "weight" not in name:
            return 0.0, np.zeros_like(value)
        sign = np.where(value > 0, 1.0, np.where(value < 0, -1.0, 0.0))
        return l1 * (sign * value).sum(), l1 * sign

    parts = {name: part(name, value) for name, value in params.items()}
    return sum(one for one, _ in parts.values()), {name: gradient for name, (_, gradient) in parts.items()}
