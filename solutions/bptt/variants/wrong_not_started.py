"""Nothing is written yet: every function still raises, as released.

breaks: rnn_step_backward, bptt, truncated_bptt, gradient_norm_by_lag
"""


# %% rnn_step_backward
def rnn_step_backward(d_h, x, h_prev, h, params):
    raise NotImplementedError()


# %% bptt
def bptt(d_output, caches, step_backward):
    raise NotImplementedError()


# %% truncated_bptt
def truncated_bptt(d_output, caches, k1, k2, backward):
    raise NotImplementedError()


# %% gradient_norm_by_lag
def gradient_norm_by_lag(d_state, hidden, weight_hh):
    raise NotImplementedError()
