"""Calls itself for the later steps, and carries products of Jacobians.

breaks: nothing
"""

import numpy as np


# %% rnn_step_backward
def rnn_step_backward(d_h, x, h_prev, h, params):
    slope = (1 - h) * (1 + h)
    d_z = np.multiply(slope, d_h)
    ones = np.ones(len(d_h), d_h.dtype)
    grads = {"bias_hh": ones @ d_z, "bias_ih": ones @ d_z}
    grads["weight_hh"], grads["weight_ih"] = (h_prev.T @ d_z).T, (x.T @ d_z).T
    return np.dot(d_z, params["weight_ih"]), np.dot(d_z, params["weight_hh"]), grads


# %% bptt
def bptt(d_output, caches, step_backward):
    def back_to(t):
        """Gradients of the steps from t on: lists, what is sent to step t - 1, and the sums."""
        if t == len(caches):
            return [], [], np.zeros_like(d_output[0]), {}
        inputs, states, arriving, sums = back_to(t + 1)
        d_h = d_output[t] + arriving
        d_x_t, sent, grads = step_backward(d_h, caches[t])
        sums = {name: gradient + sums.get(name, 0.0) for name, gradient in grads.items()}
        return [d_x_t, *inputs], [d_h, *states], sent, sums

    inputs, states, d_h_0, sums = back_to(0)
    return np.array(inputs), np.array(states), d_h_0, sums


# %% truncated_bptt
def truncated_bptt(d_output, caches, k1, k2, backward):
    if k1 > k2 or k1 <= 0:
        raise ValueError("1 <= k1 <= k2")

    def up_to(last):
        if last <= 0:
            return {}
        first = (last - 1) // k1 * k1
        start = max(0, last - k2)
        errors = np.concatenate([np.zeros_like(d_output[start:first]), d_output[max(first, start) : last]])
        earlier, grads = up_to(first), backward(errors, caches[start:last])[3]
        return {name: gradient + earlier.get(name, 0) for name, gradient in grads.items()}

    return up_to(len(caches))


# %% gradient_norm_by_lag
def gradient_norm_by_lag(d_state, hidden, weight_hh):
    product = np.broadcast_to(np.eye(len(weight_hh), dtype=hidden.dtype), (hidden.shape[1], *weight_hh.shape))
    norms = []
    for lag in range(len(hidden) + 1):
        norms.append(np.sqrt(np.square(d_state[:, np.newaxis] @ product).sum(axis=(1, 2))))
        if lag < len(hidden):
            jacobian = (1 - hidden[-1 - lag] ** 2)[:, :, np.newaxis] * weight_hh
            product = product @ jacobian
    return np.array(norms)
