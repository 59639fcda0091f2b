"""The adding problem in both conventions: what every sequence must look like, and the error of the best constant."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_course.tasks.adding import constant_error, make_adding


@given(st.integers(1, 20), st.integers(2, 130), st.integers(0, 2**32 - 1))
def test_every_sequence_keeps_the_rules(batch_size, length, seed):
    x, target = make_adding(batch_size, np.random.default_rng(seed), length)
    assert x.shape == (length, batch_size, 2)
    assert target.shape == (batch_size, 1)
    assert (x[..., 0] >= 0).all()
    assert (x[..., 0] < 1).all()
    for (value, mark), wanted in zip(np.moveaxis(x, (1, 2), (0, 1)), target[:, 0], strict=True):
        assert set(mark) <= {0.0, 1.0}
        first, second = np.flatnonzero(mark)
        assert first < length // 2 <= second
        assert wanted == pytest.approx(value[first] + value[second])


@given(st.integers(1, 20), st.integers(22, 130), st.integers(0, 2**32 - 1))
def test_every_original_sequence_keeps_the_rules(batch_size, length, seed):
    x, target = make_adding(batch_size, np.random.default_rng(seed), length, original=True)
    assert (np.abs(x[..., 0]) <= 1).all()
    assert ((target >= 0) & (target <= 1)).all()
    for (value, mark), wanted in zip(np.moveaxis(x, (1, 2), (0, 1)), target[:, 0], strict=True):
        marked = np.flatnonzero(mark == 1)
        assert len(marked) == 2
        assert marked[0] < 10
        assert marked[1] < length // 2
        assert mark[-1] == -1
        assert mark[0] in (-1, 1)
        assert (mark[1:-1] >= 0).all()
        assert wanted == pytest.approx(0.5 + value[marked].sum() / 4)


def test_original_marks_reach_both_ends_of_their_ranges(rng):
    x, _ = make_adding(20_000, rng, 40, original=True)
    share = (x[..., 1] == 1).mean(axis=1)
    # one of the first ten, then one of the 19 that are left of the first 20
    expected = np.r_[np.full(10, 1 / 10 + 9 / 10 / 19), np.full(10, 1 / 19), np.zeros(20)]
    np.testing.assert_allclose(share, expected, atol=0.01)


def test_marks_of_the_later_convention_are_uniform_in_each_half(rng):
    x, _ = make_adding(20_000, rng, 10)
    np.testing.assert_allclose(x[..., 1].mean(axis=1), 0.2, atol=0.012)


def test_a_first_number_that_is_marked_first_is_zero(rng):
    x, _ = make_adding(4000, rng, 22, original=True)
    starts = x[0, :, 1] == 1
    assert 0.1 < starts.mean() < 0.25
    silent = x[0, starts, 0] == 0
    # marked by the first draw with 1/10, else by the second with 9/10 · 1/10
    assert silent.mean() == pytest.approx(0.1 / 0.19, abs=0.05)
    assert (x[0, ~starts, 0] != 0).all()


@pytest.mark.parametrize("original", [False, True])
def test_constant_error_is_the_variance_of_the_target(original, rng):
    _, target = make_adding(200_000, rng, 40, original)
    assert target.mean() == pytest.approx(0.5 if original else 1.0, abs=2e-3)
    assert target.var() == pytest.approx(constant_error(original), rel=0.01)


def test_a_seed_gives_the_same_batch():
    first, second = (make_adding(5, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])


@pytest.mark.parametrize(
    ("batch_size", "length", "original", "shortest"), [(0, 100, False, 2), (1, 1, False, 2), (1, 21, True, 22)]
)
def test_sizes_that_leave_no_room_are_refused(rng, batch_size, length, original, shortest):
    with pytest.raises(ValueError, match=f"length of at least {shortest}, received {batch_size} and {length}"):
        make_adding(batch_size, rng, length, original)
