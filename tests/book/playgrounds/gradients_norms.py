"""What the figure of a gradient's way back must show: the package's network on the same numbers."""

import numpy as np

from rnn_course.bptt import gradient_norm_by_lag, unroll
from rnn_course.experiments.gradients import ACTIVATIONS


def cases(data, first):
    """Yield (task, params, data, expected) for all weights and activations, at radii and lengths that differ."""
    x, gradient = np.array(data["x"])[:, np.newaxis], np.array([data["gradient"]])
    for kind, matrix in data["matrices"].items():
        assert np.abs(np.linalg.eigvals(matrix)).max() - 1 < 1e-3
        for activation, function in ACTIVATIONS.items():
            for radius, length in ((0.2, 10), (1.0, 50), (1.3, 100), (6.0, 40)):
                weight = radius * np.array(matrix)
                size, sigmoid = len(weight), activation.startswith("sigmoid")
                bias = -weight.sum(axis=1) / 2 if activation.endswith("centred") else np.zeros(size)
                params = {"weight_ih": np.eye(size), "weight_hh": weight, "bias_ih": bias, "bias_hh": np.zeros(size)}
                states, _ = unroll(x[:length], np.full((1, size), 0.5 * sigmoid), params, function)
                norms = gradient_norm_by_lag(gradient, states, weight, function)[:, 0]
                steepest = (0.25 if sigmoid else 1) * np.linalg.norm(matrix, 2) * radius
                expected = {
                    "norms": norms,
                    "bound": norms[0] * steepest ** np.arange(length + 1),
                    "growth": (norms[-1] / norms[0]) ** (1 / length),
                }
                chosen = {"weights": kind, "activation": activation, "radius": radius, "length": length}
                yield "", chosen, {}, expected
