"""Writes each product with its indices, and collects before it adds.

breaks: nothing
"""

import numpy as np


# %% rnn_step_backward
def rnn_step_backward(d_h, x, h_prev, h, params):
    d_z = np.einsum("bh,bh->bh", d_h, 1 - np.square(h))
    d_bias = np.einsum("bh->h", d_z)
    grads = {"bias_ih": d_bias, "bias_hh": np.array(d_bias)}
    for name, seen in (("weight_ih", x), ("weight_hh", h_prev)):
        grads[name] = np.einsum("bh,bi->hi", d_z, seen)
    dx = np.einsum("bh,hi->bi", d_z, params["weight_ih"])
    return dx, np.einsum("bh,hk->bk", d_z, params["weight_hh"]), grads


# %% bptt
def bptt(d_output, caches, step_backward):
    returned, states = [], []
    arriving = np.zeros(d_output.shape[1:], d_output.dtype)
    for t in range(len(caches))[::-1]:
        states.insert(0, np.add(d_output[t], arriving))
        returned.insert(0, step_backward(states[0], caches[t]))
        arriving = returned[0][1]
    grads = {name: np.sum([step[2][name] for step in returned], axis=0) for name in returned[0][2]}
    return np.stack([step[0] for step in returned]), np.stack(states), arriving, grads


# %% truncated_bptt
def truncated_bptt(d_output, caches, k1, k2, backward):
    if not (k1 >= 1 and k2 >= k1):
        raise ValueError(f"{k1}, {k2}")
    steps = np.arange(len(d_output))
    blocks = steps // k1
    sums = []
    for block in range(blocks[-1] + 1):
        last = steps[blocks == block][-1] + 1
        start = max(last - k2, 0)
        mine = (blocks == block)[:, np.newaxis, np.newaxis]
        sums.append(backward(np.where(mine, d_output, 0)[start:last], caches[start:last])[3])
    return {name: sum(grads[name] for grads in sums) for name in sums[0]}


# %% gradient_norm_by_lag
def gradient_norm_by_lag(d_state, hidden, weight_hh):
    way = [d_state]
    for slope in 1 - np.square(hidden[::-1]):
        way.append(np.einsum("bh,bh,hk->bk", way[-1], slope, weight_hh))
    return np.sqrt(np.einsum("tbh,tbh->tb", way, way))
