"""What the network that the reader steps through must show: the package's steps with the same weights."""

import numpy as np

from rnn_course.elman_jordan import elman_step
from rnn_course.functional import sigmoid


def cases(data, first):
    """Yield (task, params, data, expected) for both networks, every stream, context copied or held, and some lengths."""
    for name, network in data["networks"].items():
        params = {key: np.array(network[key]) for key in ("weight_ih", "weight_hh")}
        size = len(params["weight_hh"])
        params |= {"bias_ih": np.zeros(size), "bias_hh": np.zeros(size)}
        readout = np.array(network["readout"])
        for stream, bits in data["streams"].items():
            for held in (False, True):
                for read in (0, 1, 2, 7, len(bits)):
                    start = np.full((1, size), 0.5)
                    state, context, outputs = start, start, []
                    for bit in bits[:read]:
                        context = start if held else state
                        state, _ = elman_step(np.array([[bit, 1.0]]), context, params, sigmoid)
                        outputs.append(sigmoid(readout @ [*state[0], 1]).item())
                    expected = {"hidden": state[0], "context": context[0]} | ({"output": outputs} if outputs else {})
                    how = "held at ½" if held else "copied"
                    chosen = {"network": name, "stream": stream, "read": read, "context": how}
                    yield "", first | chosen, {}, expected
