"""Joins input and state into one row, and their weights into one matrix; selects with masks.

breaks: nothing
"""

import numpy as np


# %% elman_step
def elman_step(x, state, params):
    joined = np.concatenate([x, state], axis=1)
    weight = np.concatenate([params["weight_ih"], params["weight_hh"]], axis=1)
    return np.tanh(joined @ weight.T + (params["bias_ih"] + params["bias_hh"]))


# %% jordan_step
def jordan_step(x, context, params, decay):
    joined = np.hstack([x, context])
    weight = np.hstack([params["weight_ih"], params["weight_ch"]])
    output = np.tanh(joined @ weight.T + params["bias_h"]) @ params["weight_ho"].T + params["bias_o"]
    context = context * decay
    context += output
    return output, context


# %% run_sequence
def run_sequence(step, x, state, lengths):
    state = np.array(state)
    rows = []
    for t in range(x.shape[0]):
        output, after = step(x[t], state)
        alive = lengths > t
        output = np.array(output)
        output[~alive] = 0
        state = state.copy()
        state[alive] = after[alive]
        rows.append(output[np.newaxis])
    return np.concatenate(rows), state


# %% error_by_phase
def error_by_phase(prediction, target, period, first):
    squared = np.square(prediction - target).reshape(len(prediction), -1).mean(axis=1)
    phase = (np.arange(len(squared)) + first) % period
    one_hot = phase[:, None] == np.arange(period)
    count = one_hot.sum(axis=0)
    total = (squared[:, None] * one_hot).sum(axis=0)
    return np.sqrt(np.where(count > 0, total / np.maximum(count, 1), np.nan))
