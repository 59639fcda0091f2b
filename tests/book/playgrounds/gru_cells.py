"""What the two cells with held gates must show: the package's steps, with biases that hold each gate."""

import numpy as np

from rnn_course.gru import gru_step
from rnn_course.lstm import lstm_step


def logit(gate):
    """The argument at which a sigmoid gives ``gate``: far out at 0 and at 1."""
    return np.clip(np.log(max(gate, 1e-300)) - np.log(max(1 - gate, 1e-300)), -600, 600)


def held(gates, candidate):
    """Parameters of one unit whose gates do not read anything, and whose candidate reads the input alone."""
    weight = np.zeros((len(gates), 1))
    weight[candidate] = 1
    params = {"weight_ih": weight, "weight_hh": 0 * weight, "bias_hh": np.zeros(len(gates))}
    return params | {"bias_ih": np.array([logit(gate) if gate is not None else 0.0 for gate in gates])}


def cases(data, first):
    """Yield (task, params, data, expected) for every input and gates from shut to open."""
    for name, pulses in data["inputs"].items():
        for keep, write in ((0.9, 1.0), (1.0, 1.0), (0.0, 0.5), (1.0, 0.0), (0.5, 0.25), (0.98, 0.1), (0.75, 0.9)):
            state, h = (np.zeros((1, 1)), np.zeros((1, 1))), np.zeros((1, 1))
            lstm, gru = [0.0], [0.0]
            for pulse in pulses:
                x = np.array([[pulse]])
                state, _ = lstm_step(x, state, held([write, keep, None, 1.0], candidate=2))
                h, _ = gru_step(x, h, held([1.0, keep, None], candidate=2))
                lstm.append(state[1].item())
                gru.append(h.item())
            expected = {"lstm": lstm, "gru": gru, "candidates": np.tanh(pulses)}
            yield "", first | {"input": name, "keep": keep, "write": write}, {}, expected
