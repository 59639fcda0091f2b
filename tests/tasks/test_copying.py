"""Copying: where the symbols, the sign and the answers stand, and what a network without memory must lose."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_course.functional import cross_entropy
from rnn_course.tasks.copying import BLANK, GO, N_SYMBOLS, make_copying, memoryless_loss


@given(st.integers(1, 10), st.integers(1, 60), st.integers(1, 12), st.integers(0, 2**32 - 1))
def test_every_sequence_keeps_the_rules(batch_size, delay, n_copied, seed):
    tokens, target = make_copying(batch_size, np.random.default_rng(seed), delay, n_copied)
    assert tokens.shape == target.shape == (delay + 2 * n_copied, batch_size)
    for sequence, answer in zip(tokens.T, target.T, strict=True):
        symbols = sequence[:n_copied]
        assert ((symbols >= 0) & (symbols < N_SYMBOLS)).all()
        assert sequence[n_copied:].tolist() == [BLANK] * (delay - 1) + [GO] + [BLANK] * n_copied
        assert answer.tolist() == [BLANK] * (delay + n_copied) + symbols.tolist()
        assert (answer[delay + n_copied :] == sequence[: -delay - n_copied]).all()


def test_symbols_are_equally_likely_at_every_place(rng):
    tokens, _ = make_copying(8000, rng, delay=1, n_copied=3)
    for row in tokens[:3]:
        assert np.abs(np.bincount(row, minlength=N_SYMBOLS) / 8000 - 1 / 8).max() < 0.016


def test_memoryless_loss_is_that_of_the_best_guess_by_step(rng):
    _, target = make_copying(20_000, rng, delay=7, n_copied=4)
    shares = np.stack([np.bincount(row, minlength=BLANK + 1) / 20_000 for row in target])  # (T, 9)
    logits = np.log(np.maximum(shares, 1e-300))[:, np.newaxis].repeat(20_000, axis=1)
    assert cross_entropy(logits, target)[0] == pytest.approx(memoryless_loss(7, 4), rel=1e-3)


def test_a_seed_gives_the_same_batch():
    first, second = (make_copying(5, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(first[0], second[0])
    np.testing.assert_array_equal(first[1], second[1])


@pytest.mark.parametrize("sizes", [(0, 1, 1), (1, 0, 1), (1, 1, 0)])
def test_bad_sizes_are_named(rng, sizes):
    with pytest.raises(ValueError, match=f"received {sizes[0]}, {sizes[1]} and {sizes[2]}"):
        make_copying(sizes[0], rng, *sizes[1:])
