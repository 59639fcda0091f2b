"""The affine layer and the MLP against central differences and torch; windows against a plain loop."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnn_course import torch_twins
from rnn_course.ffnn import MLP, Linear, affine, affine_backward, sliding_windows
from rnn_course.functional import (
    binary_cross_entropy_with_logits,
    cross_entropy,
    identity,
    mse_loss,
    relu,
    sigmoid,
    tanh,
)
from rnn_course.gradcheck import check_gradient, gradcheck
from rnn_course.module import Module
from rnn_course.optim import Adam
from rnn_course.training import fit, minibatches

TORCH = {identity: lambda x: x, sigmoid: torch.sigmoid, tanh: torch.tanh, relu: torch.relu}
XOR_X = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
XOR_TARGET = np.array([0, 1, 1, 0])


def twin_of(model: MLP, sizes, activation, output_activation):
    twin = torch_twins.MLP(sizes, TORCH[activation], TORCH[output_activation]).double()
    twin.load_state_dict({name: torch.from_numpy(value) for name, value in model.state_dict().items()})
    return twin


class TestAffine:
    @pytest.mark.parametrize("leading", [(), (1,), (5,), (4, 3)])
    def test_gradients_equal_central_differences(self, rng, leading):
        x, weight, bias = rng.standard_normal((*leading, 3)), rng.standard_normal((2, 3)), rng.standard_normal(2)
        output, cache = affine(x, weight, bias)
        d_output = rng.standard_normal(output.shape)
        gradients = affine_backward(d_output, cache)
        for array, gradient in zip((x, weight, bias), gradients, strict=True):
            assert gradient.shape == array.shape
            assert (
                check_gradient(lambda _: float((d_output * affine(x, weight, bias)[0]).sum()), array, gradient) < 1e-7
            )

    def test_arguments_are_left_alone(self, rng):
        x, weight, bias = rng.standard_normal((4, 3)), rng.standard_normal((2, 3)), rng.standard_normal(2)
        d_output = rng.standard_normal((4, 2))
        before = [a.copy() for a in (x, weight, bias, d_output)]
        affine_backward(d_output, affine(x, weight, bias)[1])
        for kept, array in zip(before, (x, weight, bias, d_output), strict=True):
            np.testing.assert_array_equal(kept, array)

    @pytest.mark.parametrize(
        ("x", "weight", "bias", "message"),
        [
            ((4, 2), (2, 3), (2,), r"x: expected shape \(..., 3\) .* received \(4, 2\)"),
            ((), (2, 3), (2,), "x: expected shape"),
            ((4, 3), (2, 3), (3,), r"received \(2, 3\) and \(3,\)"),
            ((4, 3), (3,), (3,), r"expected weight \(O, I\)"),
        ],
    )
    def test_bad_shapes_are_named(self, x, weight, bias, message):
        with pytest.raises(ValueError, match=message):
            affine(np.zeros(x), np.zeros(weight), np.zeros(bias))

    def test_bad_upstream_gradient_is_named(self):
        _, cache = affine(np.zeros((4, 3)), np.zeros((2, 3)), np.zeros(2))
        with pytest.raises(ValueError, match=r"d_output: expected shape \(4, 2\), received \(2, 4\)"):
            affine_backward(np.zeros((2, 4)), cache)


class TestGradients:
    @pytest.mark.parametrize("activation", [identity, sigmoid, tanh, relu])
    @pytest.mark.parametrize("output_activation", [identity, sigmoid, tanh])
    @pytest.mark.parametrize("leading", [(), (6,), (1, 4), (3, 2)])
    def test_mlp_equals_central_differences(self, rng, activation, output_activation, leading):
        model = MLP([3, 5, 4, 2], rng, activation, output_activation)
        errors = gradcheck(model, rng.standard_normal((*leading, 3)), rng)
        assert errors.keys() == {"x", *model.parameters()}
        assert max(errors.values()) < 1e-7

    def test_linear_equals_central_differences(self, rng):
        assert max(gradcheck(Linear(4, 3, rng), rng.standard_normal((5, 2, 4)), rng).values()) < 1e-7

    @pytest.mark.parametrize("loss", [mse_loss, binary_cross_entropy_with_logits])
    def test_through_a_loss(self, rng, loss):
        model, x, target = MLP([3, 4, 2], rng), rng.standard_normal((6, 3)), rng.random((6, 2))
        self.check_loss(model, x, lambda output: loss(output, target))

    def test_through_softmax_cross_entropy(self, rng):
        model, x, target = MLP([3, 4, 5], rng), rng.standard_normal((6, 2, 3)), rng.integers(0, 5, (6, 2))
        self.check_loss(model, x, lambda output: cross_entropy(output, target))

    def check_loss(self, model: Module, x, loss):
        output, _, cache = model.forward(x)
        dx, _, grads = model.backward(loss(output)[1], cache)
        pairs = [(x, dx)] + [(value, grads[name]) for name, value in model.parameters().items()]
        for array, gradient in pairs:
            assert check_gradient(lambda _: loss(model.forward(x)[0])[0], array, gradient) < 1e-7

    def test_second_forward_does_not_spoil_the_first_cache(self, rng):
        model, x = MLP([3, 4, 2], rng), rng.standard_normal((5, 3))
        output, _, cache = model.forward(x)
        d_output = rng.standard_normal(output.shape)
        expected = model.backward(d_output, cache)[2]
        model.forward(rng.standard_normal((7, 3)))
        for name, gradient in model.backward(d_output, cache)[2].items():
            np.testing.assert_array_equal(gradient, expected[name])


class TestEquations:
    """The numbers that the chapter works out by hand."""

    def test_scalar_network(self):
        x, y, w1, b1, w2, b2 = 0.5, 1.0, 2.0, -1.0, 3.0, 0.0
        h = np.tanh(w1 * x + b1)
        delta2 = 2 * (w2 * h + b2 - y)
        delta1 = delta2 * w2 * (1 - h**2)
        model = MLP([1, 1, 1], np.random.default_rng(0))
        names = ("layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias")
        model.load_state_dict(dict(zip(names, ([[w1]], [b1], [[w2]], [b2]), strict=True)))
        output, _, cache = model.forward(np.array([[x]]))
        dx, _, grads = model.backward(mse_loss(output, np.array([[y]]))[1], cache)
        received = [dx.item(), *(grads[name].item() for name in names)]
        np.testing.assert_allclose(received, [delta1 * w1, delta1 * x, delta1, delta2 * h, delta2], rtol=1e-15)
        np.testing.assert_allclose([dx.item(), delta1, delta2], [-12, -6, -2], rtol=1e-15)

    def test_no_network_of_nonnegative_weights_computes_xor(self, rng):
        """Its output cannot fall when an input rises; XOR falls from (0, 1) to (1, 1)."""
        for activation in (identity, sigmoid, tanh, relu):
            model = MLP([2, 5, 5, 1], rng, activation)
            for name, value in model.parameters().items():
                if name.endswith("weight"):
                    np.abs(value, out=value)
            output = model.forward(XOR_X)[0][:, 0]
            assert output[0] <= output[1] <= output[3]
            assert output[0] <= output[2] <= output[3]


class TestModel:
    def test_initialisation_is_torchs(self, rng):
        layer = Linear(16, 500, rng)
        for value in layer.params.values():
            assert np.abs(value).max() <= 0.25
        assert layer.params["weight"].std() == pytest.approx(0.25 / np.sqrt(3), rel=0.05)
        torch_layer = torch.nn.Linear(16, 500)
        assert float(torch_layer.weight.detach().std()) == pytest.approx(0.25 / np.sqrt(3), rel=0.05)

    def test_seed_decides(self):
        first, second, other = (MLP([2, 3, 1], np.random.default_rng(s)).state_dict() for s in (1, 1, 2))
        assert all(np.array_equal(first[name], second[name]) for name in first)
        assert not np.array_equal(first["layers.0.weight"], other["layers.0.weight"])

    @pytest.mark.parametrize("activation", [identity, sigmoid, tanh, relu])
    def test_float32_stays_float32(self, rng, activation):
        model = MLP([2, 3, 1], rng, activation, sigmoid, dtype=np.float32)
        output, _, cache = model.forward(rng.standard_normal((4, 2), dtype=np.float32))
        dx, _, grads = model.backward(np.ones_like(output), cache)
        assert {a.dtype for a in (output, dx, *grads.values(), *model.parameters().values())} == {np.dtype("float32")}

    @pytest.mark.parametrize(
        ("sizes", "message"),
        [([3], r"sizes: .* received \[3\]"), ([3, 0, 1], "positive sizes, received 3 inputs and 0")],
    )
    def test_bad_sizes_are_named(self, rng, sizes, message):
        with pytest.raises(ValueError, match=message):
            MLP(sizes, rng)

    def test_unknown_activation_is_named(self, rng):
        with pytest.raises(ValueError, match="expected one of identity, sigmoid, tanh, relu, received"):
            MLP([2, 3, 1], rng, np.sin)

    def test_wrong_input_size_is_named(self, rng):
        with pytest.raises(ValueError, match=r"x: expected shape \(..., 2\) .* received \(4, 3\)"):
            MLP([2, 3, 1], rng).forward(np.zeros((4, 3)))

    def test_learns_xor(self):
        rng = np.random.default_rng(0)
        model = MLP([2, 8, 2], rng)
        data = minibatches(XOR_X, XOR_TARGET, batch_size=4, batch_axis=0)
        history = fit(model, data, cross_entropy, Adam(model.parameters(), lr=0.05), 200, rng, progress=False)
        assert history.loss[-1] < 0.05 < history.loss[0]
        np.testing.assert_array_equal(model.forward(XOR_X)[0].argmax(axis=-1), XOR_TARGET)

    def test_linear_classifier_cannot_learn_xor(self):
        rng = np.random.default_rng(0)
        model = MLP([2, 2], rng)
        data = minibatches(XOR_X, XOR_TARGET, batch_size=4, batch_axis=0)
        history = fit(model, data, cross_entropy, Adam(model.parameters(), lr=0.05), 400, rng, progress=False)
        assert history.loss[-1] == pytest.approx(np.log(2), abs=1e-6)


class TestSlidingWindows:
    @given(st.integers(1, 12), st.integers(1, 12), st.lists(st.integers(1, 3), max_size=2))
    def test_equal_a_loop(self, n_steps, width, rest):
        x = np.arange(n_steps * int(np.prod(rest, dtype=int))).reshape(n_steps, *rest)
        if width > n_steps:
            with pytest.raises(ValueError, match="width: expected 1 to T"):
                sliding_windows(x, width)
            return
        expected = np.stack([x[i : i + width] for i in range(n_steps - width + 1)])
        received = sliding_windows(x, width)
        assert received.dtype == x.dtype
        np.testing.assert_array_equal(received, expected)

    def test_returns_a_copy(self):
        x = np.zeros(4)
        sliding_windows(x, 2)[:] = 1
        np.testing.assert_array_equal(x, 0)

    @pytest.mark.parametrize("width", [0, -1, 5])
    def test_bad_width_is_named(self, width):
        with pytest.raises(ValueError, match=rf"received {width} and x of shape \(4,\)"):
            sliding_windows(np.zeros(4), width)


class TestShapes:
    @given(st.lists(st.integers(1, 4), max_size=2), st.lists(st.integers(1, 5), min_size=2, max_size=4), st.data())
    def test_any_leading_axes_any_sizes(self, leading, sizes, data):
        rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
        model = MLP(sizes, rng)
        x = rng.standard_normal((*leading, sizes[0]))
        output, state, cache = model.forward(x)
        assert output.shape == (*leading, sizes[-1])
        assert state is None
        twin = twin_of(model, sizes, tanh, identity)
        torch_x = torch.from_numpy(x).requires_grad_()
        torch_output = twin(torch_x)
        d_output = rng.standard_normal(output.shape)
        torch_output.backward(torch.from_numpy(d_output))
        dx, _, grads = model.backward(d_output, cache)
        assert np.abs(output - torch_output.detach().numpy()).max() < 1e-12
        assert np.abs(dx - torch_x.grad.numpy()).max() < 1e-12
        for name, parameter in twin.named_parameters():
            assert np.abs(grads[name] - parameter.grad.numpy()).max() < 1e-12
