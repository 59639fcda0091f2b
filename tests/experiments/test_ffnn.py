"""The chapter's experiments: the stored runs are what the code makes, and they bear out what the page says."""

from itertools import pairwise

import numpy as np
import pytest

from rnn_course.experiments import ffnn
from rnn_course.experiments.order import negation_ceiling
from rnn_course.experiments.store import load
from rnn_course.optim import SGD
from rnn_course.tasks.xor import make_xor_sequence, window_ceiling


def stored(name, **chosen):
    return [run["result"] for run in load(name) if all(run[key] == value for key, value in chosen.items())]


class TestRuns:
    """A run made now equals the stored one, up to another machine's rounding."""

    @pytest.mark.parametrize("activation", ffnn.ACTIVATIONS)
    def test_gradients(self, activation):
        assert ffnn.check_gradients(activation, seed=0)["error"] < 1e-7

    def test_static_xor(self):
        run, (kept, *_) = ffnn.static_xor(hidden=32, seed=0), stored("ffnn_xor", hidden=32, seed=0)
        assert run["sweeps"] == pytest.approx(kept["sweeps"], abs=2)
        assert run["outputs"] == pytest.approx(kept["outputs"], abs=0.02)

    def test_static_xor_that_is_cut_short(self):
        assert ffnn.static_xor(hidden=2, seed=0, sweeps=3)["sweeps"] is None

    def test_bounded_xor(self):
        assert ffnn.bounded_xor(hidden=4, seed=0, sweeps=300)["correct"] <= 3

    def test_xor_in_time(self):
        run, (kept, *_) = ffnn.xor_in_time(width=2, seed=0), stored("ffnn_time", width=2, seed=0)
        assert run.keys() == kept.keys()
        assert run["loss"] == pytest.approx(kept["loss"], abs=0.01)
        assert run["phase_accuracy"] == pytest.approx(kept["phase_accuracy"], abs=0.02)
        assert run["table_loss"] == pytest.approx(kept["table_loss"])

    def test_negation(self):
        run, (kept, *_) = ffnn.negation_from_bigrams(hidden=32, seed=0), stored("ffnn_negation", hidden=32, seed=0)
        assert run["accuracy"] == pytest.approx(kept["accuracy"], abs=0.02)
        assert run["majority"] == kept["majority"]

    def test_exploding_gradients_end_a_run_at_once(self):
        run = ffnn.regularised_depth(scale=1.5, l2=1.0, max_norm=None, seed=0)
        assert run["loss"] is None
        assert run["end"] == []
        assert run["step"] == 1

    def test_a_short_run_keeps_both_ends(self):
        run = ffnn.regularised_depth(scale=1.0, l2=0.01, max_norm=1.0, seed=0, steps=2)
        assert len(run["start"]) == len(run["end"]) == 5
        assert run["loss"] > 0

    def test_penalised_step_is_equation_l2(self, rng):
        weight, bias = rng.standard_normal((2, 3)), rng.standard_normal(2)
        grads = {"weight": rng.standard_normal((2, 3)), "bias": rng.standard_normal(2)}
        expected = {"weight": (1 - 0.1 * 0.5) * weight - 0.1 * grads["weight"], "bias": bias - 0.1 * grads["bias"]}
        parameters = {"weight": weight, "bias": bias}
        ffnn._penalised_step(SGD(parameters, lr=0.1), grads, l2=0.5, max_norm=None)
        for name, value in parameters.items():
            np.testing.assert_allclose(value, expected[name], rtol=1e-14)


class TestTable:
    def test_counts_by_hand(self):
        """Four bits 1 0 1 0 and windows of one: after 1 comes 0 twice, after 0 comes 1 once."""
        log_probability = ffnn._table(np.array([1, 0, 1, 0]), width=1)
        np.testing.assert_allclose(np.exp(log_probability), [[1 / 3, 2 / 3], [3 / 4, 1 / 4]])

    def test_codes_tell_windows_apart(self):
        codes = ffnn._codes(np.array([0, 1, 1, 0]), width=2)
        assert codes.tolist() == [2, 3]

    def test_a_tie_is_half_a_point(self):
        scores = ffnn._scores(np.log(np.full((3, 2), 0.5)), np.array([0, 1, 0]), np.array([0, 1, 2]))
        assert scores["accuracy"] == 0.5
        assert scores["phase_loss"] == pytest.approx([np.log(2)] * 3, abs=1e-4)

    def test_windows_are_signed(self, rng):
        bits = make_xor_sequence(5, rng)
        assert set(ffnn._signed_windows(bits, 3).ravel()) == {-1.0, 1.0}


class TestStored:
    def test_grids_are_complete(self):
        assert len(load("ffnn_gradcheck")) == 4 * 20
        assert len(load("ffnn_xor")) == len(ffnn.HIDDEN) * 100
        assert len(load("ffnn_bounded")) == 2 * 50
        assert len(load("ffnn_negation")) == 2 * 20
        assert len(load("ffnn_time")) == len(ffnn.WIDTHS) * 20
        assert len(load("ffnn_depth")) == 3 * len(ffnn.TREATMENTS) * 20

    def test_every_gradient_check_passes(self):
        assert max(run["error"] for run in stored("ffnn_gradcheck")) < 1e-7

    @pytest.mark.parametrize("width", ffnn.WIDTHS)
    def test_no_window_beats_its_ceiling(self, width):
        """Beyond chance: 20 seeds of 30,000 test bits put 0.003 far outside the noise of their mean."""
        accuracy, loss = window_ceiling(width)
        runs = stored("ffnn_time", width=width)
        for prefix in ("", "table_"):
            assert np.mean([run[f"{prefix}accuracy"] for run in runs]) < accuracy + 0.003
            assert np.mean([run[f"{prefix}loss"] for run in runs]) > loss - 0.003

    def test_hidden_units_combine_the_bigrams(self):
        accuracies = {h: np.mean([run["accuracy"] for run in stored("ffnn_negation", hidden=h)]) for h in (0, 32)}
        assert accuracies[0] < 0.55
        assert 0.85 < accuracies[32] < negation_ceiling(2) + 0.003

    def test_only_the_smallest_network_gets_stuck(self):
        stuck = [ffnn.stuck_at(hidden) for hidden in ffnn.HIDDEN]
        assert stuck[0][0] > 0
        assert all(count == (0, 100) for count in stuck[1:])

    def test_weights_between_zero_and_one_never_solve_xor(self):
        assert max(run["correct"] for run in stored("ffnn_bounded")) == 3

    def test_penalty_alone_cures_no_explosion_and_worsens_vanishing(self):
        for l2 in (0.0, 0.01, 0.1, 1.0):
            assert all(run["loss"] is None for run in stored("ffnn_depth", scale=1.5, l2=l2, max_norm=None))
        ends = [
            np.median([run["end"] for run in stored("ffnn_depth", scale=0.5, l2=l2, max_norm=None)], axis=0)
            for l2 in (0.0, 0.01, 0.1, 1.0)
        ]
        assert all((later < earlier).all() for earlier, later in pairwise(ends))
        both = stored("ffnn_depth", scale=1.5, l2=0.1, max_norm=1.0)
        assert len(both) == 20
        assert all(run["loss"] < 0.5 for run in both)

    def test_rows_are_filled(self):
        rows = ffnn.rows()
        assert len(rows) == 10
        for row in rows:
            assert row.quantity
            assert row.obtained
            assert row.source
            assert row.seeds >= 20
