"""The chapter's experiments: that they measure what they say, and that the stored runs say what the page says."""

import numpy as np
import pytest

from rnn_course.experiments import markov as experiment
from rnn_course.experiments import store
from rnn_course.experiments.store import load
from rnn_course.markov import Categorical, HiddenMarkovModel, NGramModel, WittenBell
from rnn_course.tasks.ba_dii_guuu import LETTERS, WORDS, make_letters, source


class TestTexts:
    def test_27_symbols(self):
        _, symbols, _ = experiment.split("27 symbols")
        assert symbols == experiment.SYMBOLS
        assert "  " not in experiment.text("27 symbols")

    def test_padding_adds_two_spaces_to_each_line_that_is_not_empty(self):
        padded, plain = experiment.text("padded").split("\n"), experiment.text("plain").split("\n")
        assert padded[:-1] == [f"{line}  " if line else "" for line in plain[:-1]]

    def test_the_last_tenth_is_for_the_test(self):
        tokens, symbols, n_train = experiment.split("plain")
        assert (len(tokens), n_train, len(symbols)) == (828_914, 746_023, 65)


def test_contexts_are_what_comes_before(rng):
    tokens = rng.integers(4, size=50)
    model = NGramModel(4, 3, WittenBell()).fit(tokens)
    for k, codes in experiment.contexts(tokens, 10, model):
        for t, code in enumerate(codes, start=10):
            context = tokens[t - k : t]
            assert code == sum(int(token) * 4**i for i, token in enumerate(reversed(context)))


class TestHidden:
    def test_nine_states_are_enough(self, rng):
        """The source itself, as a hidden Markov model, reaches the floor."""
        names, transition = source()
        emission = Categorical(9, len(LETTERS), rng)
        model = HiddenMarkovModel(9, emission, rng)
        model.transition = transition
        emission.probability = np.array([[name[-1] == letter for letter in LETTERS] for name in names], float)
        x = make_letters(21_000, rng)[:60_000].reshape(600, 100).T
        bits = -model.log_probability(x).mean() / 100 / np.log(2)
        assert bits == pytest.approx(experiment.floor(100), abs=0.003)

    def test_the_floor_falls_to_the_entropy_rate(self):
        assert experiment.floor(1) == pytest.approx(2.419, abs=1e-3)
        assert experiment.floor(10_000) == pytest.approx(experiment.ENTROPY_RATE, abs=1e-3)

    def test_torch_learns_more_with_four_states_than_with_one(self):
        settings = {"n_iterations": 30, "n_characters": 10_000}
        one, four = (experiment.large_hidden("cpu", n_states, **settings) for n_states in (1, 4))
        assert four["bits"] < one["bits"] - 0.1
        assert one["bits"] < np.log2(65)
        assert four["parameters"] == 4 + 4 * 4 + 4 * 65


class TestStoredRuns:
    def test_every_setting_has_every_seed(self):
        assert len(load("markov_shakespeare")) == len(experiment.TEXTS) * len(experiment.SMOOTHINGS)
        assert len(load("markov_wall")) == len(experiment.SIZES)
        assert len(load("markov_letters")) == len(load("markov_vowels")) == len(experiment.SEEDS)
        assert len(load("markov_hidden")) == len(experiment.STATES) * 20

    @pytest.mark.parametrize("smoothing", ["maximum likelihood", "Kneser–Ney"])
    def test_shakespeare_comes_out_again(self, smoothing):
        setting = {"text": "plain", "smoothing": smoothing, "seed": 0}
        (stored,) = (r["result"] for r in load("markov_shakespeare") if setting.items() <= r.items())
        again = experiment.run_shakespeare(**setting)
        assert again["impossible"] == pytest.approx(stored["impossible"])
        assert [b or np.inf for b in again["bits"]] == pytest.approx([b or np.inf for b in stored["bits"]])

    def test_other_runs_come_out_again(self):
        assert experiment.run_letters(3) == load("markov_letters")[3]["result"]
        (stored,) = (r["result"] for r in load("markov_wall") if r["size"] == 3000)
        assert experiment.run_wall(3000, 0) == stored
        stored = next(r for r in load("markov_hidden") if (r["n_states"], r["seed"]) == (3, 5))
        assert experiment.run_hidden(3, 5)["bits"] == pytest.approx(stored["result"]["bits"], abs=0.01)

    def test_what_the_chapter_says(self):
        witten_bell, kneser_ney = experiment.bits("Witten–Bell"), experiment.bits("Kneser–Ney")
        assert (witten_bell.argmin(), kneser_ney.argmin()) == (4, 5)
        assert kneser_ney.min() < 2.22
        assert (kneser_ney[1:] < witten_bell[1:]).all()
        assert np.isinf(experiment.bits("maximum likelihood")[1:]).all()
        assert experiment.bits("add 1").argmin() == 3
        for order in range(1, 7):
            assert kneser_ney[order] == min(experiment.bits(name)[order] for name in experiment.SMOOTHINGS)
        for smoothing in ("Witten–Bell", "Kneser–Ney"):
            assert experiment.bits(smoothing, "padded").min() < experiment.bits(smoothing).min() - 0.1
        means = np.mean(experiment.results("letters", "Witten–Bell"), axis=0)
        assert means[2] > 0.7 > 0.54 > means[3:].max()
        assert [experiment.solved(n)[0] for n in (3, 6)] == [0, 0]
        assert experiment.solved(9)[0] < experiment.solved(12)[0]
        fits = experiment.results("vowels", "bits")
        assert experiment.vowels_apart(int(np.argmin(fits)))  # the best fit is one that sets the vowels apart

    def test_the_wall_in_numbers(self):
        (wall,) = (r["result"] for r in load("markov_wall") if r["size"] == 746_023)
        assert all(seen < 65**k or k < 2 for k, seen in enumerate(wall["contexts"]))
        assert max(wall["bits"][5:]) - min(wall["bits"]) < 0.02
        assert wall["unseen"][6] > 0.2
        assert wall["unseen"][9] > 0.6

    def test_rows(self):
        rows = experiment.rows()
        assert len(rows) == 13
        assert rows[3].published == "0.528"
        assert rows[5].obtained.startswith("4.07")


def test_words_of_the_task_are_elmans():
    assert WORDS == ("ba", "dii", "guuu")


def test_main_runs_only_what_is_missing(monkeypatch):
    for name in ("run_shakespeare", "run_wall", "run_letters", "run_hidden", "run_vowels"):
        monkeypatch.setattr(experiment, name, lambda **call: pytest.fail(f"{call} is stored already"))
    before = {path: path.read_bytes() for path in store.RESULTS.glob("markov_*.json")}
    experiment.main()
    assert {path: path.read_bytes() for path in store.RESULTS.glob("markov_*.json")} == before
