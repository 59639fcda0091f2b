"""Forgets the tanh.

breaks: elman_step
"""


# %% elman_step
def elman_step(x, state, params):
    return x @ params["weight_ih"].T + params["bias_ih"] + state @ params["weight_hh"].T + params["bias_hh"]
