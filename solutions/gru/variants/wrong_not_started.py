"""Nothing is written yet.

breaks: gru_step, gru_step_backward, count_parameters, match_hidden_size, bootstrap_interval
"""


# %% gru_step
def gru_step(x, h, params, reset_after=True):
    raise NotImplementedError()


# %% gru_step_backward
def gru_step_backward(d_h_new, x, h, gates, params):
    raise NotImplementedError()


# %% count_parameters
def count_parameters(gates, input_size, hidden_size, num_layers=1, out_features=None):
    raise NotImplementedError()


# %% match_hidden_size
def match_hidden_size(budget, count):
    raise NotImplementedError()


# %% bootstrap_interval
def bootstrap_interval(values, rng, level=0.95, resamples=10_000):
    raise NotImplementedError()
