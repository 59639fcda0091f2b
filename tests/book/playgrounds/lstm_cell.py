"""What the cell with held gates must show: steps of the package whose biases hold the gates there."""

from itertools import product

import numpy as np

from rnn_course.lstm import lstm_step, lstm_step_backward


def held(gate):
    """The bias that holds a gate: at its ends the logistic function is exactly 0 or 1."""
    return {0.0: -1000.0, 1.0: 1000.0}.get(gate) or np.log(gate / (1 - gate))


def cases(data, first):
    """Yield (task, params, data, expected) for gates open, shut and between, and two lengths."""
    candidates = np.array(data["candidates"])
    assert candidates[0] == 1
    for i, f, o, length in product((0.0, 0.3, 1.0), (0.0, 0.8, 0.95, 1.0), (0.25, 1.0), (10, 100)):
        params = {"weight_ih": np.array([[0.0], [0], [1], [0]]), "weight_hh": np.zeros((4, 1)), "bias_hh": np.zeros(4)}
        state, caches, cells, hidden = (np.zeros((1, 1)), np.zeros((1, 1))), [], [], []
        for t in range(length):
            params["bias_ih"] = np.array([held(1.0 if t == 0 else i), held(f), 0, held(o)])
            with np.errstate(divide="ignore"):
                x = np.arctanh(candidates[t])  # so that the candidate is what it shall be
            state, cache = lstm_step(np.array([[min(x, 1000.0)]]), state, params)
            caches.append(cache)
            hidden.append(state[0].item())
            cells.append(state[1].item())
        gradients = []
        for d_state in ((0.0, 1.0), (1.0, 0.0)):  # of the last cell, and of the last hidden state
            d_h, d_c = (np.array([[d]]) for d in d_state)
            way = []
            for cache in caches[::-1]:
                tanh_c, output = cache[7], cache[6]
                way.append((d_c + d_h * output * (1 - tanh_c**2)).item())
                _, (d_h, d_c), _ = lstm_step_backward((d_h, d_c), cache)
            gradients.append(way[::-1])
        expected = {
            "cell": cells,
            "hidden": hidden,
            "left": f ** np.arange(length),
            "gradient": gradients[0],
            "read": gradients[1][0],
        }
        chosen = {"input": i, "forget": f, "output": o, "length": length}
        yield "", first | chosen, {}, expected
