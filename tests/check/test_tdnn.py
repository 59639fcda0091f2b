"""The assignment ``tdnn``: every variant fails exactly what it breaks, and each fault is named by its hint."""

import runpy
from functools import partial

import numpy as np
import pytest

from rnn_course import tdnn as reference
from rnn_course.check import tdnn as check

from . import harness

PARTS = ("tdnn_forward", "tdnn_backward", "receptive_field", "max_over_time")
VARIANTS = {variant.name: variant for variant in harness.variants("tdnn")}
HINTS = [
    ("wrong_kernel_reversed", "tdnn_forward", "the window is read backwards"),
    ("wrong_bias_missing", "tdnn_forward", "the bias is missing"),
    ("wrong_last_window_missing", "tdnn_forward", "there are windows missing"),
    ("wrong_stride_ignored", "tdnn_forward", "the stride is not used"),
    ("wrong_dilation_ignored", "tdnn_forward", "not dilation steps apart"),
    ("wrong_batch_first", "tdnn_forward", "Time comes first"),
    ("wrong_span_too_long", "tdnn_forward", "there are windows missing"),
    ("wrong_short_sequence_accepted", "tdnn_forward", "expected ValueError, but no exception was raised"),
    ("wrong_overlap_overwritten", "tdnn_backward", "windows overlap"),
    ("wrong_weight_delays_reversed", "tdnn_backward", "the delays are in the reverse order"),
    ("wrong_dx_delays_reversed", "tdnn_backward", "each delay has met the wrong weight"),
    ("wrong_bias_over_batch_only", "tdnn_backward", "Sum over time too"),
    ("wrong_mean_over_windows", "tdnn_backward", "this is a mean"),
    ("wrong_last_window_only", "tdnn_backward", "only the last window is in it"),
    ("wrong_tail_cut_off", "tdnn_backward", "the steps after the last window are missing"),
    ("wrong_sign_turned", "tdnn_backward", "the sign is turned round"),
    ("wrong_d_output_in_place", "tdnn_backward", "changed its argument number 1 in place"),
    ("wrong_input_stands_still", "tdnn_backward", "the stride is not used"),
    ("wrong_sum_of_widths", "receptive_field", "is already counted"),
    ("wrong_one_missing", "receptive_field", "one is missing"),
    ("wrong_stride_too_early", "receptive_field", "Multiply by the strides of the layers below"),
    ("wrong_top_layer_first", "receptive_field", "the layer next to the input comes first"),
    ("wrong_lists_cut", "receptive_field", "expected ValueError, but no exception was raised"),
    ("wrong_padding_counts", "max_over_time", "the padding counts too"),
    ("wrong_zeros_win", "max_over_time", "a zero from the padding wins"),
    ("wrong_nan_leaks", "max_over_time", "the maximum with a NaN is NaN"),
    ("wrong_one_step_more", "max_over_time", "one step too many"),
    ("wrong_lengths_unchecked", "max_over_time", "expected ValueError, but"),
    ("wrong_stride_and_mean", "tdnn_forward", "the stride is not used"),
    ("wrong_stride_and_mean", "max_over_time", "this is the mean"),
    *(("wrong_not_started", part, "is not written yet") for part in PARTS),
]
HIDDEN_ONLY = {"wrong_float64_output", "wrong_lower_bound_too_high"}

see = partial(harness.message, check)


class TestSource:
    def test_network_names_syllables_that_begin_where_it_never_heard_one(self, capsys):
        results = runpy.run_path(str(harness.SOLUTIONS / "tdnn" / "tdnn.py"))["results"]
        assert min(results.values()) > 0.9
        assert "It need not see them first" in capsys.readouterr().out

    def test_reference_agrees_with_the_package(self, rng):
        names = harness.namespace("tdnn")
        x, weight, bias = rng.normal(size=(9, 2, 3)), rng.normal(size=(4, 3, 2)), rng.normal(size=4)
        for stride, dilation in ((1, 1), (2, 1), (1, 3), (3, 2)):
            output, cache = reference.tdnn_forward(x, weight, bias, stride, dilation)
            np.testing.assert_allclose(names["tdnn_forward"](x, weight, bias, stride, dilation), output, atol=1e-13)
            d_output = rng.normal(size=output.shape)
            received = names["tdnn_backward"](d_output, x, weight, stride, dilation)
            for mine, theirs in zip(received, reference.tdnn_backward(d_output, cache), strict=True):
                np.testing.assert_allclose(mine, theirs, atol=1e-13)
        stack = [3, 4, 2], [2, 1, 3], [1, 2, 1]
        assert names["receptive_field"](*stack) == reference.receptive_field(*stack)
        np.testing.assert_array_equal(names["max_over_time"](x, np.array([9, 9])), reference.max_over_time(x))


@pytest.mark.parametrize("name", VARIANTS)
def test_ungraded_section_runs_and_says_something(name, capsys):
    harness.namespace("tdnn", VARIANTS[name])
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith(("It need not see them first", "The network does not learn yet", "The network cannot run"))


class TestBadResults:
    def test_not_a_number(self):
        nan = np.nan
        assert "finite numbers" in see("tdnn_forward", lambda x, w, b, s, d: np.full((8, 2, 4), nan))
        assert "dx: expected finite" in see("tdnn_backward", lambda d, x, w, s, k: (x * nan, w, d[0, 0]))
        assert "expected an int" in see("receptive_field", lambda k, s, d: nan)

    def test_wrong_shape(self):
        assert "output: expected shape (8, 2, 4), received (10, 2, 3)" in see("tdnn_forward", lambda x, *_: 1 * x)
        assert "d_bias: expected shape (4,), received (2, 4)" in see(
            "tdnn_backward", lambda d, x, w, s, k: (*right_dx_and_weight(d, x, w, s, k), d[0])
        )
        assert "expected shape (), received (1,)" in see("receptive_field", lambda k, s, d: [1])


def right_dx_and_weight(d_output, x, weight, stride, dilation):
    _, cache = reference.tdnn_forward(x, weight, np.zeros(len(weight)), stride, dilation)
    return reference.tdnn_backward(d_output, cache)[:2]


def layer(**change):
    """A student's layer: the right one with one argument, or its output, changed."""

    def student(x, weight, bias, stride=1, dilation=1):
        names = {"x": x, "weight": weight, "bias": bias, "stride": stride, "dilation": dilation, "K": weight.shape[2]}
        arguments = [eval(change.get(name, name), names) for name in ("x", "weight", "bias", "stride", "dilation")]
        return eval(
            change.get("output", "output"), {**names, "output": reference.tdnn_forward(*arguments)[0], "np": np}
        )

    return student


def gradients(which, expression):
    """A student's gradients: the right ones with one of them changed."""

    def student(d_output, x, weight, stride=1, dilation=1):
        _, cache = reference.tdnn_forward(x, weight, np.zeros(len(weight)), stride, dilation)
        parts = dict(zip(("dx", "d_weight", "d_bias"), reference.tdnn_backward(d_output, cache), strict=True))
        parts[which] = eval(expression, {"np": np, "d_output": d_output, "n": len(d_output), "B": 2, **parts})
        return tuple(parts.values())

    return student


class TestHints:
    @pytest.mark.parametrize(
        ("change", "phrase"),
        [
            ({"bias": "bias * K"}, "added once for each of the K inputs"),
            ({"dilation": "1"}, "the dilation is not used"),
            ({"output": "np.concatenate([output, output[:1]])"}, "there are too many windows"),
        ],
    )
    def test_forward(self, change, phrase):
        assert phrase in see("tdnn_forward", layer(**change))

    @pytest.mark.parametrize(
        ("which", "expression", "phrase"),
        [
            ("dx", "-dx", "the sign is turned round"),
            ("d_weight", "d_weight.transpose(0, 2, 1)", "the axes are (output, input, delay)"),
            ("d_weight", "d_weight / B", "this is a mean"),
            ("d_weight", "d_weight / (n * B)", "this is a mean"),
            ("d_bias", "d_output.sum(axis=0)", "Sum over the batch too"),
            ("d_bias", "d_bias / n", "this is a mean"),
            ("d_bias", "d_bias / B", "this is a mean"),
            ("d_bias", "-d_bias", "the sign is turned round"),
            ("d_bias", "d_output[-1].sum(axis=0)", "only the last window is in it"),
        ],
    )
    def test_backward(self, which, expression, phrase):
        assert phrase in see("tdnn_backward", gradients(which, expression))

    def test_only_the_first_window(self):
        def student(d_output, x, weight, stride=1, dilation=1):
            d_output = np.where(np.arange(len(d_output))[:, None, None] == 0, d_output, 0)
            _, d_weight, d_bias = gradients("d_bias", "d_bias")(d_output, x, weight, stride, dilation)
            return right, d_weight, d_bias

        rng = np.random.default_rng(42)
        x, weight, d_output = rng.normal(size=(10, 2, 3)), rng.normal(size=(4, 3, 3)), rng.normal(size=(8, 2, 4))
        right, _ = right_dx_and_weight(d_output, x, weight, 1, 1)
        assert "only the first window is in it" in see("tdnn_backward", student)

    @pytest.mark.parametrize(
        ("expression", "phrase"),
        [
            ("field(kernels, strides, ones)", "the dilations are not used"),
            ("field(kernels, ones, dilations)", "the strides are not used"),
            ("max(kernels)", "this is the widest layer"),
            ("int(np.prod(kernels))", "this is the product of the widths"),
            ("1.0 * field(kernels, strides, dilations)", "it is one whole number"),
            (
                "1 + sum((k - 1) * d * s for k, s, d in zip(kernels, strides, dilations, strict=True))",
                "Multiply by the strides of the layers below",
            ),
        ],
    )
    def test_receptive_field(self, expression, phrase):
        def student(kernels, strides, dilations):
            names = {"np": np, "kernels": kernels, "strides": strides, "dilations": dilations}
            return eval(expression, {**names, "ones": [1] * len(kernels), "field": reference.receptive_field})

        assert phrase in see("receptive_field", student)

    @pytest.mark.parametrize(
        ("expression", "phrase"),
        [
            ("x.max(axis=1)", "this is the maximum over the batch"),
            ("x[lengths - 1, np.arange(3)]", "this is the last step of each sequence"),
            ("np.abs(np.where(inside, x, 0)).max(axis=0)", "these are the largest sizes"),
            ("np.where(inside, x, -np.inf).argmax(axis=0)", "this is the place of the maximum"),
            ("np.stack([x[: n - 1, b].max(axis=0) for b, n in enumerate(lengths)])", "the last step is not looked at"),
        ],
    )
    def test_max_over_time(self, expression, phrase):
        def student(x, lengths):
            inside = (np.arange(len(x))[:, None] < lengths)[..., None]
            return eval(expression, {"np": np, "x": x, "lengths": lengths, "inside": inside})

        assert phrase in see("max_over_time", student)
