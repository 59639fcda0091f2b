"""Activations and losses against central differences and torch, and at their edges."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnn_course import functional as F
from rnn_course.gradcheck import central_difference, check_gradient

ACTIVATIONS = list(F.DERIVATIVE)
LOSSES = [F.mse_loss, F.binary_cross_entropy_with_logits, F.cross_entropy]
TORCH_LOSS = {
    F.mse_loss: torch.nn.functional.mse_loss,
    F.binary_cross_entropy_with_logits: torch.nn.functional.binary_cross_entropy_with_logits,
    F.cross_entropy: lambda x, y: torch.nn.functional.cross_entropy(x.reshape(-1, x.shape[-1]), y.reshape(-1)),
}


def loss_inputs(loss, shape, rng):
    prediction = rng.standard_normal(shape)
    if loss is F.cross_entropy:
        return prediction, rng.integers(shape[-1], size=shape[:-1])
    return prediction, rng.random(shape)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_activation_derivative_is_the_central_difference(activation, rng):
    x, upstream = rng.standard_normal((3, 4)), rng.standard_normal((3, 4))
    dx = upstream * F.DERIVATIVE[activation](activation(x))
    assert check_gradient(lambda x: float((upstream * activation(x)).sum()), x, dx) < 1e-7


@pytest.mark.parametrize("activation", [F.sigmoid, F.tanh, F.relu])
def test_activation_equals_torch(activation, rng):
    x = rng.standard_normal((3, 4))
    tx = torch.tensor(x, requires_grad=True)
    output = getattr(torch, activation.__name__)(tx)
    upstream = rng.standard_normal(x.shape)
    output.backward(torch.tensor(upstream))
    received = activation(x)
    assert np.abs(received - output.detach().numpy()).max() < 1e-12
    assert np.abs(upstream * F.DERIVATIVE[activation](received) - tx.grad.numpy()).max() < 1e-12


@pytest.mark.parametrize("axis", [0, 1, -1])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmaxes_against_central_differences_and_torch(name, axis, rng):
    function, backward = getattr(F, name), getattr(F, f"{name}_backward")
    x, upstream = rng.standard_normal((3, 4, 5)), rng.standard_normal((3, 4, 5))
    dx = backward(upstream, function(x, axis), axis)
    assert check_gradient(lambda x: float((upstream * function(x, axis)).sum()), x, dx) < 1e-7
    tx = torch.tensor(x, requires_grad=True)
    output = getattr(torch, name)(tx, axis)
    output.backward(torch.tensor(upstream))
    assert np.abs(function(x, axis) - output.detach().numpy()).max() < 1e-12
    assert np.abs(dx - tx.grad.numpy()).max() < 1e-12


@pytest.mark.parametrize("shape", [(1, 1), (4, 3), (5, 2, 3)])
@pytest.mark.parametrize("loss", LOSSES)
def test_loss_against_central_differences_and_torch(loss, shape, rng):
    prediction, target = loss_inputs(loss, shape, rng)
    value, gradient = loss(prediction, target)
    assert np.abs(gradient - central_difference(lambda p: loss(p, target)[0], prediction)).max() < 1e-7
    tp = torch.tensor(prediction, requires_grad=True)
    expected = TORCH_LOSS[loss](tp, torch.tensor(target))
    expected.backward()
    assert abs(value - expected.item()) < 1e-12
    assert np.abs(gradient - tp.grad.numpy()).max() < 1e-12


@pytest.mark.parametrize("loss", LOSSES)
def test_masked_loss_is_the_loss_of_what_counts(loss, rng):
    prediction, target = loss_inputs(loss, (6, 2, 3), rng)
    mask = rng.random((6, 2)) < 0.5
    mask[0, 0], mask[1, 1] = True, False
    value, gradient = loss(prediction, target, mask)
    alone, alone_gradient = loss(prediction[mask], target[mask])
    assert value == pytest.approx(alone, abs=1e-14)
    np.testing.assert_allclose(gradient[mask], alone_gradient, atol=1e-15)
    assert not gradient[~mask].any()


@pytest.mark.parametrize("loss", LOSSES)
def test_whatever_stands_in_the_padding_does_not_leak(loss, rng):
    prediction, target = loss_inputs(loss, (4, 3), rng)
    mask = np.array([True, True, False, False])
    clean = loss(prediction, target, mask)
    prediction[2], prediction[3] = np.nan, np.inf
    target[2:] = -99
    value, gradient = loss(prediction, target, mask)
    assert value == clean[0]
    np.testing.assert_array_equal(gradient, clean[1])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_everything_stays_in_the_dtype_of_its_input(dtype, rng):
    x = rng.standard_normal((3, 4)).astype(dtype)
    for activation, derivative in F.DERIVATIVE.items():
        assert activation(x).dtype == derivative(activation(x)).dtype == dtype
    for function, backward in [(F.softmax, F.softmax_backward), (F.log_softmax, F.log_softmax_backward)]:
        assert function(x).dtype == backward(x, function(x)).dtype == dtype
    assert F.mse_loss(x, x)[1].dtype == dtype
    assert F.binary_cross_entropy_with_logits(x, np.ones((3, 4)))[1].dtype == dtype
    assert F.cross_entropy(x, np.array([0, 1, 2]))[1].dtype == dtype


def test_huge_inputs_neither_overflow_nor_lose_the_loss():
    huge = np.array([[1e4, -1e4, 0.0]])
    assert F.sigmoid(huge).tolist() == [[1.0, 0.0, 0.5]]
    assert F.softmax(huge).tolist() == [[1.0, 0.0, 0.0]]
    assert F.cross_entropy(huge, np.array([1]))[0] == 2e4
    assert F.binary_cross_entropy_with_logits(huge, np.array([[0.0, 1.0, 1.0]]))[0] == pytest.approx(
        (2e4 + np.log(2)) / 3
    )


@given(st.integers(1, 5), st.integers(1, 5), st.integers(0, 2**32 - 1))
def test_softmax_sums_to_one_and_ignores_a_shift(rows, columns, seed):
    x = np.random.default_rng(seed).standard_normal((rows, columns)) * 30
    np.testing.assert_allclose(F.softmax(x).sum(axis=-1), 1, rtol=1e-12)
    np.testing.assert_allclose(F.softmax(x + 7.0), F.softmax(x), rtol=1e-9, atol=1e-300)
    np.testing.assert_allclose(F.cross_entropy(x, np.zeros(rows, int))[1].sum(axis=-1), 0, atol=1e-14)


def test_inputs_are_left_alone(rng):
    for loss in LOSSES:
        prediction, target = loss_inputs(loss, (4, 3), rng)
        before = prediction.copy(), target.copy()
        loss(prediction, target, np.array([True, True, True, False]))
        np.testing.assert_array_equal(prediction, before[0])
        np.testing.assert_array_equal(target, before[1])


@pytest.mark.parametrize(
    ("loss", "prediction", "target", "mask", "message"),
    [
        (F.mse_loss, np.ones(3), np.ones(4), None, r"target: expected shape \(3,\), received \(4,\)"),
        (F.mse_loss, np.ones(3), np.ones(3), np.zeros(3, bool), "at least one true entry"),
        (F.mse_loss, np.ones(3), np.ones(3), np.ones(2, bool), r"mask: expected bool of shape \(3,\)"),
        (F.mse_loss, np.ones(3), np.ones(3), np.ones(3), "received float64"),
        (F.binary_cross_entropy_with_logits, np.ones((2, 1)), np.ones(2), None, r"received \(2,\)"),
        (F.cross_entropy, np.ones((2, 3)), np.zeros(3, int), None, r"target: expected shape \(2,\)"),
        (F.cross_entropy, np.ones((2, 3)), np.array([0, 3]), None, "from 0 to 2"),
        (F.cross_entropy, np.ones((2, 3)), np.array([0, -1]), None, "from 0 to 2"),
        (F.cross_entropy, np.ones((2, 3)), np.array([0.0, 1.0]), None, "integer class ids"),
    ],
)
def test_bad_input_is_named(loss, prediction, target, mask, message):
    with pytest.raises(ValueError, match=message):
        loss(prediction, target, mask)
