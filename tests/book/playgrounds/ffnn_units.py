"""What the figure of two hidden units must show: the package's MLP, its gradients, and its gradient descent."""

import numpy as np

from rnn_course import functional
from rnn_course.ffnn import MLP
from rnn_course.functional import mse_loss
from rnn_course.optim import SGD

NAMES = ("w1", "b1", "v1", "w2", "b2", "v2", "c")


def network(params):
    activation = getattr(functional, params["activation"].lower())
    model = MLP([1, 2, 1], np.random.default_rng(0), activation=activation)
    w1, b1, v1, w2, b2, v2, c = (params[name] for name in NAMES)
    weights = {
        "layers.0.weight": [[w1], [w2]],
        "layers.0.bias": [b1, b2],
        "layers.1.weight": [[v1, v2]],
        "layers.1.bias": [c],
    }
    model.load_state_dict(weights)
    return model


def by_name(arrays):
    w, b, v, c = (arrays[f"layers.{i}.{kind}"].ravel() for i in (0, 1) for kind in ("weight", "bias"))
    return dict(zip(NAMES, (w[0], b[0], v[0], w[1], b[1], v[1], c[0]), strict=True))


def run(model, data, target):
    x, y = np.array(data["x"])[:, np.newaxis], np.array(data["targets"][target])[:, np.newaxis]
    output, _, cache = model.forward(x)
    loss, d_output = mse_loss(output, y)
    parts = cache[0][1] * model.parameters()["layers.1.weight"]
    return output[:, 0], parts.T, loss, model.backward(d_output, cache)[2]


def cases(data, first):
    """Yield (task, params, data, expected) for each target and activation, at the first values and at random ones."""
    rng = np.random.default_rng(0)
    for target in data["targets"]:
        assert abs(np.var(data["targets"][target]) - data["constant"][target]) < 1e-12
        for activation in ("identity", "sigmoid", "tanh", "ReLU"):
            random = dict(zip(NAMES, rng.uniform(-2, 2, len(NAMES)).round(1).tolist(), strict=True))
            for values in ({}, random):
                params = first | {"target": target, "activation": activation} | values
                model = network(params)
                output, parts, loss, grads = run(model, data, target)
                yield "", params, {}, {"output": output, "parts": parts, "loss": loss, "gradient": by_name(grads)}
                optimizer = SGD(model.parameters(), lr=data["rate"])
                for _ in range(data["steps"]):
                    _, _, loss, grads = run(model, data, target)
                    if loss >= 1e6:  # diverged: the script stops there too
                        break
                    optimizer.step(grads)
                yield "descend", params, {}, by_name(model.parameters())
