"""Visible checks of the assignment ``tdnn``: one function per part, each with hints that name the likely fault."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnn_course import tdnn
from rnn_course.check.core import (
    call,
    expect,
    expect_array,
    expect_close,
    expect_raises,
    expect_shape,
    expect_tuple,
    passed,
)

Array = np.ndarray
Student = Callable[..., Any]
T, B, I, O, K = 10, 2, 3, 4, 3  # noqa: E741 - the course's letters
SETTINGS = {"": (1, 1), ", stride 2": (2, 1), ", dilation 3": (1, 3), ", stride 2 and dilation 2": (2, 2)}


def tdnn_forward(student: Student) -> None:
    """Check part 1: a plain layer, then strides and dilations, then a sequence that is too short."""
    rng = np.random.default_rng(41)
    x, weight, bias = rng.normal(size=(T, B, I)), rng.normal(size=(O, I, K)), rng.normal(size=O)
    for what, (stride, dilation) in SETTINGS.items():
        received = expect_array("output" + what, call(student, x, weight, bias, stride, dilation))
        expected, _ = tdnn.tdnn_forward(x, weight, bias, stride, dilation)
        hints = _forward_hints(x, weight, bias, stride, dilation)
        if received.ndim == 3 and len(received) != len(expected):
            hints.append((received, _count_hint(len(received) - len(expected), stride, dilation)))
        expect_close("output" + what, received, expected, hints)
    expect_raises(ValueError, "a window of 3 for a sequence of 2 steps", student, x[:2], weight, bias)
    passed("tdnn_forward", "the output is right, with stride and dilation too, and short sequences are refused.")


def _forward_hints(x: Array, weight: Array, bias: Array, stride: int, dilation: int) -> list[tuple[Any, str]]:
    """Wrong outputs and the faults that make them."""

    def layer(x: Array = x, weight: Array = weight, bias: Array = bias, s: int = stride, d: int = dilation) -> Array:
        return tdnn.tdnn_forward(x, weight, bias, s, d)[0]

    right = layer()
    hints = [
        (layer(weight=weight[:, :, ::-1]), "the window is read backwards. weight[:, :, 0] meets its earliest input."),
        (layer(bias=0 * bias), "the bias is missing."),
        (right - bias + K * bias, "the bias is added once for each of the K inputs. Add it once."),
        (right.transpose(1, 0, 2), "the axes are (window, sequence, output). Time comes first."),
        (layer(x[::-1])[::-1], "the window is read backwards. weight[:, :, 0] meets its earliest input."),
    ]
    if stride > 1:
        hints.append((layer(s=1), "the stride is not used: there is an output for every step."))
    if dilation > 1:
        hints.append((layer(d=1), "the dilation is not used: these windows read neighbouring steps."))
        hints.append((layer(d=1)[: len(right)], "the inputs of a window are not dilation steps apart."))
    return hints


def _count_hint(surplus: int, stride: int, dilation: int) -> str:
    if surplus > 0:
        return "there are too many windows. None may reach past an end of the sequence."
    if dilation > 1:
        return "there are windows missing. How many steps does a window with dilation span? Not K · dilation."
    return f"there are windows missing. How many fit into {T} steps when K is {T}? And with a stride of {stride}?"


def tdnn_backward(student: Student) -> None:
    """Check part 2: all three gradients for each setting."""
    rng = np.random.default_rng(42)
    x, weight = rng.normal(size=(T, B, I)), rng.normal(size=(O, I, K))
    names = ("dx", "d_weight", "d_bias")
    for what, (stride, dilation) in SETTINGS.items():
        output, cache = tdnn.tdnn_forward(x, weight, np.zeros(O), stride, dilation)
        d_output = rng.normal(size=output.shape)
        gradients = expect_tuple("tdnn_backward", call(student, d_output, x, weight, stride, dilation), names)
        expected = tdnn.tdnn_backward(d_output, cache)
        hints = _backward_hints(d_output, x, weight, stride, dilation, expected)
        for name, received, wanted in zip(names, gradients, expected, strict=True):
            expect_close(name + what, expect_array(name, received), wanted, hints[name])
    passed("tdnn_backward", "dx, d_weight and d_bias are right, with stride and dilation too.")


def _backward_hints(
    d_output: Array, x: Array, weight: Array, stride: int, dilation: int, expected: tuple[Array, Array, Array]
) -> dict[str, list[tuple[Any, str]]]:
    """Wrong gradients and the faults that make them."""
    count = len(d_output)
    taps = [np.arange(count) * stride + k * dilation for k in range(K)]
    last, first, bare, still = (np.zeros_like(x) for _ in range(4))
    for k, tap in enumerate(taps):
        last[tap] = d_output @ weight[:, :, k]
        bare[tap] += d_output @ weight[:, :, K - 1 - k]
        still[np.arange(count) + k * dilation] += d_output @ weight[:, :, k]
        first[tap] = np.where(first[tap] == 0, d_output @ weight[:, :, k], first[tap])
    dx, d_weight, d_bias = expected
    means = "this is a mean. Sum over the windows and the batch: what the loss divides by is already in d_output."
    sign = "the sign is turned round. The minus of gradient descent belongs to the update, not to the gradient."
    overlap = "windows overlap: a step that lies in several windows gets the sum of what each of them sends back."
    return {
        "dx": [
            (last, overlap),
            (first, overlap),
            (bare, "each delay has met the wrong weight. Step t · stride + k · dilation met weight[:, :, k]."),
            (still, "the stride is not used: window t begins at step t · stride."),
            (-dx, sign),
            (dx[: taps[-1][-1] + 1], "the steps after the last window are missing. Their gradient is 0."),
        ],
        "d_weight": [
            (d_weight[:, :, ::-1], "the delays are in the reverse order. weight[:, :, 0] met the earliest input."),
            (d_weight.transpose(0, 2, 1), "the axes are (output, input, delay): the shape of the weight."),
            (d_weight / count, means),
            (d_weight / B, means),
            (d_weight / (count * B), means),
            (-d_weight, sign),
            (_at(0, d_output, x, taps), "only the first window is in it. All windows share the weight."),
            (_at(count - 1, d_output, x, taps), "only the last window is in it. All windows share the weight."),
        ],
        "d_bias": [
            (d_output.sum(axis=1), "all windows share one bias. Sum over time too."),
            (d_output.sum(axis=0), "all sequences share one bias. Sum over the batch too."),
            (d_bias / count, means),
            (d_bias / B, means),
            (d_bias / (count * B), means),
            (-d_bias, sign),
            (d_output[-1].sum(axis=0), "only the last window is in it. All windows share the bias."),
        ],
    }


def _at(place: int, d_output: Array, x: Array, taps: list[Array]) -> Array:
    """What one window contributes to the gradient of the weight."""
    return np.stack([d_output[place].T @ x[tap[place]] for tap in taps], axis=2)


def receptive_field(student: Student) -> None:
    """Check part 3: one layer, then stacks in which stride, dilation and order each matter."""
    cases = [
        ([5], [1], [1]),
        ([3, 3], [1, 1], [1, 1]),
        ([2, 2, 2, 2], [1, 1, 1, 1], [1, 2, 4, 8]),
        ([6, 3], [3, 2], [1, 1]),  # every fault gives another number here
        ([4, 3, 2], [3, 2, 1], [1, 2, 3]),
        ([], [], []),
    ]
    for kernels, strides, dilations in cases:
        name = f"receptive field of kernel sizes {kernels}, strides {strides}, dilations {dilations}"
        received = call(student, list(kernels), list(strides), list(dilations))
        shape_hint = "it is one whole number."
        expect(expect_shape(name, received, (), shape_hint).dtype.kind in "iu", name, "an int", received, shape_hint)
        expected = tdnn.receptive_field(kernels, strides, dilations)
        expect_close(name, received, expected, _field_hints(kernels, strides, dilations, expected))
    expect_raises(ValueError, "two kernel sizes and one stride", student, [3, 3], [1], [1, 1])
    passed("receptive_field", "stacks with strides and dilations are right, and lists that do not fit are refused.")


def _field_hints(kernels: list[int], strides: list[int], dilations: list[int], expected: int) -> list[tuple[Any, str]]:
    ones = [1] * len(kernels)
    field = tdnn.receptive_field
    own = 1 + sum(
        (k - 1) * d * int(np.prod(strides[: i + 1])) for i, (k, d) in enumerate(zip(kernels, dilations, strict=True))
    )
    single = 1 + sum((k - 1) * d * s for k, d, s in zip(kernels, dilations, strides, strict=True))
    below = "a stride moves the layers above it apart, not its own inputs. Multiply by the strides of the layers below."
    return [
        (expected - 1, "one is missing: a layer of width 1 sees one input."),
        (field(kernels, strides, ones), "the dilations are not used."),
        (field(kernels, ones, dilations), "the strides are not used."),
        (sum(kernels), "this is the sum of the widths. The second layer's first input is already counted."),
        (max(kernels, default=0), "this is the widest layer. What does each layer add?"),
        (int(np.prod(kernels)), "this is the product of the widths. Neighbouring windows overlap."),
        (own, below),
        (single, below),
        (field(kernels[::-1], strides[::-1], dilations[::-1]), "the layer next to the input comes first in the lists."),
    ]


def max_over_time(student: Student) -> None:
    """Check part 4: padding of ordinary numbers, then of NaN, then lengths that cannot be."""
    rng = np.random.default_rng(44)
    x, lengths = rng.normal(size=(5, 3, 2)) - 2, np.array([5, 2, 3])
    x[-1] += 4  # the padding is larger than what comes before it
    inside = (np.arange(5)[:, None] < lengths)[..., None]
    expected = np.stack([x[:n, b].max(axis=0) for b, n in enumerate(lengths)])
    received = expect_array("output", call(student, x, lengths))
    expect_close(
        "output",
        received,
        expected,
        [
            (x.max(axis=0), "the padding counts too. A sequence ends at its own length."),
            ((x * inside).max(axis=0), "a zero from the padding wins where all scores are negative."),
            (np.abs(x * inside).max(axis=0), "these are the largest sizes. A score of -3 is less than one of 1."),
            (x.max(axis=1), "this is the maximum over the batch. Time is the first axis."),
            (x[lengths - 1, np.arange(3)], "this is the last step of each sequence. Take the largest."),
            (np.stack([x[: n + 1, b].max(axis=0) for b, n in enumerate(lengths)]), "one step too many is looked at."),
            (np.stack([x[: n - 1, b].max(axis=0) for b, n in enumerate(lengths)]), "the last step is not looked at."),
            (np.where(inside, x, 0).sum(axis=0) / lengths[:, None], "this is the mean. Take the maximum."),
            (np.where(inside, x, -np.inf).argmax(axis=0), "this is the place of the maximum. Return its value."),
        ],
    )
    name, leak = "output with NaN in the padding", "the maximum with a NaN is NaN. Take the padding out first."
    received = expect_array(name, call(student, np.where(inside, x, np.nan), lengths))
    expect(not np.isnan(received).any(), name, "finite numbers", "nan", leak)
    expect_close(name, received, expected)
    for wrong in (np.array([5, 0, 3]), np.array([6, 2, 3])):
        expect_raises(ValueError, f"lengths {wrong.tolist()} for T = 5", student, x, wrong)
    passed("max_over_time", "each sequence has the maximum of its own steps, whatever stands in the padding.")
