"""Dyck-2: every sequence is reduced to nothing by taking out pairs; depths, odds and the closing bracket."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_course.tasks.dyck import SYMBOLS, make_dyck


def text(tokens):
    return "".join(SYMBOLS[i] for i in tokens)


def reduced(string):
    """Take out pairs until none is left."""
    shorter = string.replace("()", "").replace("[]", "")
    return string if shorter == string else reduced(shorter)


@given(st.integers(1, 8), st.integers(1, 30), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_every_sequence_keeps_the_rules(batch_size, pairs, max_depth, seed):
    tokens, closing = make_dyck(batch_size, np.random.default_rng(seed), 2 * pairs, max_depth)
    assert tokens.shape == closing.shape == (2 * pairs, batch_size)
    for sequence, closes in zip(tokens.T, closing.T, strict=True):
        assert reduced(text(sequence)) == ""
        for t in range(2 * pairs):
            still_open = reduced(text(sequence[: t + 1]))
            assert set(still_open) <= {"(", "["}
            assert len(still_open) <= max_depth
            expected = {"(": ")", "[": "]"}[still_open[-1]] if still_open else None
            assert (SYMBOLS[closes[t]] if closes[t] >= 0 else None) == expected


def test_every_short_word_is_drawn(rng):
    tokens, _ = make_dyck(3000, rng, length=6)
    expected = {"".join(word) for word in product(SYMBOLS, repeat=6) if reduced("".join(word)) == ""}
    assert len(expected) == 5 * 2**3  # Catalan number times the kinds
    assert {text(sequence) for sequence in tokens.T} == expected


@pytest.mark.parametrize("p_open", [0.3, 0.7])
def test_brackets_open_as_often_as_asked_where_both_may_follow(rng, p_open):
    tokens, _ = make_dyck(4000, rng, length=20, max_depth=4, p_open=p_open)
    opens = tokens % 2 == 0
    before = np.concatenate([np.zeros((1, 4000), int), np.cumsum(np.where(opens, 1, -1), axis=0)[:-1]])
    left = np.arange(20, 0, -1)[:, np.newaxis]
    free = (before > 0) & (before < 4) & (before < left)
    assert opens[free].mean() == pytest.approx(p_open, abs=0.01)
    assert opens[before == 0].all()
    assert not opens[before == 4].any()
    assert (tokens[opens] == 0).mean() == pytest.approx(0.5, abs=0.01)


def test_a_seed_gives_the_same_batch():
    first, second = (make_dyck(5, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])


@pytest.mark.parametrize(
    ("sizes", "p_open"), [((0, 4, 1), 0.5), ((1, 5, 1), 0.5), ((1, 0, 1), 0.5), ((1, 4, 0), 0.5), ((1, 4, 1), 1.0)]
)
def test_bad_sizes_are_named(rng, sizes, p_open):
    batch_size, length, max_depth = sizes
    with pytest.raises(ValueError, match=f"received {batch_size}, {max_depth}, {length} and {p_open}"):
        make_dyck(batch_size, rng, length, max_depth, p_open)
