"""The chapter's experiments: that they measure what they say, and that the stored runs say what the page says."""

import numpy as np
import pytest

from rnn_course.experiments import order as experiment
from rnn_course.experiments import store
from rnn_course.experiments.store import load
from rnn_course.tasks.temporal_order import SYMBOLS, X, Y, make_temporal_order


class TestViews:
    def test_relevant_keeps_x_and_y_in_their_order(self, rng):
        tokens, labels = make_temporal_order(50, rng)
        pairs, _, n = experiment.see("relevant", tokens)
        assert pairs.shape == (2, 50)
        assert n == 2
        np.testing.assert_array_equal(2 * (pairs[0] == Y) + (pairs[1] == Y), labels)

    def test_stamped_symbols_are_all_different_within_a_sequence(self, rng):
        tokens, vocabulary_size, _ = experiment.see("stamped", make_temporal_order(5, rng)[0])
        assert tokens.max() < vocabulary_size == 100 * len(SYMBOLS)
        assert all(len(set(sequence)) == 100 for sequence in tokens.T.tolist())

    def test_delay_moves_x_and_y_and_keeps_the_rest_of_the_rules(self, rng):
        tokens, _ = make_temporal_order(50, rng)
        late = experiment.delay(tokens, 30, rng)
        assert late.shape == tokens.shape
        relevant = lambda t: np.argwhere(t.T >= X)  # noqa: E731
        np.testing.assert_array_equal(relevant(late), relevant(tokens) + np.array([0, 30]))
        np.testing.assert_array_equal(late[[0, -1]], tokens[[0, -1]])


@pytest.mark.parametrize(("n", "ceiling"), [(1, 0.5), (3, 1.0), (4, 1.0)])
def test_negation_ceiling(n, ceiling):
    assert experiment.negation_ceiling(n) == pytest.approx(ceiling, abs=1e-9)


def test_a_large_network_does_not_pass_the_ceiling():
    result = experiment.large_bag("cpu", n_train=2000, hidden_size=16, epochs=2)
    assert result["accuracy"] <= result["ceiling"]
    assert result["parameters"] == 8 * 16 + 16 + 16 * 16 + 16 + 16 * 4 + 4


class TestStoredRuns:
    def test_every_setting_has_every_seed(self):
        assert len(load("order_temporal")) == len(experiment.VIEWS) * 10
        assert len(load("order_negation")) == 3 * 10
        assert len(load("order_shakespeare")) == len(experiment.TEXTS) * 10
        assert len(load("order_leak")) == len(experiment.SPLITS) * 100

    def test_a_stored_run_comes_out_again(self):
        stored = next(r for r in load("order_leak") if r["split"] == "time" and r["seed"] == 3)
        assert experiment.run_leak("time", 3) == pytest.approx(stored["result"])
        stored = next(r for r in load("order_temporal") if r["view"] == "bag" and r["seed"] == 0)
        assert experiment.run_temporal_order("bag", 0) == pytest.approx(stored["result"], abs=0.01)

    def test_shakespeare_comes_out_again(self):
        stored = next(r for r in load("order_shakespeare") if r["text"] == "words shuffled" and r["seed"] == 0)
        assert experiment.run_shakespeare("words shuffled", 0)["bits"] == pytest.approx(stored["result"]["bits"])

    def test_what_the_chapter_says(self):
        mean = lambda *a, **k: np.mean(experiment.results(*a, **k))  # noqa: E731
        assert max(experiment.results("temporal", "accuracy", view="bag")) < 0.78  # 75 % and two standard errors
        assert mean("temporal", "accuracy", view="relevant") == mean("temporal", "accuracy", view="stamped") == 1
        assert mean("temporal", "delayed", view="stamped") < 0.30
        assert abs(mean("negation", "accuracy", n=1) - 0.5) < 0.02
        assert abs(mean("negation", "accuracy", n=2) - 0.5) < 0.02
        assert abs(mean("negation", "accuracy", n=3) - 0.88) < 0.02
        assert mean("leak", "accuracy", split="random") > 0.9
        assert abs(mean("leak", "accuracy", split="time and gap") - 0.5) < 0.03

    def test_order_0_is_blind_to_every_shuffle(self):
        bits = [run["result"]["bits"][0] for run in load("order_shakespeare")]
        assert max(bits) == min(bits)

    def test_bits_rise_as_order_is_lost(self):
        means = [np.mean(experiment.results("shakespeare", "bits", text=text), axis=0)[4] for text in experiment.TEXTS]
        assert means == sorted(means)

    def test_rows(self):
        rows = experiment.rows()
        assert len(rows) == 8
        assert "74.9 %" in rows[1].obtained
        assert rows[-1].published == "about 3.5"


def test_main_runs_only_what_is_missing(monkeypatch, tmp_path):
    for name in ("run_temporal_order", "run_negation", "run_leak", "run_shakespeare"):
        monkeypatch.setattr(experiment, name, lambda **call: pytest.fail(f"{call} is stored already"))
    before = {path: path.read_bytes() for path in store.RESULTS.glob("order_*.json")}
    experiment.main()
    assert {path: path.read_bytes() for path in store.RESULTS.glob("order_*.json")} == before
