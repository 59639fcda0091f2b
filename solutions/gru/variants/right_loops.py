"""Loops over units, layers and resamples; the gradients unit by unit.

breaks: nothing
"""

import numpy as np


# %% gru_step
def gru_step(x, h, params, reset_after=True):
    size = h.shape[1]
    h_new, r, z, n = (np.zeros_like(h) for _ in range(4))

    def pre(row, state):
        own = x @ params["weight_ih"][row] + params["bias_ih"][row]
        return own, state @ params["weight_hh"][row] + params["bias_hh"][row]

    for k in range(size):
        r[:, k] = 1 / (1 + np.exp(-np.add(*pre(k, h))))
        z[:, k] = 1 / (1 + np.exp(-np.add(*pre(size + k, h))))
    for k in range(size):
        if reset_after:
            own, back = pre(2 * size + k, h)
            n[:, k] = np.tanh(own + r[:, k] * back)
        else:
            n[:, k] = np.tanh(np.add(*pre(2 * size + k, r * h)))
        h_new[:, k] = (1 - z[:, k]) * n[:, k] + z[:, k] * h[:, k]
    return h_new, (r, z, n)


# %% gru_step_backward
def gru_step_backward(d_h_new, x, h, gates, params):
    size = h.shape[1]
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dx, d_h = np.zeros_like(x), np.zeros_like(h)
    for k in range(size):
        r, z, n = (gate[:, k] for gate in gates)
        row = 2 * size + k
        d_n = d_h_new[:, k] * (1 - z) * (1 - n * n)
        d_r = d_n * (h @ params["weight_hh"][row] + params["bias_hh"][row]) * (r - r * r)
        d_z = d_h_new[:, k] * (h[:, k] - n) * (z - z * z)
        d_h[:, k] += d_h_new[:, k] * z
        for where, own, recurrent in ((k, d_r, d_r), (size + k, d_z, d_z), (row, d_n, r * d_n)):
            dx += np.outer(own, params["weight_ih"][where])
            d_h += np.outer(recurrent, params["weight_hh"][where])
            grads["weight_ih"][where] = own @ x
            grads["weight_hh"][where] = recurrent @ h
            grads["bias_ih"][where], grads["bias_hh"][where] = own.sum(), recurrent.sum()
    return dx, d_h, grads


# %% count_parameters
def count_parameters(gates, input_size, hidden_size, num_layers=1, out_features=None):
    count = 0
    for layer in range(num_layers):
        width = input_size if layer == 0 else hidden_size
        for _ in range(gates):
            count += hidden_size * width  # weight_ih
            count += hidden_size * hidden_size  # weight_hh
            count += hidden_size  # bias_ih
            count += hidden_size  # bias_hh
    if out_features is not None:
        count += out_features * hidden_size
        count += out_features
    return count


# %% match_hidden_size
def match_hidden_size(budget, count):
    best, distance, size = None, None, 1
    while True:
        now = count(size)
        if best is None and now > budget:
            raise ValueError("not one unit fits")
        if best is None or abs(now - budget) < distance:
            best, distance = size, abs(now - budget)
        if now >= budget:
            return best
        size += 1


# %% bootstrap_interval
def bootstrap_interval(values, rng, level=0.95, resamples=10_000):
    if len(values) < 1:
        raise ValueError("no runs")
    if not (level > 0 and level < 1):
        raise ValueError("the level has to be between 0 and 1")
    means = []
    for _ in range(resamples):
        means.append(rng.choice(values, size=len(values), replace=True).mean())
    means.sort()
    last = resamples - 1
    return float(values.mean()), means[round(last * (1 - level) / 2)], means[round(last * (1 + level) / 2)]
