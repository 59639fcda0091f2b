"""The assignment ``bptt``: every variant fails exactly what it breaks, each fault is named by its hint, and at its step."""

import runpy
from functools import partial

import numpy as np
import pytest

from rnn_course import bptt as reference
from rnn_course.check import bptt as check
from rnn_course.check.core import CheckFailed
from rnn_course.check.way_back import problem
from rnn_course.elman_jordan import elman_step_backward
from rnn_course.functional import tanh

from . import harness

PARTS = ("rnn_step_backward", "bptt", "truncated_bptt", "gradient_norm_by_lag")
VARIANTS = {variant.name: variant for variant in harness.variants("bptt")}
HINTS = [
    ("wrong_slope_missing", "rnn_step_backward", "the slope of tanh is missing"),
    ("wrong_slope_of_the_state_before", "rnn_step_backward", "the slope is taken at the state before"),
    ("wrong_tanh_twice", "rnn_step_backward", "tanh is applied twice"),
    ("wrong_weight_met_new_state", "rnn_step_backward", "weight_hh met the state before the step"),
    ("wrong_recurrent_weight_transposed", "rnn_step_backward", "weight_hh is transposed"),
    ("wrong_bias_not_summed", "rnn_step_backward", "all sequences share one bias"),
    ("wrong_second_bias_missing", "rnn_step_backward", "the gradient of bias_hh is missing"),
    ("wrong_mean_over_batch", "rnn_step_backward", "dx[0, 0]: expected"),
    ("wrong_biases_share_an_array", "rnn_step_backward", "one array under two names"),
    ("wrong_d_h_in_place", "rnn_step_backward", "changed its argument number 1 in place"),
    ("wrong_future_lost", "bptt", "what step 5 sends back is lost"),
    ("wrong_own_error_only_at_the_end", "bptt", "the error of the step's own output is missing"),
    ("wrong_error_of_the_step_before", "bptt", "off by one in time: this is the error of step 4's output"),
    ("wrong_caches_forward", "bptt", "begin at the end"),
    ("wrong_forward_in_time", "bptt", "begin at the end"),
    ("wrong_first_step_skipped", "bptt", "expected 6 calls, received 5 calls"),
    ("wrong_not_through_the_step", "bptt", "this passes on δ of step 5 itself"),
    ("wrong_errors_in_place", "bptt", "changed its argument number 1 in place"),
    ("wrong_gradients_in_place", "bptt", "+= changes an array that is not yours"),
    ("wrong_future_in_place", "bptt", "+= changes an array that is not yours"),
    ("wrong_bias_left_out", "bptt", "the gradient of parameter bias_hh is missing"),
    ("wrong_sum_overwritten", "bptt", "only step 0 is in it"),
    ("wrong_mean_over_time", "bptt", "this is a mean"),
    ("wrong_inputs_turned_round", "bptt", "this is in the order of the way back"),
    ("wrong_states_one_early", "bptt", "entry t is the gradient of the state *before* step t"),
    ("wrong_initial_state", "bptt", "The initial state lies one step further back"),
    ("wrong_errors_count_twice", "truncated_bptt", "errors before the block count again"),
    ("wrong_window_from_block_start", "truncated_bptt", "k2 is counted from the block's first step"),
    ("wrong_window_one_short", "truncated_bptt", "the window is one step too short"),
    ("wrong_shorter_block_lost", "truncated_bptt", "the last block is shorter than k1"),
    ("wrong_k2_ignored", "truncated_bptt", "the gradient stops at the block's border"),
    ("wrong_nothing_cut_off", "truncated_bptt", "this is the whole gradient"),
    ("wrong_last_block_only", "truncated_bptt", "only the last block is in it"),
    ("wrong_windows_unchecked", "truncated_bptt", "expected ValueError"),
    ("wrong_errors_wiped_in_place", "truncated_bptt", "changed its argument number 1 in place"),
    ("wrong_norm_without_slope", "gradient_norm_by_lag", "the slope of tanh is missing"),
    ("wrong_norm_transposed", "gradient_norm_by_lag", "weight_hh is transposed"),
    ("wrong_norm_forward", "gradient_norm_by_lag", "read from the first to the last"),
    ("wrong_norm_slope_one_late", "gradient_norm_by_lag", "off by one in time"),
    ("wrong_norm_squared", "gradient_norm_by_lag", "this is the square of the norm"),
    ("wrong_norm_of_the_batch", "gradient_norm_by_lag", "each sequence of the batch has a norm of its own"),
    ("wrong_norm_without_lag_0", "gradient_norm_by_lag", "both ends count"),
    ("wrong_norm_slope_not_squared", "gradient_norm_by_lag", "1 - h², not 1 - h"),
    ("wrong_slope_and_root", "rnn_step_backward", "the slope of tanh is missing"),
    ("wrong_slope_and_root", "gradient_norm_by_lag", "this is the square of the norm"),
    *(("wrong_not_started", part, "is not written yet") for part in PARTS),
]
HIDDEN_ONLY = {"wrong_float64_step", "wrong_norm_float64"}

see = partial(harness.message, check)


def answer(name, part):
    return harness.namespace("bptt", VARIANTS[name])[part]


class TestSource:
    def test_a_window_that_reaches_teaches_and_one_that_does_not_fails(self, capsys):
        results = runpy.run_path(str(harness.SOLUTIONS / "bptt" / "bptt.py"))["results"]
        assert results[12][0] > 0.95
        assert results[3][0] < 0.85
        assert "only where an error can reach the step" in capsys.readouterr().out

    def test_reference_agrees_with_the_package(self):
        names = harness.namespace("bptt")
        d_output, hidden, caches, params = problem((7, 2, 3, 4), 5)
        x, h_prev, h, *_ = caches[3]
        expected = elman_step_backward(d_output[3], caches[3])
        received = names["rnn_step_backward"](d_output[3], x, h_prev, h, params)
        same(received, expected)
        same(names["bptt"](d_output, caches, elman_step_backward), reference.bptt(d_output, caches))
        for k1, k2 in ((1, 1), (2, 5), (4, 9)):
            grads = names["truncated_bptt"](d_output, caches, k1, k2, reference.bptt)
            same([grads], [reference.truncated_bptt(d_output, caches, k1, k2)])
        norms = reference.gradient_norm_by_lag(d_output[-1], hidden, params["weight_hh"])
        same([names["gradient_norm_by_lag"](d_output[-1], hidden, params["weight_hh"])], [norms])


def same(received, expected):
    for mine, theirs in zip(received, expected, strict=True):
        if isinstance(theirs, dict):
            assert mine.keys() == theirs.keys()
            same(mine.values(), theirs.values())
        else:
            np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("name", VARIANTS)
def test_ungraded_section_runs_and_says_something(name, capsys):
    harness.namespace("bptt", VARIANTS[name])
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith(("It learns to carry a flip", "The networks do not behave yet", "The networks cannot run"))


def localised(name, sizes=(9, 4, 3, 5), seed=515):
    with pytest.raises(CheckFailed) as failed:
        check.bptt_at(answer(name, "bptt"), sizes, seed)
    return str(failed.value)


class TestLocalised:
    """The hidden tests of part 2 say where the first fault is, and which it is, at other sizes too."""

    @pytest.mark.parametrize(
        ("name", "place", "fault"),
        [
            ("wrong_future_lost", "d_h at step 7", "what step 8 sends back is lost"),
            ("wrong_own_error_only_at_the_end", "d_h at step 7", "own output is missing"),
            ("wrong_error_of_the_step_before", "d_h at step 8", "the error of step 7's output"),
            ("wrong_not_through_the_step", "d_h at step 7", "passes on δ of step 8 itself"),
            ("wrong_caches_forward", "call 1 of step_backward", "begin at the end"),
            ("wrong_first_step_skipped", "expected 9 calls, received 8", "each step has to be gone through"),
            ("wrong_future_in_place", "step 8", "arrays changed in place"),
            ("wrong_errors_in_place", "argument number 1", "in place"),
            ("wrong_gradients_in_place", "step 8", "arrays changed in place"),
            ("wrong_bias_left_out", "grads", "bias_hh is missing"),
            ("wrong_sum_overwritten", "grads['parameter weight_ih']", "only step 0 is in it"),
            ("wrong_states_one_early", "d_hidden[0", "off by one in time"),
            ("wrong_initial_state", "d_h_0", "one step further back"),
            ("wrong_inputs_turned_round", "dx[0", "Step 0 comes first"),
        ],
    )
    def test_place_and_fault(self, name, place, fault):
        message = localised(name)
        assert place in message
        assert fault in message

    @pytest.mark.parametrize("lost", [2, 5, 7])
    def test_the_step_where_the_future_is_lost(self, lost):
        """The right way back, but for one step: the message names this step, not a later consequence."""

        def student(d_output, caches, step_backward):
            d_h, states = np.zeros_like(d_output[0]), []
            for t in reversed(range(len(caches))):
                d_h = d_output[t] + (0 if t == lost else d_h)
                states.append(d_h)
                _, d_h, _ = step_backward(d_h, caches[t])
            return states, states, d_h, {}

        with pytest.raises(CheckFailed, match=f"d_h at step {lost}.*what step {lost + 1} sends back is lost"):
            check.bptt_at(student, (9, 2, 2, 3), 0)

    @pytest.mark.parametrize("name", [name for name in VARIANTS if name.startswith("right_")])
    def test_right_answers_pass_at_every_size(self, name):
        for seed in range(5):
            for sizes in ((1, 1, 1, 1), (2, 1, 3, 1), (8, 3, 2, 4)):
                check.bptt_at(answer(name, "bptt"), sizes, seed)


class TestBadResults:
    @pytest.mark.parametrize("part", PARTS)
    def test_a_number(self, part):
        assert ("received 0 calls" if part == "bptt" else "received 3") in see(part, lambda *args: 3)

    def test_a_d_h_of_the_wrong_shape(self):
        assert "d_h: expected shape (2, 4), received shape (6, 2, 4)" in see(
            "bptt", lambda d_output, caches, step_backward: step_backward(d_output, caches[-1])
        )

    def test_a_cache_of_ones_own(self):
        assert "expected one of the caches" in see(
            "bptt", lambda d_output, caches, step_backward: step_backward(d_output[-1], ())
        )


def steps_back(**change):
    """A student's bptt: the right one with an expression changed."""

    def student(d_output, caches, step_backward):
        sent, dx, states, parts = np.zeros_like(d_output[0]), [], [], []
        for t in reversed(range(len(caches))):
            names = {"d_output": d_output, "t": t, "sent": sent, "np": np, "states": states, "caches": caches}
            d_h = eval(change.get("d_h", "d_output[t] + sent"), names)
            d_x_t, sent, grads = step_backward(d_h, caches[eval(change.get("at", "t"), names)])
            dx.append(d_x_t)
            states.append(d_h)
            parts.append(grads)
        total = {name: np.stack([grads[name] for grads in parts]) for name in parts[0]}
        grads = {name: eval(change.get("grads", "g.sum(axis=0)"), {"g": g, "np": np}) for name, g in total.items()}
        states = eval(change.get("states", "states[::-1]"), {"states": np.stack(states), "d_output": d_output})
        return np.stack(dx[::-1]), states, sent, grads

    return student


class TestHints:
    @pytest.mark.parametrize(
        ("change", "phrase"),
        [
            ({"d_h": "d_output[t] - sent"}, "added, not subtracted"),
            ({"d_h": "d_output[min(t + 1, 5)] + sent"}, "the error of step 5's output"),
            ({"d_h": "states[-1] if states else d_output[t]"}, "passes on δ of step 5 itself"),
            ({"d_h": "d_output[t:].sum(axis=0)"}, "It has to go through that step first"),
            ({"d_h": "0 * sent"}, "own output is missing"),
            ({"at": "max(0, t - 1)"}, "out of step: 1 too early"),
            ({"states": "states"}, "in the order of the way back"),
            ({"states": "d_output"}, "the errors of the own steps"),
            ({"grads": "g[0]"}, "only the last step is in it"),
            ({"grads": "g[:-1].sum(axis=0)"}, "step 0 is missing"),
            ({"grads": "g[1:].sum(axis=0)"}, "the last step is missing"),
            ({"grads": "g[0] + g.sum(axis=0)"}, "in the sum twice"),
            ({"grads": "-g.sum(axis=0)"}, "the sign is turned round"),
        ],
    )
    def test_bptt(self, change, phrase):
        assert phrase in see("bptt", steps_back(**change))

    @pytest.mark.parametrize(
        ("name", "expression", "phrase"),
        [
            ("dx", "-g", "the sign is turned round"),
            ("d_h_prev", "-g", "the sign is turned round"),
            ("weight_ih", "g / 2", "this is a mean"),
            ("weight_hh", "g.T", "this is the transpose"),
            ("bias_ih", "2 * g", "each bias is added once"),
            ("bias_hh", "-g", "the sign is turned round"),
        ],
    )
    def test_step(self, name, expression, phrase):
        def student(d_h, x, h_prev, h, params):
            dx, d_h_prev, grads = elman_step_backward(d_h, (x, h_prev, h, params, tanh))
            found = {"dx": dx, "d_h_prev": d_h_prev, **grads}
            found[name] = eval(expression, {"g": found[name]})
            return found.pop("dx"), found.pop("d_h_prev"), found

        assert phrase in see("rnn_step_backward", student)

    def test_window_one_too_long(self):
        def student(d_output, caches, k1, k2, backward):
            return reference.truncated_bptt(d_output, caches, k1, k2 + 1)

        assert "the window is one step too long" in see("truncated_bptt", student)

    @pytest.mark.parametrize(
        ("expression", "phrase"),
        [
            ("norms[::-1]", "in the reverse order"),
            ("norms / norms[0]", "ratios to lag 0"),
            ("norms[:-1]", "both ends count"),
            ("norms.T", "the axes are (lag, sequence)"),
        ],
    )
    def test_norms(self, expression, phrase):
        def student(d_state, hidden, weight_hh):
            return eval(expression, {"norms": reference.gradient_norm_by_lag(d_state, hidden, weight_hh)})

        assert phrase in see("gradient_norm_by_lag", student)
