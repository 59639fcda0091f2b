"""Einstein sums, steps on the rows that still run, and slices with a stride.

breaks: nothing
"""

import numpy as np


# %% elman_step
def elman_step(x, state, params):
    z = np.einsum("bi,hi->bh", x, params["weight_ih"])
    z += np.einsum("bj,hj->bh", state, params["weight_hh"])
    for name in ("bias_ih", "bias_hh"):
        z += params[name]
    return np.tanh(z, out=z)


# %% jordan_step
def jordan_step(x, context, params, decay):
    z = np.einsum("bi,hi->bh", x, params["weight_ih"]) + np.einsum("bo,ho->bh", context, params["weight_ch"])
    h = np.tanh(z + params["bias_h"])
    output = np.einsum("bh,oh->bo", h, params["weight_ho"]) + params["bias_o"]
    return output, output + decay * context


# %% run_sequence
def run_sequence(step, x, state, lengths):
    outputs, state = None, state.copy()
    for t in range(len(x)):
        rows = np.flatnonzero(lengths > t)
        output, state[rows] = step(x[t, rows], state[rows])
        if outputs is None:
            outputs = np.zeros((len(x), len(lengths), output.shape[1]))
        outputs[t, rows] = output
    return outputs, state


# %% error_by_phase
def error_by_phase(prediction, target, period, first):
    errors = []
    for p in range(period):
        start = (p - first) % period
        difference = prediction[start::period] - target[start::period]
        errors.append(np.sqrt(np.mean(difference**2)) if difference.size else np.nan)
    return np.array(errors)
