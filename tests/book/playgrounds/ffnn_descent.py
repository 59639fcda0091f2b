"""What the figure of gradient descent must show: the package's SGD on the same losses."""

import numpy as np

from rnn_course.optim import SGD


def cases(data, first):
    """Yield (task, params, data, expected) over a grid of losses, learning rates, starts and numbers of steps."""
    for loss, coefficients in data["losses"].items():
        value = np.polynomial.Polynomial(coefficients)
        for rate in (0.05, 0.3, 1.0, 1.95, 2.5):
            for start in (-2.5, -0.3, 0.0, 2.0):
                for steps in (0, 1, 30):
                    weight = np.array([start])
                    optimizer = SGD({"w": weight}, lr=rate)
                    path = [start]
                    while len(path) <= steps and abs(path[-1]) <= 1e6:
                        optimizer.step({"w": value.deriv()(weight)})
                        path.append(weight.item())
                    path = np.array(path)
                    expected = {"weights": path, "losses": value(path), "gradients": value.deriv()(path)}
                    yield "", {"loss": loss, "rate": rate, "start": start, "steps": steps}, {}, expected
