"""Nothing is written yet: every function still raises, as released.

breaks: clip_grad_norm, init_recurrent, omega_penalty, recurrent_dropout, l1_penalty
"""


# %% clip_grad_norm
def clip_grad_norm(grads, max_norm):
    raise NotImplementedError()


# %% init_recurrent
def init_recurrent(kind, hidden_size, rng, radius=1.0):
    raise NotImplementedError()


# %% omega_penalty
def omega_penalty(weight_hh, d_hidden, hidden):
    raise NotImplementedError()


# %% recurrent_dropout
def recurrent_dropout(x, h_0, params, rate, rng):
    raise NotImplementedError()


# %% l1_penalty
def l1_penalty(params, l1):
    raise NotImplementedError()
