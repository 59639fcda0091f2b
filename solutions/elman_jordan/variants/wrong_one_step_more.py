"""Takes a length for the index of the last step.

breaks: run_sequence
"""

import numpy as np


# %% run_sequence
def run_sequence(step, x, state, lengths):
    outputs = []
    for t, x_t in enumerate(x):
        runs = (t <= lengths)[:, None]
        output, after = step(x_t, state)
        outputs.append(np.where(runs, output, 0))
        state = np.where(runs, after, state)
    return np.stack(outputs), state
