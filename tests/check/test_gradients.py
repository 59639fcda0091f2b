"""The assignment ``gradients``: every variant fails exactly what it breaks, and each fault is named by its hint."""

import runpy
from functools import partial

import numpy as np
import pytest

from rnn_course import gradients as reference
from rnn_course import optim
from rnn_course.check import gradients as check

from . import harness

PARTS = ("clip_grad_norm", "init_recurrent", "omega_penalty", "recurrent_dropout", "l1_penalty")
VARIANTS = {variant.name: variant for variant in harness.variants("gradients")}
HINTS = [
    ("wrong_each_array_alone", "clip_grad_norm", "each array is clipped by its own norm"),
    ("wrong_each_entry_alone", "clip_grad_norm", "each entry is clipped by itself"),
    ("wrong_always_scaled", "clip_grad_norm", "a gradient that is short enough stays as it is"),
    ("wrong_new_arrays", "clip_grad_norm", "Change the arrays in place"),
    ("wrong_norm_after", "clip_grad_norm", "this is the norm after clipping"),
    ("wrong_root_missing", "clip_grad_norm", "the square root is missing"),
    ("wrong_norms_added", "clip_grad_norm", "the norms of the arrays are added"),
    ("wrong_bound_unchecked", "clip_grad_norm", "max_norm = 0: expected ValueError, but no exception was raised"),
    ("wrong_zero_divided", "clip_grad_norm", "a gradient of zeros: expected finite numbers, received NaN"),
    ("wrong_radius_ignored", "init_recurrent", "the radius is not used"),
    ("wrong_singular_value", "init_recurrent", "the largest singular value was scaled"),
    ("wrong_real_part", "init_recurrent", "a real part was scaled"),
    ("wrong_rows_of_length_one", "init_recurrent", "not at right angles"),
    ("wrong_own_generator", "init_recurrent", "draw with the rng that is passed in"),
    ("wrong_unknown_kind", "init_recurrent", 'kind = "zeros": expected ValueError, but no exception was raised'),
    ("wrong_norms_squared", "omega_penalty", "the norms are squared"),
    ("wrong_slope_missing", "omega_penalty", "the slope of tanh, 1 - h², is missing"),
    ("wrong_jacobian_turned", "omega_penalty", "the Jacobian is turned round"),
    ("wrong_batch_summed", "omega_penalty", "this is a sum over the batch"),
    ("wrong_mean_over_steps", "omega_penalty", "this is a mean over the steps"),
    ("wrong_two_missing", "omega_penalty", "the 2 of the square's derivative is missing"),
    ("wrong_axes_swapped", "omega_penalty", "its axes are swapped"),
    ("wrong_zero_counts", "omega_penalty", "a step whose δ is 0 counts nothing"),
    ("wrong_nan_without_gradient", "omega_penalty", "Is something divided by zero"),
    ("wrong_mask_each_step", "recurrent_dropout", "the mask fits one step alone"),
    ("wrong_not_scaled", "recurrent_dropout", "the units that stay are not scaled"),
    ("wrong_kept_with_rate", "recurrent_dropout", "is a unit dropped with probability p, or kept with it?"),
    ("wrong_output_dropped", "recurrent_dropout", "The states that are returned are whole"),
    ("wrong_one_mask_for_the_batch", "recurrent_dropout", "the same row for all"),
    ("wrong_start_undropped", "recurrent_dropout", "the mask acts on h_0 too"),
    ("wrong_rate_unchecked", "recurrent_dropout", "rate = -0.1: expected ValueError, but no exception was raised"),
    ("wrong_hidden_bias_missing", "recurrent_dropout", "bias_hh is missing"),
    ("wrong_sum_first", "l1_penalty", "the absolute value is taken of the sum"),
    ("wrong_gradient_of_the_sum", "l1_penalty", "the absolute value is taken of the sum"),
    ("wrong_squares", "l1_penalty", "that is an L2 penalty"),
    ("wrong_biases_too", "l1_penalty", "biases are free"),
    ("wrong_strength_missing", "l1_penalty", "λ is missing"),
    ("wrong_entries_and_bug", "clip_grad_norm", "each entry is clipped by itself"),
    ("wrong_entries_and_bug", "l1_penalty", "the absolute value is taken of the sum"),
    *(("wrong_not_started", part, "is not written yet") for part in PARTS),
]
HIDDEN_ONLY = {"wrong_one_at_zero", "wrong_uniform_entries"}

see = partial(harness.message, check)


def answer(part):
    """Return the reference solution of a part."""
    return harness.namespace("gradients")[part]


class TestSource:
    def test_the_network_learns_with_the_cures_and_not_without(self, capsys):
        results = runpy.run_path(str(harness.SOLUTIONS / "gradients" / "gradients.py"))["results"]
        assert results["no cure"] < 0.6
        assert results["clipping"] > 0.75
        assert results["clipping and Ω"] > 0.95
        assert "The network remembers which came first" in capsys.readouterr().out

    def test_reference_agrees_with_the_package(self, rng):
        ours, theirs = ({"a": np.array([3.0, 1.0]), "b": np.array([[4.0]])} for _ in range(2))
        assert answer("clip_grad_norm")(ours, 2.0) == optim.clip_grad_norm(theirs, 2.0)
        np.testing.assert_allclose(ours["a"], theirs["a"])
        same = answer("init_recurrent")("orthogonal", 5, np.random.default_rng(3))
        np.testing.assert_allclose(same, reference.orthogonal_weight(5, np.random.default_rng(3)), atol=1e-15)
        weight, d_hidden, hidden = rng.normal(size=(3, 3)), rng.normal(size=(4, 2, 3)), rng.uniform(-1, 1, (4, 2, 3))
        received, expected = (f(weight, d_hidden, hidden) for f in (answer("omega_penalty"), reference.omega_penalty))
        assert received[0] == pytest.approx(expected[0], rel=1e-13)
        np.testing.assert_allclose(received[1], expected[1], atol=1e-14)

    def test_the_colleague_s_bug_passes_a_gradient_check_and_lets_weights_grow(self):
        """What the text of part 5 says of the wrong code."""
        wrong = VARIANTS["wrong_sum_first"]
        l1_penalty = harness.namespace("gradients", wrong)["l1_penalty"]
        assert l1_penalty({"weight": np.array([[5.0, -5.0], [-5.0, 5.0]])}, 1.0)[0] == 0


@pytest.mark.parametrize("name", VARIANTS)
def test_ungraded_section_runs_and_says_something(name, capsys):
    harness.namespace("gradients", VARIANTS[name])
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith(("The network remembers", "The network does not learn yet", "The network cannot run"))


class TestBadResults:
    def test_wrong_shape(self):
        assert "expected shape (6, 6)" in see("init_recurrent", lambda kind, size, rng, radius: np.eye(size)[0])
        assert "expected shape (3, 3)" in see("omega_penalty", lambda w, d, h: (answer("omega_penalty")(w, d, h)[0], d))
        assert "mask: expected shape (50, 8)" in see("recurrent_dropout", lambda x, h, p, rate, rng: (x, x))

    def test_a_parameter_is_changed_in_place(self):
        def student(params, l1):
            penalty, grads = answer("l1_penalty")(params, l1)
            params["weight"] *= 0.9
            return penalty, grads

        assert "it was changed" in see("l1_penalty", student)

    def test_new_arrays_beside_clipped_ones(self):
        def student(grads, max_norm):
            norm = answer("clip_grad_norm")(grads, max_norm)
            grads["bias"] = grads["bias"].copy()
            return norm

        assert "the dictionary holds new arrays" in see("clip_grad_norm", student)


class TestHints:
    @pytest.mark.parametrize(
        ("part", "change", "phrase"),
        [
            ("omega_penalty", lambda omega, d_weight: (omega, -d_weight), "the sign is turned round"),
            ("omega_penalty", lambda omega, d_weight: (omega, 2 * d_weight), "this is a sum over the batch"),
            ("l1_penalty", lambda penalty, grads: (10 * penalty, grads), "λ is missing"),
            (
                "l1_penalty",
                lambda penalty, grads: (penalty, {n: -g for n, g in grads.items()}),
                "the sign is turned round",
            ),
        ],
    )
    def test_result_changed(self, part, change, phrase):
        assert phrase in see(part, lambda *args: change(*answer(part)(*args)))

    @pytest.mark.parametrize(
        ("change", "phrase"),
        [
            (lambda params, mask: ({**params, "bias_ih": 0 * params["bias_ih"]}, mask), "bias_ih is missing"),
            (
                lambda params, mask: ({**params, "weight_hh": params["weight_hh"].T}, mask),
                "multiply the context by its",
            ),
            (lambda params, mask: (params, np.ones_like(mask)), "the mask is not used"),
        ],
    )
    def test_recurrent_dropout(self, change, phrase):
        def student(x, h_0, params, rate, rng):
            mask = reference.dropout_mask(h_0.shape, rate, rng)
            changed, used = change(params, mask)
            return reference.dropped_layer(x, h_0, changed, used)[0], mask

        assert phrase in see("recurrent_dropout", student)

    def test_scaled_down(self):
        def student(x, h_0, params, rate, rng):
            mask = (1 - rate) * (rng.random(h_0.shape) >= rate)
            return reference.dropped_layer(x, h_0, params, mask)[0], mask

        assert "the units that stay are scaled down" in see("recurrent_dropout", student)

    def test_dropped_after_the_run(self):
        def student(x, h_0, params, rate, rng):
            mask = reference.dropout_mask(h_0.shape, rate, rng)
            return mask * reference.dropped_layer(x, h_0, params, mask)[0], mask

        assert "The states that are returned are whole" in see("recurrent_dropout", student)
