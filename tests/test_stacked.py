"""A step repeated over a sequence, with one array in the state and with two; and what a subclass must define."""

import numpy as np
import pytest

from rnn_course.elman_jordan import ElmanRNN, elman_layer, elman_layer_backward, elman_step, elman_step_backward
from rnn_course.gradcheck import check_gradient
from rnn_course.lstm import LSTM, lstm_step, lstm_step_backward
from rnn_course.stacked import StackedRNN, repeat_step, repeat_step_backward


def test_one_array_in_the_state(rng):
    """Elman's step, repeated, is Elman's layer."""
    params = ElmanRNN(3, 4, rng).layer(0)
    x, h_0 = rng.standard_normal((5, 2, 3)), rng.standard_normal((2, 4))
    hidden, last, cache = repeat_step(elman_step, x, h_0, params)
    expected, layer_cache = elman_layer(x, h_0, params)
    np.testing.assert_allclose(hidden, expected, rtol=1e-12)
    np.testing.assert_array_equal(last, hidden[-1])
    d_output, d_last = rng.standard_normal(hidden.shape), rng.standard_normal(last.shape)
    for d_state in (d_last, None):
        dx, d_first, grads = repeat_step_backward(elman_step_backward, d_output, cache, d_state)
        expected = elman_layer_backward(d_output, layer_cache, d_state)
        np.testing.assert_allclose(dx, expected[0], rtol=1e-11, atol=1e-13)
        np.testing.assert_allclose(d_first, expected[1], rtol=1e-11, atol=1e-13)
        for name, gradient in grads.items():
            np.testing.assert_allclose(gradient, expected[2][name], rtol=1e-11, atol=1e-13)


def test_two_arrays_in_the_state(rng):
    params = LSTM(2, 3, rng).layer(0)
    x, state = rng.standard_normal((4, 2, 2)), tuple(rng.standard_normal((2, 3)) for _ in range(2))
    hidden, _, cache = repeat_step(lstm_step, x, state, params)
    d_output, d_last = rng.standard_normal(hidden.shape), tuple(rng.standard_normal((2, 3)) for _ in range(2))
    dx, d_first, grads = repeat_step_backward(lstm_step_backward, d_output, cache, d_last)

    def loss(_):
        hidden, last, _ = repeat_step(lstm_step, x, state, params)
        return float((d_output * hidden).sum() + sum((d * part).sum() for d, part in zip(d_last, last, strict=True)))

    pairs = [(x, dx), *zip(state, d_first, strict=True)] + [(params[name], grads[name]) for name in params]
    for array, gradient in pairs:
        assert check_gradient(loss, array, gradient) < 1e-7
    zeros = tuple(np.zeros_like(part) for part in d_last)
    received, expected = (repeat_step_backward(lstm_step_backward, d_output, cache, d)[1] for d in (None, zeros))
    np.testing.assert_array_equal(received, expected)


def test_a_gate_bias_is_set_in_every_layer_and_in_no_other_gate(rng):
    model = LSTM(2, 3, rng, num_layers=2)
    before = model.state_dict()
    model.set_gate_bias(2, 5.0)
    for name, value in model.parameters().items():
        if name.startswith("bias"):
            assert (value[6:9] == (5 if name.startswith("bias_ih") else 0)).all()
            np.testing.assert_array_equal(np.delete(value, [6, 7, 8]), np.delete(before[name], [6, 7, 8]))
        else:
            np.testing.assert_array_equal(value, before[name])


def test_a_layer_is_live(rng):
    model = LSTM(2, 3, rng, num_layers=2)
    model.layer(1)["weight_hh"][...] = 7
    assert (model.params["weight_hh_l1"] == 7).all()


def test_a_subclass_must_define_its_layer(rng):
    class Bare(StackedRNN):
        gates, n_states = 1, 1

    model = Bare(2, 3, rng)
    with pytest.raises(NotImplementedError, match="Bare does not define forward_layer"):
        model.forward(np.zeros((1, 1, 2)))
    with pytest.raises(NotImplementedError, match="Bare does not define backward_layer"):
        model.backward(np.zeros((1, 1, 3)), [None])
