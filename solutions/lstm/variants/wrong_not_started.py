"""Nothing is written yet: every function still raises, as released.

breaks: lstm_step, lstm_step_backward, reber_strings, reber_legal_next, adding_batch
"""


# %% lstm_step
def lstm_step(x, state, params):
    raise NotImplementedError()


# %% lstm_step_backward
def lstm_step_backward(d_state, cache):
    raise NotImplementedError()


# %% reber_strings
def reber_strings(n, rng, embedded=True):
    raise NotImplementedError()


# %% reber_legal_next
def reber_legal_next(prefix, embedded=True):
    raise NotImplementedError()


# %% adding_batch
def adding_batch(batch_size, rng, length=100):
    raise NotImplementedError()
