"""XOR in time against its definition, and the ceilings against numbers derived by hand."""

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_course.ffnn import sliding_windows
from rnn_course.tasks.xor import make_xor_sequence, next_bit_targets, window_ceiling


class TestSequence:
    @given(st.integers(1, 50), st.integers(0, 1000))
    def test_every_third_bit_is_the_xor(self, n_triples, seed):
        bits = make_xor_sequence(n_triples, np.random.default_rng(seed))
        assert bits.shape == (3 * n_triples,)
        assert bits.dtype == np.int64
        assert set(bits.tolist()) <= {0, 1}
        np.testing.assert_array_equal(bits[2::3], (bits[0::3] + bits[1::3]) % 2)

    def test_bits_are_fair_at_each_phase(self):
        bits = make_xor_sequence(20_000, np.random.default_rng(0)).reshape(-1, 3)
        assert np.abs(bits.mean(axis=0) - 0.5).max() < 0.02  # five standard errors
        assert np.abs(np.corrcoef(bits.T) - np.eye(3)).max() < 0.04  # any two bits of a triple are independent

    def test_seed_decides(self):
        first, second, other = (make_xor_sequence(20, np.random.default_rng(s)) for s in (1, 1, 2))
        np.testing.assert_array_equal(first, second)
        assert not np.array_equal(first, other)

    @pytest.mark.parametrize("n_triples", [0, -1])
    def test_no_triples_is_an_error(self, rng, n_triples):
        with pytest.raises(ValueError, match=f"n_triples: expected a positive number, received {n_triples}"):
            make_xor_sequence(n_triples, rng)


class TestTargets:
    @pytest.mark.parametrize("width", [1, 2, 3, 5])
    def test_align_with_the_windows(self, rng, width):
        bits = make_xor_sequence(10, rng)
        windows = sliding_windows(bits[:-1], width)
        target, phase = next_bit_targets(bits, width)
        assert len(windows) == len(target) == len(phase) == 30 - width
        for i, (window, following) in enumerate(zip(windows, target, strict=True)):
            assert [*window, following] == bits[i : i + width + 1].tolist()
        if width >= 2:
            certain = phase == 2
            np.testing.assert_array_equal(windows[certain, -2] ^ windows[certain, -1], target[certain])

    @pytest.mark.parametrize("width", [0, 6, 7])
    def test_bad_width_is_named(self, rng, width):
        with pytest.raises(ValueError, match=f"width: expected 1 to 5 for 6 bits, received {width}"):
            next_bit_targets(make_xor_sequence(2, rng), width)


class TestCeiling:
    """The window of two: the next bit equals the XOR with probability 1/3 + 2/3 · 1/2 = 2/3."""

    @pytest.mark.parametrize("width", [0, 1])
    def test_one_bit_says_nothing(self, width):
        assert window_ceiling(width) == pytest.approx((1 / 2, math.log(2)))

    def test_two_bits(self):
        entropy = -(2 / 3) * math.log(2 / 3) - (1 / 3) * math.log(1 / 3)
        assert window_ceiling(2) == pytest.approx((2 / 3, entropy))

    def test_wider_windows_tell_the_phase_but_not_the_coin(self):
        accuracies, losses = zip(*(window_ceiling(width) for width in range(2, 12)), strict=True)
        assert accuracies == pytest.approx([2 / 3] * 10)
        assert all(later < earlier for earlier, later in pairwise(losses))
        assert losses[-1] > 2 / 3 * math.log(2)

    @pytest.mark.parametrize("width", [1, 2, 3, 4])
    def test_equals_counting(self, width):
        """A lookup table, filled and read on one long stream, comes close to the ceiling."""
        bits = make_xor_sequence(100_000, np.random.default_rng(0))
        code = sliding_windows(bits[:-1], width) @ (1 << np.arange(width))
        target, _ = next_bit_targets(bits, width)
        counts = np.zeros((1 << width, 2))
        np.add.at(counts, (code, target), 1)
        accuracy, cross_entropy = window_ceiling(width)
        assert counts.max(axis=1).sum() / counts.sum() == pytest.approx(accuracy, abs=5e-3)
        probability = counts / counts.sum(axis=1, keepdims=True)
        assert -np.log(probability[code, target]).mean() == pytest.approx(cross_entropy, abs=5e-3)

    @pytest.mark.parametrize("width", [-1, 17])
    def test_bad_width_is_named(self, width):
        with pytest.raises(ValueError, match=f"width: expected 0 to 16, received {width}"):
            window_ceiling(width)
