"""The assignment ``order``: every variant fails exactly what it breaks, and each fault is named by its hint."""

import re
import subprocess
import sys
from functools import partial

import numpy as np
import pytest

from rnn_course import order as reference
from rnn_course.check import order as check
from rnn_course.tasks import temporal_order

from . import harness

PARTS = TEMPORAL, BAG, SPLIT = "make_temporal_order", "bag_baseline", "time_split"
CELLS = harness.code_cells("order")
VARIANTS = {variant.name: variant for variant in harness.variants("order")}
RIGHT = [name for name in VARIANTS if name.startswith("right_")]
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

see = partial(harness.message, check)


def answer(name, part):
    return harness.namespace("order", VARIANTS[name])[part]


class TestSource:
    def test_reference_passes_its_own_tests(self):
        assert harness.failures("order") == {}

    def test_each_part_has_a_solution_and_a_test_and_the_points_sum_to_100(self):
        assert tuple(cell.solution for cell in CELLS if cell.solution) == PARTS
        assert tuple(cell.test for cell in CELLS if cell.test) == PARTS
        assert sum(cell.points for cell in CELLS) == 100

    def test_runs_from_top_to_bottom_without_torch_or_network_and_says_nothing_on_stderr(self):
        code = (
            "import runpy, socket, sys\n"
            "def refuse(*args, **kwargs): raise OSError('no network')\n"
            "socket.socket.connect = socket.create_connection = refuse\n"
            "sys.modules['torch'] = None\n"
            f"runpy.run_path({str(harness.SOLUTIONS / 'order' / 'order.py')!r})\n"
            "assert 'matplotlib' not in sys.modules\n"
        )
        done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
        assert (done.returncode, done.stderr) == (0, "")
        assert [f"✓ {part}" in done.stdout for part in PARTS] == [True] * 3
        assert "T = 80: nothing 0.2" in done.stdout

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

    def test_parts_do_not_depend_on_each_other(self):
        for cell in CELLS:
            if cell.test:
                assert not [part for part in PARTS if part != cell.test and re.search(rf"\b{part}\b", cell.source)]


class TestVariants:
    def test_enough_of_both_kinds(self):
        assert len(RIGHT) >= 3
        assert len(VARIANTS) - len(RIGHT) >= 8
        assert {name for name, *_ in HINTS} | HIDDEN_ONLY == set(VARIANTS) - set(RIGHT)

    @pytest.mark.parametrize("name", VARIANTS)
    def test_fails_exactly_the_parts_that_it_breaks(self, name):
        assert set(harness.failures("order", VARIANTS[name])) == VARIANTS[name].breaks

    @pytest.mark.parametrize("name", RIGHT)
    def test_right_answers_differ_from_the_reference_in_every_part(self, name):
        assert set(VARIANTS[name].cells) == set(PARTS)

    @pytest.mark.parametrize(("name", "part", "phrase"), HINTS)
    def test_visible_check_names_the_fault(self, name, part, phrase):
        message = see(part, answer(name, part))
        assert phrase in message
        solution = {line.strip() for cell in CELLS if cell.solution == part for line in cell.source.splitlines()}
        assert not [line for line in solution if len(line) > 12 and line in message]

    @pytest.mark.parametrize("name", sorted(HIDDEN_ONLY))
    def test_only_hidden_tests_find_it(self, name, capsys):
        (part,) = VARIANTS[name].breaks
        getattr(check, part)(answer(name, part))
        assert capsys.readouterr().out.splitlines()[-1].startswith(f"✓ {part}: ")

    @pytest.mark.parametrize("name", VARIANTS)
    def test_ungraded_section_runs_and_says_something(self, name, capsys):
        harness.namespace("order", VARIANTS[name])
        assert capsys.readouterr().out.splitlines()[-1].startswith(("T = 80: nothing", "This needs parts 1 and 2 ("))
