"""Cuts the outputs, but lets the states run on after the end.

breaks: run_sequence
"""

import numpy as np


# %% run_sequence
def run_sequence(step, x, state, lengths):
    outputs = []
    for t, x_t in enumerate(x):
        output, state = step(np.nan_to_num(x_t), state)
        outputs.append(np.where((t < lengths)[:, None], output, 0))
    return np.stack(outputs), state
