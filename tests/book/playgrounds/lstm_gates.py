"""What the gates of the trained network must show: the package's LSTM with the same weights, on the same strings."""

import numpy as np

from rnn_course.functional import softmax
from rnn_course.lstm import LSTM
from rnn_course.tasks.reber import SYMBOLS, legal_successors


def cases(data, first):
    """Yield (task, params, data, expected) for every string, every quantity, and some steps and units."""
    assert data["symbols"] == SYMBOLS
    size = len(data["weight_hh"][0])
    model = LSTM(len(SYMBOLS), size, np.random.default_rng(0))
    zeros = np.zeros(4 * size)
    loaded = {name: np.array(data[name]) for name in ("weight_ih", "weight_hh")}
    model.load_state_dict(
        {f"{name}_l0": array for name, array in loaded.items()}
        | {"bias_ih_l0": np.array(data["bias"]), "bias_hh_l0": zeros}
    )
    places = iter(range(1000))
    for name, legal in data["legal"].items():
        second, inner = name[0], name[1:]
        string = f"B{second}{inner}{second}E"
        assert legal == [legal_successors(string[:end]) for end in range(1, len(string))]
        x = np.eye(len(SYMBOLS))[[SYMBOLS.index(symbol) for symbol in string[:-1]]][:, np.newaxis]
        output, _, (cache,) = model.forward(x)
        probabilities = softmax(output @ np.array(data["readout"]).T + np.array(data["offset"]))[:, 0]
        for end in range(1, len(string)):  # the network that is shown has learnt the grammar
            among = [symbol in legal[end - 1] for symbol in SYMBOLS]
            assert probabilities[end - 1][among].min() > probabilities[end - 1][np.logical_not(among)].max()
        i, f, g, o = cache.gates[:, :, 0]
        shown = {"input gate": i, "forget gate": f, "candidate": g, "output gate": o}
        shown |= {"cell c": cache.cell[1:, 0], "hidden state h": output[:, 0]}
        for show, values in shown.items():
            place = next(places)
            step, unit = 1 + 5 * place % 14, 1 + 3 * place % size
            at = min(step, len(values))
            expected = {
                "values": values,
                "at": at,
                "value": values[at - 1, unit - 1],
                "expected": probabilities[at - 1],
            }
            yield "", first | {"second": second, "inner": inner, "show": show, "step": step, "unit": unit}, {}, expected
