"""The assignment ``ffnn``: every variant fails exactly what it breaks, and each fault is named by its hint."""

import runpy
from functools import partial

import numpy as np
import pytest

from rnn_course import ffnn as reference
from rnn_course import functional, gradcheck
from rnn_course.check import ffnn as check

from . import harness

PARTS = ("affine_backward", "softmax_cross_entropy", "check_gradient", "sliding_windows")
VARIANTS = {variant.name: variant for variant in harness.variants("ffnn")}
HINTS = [
    ("wrong_transposed_weight_gradient", "affine_backward", "this is the transpose"),
    ("wrong_bias_not_summed", "affine_backward", "all examples share one bias"),
    ("wrong_mean_over_batch", "affine_backward", "the loss has already divided by N"),
    ("wrong_loss_summed", "softmax_cross_entropy", "this is the sum over the examples"),
    ("wrong_gradient_not_averaged", "softmax_cross_entropy", "its gradient is divided by N too"),
    ("wrong_overflow", "softmax_cross_entropy", "Subtract each row's largest logit"),
    ("wrong_softmax_over_batch", "softmax_cross_entropy", "softmax ran over the batch"),
    ("wrong_log_of_underflow", "softmax_cross_entropy", "too small for a float"),
    ("wrong_logits_in_place", "softmax_cross_entropy", "changed its argument number 1 in place"),
    ("wrong_forward_difference", "check_gradient", "one-sided difference"),
    ("wrong_one_step_apart", "check_gradient", "two steps apart, not one"),
    ("wrong_x_not_restored", "check_gradient", "leaves a rounding error"),
    ("wrong_absolute_error", "check_gradient", "this is the absolute difference"),
    ("wrong_last_window_missing", "sliding_windows", "there are windows missing"),
    ("wrong_step_axis_last", "sliding_windows", "Which axis of yours is the step?"),
    ("wrong_width_unchecked", "sliding_windows", "expected ValueError, but no exception was raised"),
    ("wrong_sign_and_axis", "affine_backward", "the sign is turned round"),
    ("wrong_sign_and_axis", "sliding_windows", "these windows slide over the features"),
    *(("wrong_not_started", part, "is not written yet") for part in PARTS),
]
HIDDEN_ONLY = {
    "wrong_squeezed",
    "wrong_one_maximum_for_all",
    "wrong_float64_one_hot",
    "wrong_zero_over_zero",
    "wrong_nan_passes",
    "wrong_full_width_refused",
}


see = partial(harness.message, check)


class TestSource:
    def test_network_with_one_step_stays_near_chance(self, capsys):
        names = runpy.run_path(str(harness.SOLUTIONS / "ffnn" / "ffnn.py"))
        results = names["results"]
        assert results[2][0] < 1e-7
        assert results[2][2] == 1
        assert results[1][2] < 0.6
        assert results[1][1] > 0.65
        assert "Two steps are enough" in capsys.readouterr().out

    def test_reference_agrees_with_the_package(self, rng):
        names = harness.namespace("ffnn")
        logits, target = rng.normal(size=(5, 4)), rng.integers(0, 4, size=5)
        expected = functional.cross_entropy(logits, target)
        np.testing.assert_allclose(names["softmax_cross_entropy"](logits, target)[0], expected[0], rtol=1e-14)
        np.testing.assert_allclose(names["softmax_cross_entropy"](logits, target)[1], expected[1], atol=1e-15)
        for x in (rng.normal(size=7), rng.normal(size=(7, 2))):
            np.testing.assert_array_equal(names["sliding_windows"](x, 3), reference.sliding_windows(x, 3))
        x = rng.normal(size=(2, 3))
        arguments = (lambda values: float(np.exp(values).sum()), x, 1.1 * np.exp(x))
        assert names["check_gradient"](*arguments) == gradcheck.check_gradient(*arguments)


class TestVariants:
    @pytest.mark.parametrize("name", VARIANTS)
    def test_ungraded_section_runs_and_says_something(self, name, capsys):
        harness.namespace("ffnn", VARIANTS[name])
        said = capsys.readouterr().out.splitlines()[-1]
        assert said.startswith(("Two steps are enough", "The network does not learn yet", "The network cannot run yet"))


class TestBadResults:
    @pytest.mark.parametrize("part", PARTS)
    def test_ragged_lists(self, part):
        message = see(part, lambda *args: [[1.0], [1.0, 2.0]])
        assert "received a list" in message or "received 2 values" in message

    def test_not_a_number(self):
        nan = np.nan
        message = see("affine_backward", lambda d, x, w: (x * nan, w, d[0]))
        assert "dx: expected finite numbers, received NaN" in message
        message = see("softmax_cross_entropy", lambda z, y: (nan, z * nan))
        assert "loss: expected finite numbers, received NaN" in message
        assert "relative error with eps=0.1: expected finite numbers" in see("check_gradient", lambda *args: nan)
        assert "NaN" in see("sliding_windows", lambda x, width: np.full((4, 3), nan))

    def test_wrong_shape(self):
        message = see("affine_backward", lambda d, x, w: (x.T, w, d[0]))
        assert "dx: expected shape (4, 3), received (3, 4)" in message
        message = see("softmax_cross_entropy", lambda z, y: (np.zeros((2, 2)), z))
        assert "loss: expected shape (), received (2, 2)" in message
        assert "relative error: expected shape (), received (3,)" in see("check_gradient", lambda f, x, g, eps=0: x)
        assert "expected shape (4, 3), received (6,)" in see("sliding_windows", lambda x, width: x + 1)

    def test_lists_where_arrays_belong(self):
        assert "dx: expected a numpy array, received a list of 2" in see("affine_backward", lambda *args: ([1, 2],) * 3)
        assert "d_logits: expected a numpy array" in see("softmax_cross_entropy", lambda z, y: (0.0, 0.0))
        assert "expected a numpy array" in see("sliding_windows", lambda x, width: list(x))
