"""Sentiment with negation: generated sentences whose words never give the answer away, but whose order does.

The grammar, with ``|`` for a choice and ``[ ]`` for an option::

    sentence  ->  clause "but" clause "."
               |  clause "although" clause "."
               |  "although" clause "," clause "."
    clause    ->  "the" noun "is" ["not"] ["very"] adjective
    noun      ->  one of NOUNS; the two clauses have different ones
    adjective ->  one of POSITIVE or of NEGATIVE

All choices are equally likely, except that "very" is taken three times in ten.

A clause is positive if its adjective is, and "not" turns it round. The two clauses always disagree. The sentence takes
the side of the clause that it stresses: the one after "but", and the one that "although" does not introduce.

Why the words do not help. Exchange the two clauses and keep the rest: the words are the same, and since the clauses
disagree, the sentiment is the opposite. Both sentences are drawn with the same probability. So in every bag of words
each label has probability exactly 1/2, and no function of the bag is right more often than a coin.
"""

from functools import cache
from itertools import permutations, product

import numpy as np
from numpy.typing import NDArray

NOUNS = ("plot", "cast", "music", "ending")
NEGATIVE = ("bad", "dull", "weak")
POSITIVE = ("good", "fresh", "strong")
PADDING = ""
VOCABULARY = (PADDING, ".", ",", "the", "is", "not", "very", "but", "although", *NOUNS, *NEGATIVE, *POSITIVE)
LENGTH = 15  # two clauses of at most 6 words, "although", a comma and a full stop
VERY = 0.3

Ids = NDArray[np.int64]


def make_negation(batch_size: int, rng: np.random.Generator) -> tuple[Ids, Ids]:
    """Draw sentences from the grammar above, with their sentiment.

    Parameters
    ----------
    batch_size : int, number of sentences B
    rng : numpy Generator

    Returns
    -------
    tokens : int ndarray of shape (15, B), indices into `VOCABULARY`, padded at the end with 0
    labels : int ndarray of shape (B,), 1 for a positive sentence and 0 for a negative one

    Raises
    ------
    ValueError
        If ``batch_size`` is not positive.

    Examples
    --------
    >>> tokens, labels = make_negation(2, np.random.default_rng(0))
    >>> for sentence, label in zip(tokens.T, labels):
    ...     print(label, decode(sentence))
    0 the music is not weak but the cast is very weak .
    1 the cast is fresh although the plot is bad .
    """
    if batch_size < 1:
        raise ValueError(f"batch_size: expected at least 1, received {batch_size}")
    tokens, labels, probability = all_sentences()
    chosen = rng.choice(labels.size, batch_size, p=probability)
    return tokens[:, chosen], labels[chosen]


def decode(tokens: NDArray[np.integer]) -> str:
    """Return one sentence's tokens, an int ndarray of shape (T,), as text.

    Examples
    --------
    >>> decode(np.array([3, 9, 4, 16, 1, 0]))
    'the plot is good .'
    """
    return " ".join(VOCABULARY[i] for i in tokens if VOCABULARY[i] != PADDING)


@cache
def all_sentences() -> tuple[Ids, Ids, NDArray[np.float64]]:
    """Return every sentence of the language, so that probabilities can be summed instead of estimated.

    Returns
    -------
    tokens : int ndarray of shape (15, N), N = 10,368
    labels : int ndarray of shape (N,)
    probability : float64 ndarray of shape (N,), sums to 1
    """
    sentences, labels, weights = [], [], []
    for (noun, other_noun), (clause, side, weight), (other, other_side, other_weight) in product(
        permutations(NOUNS, 2), _predicates(), _predicates()
    ):
        if side == other_side:
            continue
        first, second = ["the", noun, *clause], ["the", other_noun, *other]
        sentences += [
            [*first, "but", *second, "."],
            [*first, "although", *second, "."],
            ["although", *first, ",", *second, "."],
        ]
        labels += [other_side, side, other_side]
        weights += 3 * [weight * other_weight]
    tokens = np.zeros((len(sentences), LENGTH), np.int64)
    for row, words in zip(tokens, sentences, strict=True):
        row[: len(words)] = [VOCABULARY.index(word) for word in words]
    language = tokens.T, np.array(labels), np.array(weights) / sum(weights)
    for array in language:
        array.flags.writeable = False  # every caller gets these same arrays
    return language


def _predicates() -> list[tuple[list[str], int, float]]:
    """Every way to end a clause, the side it takes (1 is positive), and its relative weight."""
    return [
        (
            ["is", *["not"] * negated, *["very"] * intensified, adjective],
            int((adjective in POSITIVE) != negated),
            weight,
        )
        for negated in (0, 1)
        for intensified, weight in ((0, 1 - VERY), (1, VERY))
        for adjective in (*NEGATIVE, *POSITIVE)
    ]
