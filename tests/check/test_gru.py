"""The assignment ``gru``: every variant fails exactly what it breaks, and each fault is named by its hint."""

import runpy
from functools import partial

import numpy as np
import pytest

from rnn_course import comparison
from rnn_course import gru as reference
from rnn_course.check import gru as check

from . import harness

PARTS = ("gru_step", "gru_step_backward", "count_parameters", "match_hidden_size", "bootstrap_interval")
VARIANTS = {variant.name: variant for variant in harness.variants("gru")}
HINTS = [
    ("wrong_resets_swapped", "gru_step", "the reset gate acts before the product with the recurrent weights here"),
    ("wrong_reset_always_after", "gru_step", "the reset gate acts after the product with the recurrent weights here"),
    ("wrong_z_turned", "gru_step", "z is the other way round"),
    ("wrong_bias_outside", "gru_step", "b_hn stands outside the product with r"),
    ("wrong_blocks_in_another_order", "gru_step", "The blocks of the weights stand in the order r, z, n"),
    ("wrong_one_bias", "gru_step", "one of the two biases is missing"),
    ("wrong_state_in_place", "gru_step", "changed its argument number 2 in place"),
    ("wrong_kept_path_lost", "gru_step_backward", "the path of the kept state, z ⊙ h, is missing"),
    ("wrong_reset_path_lost", "gru_step_backward", "the path through the reset gate is missing"),
    ("wrong_candidate_not_reset", "gru_step_backward", "is multiplied by r"),
    ("wrong_update_sign", "gru_step_backward", "the sign at z is turned round"),
    ("wrong_tanh_slope_missing", "gru_step_backward", "the slope of tanh, 1 - n², is missing"),
    ("wrong_reset_meets_state", "gru_step_backward", "the reset gate multiplies h W_hnᵀ + b_hn here, not h"),
    ("wrong_biases_alike", "gru_step_backward", "b_hn stands inside the product with r, b_in outside it"),
    ("wrong_mean_over_batch", "gru_step_backward", "this is a mean"),
    ("wrong_gradient_in_place", "gru_step_backward", "changed its argument number 1 in place"),
    ("wrong_one_bias_counted", "count_parameters", "torch has two biases for each block"),
    ("wrong_layers_read_input", "count_parameters", "the second layer reads the hidden units of the first"),
    ("wrong_readout_bias", "count_parameters", "the bias of the linear layer is not counted"),
    ("wrong_biases_of_one_gate", "count_parameters", "each block has biases of its own"),
    ("wrong_largest_that_fits", "match_hidden_size", "this is the largest size that fits"),
    ("wrong_larger_of_two", "match_hidden_size", "the smaller one is wanted"),
    ("wrong_any_budget", "match_hidden_size", "a budget below one unit: expected ValueError"),
    ("wrong_without_replacement", "bootstrap_interval", "Draw *with* replacement"),
    ("wrong_percentiles", "bootstrap_interval", "half of it lies below, half above"),
    ("wrong_level_ignored", "bootstrap_interval", "is 0.95 fixed?"),
    ("wrong_quantiles_of_runs", "bootstrap_interval", "these are quantiles of the runs"),
    ("wrong_own_generator", "bootstrap_interval", "draw with the rng that is passed in"),
    ("wrong_mean_of_resamples", "bootstrap_interval", "this is the mean of the resamples"),
    ("wrong_sorted_in_place", "bootstrap_interval", "changed its argument number 1 in place"),
    ("wrong_nothing_refused", "bootstrap_interval", "no values"),
    ("wrong_two_parts", "gru_step", "the reset gate acts before the product"),
    ("wrong_two_parts", "count_parameters", "torch has two biases for each block"),
    *(("wrong_not_started", part, "is not written yet") for part in PARTS),
]
HIDDEN_ONLY = {"wrong_float64_gates", "wrong_gives_up"}
SAYS = ("With a bias of 2", "The GRU does not learn yet", "The networks cannot run")

see = partial(harness.message, check)


@pytest.fixture(scope="module")
def answers():
    """The reference solution of every part."""
    return harness.namespace("gru", graded=True)


class TestSource:
    def test_one_number_of_the_start_decides(self, capsys):
        results = runpy.run_path(str(harness.SOLUTIONS / "gru" / "gru.py"))["results"]
        assert results["GRU, bias 2"][2] < results["tanh"][1]
        assert results["GRU"][0] > 1.3 * results["tanh"][0]
        assert "one number of the start decides" in capsys.readouterr().out

    def test_reference_agrees_with_the_package(self, answers, rng):
        x, h, params = check.problem(1)
        for after in (True, False):
            expected, cache = reference.gru_step(x, h, params, after)
            received, gates = answers["gru_step"](x, h, params, after)
            np.testing.assert_allclose(received, expected, atol=1e-14)
            np.testing.assert_allclose(gates, cache[2:5], atol=1e-14)
        d_h, (_, cache) = rng.normal(size=h.shape), reference.gru_step(x, h, params)
        dx, d_prev, grads = answers["gru_step_backward"](d_h, x, h, cache[2:5], params)
        for mine, theirs in zip((dx, d_prev), reference.gru_step_backward(d_h, cache)[:2], strict=True):
            np.testing.assert_allclose(mine, theirs, atol=1e-13)
        for name, gradient in reference.gru_step_backward(d_h, cache)[2].items():
            np.testing.assert_allclose(grads[name], gradient, atol=1e-13)
        assert answers["count_parameters"](4, 7, 6, 1, 7) == comparison.count_parameters(4, 7, 6, 1, 7) == 409
        for budget in (100, 1000, 1017):
            size = answers["match_hidden_size"](budget, lambda n: comparison.count_parameters(3, 8, n))
            assert size == comparison.match_hidden_size(budget, 3, 8)
        values = rng.normal(size=9)
        received = answers["bootstrap_interval"](values, np.random.default_rng(5), 0.8)
        assert received == pytest.approx(comparison.bootstrap_interval(values, np.random.default_rng(5), 0.8))


@pytest.mark.parametrize("name", ["right_slices", "wrong_not_started", "wrong_two_parts", "wrong_state_in_place"])
def test_ungraded_section_runs_and_says_something(name, capsys):
    harness.namespace("gru", VARIANTS[name])
    assert capsys.readouterr().out.splitlines()[-1].startswith(SAYS)


class TestBadResults:
    def test_a_tuple_of_the_wrong_length(self):
        assert "expected a tuple (h_new, gates), received 3 values" in see("gru_step", lambda x, h, p, a: (h, h, h))
        assert "expected a tuple (r, z, n), received 2 values" in see("gru_step", lambda x, h, p, a: (h, (h, h)))
        assert "expected a tuple (mean, low, high)" in see("bootstrap_interval", lambda v, rng, level, n: (1.0, 2.0))

    def test_a_missing_gradient(self):
        def student(d_h_new, x, h, gates, params):
            return 1 * x, 1 * h, {name: value for name, value in params.items() if name != "bias_hh"}

        assert "the gradient of bias_hh is missing" in see("gru_step_backward", student)

    def test_parameters_or_gates_changed_in_place(self):
        def step(x, h, params, reset_after):
            result = reference.gru_step(x, h, params, reset_after)
            params["bias_ih"][0] += 1
            return result[0], result[1][2:5]

        def back(d_h_new, x, h, gates, params):
            gates[0][...] = 0
            return x, h, params

        assert 'params["bias_ih"]: expected the values that were handed in' in see("gru_step", step)
        assert "changed in place" in see("gru_step_backward", back)


def step(expression):
    """A student's step: an expression of the gates' parts, with the reset after the product."""

    def student(x, h, params, reset_after):
        right, cache = reference.gru_step(x, h, params, reset_after)
        r, z, n, h_n = cache[2:6]
        names = {"np": np, "right": right, "r": r, "z": z, "n": n, "h": h, "h_n": h_n}
        names["logit"] = lambda gate: np.log(gate / (1 - gate))
        return eval(expression, names)

    return student


class TestHints:
    @pytest.mark.parametrize(
        ("expression", "phrase"),
        [
            ("(right, (logit(r), z, n))", "the sigmoid is missing"),
            ("(right, (np.tanh(logit(r)), z, n))", "a gate is a sigmoid"),
            ("(right, (r, r, n))", "r and z have changed places"),
            ("(right, (r, z, np.arctanh(n)))", "the tanh is missing"),
            ("(right, (r, z, np.tanh(np.arctanh(n) + (1 - r) * h_n)))", "the reset gate is not used"),
            ("(right, (r, z, np.tanh(np.arctanh(n) - r * h_n)))", "the state is not used"),
            ("(right, (r, z, np.tanh(np.arctanh(n) + (z - r) * h_n)))", "not through the update gate"),
            ("(1 * n, (r, z, n))", "this is the candidate"),
            ("(z * h, (r, z, n))", "the candidate does not enter"),
            ("(n + z * h, (r, z, n))", "the candidate enters in full"),
            ("((1 - r) * n + r * h, (r, z, n))", "r and z have changed places"),
        ],
    )
    def test_step(self, expression, phrase):
        assert phrase in see("gru_step", step(expression))

    @pytest.mark.parametrize("number", range(14))
    def test_every_fault_of_the_way_back_is_named(self, number):
        """A student who returns exactly what a fault makes of all gradients reads that fault's name."""
        said = []

        def student(d_h_new, x, h, gates, params):
            faults = check._backward_faults(d_h_new, reference.gru_step(x, h, params)[1])
            found, hint = faults[number]
            said.append(hint)
            grads = {name: found[f"grads['{name}']"] for name in params}
            return found["dx"], found["d_h"], grads

        assert see("gru_step_backward", student).endswith(f"Hint: {said[0]}")

    @pytest.mark.parametrize(("change", "phrase"), [("-g", "the sign is turned round"), ("g / 2", "this is a mean")])
    def test_way_back(self, answers, change, phrase):
        def student(*args):
            dx, d_h, grads = answers["gru_step_backward"](*args)
            return eval(change, {"g": dx}), d_h, grads

        assert phrase in see("gru_step_backward", student)

    @pytest.mark.parametrize(
        ("wrong", "phrase"),
        [
            (
                lambda g, i, h, n, o: g * h * (i + h) + (n - 1) * 2 * g * h * h + (o or 0) * (h + 1),
                "the biases are not",
            ),
            (lambda g, i, h, n, o: g * h * (i + h + 2) + (o or 0) * (h + 1), "only the first layer is counted"),
            (lambda g, i, h, n, o: comparison.count_parameters(g, i, h, n), "the linear layer on top is not counted"),
        ],
    )
    def test_count(self, wrong, phrase):
        assert phrase in see("count_parameters", wrong)

    def test_match(self, answers):
        def reaches(budget, count):
            size = answers["match_hidden_size"](budget, count)
            return size + (count(size) < budget)

        assert "this is the first size that reaches the budget" in see("match_hidden_size", reaches)
        count = "this is the count. Return the size"
        assert count in see("match_hidden_size", lambda b, count: count(answers["match_hidden_size"](b, count)))

    @pytest.mark.parametrize(
        ("change", "phrase"),
        [
            ("(np.median(v), low, high)", "this is the median"),
            ("(mean, high, low)", "low and high have changed places"),
            ("(mean, np.min(v), high)", "half of what is left out lies below it"),
        ],
    )
    def test_interval(self, answers, change, phrase):
        def student(v, rng, level, resamples):
            mean, low, high = answers["bootstrap_interval"](v, rng, level, resamples)
            return eval(change, {"np": np, "v": v, "mean": mean, "low": low, "high": high})

        assert phrase in see("bootstrap_interval", student)

    def test_generator_and_number_of_resamples(self, answers):
        rng = np.random.default_rng(3)
        own = "the intervals of one seed: expected the same, received two that differ"
        assert own in see("bootstrap_interval", lambda v, _, *rest: answers["bootstrap_interval"](v, rng, *rest))
        fixed = "the number of resamples is not used"
        assert fixed in see(
            "bootstrap_interval", lambda v, rng, level, n: answers["bootstrap_interval"](v, rng, level, max(n, 20))
        )
