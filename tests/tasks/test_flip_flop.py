"""The flip-flop: what must be told is the sign of the last pulse, found again by brute force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_course.tasks.flip_flop import make_flip_flop


@given(st.integers(1, 25), st.integers(1, 4), st.booleans(), st.floats(0, 1), st.integers(0, 2**32 - 1))
def test_the_answer_is_the_last_pulse(n_steps, batch_size, asked, pulse, seed):
    x, target, age = make_flip_flop(n_steps, batch_size, np.random.default_rng(seed), asked, pulse)
    assert x.shape == (n_steps, batch_size, 2)
    assert target.shape == (n_steps, batch_size, 1)
    for b in range(batch_size):
        for t in range(n_steps):
            told = next((k, x[t - k, b, 0]) for k in range(t + 1) if x[t - k, b, 0])
            assert told[0] == age[t, b]
            assert target[t, b, 0] == (told[1] if x[t, b, 1] or not asked else 0)


def test_pulses_and_questions_come_as_often_as_they_should(rng):
    x, _, _ = make_flip_flop(200, 200, rng, pulse=0.1)
    assert np.abs(x[0, :, 0]).min() == 1
    assert np.abs(x[1:, :, 0]).mean() == pytest.approx(0.1, abs=0.01)
    assert x[..., 1].mean() == pytest.approx(0.25, abs=0.01)
    assert x[..., 0].mean() == pytest.approx(0, abs=0.01)


def test_both_kinds_have_the_same_streams(rng):
    seed = int(rng.integers(1000))
    one, other = (make_flip_flop(9, 3, np.random.default_rng(seed), asked) for asked in (False, True))
    np.testing.assert_array_equal(one[0], other[0])


@pytest.mark.parametrize("arguments", [(0, 1), (1, 0)])
def test_sizes_must_be_positive(rng, arguments):
    with pytest.raises(ValueError, match="expected positive sizes"):
        make_flip_flop(*arguments, rng)


def test_a_probability_lies_between_0_and_1(rng):
    with pytest.raises(ValueError, match=r"pulse from 0 to 1, received 3, 3 and 1\.5"):
        make_flip_flop(3, 3, rng, pulse=1.5)
