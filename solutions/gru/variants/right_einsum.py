"""Gates by einsum on one array of three blocks; sizes by bisection; resamples by random indices.

breaks: nothing
"""

import numpy as np


# %% gru_step
def gru_step(x, h, params, reset_after=True):
    size = h.shape[1]
    w_x, w_h = (params[name].reshape(3, size, -1) for name in ("weight_ih", "weight_hh"))
    b_x, b_h = (params[name].reshape(3, 1, size) for name in ("bias_ih", "bias_hh"))
    from_x = np.einsum("bi,gki->gbk", x, w_x) + b_x
    from_h = np.einsum("bj,gkj->gbk", h, w_h) + b_h
    r, z = (np.tanh((from_x[:2] + from_h[:2]) / 2) + 1) / 2
    late = r * from_h[2]
    early = np.einsum("bj,bj,kj->bk", r, h, w_h[2]) + b_h[2]
    n = np.tanh(from_x[2] + (late if reset_after else early))
    return n + z * (h - n), (r, z, n)


# %% gru_step_backward
def gru_step_backward(d_h_new, x, h, gates, params):
    r, z, n = gates
    size = h.shape[1]
    w_x, w_h = (params[name].reshape(3, size, -1) for name in ("weight_ih", "weight_hh"))
    h_n = np.einsum("bj,kj->bk", h, w_h[2]) + params["bias_hh"].reshape(3, size)[2]
    d_n = d_h_new * (1 - z) * (1 - n) * (1 + n)
    rz = [d_n * h_n * r * (1 - r), d_h_new * (h - n) * z * (1 - z)]
    d_x, d_back = np.stack([*rz, d_n]), np.stack([*rz, r * d_n])
    grads = {
        "weight_ih": np.einsum("gbk,bi->gki", d_x, x).reshape(3 * size, -1),
        "weight_hh": np.einsum("gbk,bj->gkj", d_back, h).reshape(3 * size, size),
        "bias_ih": np.einsum("gbk->gk", d_x).ravel(),
        "bias_hh": np.einsum("gbk->gk", d_back).ravel(),
    }
    return np.einsum("gbk,gki->bi", d_x, w_x), z * d_h_new + np.einsum("gbk,gkj->bj", d_back, w_h), grads


# %% count_parameters
def count_parameters(gates, input_size, hidden_size, num_layers=1, out_features=None):
    inputs = [input_size] + [hidden_size] * (num_layers - 1)
    shapes = [(gates * hidden_size, width) for i in inputs for width in (i, hidden_size, 1, 1)]
    if out_features is not None:
        shapes += [(out_features, hidden_size), (out_features, 1)]
    return sum(rows * columns for rows, columns in shapes)


# %% match_hidden_size
def match_hidden_size(budget, count):
    if count(1) > budget:
        raise ValueError(f"{budget} is less than one unit needs")
    low, high = 1, 2
    while count(high) <= budget:
        low, high = high, 2 * high
    while high - low > 1:  # count(low) <= budget < count(high)
        middle = (low + high) // 2
        low, high = (middle, high) if count(middle) <= budget else (low, middle)
    return low if budget - count(low) <= count(high) - budget else high


# %% bootstrap_interval
def bootstrap_interval(values, rng, level=0.95, resamples=10_000):
    runs = len(values)
    if not runs or level <= 0 or level >= 1:
        raise ValueError((runs, level))
    drawn = values[rng.integers(0, runs, (resamples, runs))]
    tail = 100 * (1 - level) / 2
    low, high = np.percentile(drawn.sum(axis=1) / runs, (tail, 100 - tail))
    return values.sum() / runs, low, high
