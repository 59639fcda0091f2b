"""The signal against the equation it solves, and against known properties."""

import numpy as np
import pytest

from rnn_course.tasks.mackey_glass import make_mackey_glass


def test_starts_as_an_exponential_decay():
    """While the past is zero the equation is dx/dt = -0.1 x."""
    x = make_mackey_glass(18)
    np.testing.assert_allclose(x, 1.2 * np.exp(-0.1 * np.arange(18)), rtol=1e-6)


def test_solves_the_equation():
    """Central differences of a finely sampled solution equal the right-hand side."""
    fine = make_mackey_glass(400, substeps=10)
    derivative = (fine[2:] - fine[:-2]) / 2
    past, now = fine[1 : -1 - 17], fine[18:-1]
    right = 0.2 * past / (1 + past**10) - 0.1 * now
    assert np.abs(derivative[17:] - right)[60:].max() < 0.02  # the difference's own error at a step of one unit


def test_smaller_steps_change_little_before_chaos_takes_over():
    coarse, fine = make_mackey_glass(120, substeps=10), make_mackey_glass(120, substeps=40)
    assert np.abs(coarse - fine).max() < 1e-3


def test_short_delay_settles_and_long_delay_does_not():
    settled, chaotic = make_mackey_glass(1000, tau=4)[-200:], make_mackey_glass(1000, tau=17)[-200:]
    np.testing.assert_allclose(settled, 1.0, atol=1e-3)  # the fixed point: 0.2 / (1 + 1) = 0.1
    assert chaotic.std() > 0.2
    assert 0.2 < chaotic.min() < chaotic.max() < 1.4


def test_has_the_length_asked_for():
    assert make_mackey_glass(1).tolist() == [1.2]
    assert make_mackey_glass(50, tau=30).shape == (50,)


@pytest.mark.parametrize("arguments", [{"n_steps": 0}, {"n_steps": 5, "tau": 0}, {"n_steps": 5, "substeps": 0}])
def test_bad_sizes_are_named(arguments):
    with pytest.raises(ValueError, match="expected positive n_steps, tau and substeps, received n_steps="):
        make_mackey_glass(**arguments)
