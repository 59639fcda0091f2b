"""Everything in loops over single numbers, sequences and steps.

breaks: nothing
"""

import numpy as np


# %% clip_grad_norm
def clip_grad_norm(grads, max_norm):
    if max_norm <= 0:
        raise ValueError("max_norm has to be positive")
    total = 0.0
    for array in grads.values():
        for entry in array.ravel():
            total += float(entry) ** 2
    norm = (total) ** 0.5
    if norm > max_norm:
        for array in grads.values():
            array[...] = array * (max_norm / norm)
    return norm


# %% init_recurrent
def init_recurrent(kind, hidden_size, rng, radius=1.0):
    if kind not in ("identity", "orthogonal", "normal"):
        raise ValueError(kind)
    weight = np.zeros((hidden_size, hidden_size))
    if kind == "identity":
        for i in range(hidden_size):
            weight[i, i] = radius
        return weight
    weight = rng.standard_normal((hidden_size, hidden_size))
    if kind == "normal":
        return weight * (radius / max(abs(value) for value in np.linalg.eigvals(weight)))
    for i in range(hidden_size):  # Gram and Schmidt, twice for the rounding
        for _ in range(2):
            for j in range(i):
                weight[i] -= (weight[i] @ weight[j]) * weight[j]
        weight[i] /= (weight[i] @ weight[i]) ** 0.5
    return radius * weight


# %% omega_penalty
def omega_penalty(weight_hh, d_hidden, hidden):
    omega, d_weight = 0.0, np.zeros_like(weight_hh)
    steps, batch, _ = hidden.shape
    for t in range(steps):
        for n in range(batch):
            before = ((d_hidden[t, n] ** 2).sum()) ** 0.5
            if before == 0:
                continue
            jacobian = np.diag(1 - hidden[t, n] ** 2) @ weight_hh
            v = d_hidden[t, n] @ jacobian
            after = ((v**2).sum()) ** 0.5
            omega += (after / before - 1) ** 2 / batch
            if after > 0:
                u = d_hidden[t, n] * (1 - hidden[t, n] ** 2)
                d_weight += np.outer(u, v) * 2 * (after / before - 1) / (before * after * batch)
    return omega, d_weight


# %% recurrent_dropout
def recurrent_dropout(x, h_0, params, rate, rng):
    if rate < 0 or rate >= 1:
        raise ValueError("rate has to be from 0 to below 1")
    mask = np.zeros(h_0.shape)
    for n in range(h_0.shape[0]):
        for j in range(h_0.shape[1]):
            if rng.random() >= rate:
                mask[n, j] = 1 / (1 - rate)
    hidden = np.zeros((len(x), *h_0.shape))
    for t in range(len(x)):
        context = mask * (hidden[t - 1] if t > 0 else h_0)
        own = x[t] @ params["weight_ih"].T + params["bias_ih"]
        hidden[t] = np.tanh(own + context @ params["weight_hh"].T + params["bias_hh"])
    return hidden, mask


# %% l1_penalty
def l1_penalty(params, l1):
    penalty, grads = 0.0, {}
    for name in params:
        grads[name] = np.zeros(params[name].shape)
        if "weight" in name:
            for index in np.ndindex(params[name].shape):
                entry = params[name][index]
                penalty += l1 * abs(entry)
                grads[name][index] = l1 * ((entry > 0) * 1.0 - (entry < 0) * 1.0)
    return penalty, grads
