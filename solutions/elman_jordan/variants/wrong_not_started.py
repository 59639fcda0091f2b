"""Nothing is written yet: every function still raises, as released.

breaks: elman_step, jordan_step, run_sequence, error_by_phase
"""


# %% elman_step
def elman_step(x, state, params):
    raise NotImplementedError()


# %% jordan_step
def jordan_step(x, context, params, decay):
    raise NotImplementedError()


# %% run_sequence
def run_sequence(step, x, state, lengths):
    raise NotImplementedError()


# %% error_by_phase
def error_by_phase(prediction, target, period, first):
    raise NotImplementedError()
