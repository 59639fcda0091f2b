"""The assignment ``elman_jordan``: every variant fails exactly what it breaks, and each fault is named by its hint."""

import runpy
from functools import partial

import numpy as np
import pytest

from rnn_course import elman_jordan as reference
from rnn_course.check import elman_jordan as check

from . import harness

PARTS = ("elman_step", "jordan_step", "run_sequence", "error_by_phase")
VARIANTS = {variant.name: variant for variant in harness.variants("elman_jordan")}
HINTS = [
    ("wrong_one_bias", "elman_step", "one of the two biases is missing"),
    ("wrong_no_biases", "elman_step", "both biases are missing"),
    ("wrong_turned", "elman_step", "weight_hh is the wrong way round"),
    ("wrong_no_activation", "elman_step", "the tanh is missing"),
    ("wrong_sigmoid", "elman_step", "the activation is a sigmoid here"),
    ("wrong_two_tanh", "elman_step", "there is one tanh, of the sum"),
    ("wrong_context_unweighted", "elman_step", "It passes through weight_hh"),
    ("wrong_no_memory", "elman_step", "the state is not used"),
    ("wrong_state_in_place", "elman_step", "changed its argument number 2 in place"),
    ("wrong_params_in_place", "elman_step", 'params["bias_ih"]: expected the values that were handed in'),
    ("wrong_hidden_copied", "jordan_step", "A Jordan network's context is made of outputs"),
    ("wrong_decay_on_output", "jordan_step", "multiplies the old context, not the new output"),
    ("wrong_no_decay", "jordan_step", "the old context is lost"),
    ("wrong_blend", "jordan_step", "it is not weighted with 1 - decay"),
    ("wrong_decayed_first", "jordan_step", "as it was before the step, without decay"),
    ("wrong_squashed_output", "jordan_step", "the output is linear"),
    ("wrong_output_bias", "jordan_step", "bias_o is missing"),
    ("wrong_context_in_place", "jordan_step", "changed its argument number 2 in place"),
    ("wrong_output_only", "jordan_step", "expected a tuple (output, context)"),
    ("wrong_always_first_state", "run_sequence", "every step gets the first state"),
    ("wrong_starts_at_zero", "run_sequence", "the initial state is not used"),
    ("wrong_runs_on", "run_sequence", "the state runs on after the end"),
    ("wrong_outputs_go_on", "run_sequence", "the outputs after the end of a sequence are not 0"),
    ("wrong_nan_times_zero", "run_sequence", "choose, do not multiply"),
    ("wrong_one_step_more", "run_sequence", "one step too long"),
    ("wrong_last_output", "run_sequence", "The second value is the state"),
    ("wrong_batch_first", "run_sequence", "Time comes first"),
    ("wrong_no_root", "error_by_phase", "the root is missing"),
    ("wrong_mean_of_sizes", "error_by_phase", "Square first, take the root last"),
    ("wrong_first_ignored", "error_by_phase", "the first phase is not used"),
    ("wrong_counts_back", "error_by_phase", "step 1 has phase first + 1"),
    ("wrong_zero_for_none", "error_by_phase", "Return NaN for it, not 0"),
    ("wrong_whole_cycles", "error_by_phase", "the steps after the last whole cycle are missing"),
    ("wrong_always_three", "error_by_phase", "the period is not used"),
    ("wrong_mean_of_roots", "error_by_phase", "this is a mean of roots"),
    ("wrong_first_sequence", "error_by_phase", "only the first sequence is in it"),
    ("wrong_two_parts", "elman_step", "the tanh is missing"),
    ("wrong_two_parts", "jordan_step", "the old context stays in full"),
    *(("wrong_not_started", part, "is not written yet") for part in PARTS),
]
HIDDEN_ONLY = {"wrong_float64"}
SAYS = ("The error dips", "The networks do not remember", "The networks cannot run")

see = partial(harness.message, check)


class TestSource:
    def test_error_dips_at_the_third_bit_and_a_pulse_is_held(self, capsys):
        names = runpy.run_path(str(harness.SOLUTIONS / "elman_jordan" / "elman_jordan.py"))
        assert names["errors"][2] < 0.4 < names["errors"][:2].min()
        assert names["held"] > 0.9
        assert "The error dips" in capsys.readouterr().out

    def test_reference_agrees_with_the_package(self, rng):
        names = harness.namespace("elman_jordan")
        model = reference.ElmanRNN(3, 4, rng)
        params, x, state = model.layer(0), rng.normal(size=(6, 2, 3)), rng.normal(size=(1, 2, 4))

        def step(x_t, state):
            state = names["elman_step"](x_t, state, params)
            return state, state

        outputs, last = names["run_sequence"](step, x, state[0], np.array([6, 6]))
        expected, last_state, _ = model.forward(x, state)
        np.testing.assert_allclose(outputs, expected, atol=1e-13)
        np.testing.assert_allclose(last, last_state[0], atol=1e-13)
        jordan = reference.JordanRNN(3, 4, 2, rng, decay=0.7)
        context = rng.normal(size=(2, 2))
        received = names["jordan_step"](x[0], context, jordan.params, 0.7)
        for mine, theirs in zip(received, reference.jordan_step(x[0], context, jordan.params, 0.7), strict=False):
            np.testing.assert_allclose(mine, theirs, atol=1e-13)


@pytest.mark.parametrize("name", VARIANTS)
def test_ungraded_section_runs_and_says_something(name, capsys):
    harness.namespace("elman_jordan", VARIANTS[name])
    assert capsys.readouterr().out.splitlines()[-1].startswith(SAYS)


class TestBadResults:
    def test_not_a_number(self):
        assert "finite numbers" in see("elman_step", lambda x, s, p: np.nan * s)
        assert "finite numbers" in see("jordan_step", lambda x, c, p, d: (np.nan * c, c))
        assert "finite numbers" in see("run_sequence", lambda f, x, s, n: (np.full((6, 3, 2), np.nan), s))
        assert "finite numbers" in see("error_by_phase", lambda a, b, n, f: np.full(n, np.nan))

    def test_wrong_shape(self):
        assert "state: expected shape (2, 4), received (2, 3)" in see("elman_step", lambda x, s, p: 1 * x)
        assert "expected shape (2, 2), received (2,)" in see("jordan_step", lambda x, c, p, d: (c[0], c))
        assert "expected shape (6, 3, 2), received (6, 3, 3)" in see("run_sequence", lambda f, x, s, n: (1 * x, s))
        assert "expected shape (3,), received (11,)" in see("error_by_phase", lambda a, b, n, f: a - b)

    def test_parameters_taken_away(self):
        def student(x, state, params):
            bias = params.pop("bias_hh")
            return np.tanh(x @ params["weight_ih"].T + params["bias_ih"] + state @ params["weight_hh"].T + bias)

        assert 'params["bias_hh"]' in see("elman_step", student)


def elman(expression):
    """A student's step: an expression of the two parts of the sum."""

    def student(x, state, params):
        from_input = x @ params["weight_ih"].T + params["bias_ih"]
        from_context = state @ params["weight_hh"].T + params["bias_hh"]
        return eval(expression, {"np": np, "params": params, "i": from_input, "c": from_context})

    return student


def jordan(output="output", context="after", **change):
    """A student's step: the right one with a parameter, or one of its results, changed."""

    def student(x, c, params, decay):
        names = {"np": np, "c": c, "decay": decay, **params}
        params = params | {name: eval(value, names) for name, value in change.items()}
        right, after, cache = reference.jordan_step(x, c, params, decay)
        names |= {"output": right, "after": after, "hidden": cache[2]}
        return eval(output, names), eval(context, names)

    return student


class TestHints:
    @pytest.mark.parametrize(
        ("expression", "phrase"),
        [
            ("np.tanh(c)", "the input is not used"),
            ("np.tanh(i + c - params['bias_ih'])", "one of the two biases is missing"),
        ],
    )
    def test_elman(self, expression, phrase):
        assert phrase in see("elman_step", elman(expression))

    @pytest.mark.parametrize(
        ("change", "phrase"),
        [
            ({"output": "hidden"}, "The output is one layer further"),
            ({"bias_h": "0 * bias_h"}, "bias_h is missing"),
            ({"weight_ch": "0 * weight_ch"}, "the context is not used"),
            ({"context": "decay * c"}, "the new output does not enter the context"),
            ({"context": "1 * c"}, "this is the context before the step"),
            ({"context": "decay * (c + output)"}, "the decay multiplies the old context only"),
        ],
    )
    def test_jordan(self, change, phrase):
        assert phrase in see("jordan_step", jordan(**change))

    @pytest.mark.parametrize(
        ("expression", "phrase"),
        [
            ("run(step, x[::-1], state, 0 * lengths + 6)", "from the last to the first"),
            ("run(step, x, state, lengths - 1)", "the last step of each sequence is missing"),
            ("(right[-1], last)", "this is the last output only"),
            ("(right, run(step, x, state, lengths - 1)[1])", "the state is one step too old"),
            ("(right, run(step, x, state, np.minimum(lengths + 1, 6))[1])", "the state is taken one step too late"),
            ("(right, 1 * state)", "this is the initial state"),
        ],
    )
    def test_run_sequence(self, expression, phrase):
        def student(step, x, state, lengths):
            right, last = check._run(step, x, state, lengths)
            names = {"np": np, "run": check._run, "right": right, "last": last}
            return eval(expression, names | {"step": step, "x": x, "state": state, "lengths": lengths})

        assert phrase in see("run_sequence", student)
