"""Temporal order: what every sequence must look like, how it is drawn, and what a bag can know of it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_course.order import bag_baseline
from rnn_course.tasks.temporal_order import (
    CLASSES,
    CLASSES_6B,
    DISTRACTORS,
    END,
    START,
    SYMBOLS,
    X,
    Y,
    make_temporal_order,
    make_temporal_order_6b,
)


@given(st.integers(1, 20), st.integers(10, 130), st.integers(0, 2**32 - 1))
def test_every_sequence_keeps_the_rules(batch_size, length, seed):
    tokens, labels = make_temporal_order(batch_size, np.random.default_rng(seed), length)
    assert tokens.shape == (length, batch_size)
    assert labels.shape == (batch_size,)
    assert (tokens[0] == START).all()
    assert (tokens[-1] == END).all()
    for sequence, label in zip(tokens.T, labels, strict=True):
        t1, t2 = np.flatnonzero((sequence == X) | (sequence == Y))
        assert length // 10 <= t1 <= length // 5
        assert length // 2 <= t2 <= 3 * length // 5
        assert SYMBOLS[sequence[t1]] + SYMBOLS[sequence[t2]] == CLASSES[label]
        others = np.delete(sequence, [0, t1, t2, length - 1])
        assert np.isin(others, DISTRACTORS).all()


@given(st.integers(1, 20), st.integers(10, 130), st.integers(0, 2**32 - 1))
def test_every_sequence_of_6b_keeps_the_rules(batch_size, length, seed):
    tokens, labels = make_temporal_order_6b(batch_size, np.random.default_rng(seed), length)
    assert tokens.shape == (length, batch_size)
    assert (tokens[0] == START).all()
    assert (tokens[-1] == END).all()
    for sequence, label in zip(tokens.T, labels, strict=True):
        steps = np.flatnonzero((sequence == X) | (sequence == Y))
        for step, first, last in zip(steps, (10, 33, 66), (20, 43, 76), strict=True):
            assert first * length // 100 <= step <= last * length // 100
        assert "".join(SYMBOLS[sequence[step]] for step in steps) == CLASSES_6B[label]
        assert np.isin(np.delete(sequence, [0, *steps, length - 1]), DISTRACTORS).all()


def test_6b_draws_both_ends_of_each_range_and_every_class(rng):
    tokens, labels = make_temporal_order_6b(4000, rng)
    steps = np.argwhere((tokens >= X).T)[:, 1].reshape(4000, 3)
    for column, first, last in zip(steps.T, (10, 33, 66), (20, 43, 76), strict=True):
        assert set(column) == set(range(first, last + 1))
    assert np.abs(np.bincount(labels) / 4000 - 1 / 8).max() < 0.022  # four standard deviations


def test_both_ends_of_each_range_are_drawn(rng):
    tokens, _ = make_temporal_order(2000, rng)
    first = np.argmax(tokens >= X, axis=0)
    last = len(tokens) - 1 - np.argmax(tokens[::-1] >= X, axis=0)
    assert set(first) == set(range(10, 21))
    assert set(last) == set(range(50, 61))


def test_classes_and_distractors_are_equally_likely(rng):
    tokens, labels = make_temporal_order(8000, rng)
    assert np.abs(np.bincount(labels) / 8000 - 1 / 4).max() < 0.02  # four standard deviations
    share = np.bincount(tokens.ravel(), minlength=len(SYMBOLS))[list(DISTRACTORS)] / (8000 * 96)
    assert np.abs(share - 1 / 4).max() < 0.002


def test_the_counts_of_x_and_y_allow_75_percent(rng):
    tokens, labels = make_temporal_order(40_000, rng)
    assert bag_baseline(tokens, labels, [X, Y]) == pytest.approx(0.75, abs=0.01)
    assert bag_baseline(tokens, labels, []) == pytest.approx(0.25, abs=0.01)


def test_a_seed_gives_the_same_batch():
    first, second = (make_temporal_order(5, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])


@pytest.mark.parametrize(("batch_size", "length"), [(0, 100), (-1, 100), (1, 9), (1, 0)])
@pytest.mark.parametrize("make", [make_temporal_order, make_temporal_order_6b])
def test_sizes_that_leave_no_room_are_refused(rng, make, batch_size, length):
    with pytest.raises(ValueError, match=f"received {batch_size} and {length}"):
        make(batch_size, rng, length)
