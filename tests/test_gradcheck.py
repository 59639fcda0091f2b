"""The checker itself: right on known derivatives, and it must notice a wrong gradient."""

import numpy as np
import pytest

from rnn_course.gradcheck import central_difference, check_gradient, gradcheck, relative_error
from rnn_course.module import Module


class Recurrence(Module):
    """Two states, mixed over time: h_t = a h_{t-1} + x_t, s_t = s_{t-1} + h_t, so every path is exercised."""

    def __init__(self, fault=0.0):
        super().__init__()
        self.params, self.fault = {"a": np.array([0.5])}, fault

    def forward(self, x, state=None):
        h, s = state if state is not None else (np.zeros(x.shape[1:]), np.zeros(x.shape[1:]))
        hs, ss = [h], []
        for x_t in x:
            h = self.params["a"] * h + x_t
            s = s + h
            hs.append(h)
            ss.append(s)
        return np.stack(ss), (h, s), np.stack(hs)

    def backward(self, d_output, cache, d_state=None):
        dh, ds = d_state
        dx, da = np.empty_like(d_output), 0.0
        for t in reversed(range(len(d_output))):
            ds = ds + d_output[t]
            dh = dh + ds
            dx[t] = dh
            da += float((dh * cache[t]).sum())
            dh = dh * self.params["a"]
        return dx, (dh, ds), {"a": np.array([da + self.fault])}


def test_central_difference_of_a_cubic_has_an_error_of_eps_squared():
    x = np.array([2.0])
    for eps in (1e-1, 1e-2, 1e-3):
        error = central_difference(lambda x: float(x[0] ** 3), x, eps)[0] - 12
        assert error == pytest.approx(eps**2, rel=1e-4)
    assert x[0] == 2.0


def test_gradcheck_covers_parameters_input_and_every_part_of_the_state(rng):
    x, state = rng.standard_normal((5, 2, 3)), (rng.standard_normal((2, 3)), rng.standard_normal((2, 3)))
    errors = gradcheck(Recurrence(), x, rng, state)
    assert errors.keys() == {"x", "state.0", "state.1", "a"}
    assert max(errors.values()) < 1e-7


def test_gradcheck_notices_a_small_fault(rng):
    errors = gradcheck(Recurrence(fault=1e-3), rng.standard_normal((5, 2, 3)), rng)
    assert errors["a"] > 1e-7
    assert errors["x"] < 1e-7


def test_relative_error_of_zeros_and_nan():
    assert relative_error(np.zeros(3), np.zeros(3)) == 0
    assert relative_error(np.empty(0), np.empty(0)) == 0
    assert np.isnan(relative_error(np.array([np.nan]), np.array([1.0])))
    assert relative_error(np.array([1.0, 0.0]), np.array([1.0, 0.1])) == pytest.approx(0.1)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: central_difference(np.sum, np.ones(2, np.float32)), "expected float64, received float32"),
        (lambda: central_difference(np.sum, np.ones(2), eps=0), "positive step"),
        (lambda: check_gradient(lambda x: float(x.sum()), np.ones(2), np.ones(3)), "one shape"),
    ],
)
def test_bad_input_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()
