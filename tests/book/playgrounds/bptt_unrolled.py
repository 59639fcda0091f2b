"""What the figure of the unrolled network must show: the package's BPTT of each error, as far back as it may go."""

import numpy as np

from rnn_course.bptt import bptt, unroll
from rnn_course.functional import identity, tanh


def cases(data, first):
    """Yield (task, params, data, expected) for weights of either sign, activations, windows and steps; and the button."""
    x, target = (np.array(data[name]).reshape(3, 1, 1) for name in ("x", "target"))
    for activation in (identity, tanh):
        for weight in (-1.3, 0.0, 0.5, 1.5):
            params = {"weight_ih": np.array([[data["u"]]]), "weight_hh": np.array([[weight]]), "bias_ih": np.zeros(1)}
            hidden, caches = unroll(x, np.zeros((1, 1)), params | {"bias_hh": np.zeros(1)}, activation)
            errors = hidden - target
            for window in (1, 2, 3):
                delta, parts = backward(errors, caches, window)
                for done in (0, 2, 3, 4, 5, 6):
                    back = max(0, done - 3)
                    expected = {
                        "hidden": [0, *hidden.ravel()],
                        "errors": errors.ravel(),
                        "delta": delta,
                        "deltaZ": parts["bias"],
                        "parts": parts,
                        "sums": {name: sum(values[3 - back :]) for name, values in parts.items()},
                    }
                    chosen = {"done": done, "weight": weight, "window": str(window)}
                    yield "", {**first, **chosen, "activation": activation.__name__}, {}, expected
    for done, following in ((0, 1), (3, 4), (6, 0)):
        yield "step", {**first, "done": done}, {}, {"done": following}


def backward(errors, caches, window):
    """Send each error back alone, ``window`` steps far, and add up by the step where it arrives."""
    delta, parts = np.zeros(3), {name: np.zeros(3) for name in ("weight", "input", "bias")}
    for t in range(3):
        for reached in range(max(0, t - window + 1), t + 1):
            alone = np.zeros((t - reached + 1, 1, 1))
            alone[-1] = errors[t]
            at = caches[reached : t + 1]
            delta[reached] += bptt(alone, at)[1][0].item()
            later = bptt(alone[1:], at[1:])[3] if reached < t else {}  # what belongs to the steps after this one
            for name, key in {"weight": "weight_hh", "input": "weight_ih", "bias": "bias_ih"}.items():
                parts[name][reached] += bptt(alone, at)[3][key].item() - np.sum(later.get(key, 0))
    return delta, parts
