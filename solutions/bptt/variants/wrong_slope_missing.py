"""Sends the gradient past the tanh.

breaks: rnn_step_backward
"""


# %% rnn_step_backward
def rnn_step_backward(d_h, x, h_prev, h, params):
    d_z = d_h
    d_bias = d_z.sum(axis=0)
    grads = {"weight_ih": d_z.T @ x, "weight_hh": d_z.T @ h_prev, "bias_ih": d_bias, "bias_hh": d_bias.copy()}
    return d_z @ params["weight_ih"], d_z @ params["weight_hh"], grads
