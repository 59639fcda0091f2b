"""Slices for the blocks, the way back path by path, sizes by the quadratic's root.

breaks: nothing
"""

import numpy as np


# %% gru_step
def gru_step(x, h, params, reset_after=True):
    size = h.shape[1]

    def block(gate, state):
        rows = slice(gate * size, (gate + 1) * size)
        own = np.dot(x, params["weight_ih"][rows].T) + params["bias_ih"][rows]
        return own, np.dot(state, params["weight_hh"][rows].T) + params["bias_hh"][rows]

    r, z = (1 / (1 + np.exp(-sum(block(gate, h)))) for gate in (0, 1))
    if reset_after:
        own, recurrent = block(2, h)
        n = np.tanh(own + r * recurrent)
    else:
        n = np.tanh(sum(block(2, r * h)))
    return z * h + (1 - z) * n, (r, z, n)


# %% gru_step_backward
def gru_step_backward(d_h_new, x, h, gates, params):
    r, z, n = gates
    size = h.shape[1]
    u_r, u_z, u_n = (params["weight_hh"][g * size : (g + 1) * size] for g in range(3))
    d_kept = d_h_new * z
    d_candidate = d_h_new - d_kept
    d_n = d_candidate * (1 - np.square(n))
    d_hn = r * d_n
    d_r = d_n * (h @ u_n.T + params["bias_hh"][-size:]) * (r * (1 - r))
    d_z = (d_h_new * h - d_h_new * n) * (z * (1 - z))
    d_h = d_kept + d_r @ u_r + d_z @ u_z + d_hn @ u_n
    grads = {
        "weight_ih": np.vstack([d.T @ x for d in (d_r, d_z, d_n)]),
        "weight_hh": np.vstack([d.T @ h for d in (d_r, d_z, d_hn)]),
        "bias_ih": np.hstack([d.sum(0) for d in (d_r, d_z, d_n)]),
        "bias_hh": np.hstack([d.sum(0) for d in (d_r, d_z, d_hn)]),
    }
    return np.hstack([d_r, d_z, d_n]) @ params["weight_ih"], d_h, grads


# %% count_parameters
def count_parameters(gates, input_size, hidden_size, num_layers=1, out_features=None):
    weights = input_size * hidden_size + hidden_size**2 + (num_layers - 1) * 2 * hidden_size**2
    biases = 2 * hidden_size * num_layers
    readout = 0 if out_features is None else (hidden_size + 1) * out_features
    return gates * (weights + biases) + readout


# %% match_hidden_size
def match_hidden_size(budget, count):
    if budget < count(1):
        raise ValueError("too small")
    sizes = [1, 2]
    while count(sizes[-1]) < budget:
        sizes.append(sizes[-1] + 1)
    return min(sizes, key=lambda size: (abs(count(size) - budget), size))


# %% bootstrap_interval
def bootstrap_interval(values, rng, level=0.95, resamples=10_000):
    if values.size == 0 or abs(level - 0.5) >= 0.5:
        raise ValueError(f"{values.size} values, level {level}")
    counts = rng.multinomial(len(values), np.full(len(values), 1 / len(values)), size=resamples)
    means = counts @ values / len(values)
    return np.mean(values), np.quantile(means, 0.5 - level / 2), np.quantile(means, 0.5 + level / 2)
