"""What the figure of the receptive field must show: the gradient of the package's network when all weights are 1."""

import numpy as np

from rnn_course.functional import identity
from rnn_course.tdnn import TDNN


def cases(data, first):
    """Yield (task, params, data, expected) for every stack that the reader can build."""
    for layers in (1, 2, 3, 4):
        for kernel in (1, 2, 3, 4):
            for name in ("1 everywhere", "doubling"):
                dilations = [2**layer if name == "doubling" else 1 for layer in range(layers)]
                model = TDNN(
                    [1] * (layers + 1),
                    [kernel] * layers,
                    np.random.default_rng(0),
                    dilations=dilations,
                    activation=identity,
                    causal=True,
                )
                for value in model.parameters().values():
                    value[...] = 1
                output, _, cache = model.forward(np.zeros((data["steps"], 1, 1)))
                d_output = np.zeros_like(output)
                d_output[-1] = 1
                paths = model.backward(d_output, cache)[0].ravel()
                params = {"layers": layers, "kernel": kernel, "dilations": name}
                yield "", params, {}, {"paths": paths, "field": model.receptive_field}
