"""Elman's letters against their definition, and their entropy against numbers derived by hand."""

import math

import numpy as np
import pytest

from rnn_course.markov import MarkovChain
from rnn_course.tasks.ba_dii_guuu import (
    FEATURE_NAMES,
    FEATURES,
    LETTERS,
    WORDS,
    conditional_entropy,
    decode,
    make_letters,
    source,
)


class TestLetters:
    def test_every_consonant_decides_what_follows(self, rng):
        text = decode(make_letters(1000, rng))
        assert set(text) == set(LETTERS)
        rest = text
        for word in WORDS:
            rest = rest.replace(word, "")
        assert rest == ""
        assert sum(text.count(word[0]) for word in WORDS) == 1000

    def test_words_are_equally_likely_and_independent(self, rng):
        text = decode(make_letters(30_000, rng))
        words = np.array(["bdg".index(letter) for letter in text if letter in "bdg"])
        pairs = np.bincount(3 * words[:-1] + words[1:], minlength=9) / len(words)
        np.testing.assert_allclose(pairs, 1 / 9, atol=0.01)
        assert len(text) / 30_000 == pytest.approx(3, abs=0.03)

    def test_features_tell_consonants_from_vowels_and_letters_apart(self):
        table = dict(zip(LETTERS, FEATURES, strict=True))
        for letter, row in table.items():
            feature = dict(zip(FEATURE_NAMES, row, strict=True))
            assert feature["consonant"] == feature["interrupted"] == (letter in "bdg")
            assert feature["vowel"] == (letter in "aiu")
            assert feature["high"] == (letter in "diu")
            assert feature["back"] == (letter in "agu")
            assert feature["voiced"]
        assert len({tuple(row) for row in FEATURES}) == len(LETTERS)

    def test_seed_decides(self):
        first, second, other = (decode(make_letters(20, np.random.default_rng(s))) for s in (1, 1, 2))
        assert first == second != other

    @pytest.mark.parametrize("n_words", [0, -3])
    def test_no_words_is_an_error(self, n_words, rng):
        with pytest.raises(ValueError, match=f"n_words: expected a positive number, received {n_words}"):
            make_letters(n_words, rng)


class TestSource:
    def test_makes_the_same_letters(self, rng):
        names, transition = source()
        chain = MarkovChain(transition)
        np.testing.assert_allclose(chain.stationary(), 1 / 9)
        text = "".join(names[i][-1] for i in chain.sample(3000, rng, start=names.index("b")))
        complete = text[: max(text.rindex(word) + len(word) for word in WORDS)]
        for word in WORDS:
            complete = complete.replace(word, "")
        assert complete == ""


class TestEntropy:
    def test_rate_by_hand(self):
        """A word is one choice of three, log₂ 3 bits, and has (2 + 3 + 4) / 3 = 3 letters."""
        assert conditional_entropy(3) == pytest.approx(math.log2(3) / 3, abs=1e-12)

    def test_order_0_and_1_by_hand(self):
        shares = np.array([1, 1, 1, 1, 2, 3]) / 9  # b, d, g, a, i, u
        assert conditional_entropy(0) == pytest.approx(-(shares * np.log2(shares)).sum())
        half, third = 1.0, math.log2(3) - 2 / 3  # does the word end? after i one in two, after u one in three
        new = math.log2(3)
        by_hand = 1 / 9 * new + 2 / 9 * (half + new / 2) + 3 / 9 * (third + new / 3)
        assert conditional_entropy(1) == pytest.approx(by_hand)

    def test_falls_to_the_rate_at_order_3_and_not_before(self):
        entropies = [conditional_entropy(order) for order in range(8)]
        assert entropies[0] > entropies[1] > entropies[2] > entropies[3] + 0.2
        assert entropies[3:] == pytest.approx([math.log2(3) / 3] * 5, abs=1e-12)

    @pytest.mark.parametrize("order", [-1, 13])
    def test_bad_order_is_named(self, order):
        with pytest.raises(ValueError, match=f"order: expected 0 to 12, received {order}"):
            conditional_entropy(order)
