"""What a student reads when an answer of the assignment ``order`` is wrong in a way that no variant is."""

from functools import partial

import numpy as np
import pytest

from rnn_course import order as reference
from rnn_course.check import order as check
from rnn_course.tasks import temporal_order

from . import harness

PARTS = TEMPORAL, BAG, SPLIT = "make_temporal_order", "bag_baseline", "time_split"
see = partial(harness.message, check)


def changed(change):
    """Return a generator of the task whose result is changed afterwards."""

    def make_temporal_order(batch_size, rng, length=100):
        return change(*temporal_order.make_temporal_order(batch_size, rng, length))

    return make_temporal_order


class TestBadResults:
    @pytest.mark.parametrize("part", PARTS)
    @pytest.mark.parametrize(
        ("result", "phrase"),
        [
            (1j, "received complex"),
            (np.zeros(3), "received float64 array of shape (3,)"),
        ],
    )
    def test_of_the_wrong_type(self, part, result, phrase):
        assert phrase in see(part, lambda *args, **kwargs: result)

    def test_nan(self):
        assert "expected finite numbers, received NaN" in see(BAG, lambda *args: np.nan)
        message = see(TEMPORAL, changed(lambda tokens, labels: (tokens * np.nan, labels)))
        assert message.startswith("tokens: expected an array of integers, received float64 array")
        assert "expected a slice, received nan" in see(SPLIT, lambda *args: (np.nan,) * 3)


class TestTemporalOrder:
    @pytest.mark.parametrize(
        ("change", "phrase"),
        [
            (lambda tokens, labels: tokens, "expected a tuple (tokens, labels)"),
            (lambda tokens, labels: (tokens, labels, 3), "received 3 values"),
            (lambda tokens, labels: (tokens.tolist(), labels), "tokens: expected a numpy array, received a list"),
            (lambda tokens, labels: (tokens[:-1], labels), "expected shape (100, 400), received (99, 400)."),
            (lambda tokens, labels: (tokens, labels[:, None]), "without a second axis"),
            (lambda tokens, labels: (tokens, np.eye(4, dtype=int)[labels]), "without a second axis"),
            (lambda tokens, labels: (tokens + 1, labels), "expected ids from 0 to 7, received ids from 1 to 8"),
            (lambda tokens, labels: (tokens[::-1], labels), "START and END are exchanged"),
            (lambda tokens, labels: (np.where(tokens > 5, 6, tokens), labels), "labels["),
            (lambda tokens, labels: (np.roll(tokens, 1, axis=0), labels), "tokens[0]: expected 0 (E)"),
            (lambda tokens, labels: (tokens, labels + 1), "classes are counted from 0"),
            (lambda tokens, labels: (tokens, (labels + 1) // 2), "XY and YX are two classes"),
        ],
    )
    def test_fault_is_named(self, change, phrase):
        assert phrase in see(TEMPORAL, changed(change))

    def test_symbols_x_and_y_among_the_distractors(self):
        def change(tokens, labels):
            tokens[30, ::2] = temporal_order.X
            return tokens, labels

        message = see(TEMPORAL, changed(change))
        assert message.startswith(
            "number of X and Y in each sequence: expected 2, received from 2 to 3. Hint: X and Y must"
        )

    def test_steps_counted_from_one(self):
        def change(tokens, labels):
            tokens[1:-1] = np.roll(tokens[1:-1], -1, axis=0)
            return tokens, labels

        message = see(TEMPORAL, changed(change))
        assert (
            "expected all 11 steps from 10 to 20 in 400 sequences, received 11 different steps from 9 to 19" in message
        )
        assert "all are off by one" in message

    def test_start_symbol_among_the_distractors(self):
        def change(tokens, labels):
            tokens[30, 5] = temporal_order.START
            return tokens, labels

        assert "expected no E and no B, received some" in see(TEMPORAL, changed(change))

    @pytest.mark.parametrize(
        ("middle", "phrase"),
        [
            (np.resize(temporal_order.DISTRACTORS, (29, 1)), "expected others in each sequence"),
            (np.resize(temporal_order.DISTRACTORS, (1, 400)), "expected others at each step"),
        ],
    )
    def test_distractors_that_repeat(self, middle, phrase):
        def change(tokens, labels):
            tokens[21:50] = middle
            return tokens, labels

        assert phrase in see(TEMPORAL, changed(change))

    def test_second_symbol_never_repeats_the_first(self):
        def make_temporal_order(batch_size, rng, length=100):
            tokens, labels = temporal_order.make_temporal_order(batch_size, rng, length)
            t1 = np.isin(tokens, (6, 7)).argmax(axis=0)
            tokens[t1, np.arange(batch_size)] = np.where(labels % 2 == 0, 7, 6)
            return tokens, 2 - labels % 2

        assert "It may be the same" in see(TEMPORAL, make_temporal_order)


class TestBagBaseline:
    @pytest.mark.parametrize(
        ("result", "phrase"),
        [
            (np.zeros(10), "the share of sequences that get the right label"),
            (60.0, "not a percentage"),
            (0.75, "Measure it on this sample"),
            (True, "expected 0.6, received 1"),
            (np.float32(0.6), "symbols = (b,): expected 0.5, received 0.6. Hint: X and Y were counted"),
            (-np.inf, "expected 0.6, received -inf."),
        ],
    )
    def test_constant_answers(self, result, phrase):
        assert phrase in see(BAG, lambda tokens, labels, symbols: result)

    def test_each_hint_belongs_to_one_value(self):
        values = [value for value, _ in check.SHARE_HINTS]
        assert len(set(values)) == len(values)
        assert 0.6 not in values


class TestTimeSplit:
    @pytest.mark.parametrize(
        ("result", "phrase"),
        [
            ((slice(0, 80), slice(80, 90)), "expected a tuple (train, validation, test), received 2 values"),
            (((0, 80), (80, 90), (90, 100)), "a part is a run of neighbouring steps, slice(start, stop)"),
            ((slice(0, 80.0), slice(80, 90), slice(90, 100)), "the ends of a slice are whole numbers"),
            ((slice(0, 80), slice(90, 100), slice(80, 90)), "the parts come in order of time"),
            ((slice(0, 80), slice(81, 90), slice(91, 100)), "steps are lost between two parts"),
            ((slice(0, 80), slice(80, 90), slice(90, 95)), "the last part ends at the end of the series"),
            (
                (slice(0, 80), slice(80, 80), slice(80, 100)),
                "a slice of neighbouring steps, received slice(80, 80, None)",
            ),
            ((slice(0, 100, 2), slice(80, 90), slice(90, 100)), "received slice(0, 100, 2)"),
        ],
    )
    def test_fault_is_named(self, result, phrase):
        assert phrase in see(SPLIT, lambda *args: result)

    def test_other_exception_than_a_value_error(self):
        def time_split(n_steps, fractions=(0.8, 0.1, 0.1), gap=0):
            assert min(fractions) > 0
            return reference.time_split(n_steps, fractions, gap)

        message = see(SPLIT, time_split)
        assert "of which one is negative: expected ValueError, received AssertionError" in message
