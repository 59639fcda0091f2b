"""The chapter's experiments: the stack learns as the package's BPTT says, runs are repeated, and the page's words hold."""

from itertools import product

import numpy as np
import pytest

from rnn_course.bptt import truncated_bptt, unroll
from rnn_course.experiments import bptt, flips
from rnn_course.experiments.store import load
from rnn_course.functional import sigmoid
from rnn_course.gradcheck import check_gradient
from rnn_course.tasks.latch import expected_guesses

NO_BIAS = {"bias_ih": np.zeros(1), "bias_hh": np.zeros(1)}


def stack(rng, monkeypatch, networks=2):
    monkeypatch.setattr(flips, "NETWORKS", networks)
    shapes = {"weight_ih": (12, 2), "weight_hh": (12, 12), "readout": (1, 13)}
    params = {name: rng.uniform(-0.5, 0.5, (networks, *shape)) for name, shape in shapes.items()}
    return params, *flips.flips(8, 3, rng)


class TestStack:
    @pytest.mark.parametrize(("lag", "k2"), [(0, 1), (2, 1), (2, 3), (3, 6), (1, 8), (1, 20)])
    def test_gradient_is_truncated_bptt(self, rng, monkeypatch, lag, k2):
        params, x, bits = stack(rng, monkeypatch)
        received = flips.gradients(x, bits, lag, k2, params)
        for i in range(2):
            own = {name: value[i] for name, value in params.items()}
            hidden, caches = unroll(x[:, i], np.zeros((3, 12)), own | NO_BIAS)
            logits = hidden @ own["readout"][:, :-1].T + own["readout"][:, -1]
            d_logits = np.zeros_like(logits)
            d_logits[lag:] = (sigmoid(logits[lag:]) - bits[: 8 - lag, i]) / logits[lag:].size
            expected = truncated_bptt(d_logits @ own["readout"][:, :-1], caches, 1, k2)
            for name in ("weight_ih", "weight_hh"):
                np.testing.assert_allclose(received[name][i], expected[name], rtol=1e-10, atol=1e-14)

    def test_whole_gradient_equals_central_differences(self, rng, monkeypatch):
        params, x, bits = stack(rng, monkeypatch, networks=1)
        received = flips.gradients(x, bits, 2, 8, params)

        def loss(_):
            hidden, _ = flips.run_stack(x, params)
            logits = (hidden @ params["readout"][..., :-1].mT + params["readout"][..., -1:])[2:]
            p = sigmoid(logits)
            return float(-np.log(np.where(bits[:-2] == 1, p, 1 - p)).mean())

        for name, value in params.items():
            assert check_gradient(loss, value, received[name]) < 1e-6

    def test_no_steps_back_leave_the_recurrent_layer_as_it_was(self, rng):
        before, after, _ = flips.train(1, 0, rng, updates=5)
        np.testing.assert_array_equal(before["weight_hh"], after["weight_hh"])
        np.testing.assert_array_equal(before["weight_ih"], after["weight_ih"])
        assert (before["readout"] != after["readout"]).all()

    def test_untrained_networks_toss_a_coin(self, rng):
        accuracy = flips.train(3, 1, rng, updates=0)[2]
        assert accuracy.shape == (20,)
        assert np.abs(accuracy - 0.5).max() < 0.2


class TestPulses:
    def test_target_is_the_last_pulse(self, rng):
        x, target = bptt.pulses(60, 5, rng)
        for stream, held in zip(x[..., 0].T, target[..., 0].T, strict=True):
            for t in range(60):
                seen = stream[: t + 1][stream[: t + 1] != 0]
                assert held[t] == (seen[-1] if len(seen) else 0)
        assert 0.1 < (x != 0).mean() < 0.3


class TestRuns:
    """A run made now equals the stored one, up to another machine's rounding."""

    def test_window(self):
        run = bptt.window(1, 2, seed=0)["accuracy"]
        np.testing.assert_allclose(run, bptt.accuracies(1, 2), atol=0.02)

    @pytest.mark.parametrize("carried", [True, False])
    def test_carry(self, carried):
        run = bptt.carry(carried, seed=0)["accuracy"]
        (kept, *_) = bptt.results("carry", "accuracy", carried=carried, seed=0)
        near = [wait <= 4 for wait in bptt.WAITS]
        np.testing.assert_allclose(np.array(run)[near], np.array(kept)[near], atol=0.05)

    @pytest.mark.parametrize("noise", bptt.NOISES)
    def test_latch(self, noise):
        assert bptt.latch(noise, seed=3)["trials"] == bptt.results("latch", "trials", noise=noise, seed=3)[0]

    def test_first_inputs(self):
        assert bptt.first_inputs(seed=4)["trials"] == bptt.results("inputs", "trials", seed=4)[0]


class TestStored:
    def test_grids_are_complete(self):
        assert len(load("bptt_inputs")) == 100
        assert len(load("bptt_window")) == len(bptt.LAGS) * len(bptt.WINDOWS)
        assert len(load("bptt_carry")) == 40
        assert len(load("bptt_latch")) == 200
        assert len(load("bptt_sgd")) == 5

    @pytest.mark.parametrize(("lag", "k2"), [*product(bptt.LAGS, bptt.WINDOWS)])
    def test_the_wall_stands_where_errors_no_longer_reach(self, lag, k2):
        solved = (bptt.accuracies(lag, k2) >= bptt.SOLVED).sum()
        if 1 <= k2 <= lag:
            assert solved <= 1
        elif k2 > lag and lag <= 6:
            assert solved >= 18

    def test_at_lag_10_one_step_more_than_reaching_decides(self):
        solved = {k2: (bptt.accuracies(10, k2) >= bptt.SOLVED).sum() for k2 in (11, 12)}
        assert solved[11] <= 3
        assert solved[12] >= 18

    def test_time_helps_an_error_that_reaches_and_no_other(self):
        solved = {
            (r["k2"], r["updates"]): sum(a >= bptt.SOLVED for a in r["result"]["accuracy"]) for r in load("bptt_longer")
        }
        assert solved.keys() == {(k2, updates) for k2 in (10, 11) for updates in bptt.LONGER}
        assert 3 < solved[11, 3000] < solved[11, 10_000]
        assert solved[10, 3000] == solved[10, 10_000] == 0

    def test_a_short_window_does_worse_than_none(self):
        means = [bptt.accuracies(2, k2).mean() for k2 in range(4)]
        assert means[0] > 0.9 > means[1] > means[2]
        assert means[3] > 0.99
        sgd = [bptt.accuracies(2, k2, "sgd").mean() for k2 in range(4)]
        assert min(sgd[0], sgd[1]) > 0.9 > 0.6 > sgd[2]
        assert sgd[3] > 0.99

    def test_a_carried_state_holds_and_a_reset_one_does_not(self):
        carried, reset = (np.array(bptt.results("carry", "accuracy", carried=c)) for c in (True, False))
        near = [wait <= 4 for wait in bptt.WAITS]
        assert carried.min() == 1
        assert reset[:, near].mean() > 0.99
        assert reset[:, bptt.WAITS.index(20)].mean() < 0.75

    def test_training_opens_the_channel(self):
        before, after = (np.array(bptt.results("norms", when)[0]) for when in ("before", "after"))
        assert before.shape == after.shape == (20, 41)
        assert np.median(before[:, 8]) < 0.02
        assert np.median(after[:, 8]) > 1
        assert min(bptt.results("norms", "accuracy")[0]) > bptt.SOLVED

    @pytest.mark.parametrize("noise", bptt.NOISES)
    def test_guesses_agree_with_the_derivation(self, noise):
        trials, largest = (np.array(bptt.results("latch", name, noise=noise)) for name in ("trials", "largest"))
        expected = expected_guesses(largest.mean())
        assert abs(trials.mean() - expected) < 3 * expected / np.sqrt(len(trials))  # the count is geometric

    def test_rtrl_is_dear_where_there_are_many_units(self):
        cost = bptt.results("cost", "hidden")[0]
        assert cost["ratio"] == sorted(cost["ratio"])
        assert cost["ratio"][-1] > 50

    def test_rows_are_filled(self):
        rows = bptt.rows()
        assert len({row.quantity for row in rows}) == len(rows)
        for row in rows:
            assert row.obtained
            assert bool(row.published) == bool(row.source)
