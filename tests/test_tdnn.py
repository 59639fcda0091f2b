"""Time-delay layers against a plain loop, central differences and torch; the receptive field against what gradients see."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnn_course import torch_twins
from rnn_course.ffnn import affine, sliding_windows
from rnn_course.functional import cross_entropy, identity, relu, sigmoid, tanh
from rnn_course.gradcheck import check_gradient, gradcheck
from rnn_course.optim import Adam
from rnn_course.tdnn import (
    TDNN,
    Conv1d,
    max_over_time,
    max_over_time_backward,
    mean_over_time,
    mean_over_time_backward,
    receptive_field,
    tdnn_backward,
    tdnn_forward,
)
from rnn_course.training import fit, minibatches

TORCH = {identity: lambda x: x, sigmoid: torch.sigmoid, tanh: torch.tanh, relu: torch.relu}
POOLS = {None: None, mean_over_time: lambda x: x.mean(dim=0), max_over_time: lambda x: x.max(dim=0).values}
layers = st.lists(st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)), min_size=1, max_size=3)


def loop(x, weight, bias, stride, dilation):
    """The definition, one number at a time."""
    (n_steps, batch, _), (n_outputs, n_inputs, kernel_size) = x.shape, weight.shape
    starts = range(0, n_steps - (kernel_size - 1) * dilation, stride)
    output = np.zeros((len(starts), batch, n_outputs))
    for (place, start), b, o in ((p, b, o) for p in enumerate(starts) for b in range(batch) for o in range(n_outputs)):
        output[place, b, o] = bias[o]
        for k in range(kernel_size):
            for i in range(n_inputs):
                output[place, b, o] += weight[o, i, k] * x[start + k * dilation, b, i]
    return output


class TestLayer:
    @given(*[st.integers(1, 4)] * 5, st.integers(1, 3), st.integers(0, 4))
    def test_equals_the_definition(self, batch, n_inputs, n_outputs, kernel_size, stride, dilation, more):
        rng = np.random.default_rng(0)
        x = rng.standard_normal(((kernel_size - 1) * dilation + 1 + more, batch, n_inputs))
        weight, bias = rng.standard_normal((n_outputs, n_inputs, kernel_size)), rng.standard_normal(n_outputs)
        output, _ = tdnn_forward(x, weight, bias, stride, dilation)
        np.testing.assert_allclose(output, loop(x, weight, bias, stride, dilation), atol=1e-13)

    @given(*[st.integers(1, 4)] * 5, st.integers(1, 3), st.integers(0, 4))
    def test_equals_torch_with_its_gradients(self, batch, n_inputs, n_outputs, kernel_size, stride, dilation, more):
        rng = np.random.default_rng(1)
        x = rng.standard_normal(((kernel_size - 1) * dilation + 1 + more, batch, n_inputs))
        layer = Conv1d(n_inputs, n_outputs, kernel_size, rng, stride, dilation)
        twin = torch.nn.Conv1d(n_inputs, n_outputs, kernel_size, stride, dilation=dilation).double()
        twin.load_state_dict({name: torch.from_numpy(value) for name, value in layer.state_dict().items()})
        torch_x = torch.from_numpy(x).requires_grad_()
        expected = twin(torch_x.permute(1, 2, 0)).permute(2, 0, 1)
        output, state, cache = layer.forward(x)
        d_output = rng.standard_normal(output.shape)
        expected.backward(torch.from_numpy(d_output))
        dx, _, grads = layer.backward(d_output, cache)
        assert state is None
        assert np.abs(output - expected.detach().numpy()).max() < 1e-12
        assert np.abs(dx - torch_x.grad.numpy()).max() < 1e-12
        for name, parameter in twin.named_parameters():
            assert np.abs(grads[name] - parameter.grad.numpy()).max() < 1e-12

    @pytest.mark.parametrize(("stride", "dilation"), [(1, 1), (2, 1), (1, 3), (3, 2)])
    def test_gradients_equal_central_differences(self, rng, stride, dilation):
        x, weight, bias = rng.standard_normal((9, 2, 3)), rng.standard_normal((4, 3, 3)), rng.standard_normal(4)
        output, cache = tdnn_forward(x, weight, bias, stride, dilation)
        d_output = rng.standard_normal(output.shape)
        for array, gradient in zip((x, weight, bias), tdnn_backward(d_output, cache), strict=True):
            assert gradient.shape == array.shape

            def loss(_):
                return float((d_output * tdnn_forward(x, weight, bias, stride, dilation)[0]).sum())

            assert check_gradient(loss, array, gradient) < 1e-7

    def test_is_the_affine_layer_on_sliding_windows(self, rng):
        x, weight, bias = rng.standard_normal((8, 2, 3)), rng.standard_normal((4, 3, 5)), rng.standard_normal(4)
        windows = sliding_windows(x, 5)  # (T', K, B, I)
        flat = windows.transpose(0, 2, 3, 1).reshape(4, 2, -1)
        expected, _ = affine(flat, weight.reshape(4, -1), bias)
        np.testing.assert_allclose(tdnn_forward(x, weight, bias)[0], expected, atol=1e-13)

    def test_a_delayed_input_gives_the_same_output_delayed(self, rng):
        layer, x = Conv1d(2, 3, 4, rng), rng.standard_normal((20, 1, 2))
        later = np.concatenate([rng.standard_normal((5, 1, 2)), x])
        np.testing.assert_allclose(layer.forward(later)[0][5:], layer.forward(x)[0], atol=1e-14)

    def test_arguments_are_left_alone(self, rng):
        arrays = rng.standard_normal((6, 2, 3)), rng.standard_normal((2, 3, 2)), rng.standard_normal(2)
        before = [a.copy() for a in arrays]
        output, cache = tdnn_forward(*arrays)
        d_output = rng.standard_normal(output.shape)
        kept = d_output.copy()
        tdnn_backward(d_output, cache)
        np.testing.assert_array_equal(d_output, kept)
        for array, original in zip(arrays, before, strict=True):
            np.testing.assert_array_equal(array, original)

    @pytest.mark.parametrize(
        ("x", "weight", "bias", "message"),
        [
            ((5, 2, 3), (4, 3), (4,), r"expected weight \(O, I, K\) and bias \(O,\), received \(4, 3\) and \(4,\)"),
            ((5, 2, 3), (4, 3, 2), (3,), r"received \(4, 3, 2\) and \(3,\)"),
            ((5, 3), (4, 3, 2), (4,), r"x: expected shape \(T, B, 3\) .* received \(5, 3\)"),
            ((5, 3, 2), (4, 3, 2), (4,), r"received \(5, 3, 2\)"),
            ((5, 2, 3), (4, 3, 6), (4,), "at least 6 steps, as many as a window spans, received 5"),
        ],
    )
    def test_bad_shapes_are_named(self, x, weight, bias, message):
        with pytest.raises(ValueError, match=message):
            tdnn_forward(np.zeros(x), np.zeros(weight), np.zeros(bias))

    def test_bad_upstream_gradient_is_named(self):
        _, cache = tdnn_forward(np.zeros((5, 2, 3)), np.zeros((4, 3, 2)), np.zeros(4))
        with pytest.raises(ValueError, match=r"d_output: expected shape \(4, 2, 4\), received \(5, 2, 4\)"):
            tdnn_backward(np.zeros((5, 2, 4)), cache)


class TestEquations:
    """The numbers that the chapter works out by hand."""

    def test_a_window_of_two(self):
        x = np.array([1.0, 3.0, 2.0]).reshape(3, 1, 1)
        output, cache = tdnn_forward(x, np.array([[[0.5, 2.0]]]), np.array([1.0]))
        dx, d_weight, d_bias = tdnn_backward(np.array([1.0, -2.0]).reshape(2, 1, 1), cache)
        assert output.ravel().tolist() == [7.5, 6.5]
        assert dx.ravel().tolist() == [0.5, 1.0, -4.0]
        assert d_weight.ravel().tolist() == [-5.0, -1.0]
        assert d_bias.tolist() == [-1.0]


class TestPool:
    @pytest.mark.parametrize(
        ("pool", "backward"), [(mean_over_time, mean_over_time_backward), (max_over_time, max_over_time_backward)]
    )
    @pytest.mark.parametrize("n_steps", [1, 6])
    def test_gradient_equals_central_differences(self, rng, pool, backward, n_steps):
        x, d_output = rng.standard_normal((n_steps, 2, 3)), rng.standard_normal((2, 3))
        assert check_gradient(lambda x: float((d_output * pool(x)).sum()), x, backward(d_output, x)) < 1e-7

    def test_of_equal_maxima_the_first_gets_the_gradient(self):
        x = np.array([1.0, 2.0, 2.0]).reshape(3, 1, 1)
        assert max_over_time_backward(np.ones((1, 1)), x).ravel().tolist() == [0, 1, 0]


class TestStack:
    @pytest.mark.parametrize("activation", [identity, sigmoid, tanh, relu])
    @pytest.mark.parametrize("pool", POOLS)
    @pytest.mark.parametrize("causal", [False, True])
    def test_gradients_equal_central_differences(self, rng, activation, pool, causal):
        model = TDNN([3, 4, 2], [3, 2], rng, [2, 1], [1, 2], activation, sigmoid, pool, causal)
        errors = gradcheck(model, rng.standard_normal((9, 2, 3)), rng)
        assert errors.keys() == {"x", *model.parameters()}
        assert max(errors.values()) < 1e-7

    @given(layers, st.booleans(), st.sampled_from(list(POOLS)), st.integers(1, 3), st.integers(0, 5))
    def test_equals_its_twin(self, stack, causal, pool, batch, more):
        rng = np.random.default_rng(2)
        sizes = [2, *[3] * len(stack)]
        kernels, strides, dilations = (list(column) for column in zip(*stack, strict=True))
        model = TDNN(sizes, kernels, rng, strides, dilations, tanh, sigmoid, pool, causal)
        twin = torch_twins.TDNN(sizes, kernels, strides, dilations, torch.tanh, torch.sigmoid, POOLS[pool], causal)
        twin.double().load_state_dict({name: torch.from_numpy(value) for name, value in model.state_dict().items()})
        x = rng.standard_normal((receptive_field(kernels, strides, dilations) + more, batch, 2))
        torch_x = torch.from_numpy(x).requires_grad_()
        expected = twin(torch_x)
        output, _, cache = model.forward(x)
        d_output = rng.standard_normal(output.shape)
        expected.backward(torch.from_numpy(d_output))
        dx, _, grads = model.backward(d_output, cache)
        assert np.abs(output - expected.detach().numpy()).max() < 1e-12
        assert np.abs(dx - torch_x.grad.numpy()).max() < 1e-12
        assert grads.keys() == dict(twin.named_parameters()).keys()
        for name, parameter in twin.named_parameters():
            assert np.abs(grads[name] - parameter.grad.numpy()).max() < 1e-12

    def test_state_dict_goes_both_ways(self, rng):
        model, twin = TDNN([2, 3, 1], [2, 3], rng), torch_twins.TDNN([2, 3, 1], [2, 3]).double()
        model.load_state_dict(twin.state_dict())
        for name, value in twin.state_dict().items():
            np.testing.assert_array_equal(model.parameters()[name], value.numpy())

    def test_second_forward_does_not_spoil_the_first_cache(self, rng):
        model, x = TDNN([2, 3, 1], [2, 3], rng), rng.standard_normal((7, 2, 2))
        output, _, cache = model.forward(x)
        d_output = rng.standard_normal(output.shape)
        expected = model.backward(d_output, cache)[2]
        model.forward(rng.standard_normal((9, 1, 2)))
        for name, gradient in model.backward(d_output, cache)[2].items():
            np.testing.assert_array_equal(gradient, expected[name])

    @pytest.mark.parametrize("pool", POOLS)
    def test_float32_stays_float32(self, rng, pool):
        model = TDNN([2, 3, 1], [2, 3], rng, pool=pool, causal=True, dtype=np.float32)
        output, _, cache = model.forward(rng.standard_normal((6, 2, 2), dtype=np.float32))
        dx, _, grads = model.backward(np.ones_like(output), cache)
        assert {a.dtype for a in (output, dx, *grads.values(), *model.parameters().values())} == {np.dtype("float32")}

    def test_initialisation_is_torchs(self, rng):
        layer = Conv1d(8, 500, 4, rng)
        for value in layer.params.values():
            assert np.abs(value).max() <= 32**-0.5
        expected = float(torch.nn.Conv1d(8, 500, 4).weight.detach().std())
        assert layer.params["weight"].std() == pytest.approx(expected, rel=0.03)

    def test_seed_decides(self):
        first, second, other = (TDNN([2, 3, 1], [2, 2], np.random.default_rng(s)).state_dict() for s in (1, 1, 2))
        assert all(np.array_equal(first[name], second[name]) for name in first)
        assert not np.array_equal(first["layers.0.weight"], other["layers.0.weight"])

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (([3], []), r"one kernel size for each layer, received \[3\], \[\]"),
            (([3, 2], [2, 2]), r"received \[3, 2\], \[2, 2\]"),
            (
                ([3, 0], [2]),
                r"expected positive \(in, out, kernel_size, stride, dilation\), received \(3, 0, 2, 1, 1\)",
            ),
            (([3, 1], [2], None, [0]), r"kernel sizes, strides and dilations, received \[2, 1, 0\]"),
            (([3, 1], [2], [1, 1]), "received 1, 2 and 1"),
        ],
    )
    def test_bad_sizes_are_named(self, rng, arguments, message):
        sizes, kernels, *rest = arguments
        with pytest.raises(ValueError, match=message):
            TDNN(sizes, kernels, rng, *rest)

    def test_unknown_functions_are_named(self, rng):
        with pytest.raises(ValueError, match="expected one of identity, sigmoid, tanh, relu, received"):
            TDNN([2, 1], [2], rng, activation=np.sin)
        with pytest.raises(ValueError, match="expected one of mean_over_time, max_over_time, received"):
            TDNN([2, 1], [2], rng, pool=np.median)


class TestReceptiveField:
    @given(layers)
    def test_is_what_the_gradient_of_one_output_sees(self, stack):
        kernels, strides, dilations = (list(column) for column in zip(*stack, strict=True))
        field = receptive_field(kernels, strides, dilations)
        model = TDNN([1, *[1] * len(stack)], kernels, np.random.default_rng(0), strides, dilations, activation=identity)
        x = np.zeros((field, 1, 1))
        output, _, cache = model.forward(x)
        assert len(output) == 1  # exactly one window fits
        dx, _, _ = model.backward(np.ones_like(output), cache)
        assert dx[0, 0, 0] != 0
        assert dx[-1, 0, 0] != 0
        with pytest.raises(ValueError, match="expected at least"):
            model.forward(x[1:])

    @given(layers.filter(lambda stack: all(stride == 1 for _, stride, _ in stack)))
    def test_of_a_causal_stack_ends_at_the_present(self, stack):
        kernels, _, dilations = (list(column) for column in zip(*stack, strict=True))
        model = TDNN([1, *[1] * len(stack)], kernels, np.random.default_rng(0), None, dilations, identity, causal=True)
        x = np.zeros((40, 1, 1))
        output, _, cache = model.forward(x)
        assert output.shape == x.shape
        d_output = np.zeros_like(output)
        d_output[30] = 1
        dx, _, _ = model.backward(d_output, cache)
        seen = np.flatnonzero(dx)
        assert seen[-1] == 30
        assert seen[0] == max(30 - receptive_field(kernels, None, dilations) + 1, 0)

    @pytest.mark.parametrize(
        ("arguments", "expected"),
        [(([1],), 1), (([5],), 5), (([3, 5],), 7), (([3], [1], [4]), 9), (([3, 3], [2, 2]), 7), (([],), 1)],
    )
    def test_by_hand(self, arguments, expected):
        assert receptive_field(*arguments) == expected

    def test_bad_arguments_are_named(self):
        with pytest.raises(ValueError, match="received 2, 1 and 2"):
            receptive_field([3, 3], [1])
        with pytest.raises(ValueError, match=r"positive .*, received \[3, 0, 1, 1, 1, 1\]"):
            receptive_field([3, 0])


def test_pooled_network_finds_a_pattern_wherever_it_is():
    """Trained on a pulse or a dip at steps 0 to 4, it names one at step 10."""
    rng = np.random.default_rng(0)

    def bumps(places):
        x = 0.1 * rng.standard_normal((14, len(places), 1))
        labels = rng.integers(0, 2, len(places))
        for step in range(2):
            x[places + step, np.arange(len(places)), 0] += np.where(labels == 1, 1, -1) * (1 - 2 * step)
        return x, labels

    x, labels = bumps(rng.integers(0, 5, 200))
    model = TDNN([1, 4, 2], [2, 1], rng, pool=max_over_time)
    data = minibatches(x, labels, batch_size=20, target_batch_axis=0)
    fit(model, data, cross_entropy, Adam(model.parameters(), lr=0.02), 30, rng, progress=False)
    x, labels = bumps(np.full(100, 10))
    assert (model.forward(x)[0].argmax(axis=1) == labels).mean() == 1
