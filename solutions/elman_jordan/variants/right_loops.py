"""Goes row by row and unit by unit, as the definitions say.

breaks: nothing
"""

import numpy as np


# %% elman_step
def elman_step(x, state, params):
    h = np.empty_like(state)
    for row in range(len(x)):
        for unit in range(state.shape[1]):
            z = params["bias_ih"][unit] + params["bias_hh"][unit]
            z += np.dot(params["weight_ih"][unit], x[row])
            z += np.dot(params["weight_hh"][unit], state[row])
            h[row, unit] = np.tanh(z)
    return h


# %% jordan_step
def jordan_step(x, context, params, decay):
    output = np.empty_like(context)
    for row in range(len(x)):
        hidden = np.empty(len(params["bias_h"]), x.dtype)
        for unit in range(len(hidden)):
            z = params["bias_h"][unit] + params["weight_ih"][unit] @ x[row] + params["weight_ch"][unit] @ context[row]
            hidden[unit] = np.tanh(z)
        for o in range(output.shape[1]):
            output[row, o] = params["weight_ho"][o] @ hidden + params["bias_o"][o]
    return output, decay * context + output


# %% run_sequence
def run_sequence(step, x, state, lengths):
    outputs = []
    state = state.copy()
    for t in range(len(x)):
        output, after = step(x[t], state)
        output = output.copy()
        for b in range(len(lengths)):
            if t < lengths[b]:
                state[b] = after[b]
            else:
                output[b] = 0
        outputs.append(output)
    return np.array(outputs), state


# %% error_by_phase
def error_by_phase(prediction, target, period, first):
    totals, counts = [0.0] * period, [0] * period
    p = first
    for said, wanted in zip(prediction, target, strict=True):
        difference = np.ravel(said - wanted)
        totals[p] += sum(difference**2)
        counts[p] += difference.size
        p = 0 if p == period - 1 else p + 1
    return np.array([(s / n) ** 0.5 if n else np.nan for s, n in zip(totals, counts, strict=True)])
