"""The chapter's experiments: the stored runs are what the code makes, and they bear out what the page says."""

from itertools import product

import numpy as np
import pytest

from rnn_course.datasets import basic_motions
from rnn_course.experiments import baselines, tdnn
from rnn_course.experiments.store import load
from rnn_course.tdnn import receptive_field


def stored(name, **chosen):
    return [run["result"] for run in load(f"tdnn_{name}") if chosen.items() <= run.items()]


class TestBaselines:
    def test_dtw_equals_brute_force(self, rng):
        """All ways to walk from the first pair of steps to the last, by recursion."""
        a, b = rng.standard_normal((4, 2, 2)), rng.standard_normal((5, 3, 2))

        def cheapest(x, y, i, j):
            before = [(i - 1, j - 1), (i - 1, j), (i, j - 1)]
            rest = [cheapest(x, y, *p) for p in before if min(p) >= 0]
            return ((x[i] - y[j]) ** 2).sum() + min(rest, default=0.0)

        expected = [[cheapest(a[:, m], b[:, n], 3, 4) for n in range(3)] for m in range(2)]
        np.testing.assert_allclose(baselines.dtw(a, b), expected, rtol=1e-12)

    def test_dtw_forgives_a_shift_and_euclid_does_not(self, rng):
        x = np.zeros((20, 1, 1))
        x[5:8] = 1
        late = np.roll(x, 4, axis=0)
        assert baselines.dtw(x, late).item() == 0
        assert baselines.euclidean(x, late).item() == 6

    def test_autoregression_finds_the_weights_of_a_recursion(self, rng):
        series = [1.0, 0.5]
        for _ in range(60):
            series.append(0.3 + 0.6 * series[-1] - 0.5 * series[-2])
        series = np.array(series)
        fit_at, predict_at = np.arange(1, 30), np.arange(40, 50)
        predicted = baselines.autoregression(series, [0, 1], fit_at, predict_at)
        np.testing.assert_allclose(predicted, series[predict_at + 1], atol=1e-9)

    def test_scores_on_motions(self):
        scores = tdnn.motion_baselines()
        assert scores == {
            "one class for all": 0.25,
            "nearest neighbour": 0.6,
            "logistic regression": 0.725,
            "nearest neighbour, DTW": 0.975,
        }
        assert len(basic_motions().test_labels) == 40

    def test_scores_on_sunspots(self):
        """With the constant 1535 as divisor, these are .416/.940, .185/.439 and .123/.342."""
        scores = {
            name: np.round(np.array(pair) * 1495.594 / 1535, 3) for name, pair in tdnn.sunspot_baselines().items()
        }
        assert scores["persistence"].tolist() == [0.416, 0.940]
        assert scores["AR(2)"].tolist() == [0.185, 0.439]
        assert scores["AR(9)"].tolist() == [0.123, 0.342]


class TestRuns:
    """A run made now equals the stored one, up to another machine's rounding."""

    @pytest.mark.parametrize("lag", [4, 5])
    def test_wall(self, lag):
        run, (kept, *_) = tdnn.wall("two layers of 3", lag, seed=0), stored("wall", stack="two layers of 3", lag=lag)
        assert run["table"] == kept["table"]
        assert run["accuracy"] == pytest.approx(kept["accuracy"], abs=0.02)

    def test_sunspots(self):
        run, (kept, *_) = tdnn.sunspot_network(0.1, seed=0), stored("sunspots", l2=0.1, seed=0)
        assert run["validation"] == pytest.approx(kept["validation"], rel=0.02)
        assert run["nmse"] == pytest.approx(kept["nmse"], rel=0.02)

    def test_motions(self):
        assert tdnn.motions(seed=0)["accuracy"] == pytest.approx(stored("motions", seed=0)[0]["accuracy"], abs=0.03)

    def test_glides(self):
        run, (kept, *_) = tdnn.glides("MLP", seed=0), stored("glides", model="MLP", seed=0)
        assert run["parameters"] == kept["parameters"]
        assert run["accuracy"] == pytest.approx(kept["accuracy"], abs=0.05)

    def test_context_table_knows_what_it_has_seen(self, rng):
        bits = rng.integers(0, 2, (100, 30))
        assert baselines.context_table(bits, bits[:, :5], lag=1, width=2) == 1
        assert abs(baselines.context_table(bits, rng.integers(0, 2, (100, 30)), lag=3, width=2) - 0.5) < 0.05

    def test_contexts_by_hand(self):
        """Bits 1 0 0 1 in windows of two, with the bit of one step ago."""
        codes, targets = baselines._contexts(np.array([[1], [0], [0], [1]]), lag=1, width=2)
        assert codes.tolist() == [1, 0, 2]
        assert targets.tolist() == [1, 0, 0]


class TestStored:
    def test_grids_are_complete(self):
        assert len(load("tdnn_wall")) == len(tdnn.STACKS) * len(tdnn.LAGS) * 10
        assert len(load("tdnn_sunspots")) == len(tdnn.PENALTIES) * 10
        assert len(load("tdnn_motions")) == 20
        assert len(load("tdnn_glides")) == len(tdnn.MODELS) * 10
        assert len(load("tdnn_mackey")) == 10

    @pytest.mark.parametrize(("stack", "lag"), [*product(tdnn.STACKS, tdnn.LAGS)])
    def test_accuracy_falls_to_chance_exactly_at_the_edge(self, stack, lag):
        kernel_sizes, dilations = tdnn.STACKS[stack]
        accuracies = [run["accuracy"] for run in stored("wall", stack=stack, lag=lag)]
        if lag < receptive_field(kernel_sizes, None, dilations):
            assert np.median(accuracies) > 0.999
        else:
            assert np.abs(np.array(accuracies) - 0.5).max() < 0.03  # six standard errors of 10,000 bits

    def test_penalty_is_chosen_without_the_test(self):
        means = {l2: np.mean([run["validation"] for run in stored("sunspots", l2=l2)]) for l2 in tdnn.PENALTIES}
        assert tdnn.chosen_penalty() == min(means, key=means.get)

    def test_sunspot_network_beats_the_line_in_the_first_period_and_not_in_the_second(self):
        nmse = np.array([run["nmse"] for run in stored("sunspots", l2=tdnn.chosen_penalty())])
        linear = tdnn.sunspot_baselines()["AR(9)"]
        assert (nmse[:, 0] < linear[0]).all()
        assert (nmse[:, 1] > linear[1]).all()

    def test_motions_are_easy_for_shared_weights(self):
        assert np.mean([run["accuracy"] for run in stored("motions")]) > 0.975

    def test_shift_invariance_of_the_maximum_alone(self):
        curves = {m: np.mean([run["accuracy"] for run in stored("glides", model=m)], axis=0) for m in tdnn.MODELS}
        late = [onset in range(8, 25) for onset in tdnn.ONSETS]
        assert curves["TDNN"][late].min() > 0.9
        assert curves["MLP"][tdnn.ONSETS.index(10)] > 0.95
        assert curves["MLP"][tdnn.ONSETS.index(16)] < 0.5
        assert curves["TDNN, mean"][tdnn.ONSETS.index(22)] < 0.8

    def test_chaos_is_not_linear(self):
        runs = stored("mackey")
        assert max(run["network"] for run in runs) < 0.1 < runs[0]["linear"] < runs[0]["persistence"]

    def test_rows_are_filled(self):
        for row in tdnn.rows():
            assert row.quantity
            assert row.obtained
            assert bool(row.published) == bool(row.source)
