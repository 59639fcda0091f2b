"""Two parts fail, two do not: no slope in the first, no root in the last.

breaks: rnn_step_backward, gradient_norm_by_lag
"""

import numpy as np


# %% rnn_step_backward
def rnn_step_backward(d_h, x, h_prev, h, params):
    d_z = d_h
    d_bias = d_z.sum(axis=0)
    grads = {"weight_ih": d_z.T @ x, "weight_hh": d_z.T @ h_prev, "bias_ih": d_bias, "bias_hh": d_bias.copy()}
    return d_z @ params["weight_ih"], d_z @ params["weight_hh"], grads


# %% gradient_norm_by_lag
def gradient_norm_by_lag(d_state, hidden, weight_hh):
    norms = [(d_state**2).sum(axis=1)]
    for h in hidden[::-1]:
        d_state = d_state * (1 - h**2) @ weight_hh
        norms.append((d_state**2).sum(axis=1))
    return np.stack(norms)
