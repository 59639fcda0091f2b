"""What the figure of the sliding window must show: the package's layer on the same signal."""

import numpy as np

from rnn_course.datasets import sunspots
from rnn_course.tdnn import tdnn_forward


def cases(data, first):
    """Yield (task, params, data, expected) for all weights, dilations, and years at the ends and between them."""
    years, numbers = sunspots()
    shown = numbers[(years >= data["first"]) & (years < data["first"] + len(data["numbers"]))]
    assert shown.tolist() == data["numbers"]
    x, last = shown[:, np.newaxis, np.newaxis], data["first"] + len(shown) - 1
    for weights, kernel in data["kernels"].items():
        for dilation in (1, 2, 5):
            bias = np.array([data["biases"][weights]])
            outputs = tdnn_forward(x, np.array(kernel)[np.newaxis, np.newaxis], bias, dilation=dilation)[0].ravel()
            for year in (data["first"], data["first"] + 50, last):
                end = max(year - data["first"], len(shown) - len(outputs))
                inputs = [end - dilation * k for k in reversed(range(len(kernel)))]
                expected = {"outputs": outputs, "output": outputs[end - len(shown)], "inputs": inputs}
                params = {"weights": weights, "dilation": str(dilation), "year": year}
                yield "", params, {}, expected | {"end": data["first"] + end}
