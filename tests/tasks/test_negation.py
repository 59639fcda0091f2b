"""The negation grammar: an independent reading of every sentence, and the proof that its words tell nothing."""

import re
from collections import Counter, defaultdict

import numpy as np
import pytest

from rnn_course.tasks.negation import (
    LENGTH,
    NEGATIVE,
    NOUNS,
    POSITIVE,
    VOCABULARY,
    all_sentences,
    decode,
    make_negation,
)

CLAUSE = rf"the ({'|'.join(NOUNS)}) is (not )?(very )?({'|'.join(NEGATIVE + POSITIVE)})"
FORMS = [
    (re.compile(f"{CLAUSE} but {CLAUSE} ."), 1),
    (re.compile(f"{CLAUSE} although {CLAUSE} ."), 0),
    (re.compile(f"although {CLAUSE} , {CLAUSE} ."), 1),
]


def read(sentence):
    """Sentiment by the rules in words, written apart from the generator."""
    for form, stressed in FORMS:
        if match := form.fullmatch(sentence):
            nouns, sides = [], []
            for noun, negation, _, adjective in (match.groups()[:4], match.groups()[4:]):
                nouns.append(noun)
                sides.append((adjective in POSITIVE) ^ (negation is not None))
            assert nouns[0] != nouns[1]
            assert sides[0] != sides[1]
            return int(sides[stressed])
    raise AssertionError(f"not a sentence of the language: {sentence}")


@pytest.fixture(scope="module")
def language():
    tokens, labels, probability = all_sentences()
    return [decode(sentence) for sentence in tokens.T], labels, probability


def test_every_sentence_is_labelled_as_it_reads(language):
    sentences, labels, probability = language
    assert len(sentences) == len(set(sentences)) == 10_368
    assert [read(sentence) for sentence in sentences] == labels.tolist()
    assert probability.sum() == pytest.approx(1, abs=1e-12)


def test_each_bag_of_words_has_both_labels_with_the_same_probability(language):
    bags = defaultdict(lambda: np.zeros(2))
    for sentence, label, probability in zip(*language, strict=True):
        bags[frozenset(Counter(sentence.split()).items())][label] += probability
    assert len(bags) > 100
    for negative, positive in bags.values():
        assert negative == pytest.approx(positive, rel=1e-12)


@pytest.mark.parametrize(("n", "informative"), [(1, False), (2, False), (3, True)])
def test_no_word_or_bigram_alone_tells_anything(n, informative):
    """Each is as frequent in positive sentences as in negative ones, so weights of zero minimise the convex loss."""
    tokens, labels, probability = all_sentences()
    runs = sum(tokens[k : LENGTH - n + 1 + k] * len(VOCABULARY) ** (n - 1 - k) for k in range(n))
    signed = np.broadcast_to(probability * (2 * labels - 1), runs.shape)
    difference = np.bincount(runs.ravel(), weights=signed.ravel())
    assert (np.abs(difference).max() > 1e-3) == informative
    assert informative or np.abs(difference).max() < 1e-15


def test_sampling_follows_the_probabilities(language, rng):
    tokens, labels = make_negation(20_000, rng)
    assert tokens.shape == (LENGTH, 20_000)
    assert labels.mean() == pytest.approx(0.5, abs=0.02)
    words = Counter(word for sentence in tokens.T for word in decode(sentence).split())
    assert words["very"] / 40_000 == pytest.approx(0.3, abs=0.015)
    assert words["not"] / 40_000 == pytest.approx(0.5, abs=0.015)
    assert words["but"] / 20_000 == pytest.approx(1 / 3, abs=0.015)
    assert words["although"] / 20_000 == pytest.approx(2 / 3, abs=0.015)


def test_sampled_sentences_have_their_own_labels(rng):
    tokens, labels = make_negation(300, rng)
    assert [read(decode(sentence)) for sentence in tokens.T] == labels.tolist()


def test_padding_is_only_at_the_end(rng):
    tokens, _ = make_negation(300, rng)
    assert VOCABULARY[0] == ""
    assert ((tokens[:-1] != 0) | (tokens[1:] == 0)).all()


def test_the_shared_language_cannot_be_changed_by_accident():
    with pytest.raises(ValueError, match="read-only"):
        all_sentences()[0][0, 0] = 1


def test_an_empty_batch_is_refused(rng):
    with pytest.raises(ValueError, match="batch_size: expected at least 1, received 0"):
        make_negation(0, rng)
