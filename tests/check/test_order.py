"""The assignment ``order``: every variant fails exactly what it breaks, and each fault is named by its hint."""

import numpy as np
import pytest

from rnn_course import order as reference
from rnn_course.tasks import temporal_order

from . import harness

PARTS = TEMPORAL, BAG, SPLIT = "make_temporal_order", "bag_baseline", "time_split"
CELLS = harness.code_cells("order")
VARIANTS = {variant.name: variant for variant in harness.variants("order")}
HINTS = [
    ("wrong_batch_first", TEMPORAL, "time is the first axis and the batch the second"),
    ("wrong_float_tokens", TEMPORAL, "expected an array of integers, received float64 array"),
    ("wrong_ends_overwritten", TEMPORAL, "is it written before the distractors, and then written over?"),
    ("wrong_whole_rows", TEMPORAL, "tokens[t1] whole rows"),
    ("wrong_upper_end_missing", TEMPORAL, "the upper end is missing"),
    ("wrong_shared_positions", TEMPORAL, "all sequences have the same t1. Draw one for each."),
    ("wrong_distractor_missing", TEMPORAL, "rng.integers stops one short of its second argument"),
    ("wrong_classes_exchanged", TEMPORAL, "XY and YX are exchanged"),
    ("wrong_global_generator", TEMPORAL, "take all random numbers from rng"),
    ("wrong_own_seed", TEMPORAL, "the function makes or seeds a generator of its own"),
    ("wrong_two_parts", TEMPORAL, "X and Y are exchanged"),
    ("wrong_presence", BAG, "How often a symbol occurs matters"),
    ("wrong_counts_added", BAG, "do not add the counts of different symbols"),
    ("wrong_order_kept", BAG, "the order of the symbols came in"),
    ("wrong_positions_kept", BAG, "the steps at which the symbols stand came in"),
    ("wrong_all_symbols", BAG, "all symbols were counted"),
    ("wrong_not_a_share", BAG, "Accuracy is their share"),
    ("wrong_mean_of_groups", BAG, "A group of four sequences counts four times"),
    ("wrong_over_the_batch", BAG, "its steps run along axis 0"),
    ("wrong_sorts_in_place", BAG, "changed its argument number 1 in place"),
    ("wrong_index_error", BAG, "stopped with IndexError"),
    ("wrong_index_error", BAG, "It happened at: counts[token] += 1"),
    ("wrong_no_gap", SPLIT, "the gap is missing"),
    ("wrong_two_parts", SPLIT, "the gap is missing"),
    ("wrong_gap_once", SPLIT, "the gap belongs between all neighbouring parts"),
    ("wrong_gap_from_earlier_part", SPLIT, "the gap is taken from the start of the later part"),
    ("wrong_shuffled", SPLIT, "A shuffled split lets the model learn the neighbours"),
    ("wrong_shared_step", SPLIT, "two parts share a step"),
    ("wrong_truncated", SPLIT, "was the number of steps truncated?"),
    ("wrong_exact_sum", SPLIT, "time_split(200, (0.7, 0.2, 0.1)) stopped with ValueError"),
    ("wrong_three_parts_only", SPLIT, "time_split(60, (0.75, 0.25), 5) stopped with ValueError: not enough values"),
    ("wrong_nothing_refused", SPLIT, "which sum to 1.1: expected ValueError, but no exception was raised"),
    *(("wrong_not_started", part, "is not written yet") for part in PARTS),
]
HIDDEN_ONLY = {
    "wrong_fixed_positions",
    "wrong_batch_of_one_squeezed",
    "wrong_constant_lag",
    "wrong_classes_in_turn",
    "wrong_colliding_key",
    "wrong_parts_rounded",
}


class TestSource:
    def test_alphabet_is_the_one_of_the_package(self):
        names = harness.namespace("order")
        for name in ("SYMBOLS", "START", "END", "DISTRACTORS", "X", "Y", "CLASSES"):
            assert names[name] == getattr(temporal_order, name), name

    @pytest.mark.parametrize(
        ("part", "function"),
        [
            (TEMPORAL, temporal_order.make_temporal_order),
            (BAG, reference.bag_baseline),
            (SPLIT, reference.time_split),
        ],
    )
    def test_functions_of_the_package_pass_all_tests_of_the_assignment(self, part, function):
        names = harness.namespace("order") | {part: function}
        (test,) = (cell for cell in CELLS if cell.test == part)
        harness.run(test.source, names)

    def test_worked_examples_are_right(self):
        names = harness.namespace("order")
        assert names["example"].shape == (12, 2)
        sequences = np.array(
            [[names["SYMBOLS"].index(s) for s in word] for word in ("XaX", "aXX", "XXb", "aYb", "bXa")]
        )
        labels = np.array([0, 0, 1, 1, 2])
        assert names[BAG](sequences.T, labels, (names["X"],)) == 0.8
        assert names[BAG](sequences.T, labels, ()) == 0.4
        assert names[SPLIT](50, fractions=(0.5, 0.3, 0.2), gap=3) == (slice(0, 25), slice(28, 40), slice(43, 50))


class TestVariants:
    @pytest.mark.parametrize("name", VARIANTS)
    def test_ungraded_section_runs_and_says_something(self, name, capsys):
        harness.namespace("order", VARIANTS[name])
        assert capsys.readouterr().out.splitlines()[-1].startswith(("T = 80: nothing", "This needs parts 1 and 2 ("))
