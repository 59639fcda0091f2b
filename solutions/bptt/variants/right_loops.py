"""Goes through the sequences and the steps one by one, as the definitions say.

breaks: nothing
"""

import numpy as np


# %% rnn_step_backward
def rnn_step_backward(d_h, x, h_prev, h, params):
    d_z = d_h - d_h * h * h
    dx, d_h_prev = np.zeros_like(x), np.zeros_like(h_prev)
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    for b in range(len(x)):
        dx[b] = params["weight_ih"].T @ d_z[b]
        d_h_prev[b] = params["weight_hh"].T @ d_z[b]
        grads["weight_ih"] += np.outer(d_z[b], x[b])
        grads["weight_hh"] += np.outer(d_z[b], h_prev[b])
        for name in ("bias_ih", "bias_hh"):
            grads[name] += d_z[b]
    return dx, d_h_prev, grads


# %% bptt
def bptt(d_output, caches, step_backward):
    n_steps = len(caches)
    d_hidden = np.empty_like(d_output)
    dx, grads = [None] * n_steps, None
    d_h = d_output[n_steps - 1]
    for t in range(n_steps - 1, -1, -1):
        d_hidden[t] = d_h
        dx[t], d_h_prev, step_grads = step_backward(d_h, caches[t])
        if grads is None:
            grads = {name: gradient.copy() for name, gradient in step_grads.items()}
        else:
            for name in grads:
                grads[name] += step_grads[name]
        d_h = d_h_prev if t == 0 else d_h_prev + d_output[t - 1]
    return np.array(dx), d_hidden, d_h, grads


# %% truncated_bptt
def truncated_bptt(d_output, caches, k1, k2, backward):
    if k1 < 1 or k2 < k1:
        raise ValueError("windows")
    totals, n_steps = {}, len(d_output)
    last = 0
    while last < n_steps:
        first, last = last, min(last + k1, n_steps)
        start = last - k2 if last > k2 else 0
        errors = np.zeros_like(d_output[start:last])
        for t in range(first, last):
            errors[t - start] = d_output[t]
        *_, grads = backward(errors, caches[start:last])
        for name, gradient in grads.items():
            totals.setdefault(name, []).append(gradient)
    return {name: np.sum(gradients, axis=0) for name, gradients in totals.items()}


# %% gradient_norm_by_lag
def gradient_norm_by_lag(d_state, hidden, weight_hh):
    n_steps, batch_size, _ = hidden.shape
    norms = np.zeros((n_steps + 1, batch_size), hidden.dtype)
    for b in range(batch_size):
        d = d_state[b]
        for lag in range(n_steps + 1):
            norms[lag, b] = np.sqrt(sum(value * value for value in d))
            if lag < n_steps:
                d = (d * (1 - hidden[n_steps - 1 - lag, b] ** 2)) @ weight_hh
    return norms
