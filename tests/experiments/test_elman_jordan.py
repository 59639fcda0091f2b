"""The experiments of 1990 and the flip-flop: what is measured, and what the table says of it."""

import numpy as np
import pytest

from rnn_course.elman_jordan import ElmanRNN
from rnn_course.experiments import elman_jordan, store
from rnn_course.functional import identity
from rnn_course.tasks.ba_dii_guuu import LETTERS, conditional_entropy, make_letters, source
from rnn_course.tasks.flip_flop import make_flip_flop


class TestXor:
    def test_untrained_networks_are_at_chance(self):
        run = elman_jordan.temporal_xor(hidden=2, window=1, seed=0, networks=8, passes=0)
        assert np.mean(run["accuracy"]) == pytest.approx(0.5, abs=0.15)
        assert np.shape(run["rmse"]) == (8, 3)

    def test_some_networks_learn_the_xor_bit_and_none_learns_the_coin(self):
        run = elman_jordan.temporal_xor(hidden=8, window=3, seed=0, networks=6, n_triples=300, passes=40, lr=0.5)
        rmse = np.array(run["rmse"])
        assert max(run["accuracy"]) >= elman_jordan.SOLVED
        assert rmse[:, :2].min() > 0.45
        best = rmse[:, 2].argmin()
        assert rmse[best, 2] < rmse[best, :2].min() - 0.2
        assert np.shape(run["best"]["weight_hh"]) == (8, 8)


class TestLetters:
    def test_place_in_the_word(self, rng):
        names, _ = source()
        streams = np.stack([make_letters(9, rng)[:9] for _ in range(3)], axis=1)
        for stream, places in zip(streams.T, elman_jordan._places(streams).T, strict=True):
            text = "".join(LETTERS[token] for token in stream)
            for t, place in enumerate(places):
                assert text[: t + 1].endswith(names[place])
                assert names[place][-1] == text[t]
                assert names[place][0] in "bdg"

    @pytest.mark.parametrize("code", elman_jordan.CODES)
    def test_consonants_cost_more_than_vowels(self, code):
        run = elman_jordan.letters(code, seed=0, networks=3, n_words=100, passes=10)
        error = np.array(run["error"])
        assert error.shape == (3, 9)
        consonants = [0, 2, 5]
        assert error[:, consonants].mean() > np.delete(error, consonants, axis=1).mean() + 0.05
        if code == "one-hot":
            assert min(run["bits"]) > conditional_entropy(3) - 0.05
        else:
            assert np.shape(run["feature"]) == (3, 6)
            assert np.mean(run["feature"], axis=0)[5] < 0.2  # all letters are voiced


class TestFlipFlop:
    @pytest.mark.parametrize("model", elman_jordan.MODELS)
    def test_every_network_has_as_many_parameters(self, model, rng):
        assert elman_jordan._network(model, rng).count_parameters() in (36, 37)

    def test_window_ends_and_the_memory_does_not(self):
        window = elman_jordan.flip_flop("TDNN", asked=False, seed=0, updates=600)["accuracy"]
        assert min(window[: elman_jordan.FIELD]) > 0.95
        assert window[elman_jordan.FIELD] == pytest.approx(0.5, abs=0.06)
        memory = elman_jordan.flip_flop("Elman", asked=False, seed=0, updates=600)
        assert min(memory["accuracy"]) > 0.95
        assert "silence" not in memory

    def test_silence_and_margin(self):
        run = elman_jordan.flip_flop("Elman", asked=True, seed=0, updates=1)
        assert run["silence"] > 0
        assert 0 <= run["margin"] <= 1

    def test_last_pulse(self, rng):
        x, told, age = make_flip_flop(30, 5, rng)
        np.testing.assert_array_equal(elman_jordan._last_pulse(x, age), told[..., 0])

    def test_linear_map_finds_what_is_in_the_state(self, rng):
        """A chain of identity units holds the last three inputs, and nothing else."""
        model = ElmanRNN(1, 3, rng, activation=identity)
        chain = {"weight_ih_l0": [[1.0], [0], [0]], "weight_hh_l0": [[0.0, 0, 0], [1, 0, 0], [0, 1, 0]]}
        model.load_state_dict(chain | {"bias_ih_l0": np.zeros(3), "bias_hh_l0": np.zeros(3)})
        x = rng.standard_normal((300, 20, 1))
        found = elman_jordan._r2(model.forward(x)[0], x, rng.standard_normal(x.shape), lags=5)
        np.testing.assert_allclose(found, [1, 1, 1, 0, 0, 0], atol=0.01)


def test_blind_to_the_phase_costs_two_ninths():
    """Enumerated: the best forecast from the last two bits, over the twelve equally likely moments of the stream."""
    streams = [(a, b, a ^ b, c, d, c ^ d) for a in (0, 1) for b in (0, 1) for c in (0, 1) for d in (0, 1)]
    moments = [(stream[t], stream[t + 1], stream[t + 2]) for stream in streams for t in range(3)]
    rest = 0.0
    for pair in {moment[:2] for moment in moments}:
        following = [moment[2] for moment in moments if moment[:2] == pair]
        rest += np.var(following) * len(following) / len(moments)
    assert rest == pytest.approx(2 / 9)


def stored(tmp_path, monkeypatch):
    """Runs of all three experiments, made up, in a folder of their own."""
    monkeypatch.setattr(store, "RESULTS", tmp_path)
    xor = {"rmse": [[0.5, 0.5, 0.1]] * 4, "accuracy": [1.0, 0.95, 0.949, 0.5]}
    monkeypatch.setattr(elman_jordan, "temporal_xor", lambda hidden, window, seed: xor)
    monkeypatch.setattr(elman_jordan, "letters", lambda code, seed: {"bits": [0.53, 0.55]})
    monkeypatch.setattr(elman_jordan, "flip_flop", lambda model, asked, seed: {"accuracy": [1.0] * 8 + [0.5] * 23})
    elman_jordan.main()


def test_runs_are_stored_and_counted(tmp_path, monkeypatch):
    stored(tmp_path, monkeypatch)
    assert elman_jordan.solved(8, 3) == (2, 4)
    assert elman_jordan.dipped(8, 3) == (4, 4)
    assert elman_jordan.timed(8, 3) == (4, 4)
    rows = elman_jordan.rows()
    assert len(rows) == len(elman_jordan.HIDDEN) * len(elman_jordan.WINDOWS) + 1 + 2 * len(elman_jordan.MODELS)
    assert "1-2-1, gradient one step back" in rows[0].quantity
    assert rows[0].published
    assert not rows[1].published
    assert rows[6].obtained.startswith("0.540 [")
    assert all(row.obtained == "0.500 [0.500, 0.500]" and row.seeds == 20 for row in rows[7:])
