"""Multiplies by a mask of zeros and ones: NaN stays NaN.

breaks: run_sequence
"""

import numpy as np


# %% run_sequence
def run_sequence(step, x, state, lengths):
    outputs = []
    for t, x_t in enumerate(x):
        runs = (t < lengths)[:, None].astype(float)
        output, after = step(x_t, state)
        outputs.append(runs * output)
        state = runs * after + (1 - runs) * state
    return np.stack(outputs), state
