"""What the unfolded network must show: the package's whole-sequence networks, one unit a layer."""

import numpy as np

from rnn_course.elman_jordan import ElmanRNN, JordanRNN


def cases(data, first):
    """Yield (task, params, data, expected) for both networks, folded and over every number of steps."""
    weights, rng = data["weights"], np.random.default_rng(0)
    zero, into, back, out = np.zeros(1), *([[weights[name]]] for name in ("input", "back", "out"))
    elman, jordan = ElmanRNN(1, 1, rng), JordanRNN(1, 1, 1, rng)
    elman.load_state_dict({"weight_ih_l0": into, "weight_hh_l0": back, "bias_ih_l0": zero, "bias_hh_l0": zero})
    jordan.load_state_dict({"weight_ih": into, "weight_ch": back, "weight_ho": out, "bias_h": zero, "bias_o": zero})
    for network in ("Elman", "Jordan"):
        for steps in range(len(data["x"]) + 1):
            expected = {"uses": 3 * steps - 1 if steps else 3}
            if steps:
                x = np.array(data["x"][:steps], dtype=float).reshape(-1, 1, 1)
                if network == "Elman":
                    h = elman.forward(x)[0].ravel()
                    expected |= {"h": h, "y": weights["out"] * h}
                else:
                    expected |= {"y": jordan.forward(x)[0].ravel()}
            yield "", first | {"network": network, "steps": steps}, {}, expected
    for scale in (0.5, 1.5):  # and with other weights
        model = ElmanRNN(1, 1, rng)
        other = {name: scale * value for name, value in weights.items()}
        state = {"weight_ih_l0": [[other["input"]]], "weight_hh_l0": [[other["back"]]]}
        model.load_state_dict(state | {"bias_ih_l0": zero, "bias_hh_l0": zero})
        for steps in (2, 4, len(data["x"])):
            x = np.array(data["x"][:steps], dtype=float).reshape(-1, 1, 1)
            expected = {"h": model.forward(x)[0].ravel()}
            yield "", first | {"network": "Elman", "steps": steps}, {"weights": other}, expected
