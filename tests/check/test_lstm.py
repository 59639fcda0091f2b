"""The assignment ``lstm``: every variant fails exactly what it breaks, and each fault is named by its hint."""

import runpy
from functools import partial

import numpy as np
import pytest

from rnn_course import lstm as reference
from rnn_course.check import lstm as check
from rnn_course.tasks.adding import make_adding
from rnn_course.tasks.reber import REBER, legal_successors, reber_string

from . import harness

PARTS = ("lstm_step", "lstm_step_backward", "reber_strings", "reber_legal_next", "adding_batch")
VARIANTS = {variant.name: variant for variant in harness.variants("lstm")}
HINTS = [
    ("wrong_gate_order", "lstm_step", "the blocks are read in the order i, f, o, g"),
    ("wrong_forget_turned", "lstm_step", "the forget gate is turned round"),
    ("wrong_forget_bias_added", "lstm_step", "1 is added to the forget gate's z"),
    ("wrong_no_forget_gate", "lstm_step", "nothing is forgotten: that is the cell of 1997"),
    ("wrong_h_without_tanh", "lstm_step", "tanh is missing where h looks at the cell"),
    ("wrong_second_bias_missing", "lstm_step", "bias_hh is missing"),
    ("wrong_cell_in_place", "lstm_step", "changed c of the state in place"),
    ("wrong_state_not_kept", "lstm_step", "The way back needs the one before the step"),
    ("wrong_nan_when_held", "lstm_step", "expected finite numbers, received NaN"),
    ("wrong_cell_path_lost", "lstm_step_backward", "the path through the cell is lost"),
    ("wrong_h_path_lost", "lstm_step_backward", "the path through h is lost"),
    ("wrong_tanh_at_old_cell", "lstm_step_backward", "tanh is differentiated at the old cell"),
    ("wrong_slope_of_cell", "lstm_step_backward", "1 - tanh², not 1 - c²"),
    ("wrong_never_forgotten", "lstm_step_backward", "goes through the forget gate"),
    ("wrong_slopes_missing", "lstm_step_backward", "the slopes of the gates are missing"),
    ("wrong_backward_order", "lstm_step_backward", "the blocks of the gradient are in the order i, f, o, g"),
    ("wrong_weight_met_new_state", "lstm_step_backward", "weight_hh met the h before the step"),
    ("wrong_bias_not_summed", "lstm_step_backward", "all sequences share one bias"),
    ("wrong_cell_gradient_in_place", "lstm_step_backward", "changed d_c_new in place"),
    ("wrong_biases_share_an_array", "lstm_step_backward", "one array under two names"),
    ("wrong_ends_disagree", "reber_strings", "the last but one symbol repeats the second"),
    ("wrong_not_embedded", "reber_strings", "It has to be embedded"),
    ("wrong_always_embedded", "reber_strings", "with embedded=False it is the inner string alone"),
    ("wrong_stops_at_inner_end", "reber_strings", "the string stops at the E of the inner one"),
    ("wrong_last_arrow_lost", "reber_strings", "the last arrow, an E, is not written down"),
    ("wrong_coin_loaded", "reber_strings", "both arrows are equally likely"),
    ("wrong_own_generator", "reber_strings", "seeds a generator of its own"),
    ("wrong_both_ends_legal", "reber_legal_next", "only one of the two repeats the second symbol"),
    ("wrong_last_symbol_only", "reber_legal_next", "depends on the way to it"),
    ("wrong_prefix_unchecked", "reber_legal_next", "expected ValueError"),
    ("wrong_inner_grammar", "reber_legal_next", "this is right for the Reber grammar"),
    ("wrong_one_symbol_early", "reber_legal_next", "off by one"),
    ("wrong_whole_string_refused", "reber_legal_next", "stopped with ValueError"),
    ("wrong_marks_in_one_half", "adding_batch", "both marks fall in one half"),
    ("wrong_middle_in_first_half", "adding_batch", "the step in the middle belongs to the second half"),
    ("wrong_mean_for_sum", "adding_batch", "this is the mean of the two"),
    ("wrong_flat_target", "adding_batch", "a column: one target for each sequence"),
    ("wrong_batch_first", "adding_batch", "time is the first axis"),
    ("wrong_marks_everywhere", "adding_batch", "x[first, :, 1] many"),
    ("wrong_last_step_left_out", "adding_batch", "the last step is never marked"),
    ("wrong_seeded_anew", "adding_batch", "seeds a generator of its own"),
    ("wrong_order_and_path", "lstm_step", "the blocks are read in the order f, i, g, o"),
    ("wrong_order_and_path", "lstm_step_backward", "the path through the cell is lost"),
    *(("wrong_not_started", part, "is not written yet") for part in PARTS),
]
HIDDEN_ONLY = {"wrong_float64_step"}

see = partial(harness.message, check)


class TestSource:
    def test_the_memory_is_trained_and_an_open_gate_carries_the_gradient(self, capsys):
        names = runpy.run_path(str(harness.SOLUTIONS / "lstm" / "lstm.py"))
        assert names["error"] < 0.05
        assert names["left"][4.0] > 0.1 > 1e-3 > names["left"][1.0] > names["left"][0.0]
        assert "the LSTM learns to add" in capsys.readouterr().out

    def test_reference_agrees_with_the_package(self, rng):
        names = harness.namespace("lstm")
        assert names["REBER"] == REBER
        x, state, params = check.problem(5)
        new, cache = names["lstm_step"](x, state, params)
        expected, expected_cache = reference.lstm_step(x, state, params)
        same(new, expected)
        d_state = tuple(rng.standard_normal(part.shape) for part in state)
        dx, d_prev, grads = names["lstm_step_backward"](d_state, cache)
        expected = reference.lstm_step_backward(d_state, expected_cache)
        same((dx, *d_prev, *grads.values()), (expected[0], *expected[1], *expected[2].values()))
        for embedded in (False, True):
            strings = [reber_string(rng, embedded) for _ in range(20)]
            for prefix in {string[:end] for string in strings for end in range(len(string) + 1)}:
                assert names["reber_legal_next"](prefix, embedded) == set(legal_successors(prefix, embedded))
            for string in names["reber_strings"](20, rng, embedded):
                assert legal_successors(string, embedded) == ""

    def test_sequences_are_those_of_the_package(self, rng):
        """The same two halves, marks and sums; a student may draw in another order."""
        x, target = harness.namespace("lstm")["adding_batch"](200, rng, 7)
        expected, _ = make_adding(200, rng, length=7)
        np.testing.assert_array_equal(x[:3, :, 1].sum(axis=0), expected[:3, :, 1].sum(axis=0))
        np.testing.assert_allclose(target[:, 0], (x[..., 0] * x[..., 1]).sum(axis=0))


def same(received, expected):
    for mine, theirs in zip(received, expected, strict=True):
        np.testing.assert_allclose(mine, theirs, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("name", [*(n for n in VARIANTS if n.startswith("right_")), "wrong_not_started"])
def test_ungraded_section_runs_and_says_something(name, capsys):
    harness.namespace("lstm", VARIANTS[name])
    said = capsys.readouterr().out.splitlines()[-1]
    assert said.startswith(("the last but one symbol", "The network cannot run yet"))


class TestBadResults:
    @pytest.mark.parametrize("part", PARTS)
    @pytest.mark.parametrize("result", [3, ()])
    def test_a_number_or_an_empty_tuple(self, part, result):
        message = see(part, lambda *args: result)
        assert any(word in message for word in ("received 3", "received 0", "()"))

    def test_a_cache_without_a_key(self):
        def student(x, state, params):
            new, cache = harness.namespace("lstm", VARIANTS["wrong_not_started"] and None)["lstm_step"](
                x, state, params
            )
            del cache["c_new"]
            return new, cache

        assert "expected the keys x, h, c, i, f, g, o, c_new, params" in see("lstm_step", student)

    def test_a_gradient_without_a_key(self):
        assert "the gradient of bias_hh is missing" in see("lstm_step_backward", backward(drop="bias_hh"))


def backward(drop="", **change):
    """A student's backward: the right one with a gradient left out, or an expression in its place."""

    def student(d_state, cache):
        names = ("x", "h", "c", "i", "f", "g", "o")
        package = (*(cache[name] for name in names), np.tanh(cache["c_new"]), cache["params"])
        dx, (d_h, d_c), grads = reference.lstm_step_backward(d_state, package)
        found = {"dx": dx, "d_h": d_h, "d_c": d_c, **grads}
        for name, expression in change.items():
            found[name] = eval(expression, {"g": found[name], "found": found, "np": np})
        found.pop(drop, None)
        return found.pop("dx"), (found.pop("d_h"), found.pop("d_c")), found

    return student


X, STATE, PARAMS = check.problem(81)  # as the visible check draws them
STEP_FAULTS = check._step_hints(X, *STATE, PARAMS)


class TestHints:
    @pytest.mark.parametrize(("wrong", "hint"), STEP_FAULTS, ids=lambda part: part if isinstance(part, str) else "")
    def test_every_fault_of_the_step_has_its_hint(self, wrong, hint):
        assert hint in see("lstm_step", lambda x, state, params: (wrong, {}))

    def test_h_and_c_exchanged(self):
        def student(x, state, params):
            return reference.lstm_step(x, state, params)[0][::-1], {}

        assert "h and c are exchanged" in see("lstm_step", student)

    def test_every_fault_of_the_way_back_has_its_hint(self):
        def student(d_state, cache):
            faults = check._faults(d_state, {k: v for k, v in cache.items() if k != "params"}, cache["params"])
            wrong, hints[number] = faults[number]
            return wrong["dx"], (wrong["d_h"], wrong["d_c"]), {k: wrong[k].copy() for k in cache["params"]}

        hints = {}
        for number in range(15 + 23):  # the faults, and the orders of four blocks but the right one
            message = see("lstm_step_backward", student)
            assert hints[number] in message

    @pytest.mark.parametrize(
        ("change", "phrase"),
        [
            ({"dx": "-g"}, "the sign is turned round"),
            ({"d_c": "-g"}, "the sign is turned round"),
            ({"weight_ih": "g / 2"}, "this is a mean"),
            ({"weight_hh": "g.T"}, "this is the transpose"),
            ({"bias_hh": "2 * g"}, "each bias is added once"),
            ({"d_c": "found['d_h']"}, "d_h and d_c are exchanged"),
        ],
    )
    def test_backward(self, change, phrase):
        assert phrase in see("lstm_step_backward", backward(**change))

    @pytest.mark.parametrize(
        ("strings", "phrase"),
        [
            (["BTXSE"] * 400, "expected many different ones"),
            (["BTXSE", "BPVVE"], "expected 400 strings, received 2"),
            (["BTXXE"] * 400, "the symbol after 'BTXX': expected T or V, received E"),
            ([7] * 400, "expected a list of strings"),
        ],
    )
    def test_strings(self, strings, phrase):
        assert phrase in see("reber_strings", lambda n, rng, embedded=True: strings)

    def test_an_inner_choice_that_follows_the_outer_one(self):
        def student(n, rng, embedded=True):
            inner = [reber_string(rng, embedded=False) for _ in range(n)]
            return [f"B{string[1]}{string}{string[1]}E" for string in inner] if embedded else inner

        assert "share with an inner choice that equals the outer one" in see("reber_strings", student)

    def test_a_generator_that_was_not_passed_in(self, rng):
        def student(n, _, embedded=True):
            return [reber_string(rng, embedded) for _ in range(n)]

        assert "take all random numbers from rng" in see("reber_strings", student)

    def test_a_list_of_symbols(self):
        assert "expected a set of symbols, received a list" in see("reber_legal_next", lambda *args: ["B"])

    def test_an_empty_set(self):
        assert "expected B, received nothing" in see("reber_legal_next", lambda prefix, embedded=True: set())

    @pytest.mark.parametrize(
        ("expression", "phrase"),
        [
            ("(x, 0.5 + target / 4)", "this is the target of 1997"),
            ("(x, target + 2)", "the marks are added too"),
            ("(x, product(x))", "this is the product of the two"),
            (
                "(np.where([True, False], x**3, x), (x[..., 0]**3 * x[..., 1]).sum(axis=0)[:, None])",
                "mean of the numbers",
            ),
            ("(x[:-1], target)", "expected shape (11, 1500, 2)"),
            ("(x, x[..., 0].sum(axis=0)[:, None])", "all numbers are added"),
            ("(x, x[x[..., 1].argmax(axis=0), np.arange(1500), 0][:, None])", "only one of the two marked numbers"),
            ("(x[..., ::-1], target)", "the number comes first"),
            ("(x * [2, 1] - [1, 0], 2 * target - 2)", "these are the numbers of 1997"),
            ("same_marks(x)", "all sequences are marked at the same step"),
        ],
    )
    def test_adding(self, expression, phrase):
        def student(batch_size, rng, length=100):
            x, target = make_adding(batch_size, rng, length=length)

            def product(x):
                return np.where(x[..., 1] == 1, x[..., 0], 1).prod(axis=0)[:, None]

            def same_marks(x):
                numbers, marks = x[..., 0], np.repeat(x[:, :1, 1], batch_size, axis=1)
                return np.stack([numbers, marks], axis=2), (numbers * marks).sum(axis=0)[:, None]

            names = {"x": x, "target": target, "np": np, "product": product, "same_marks": same_marks}
            return eval(expression, names)

        assert phrase in see("adding_batch", student)
