"""Elman's network against central differences, torch.nn.RNN and itself, folded and unfolded."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnn_course import torch_twins
from rnn_course.elman_jordan import (
    ElmanRNN,
    JordanRNN,
    elman_layer,
    elman_layer_backward,
    elman_step,
    elman_step_backward,
)
from rnn_course.functional import cross_entropy, identity, relu, sigmoid, tanh
from rnn_course.gradcheck import check_gradient, gradcheck
from rnn_course.jordan import JordanRNN as Defined
from rnn_course.optim import clip_grad_norm

TORCH = {identity: lambda x: x, sigmoid: torch.sigmoid, tanh: torch.tanh, relu: torch.relu}
ACTIVATIONS = [identity, sigmoid, tanh, relu]
SIZES = [(1, 1, 1, 1, 1), (1, 3, 2, 4, 1), (6, 1, 3, 2, 1), (5, 2, 3, 4, 2), (4, 3, 2, 2, 3)]  # T, B, I, H, layers


def folded(x, h_0, params, activation):
    """Repeat one step; the unfolded layer must give the same."""
    h, hidden, caches = h_0, [], []
    for x_t in x:
        h, cache = elman_step(x_t, h, params, activation)
        hidden.append(h)
        caches.append(cache)
    return np.stack(hidden), caches


class TestStep:
    @pytest.mark.parametrize("activation", ACTIVATIONS)
    @pytest.mark.parametrize("batch_size", [1, 4])
    def test_gradients_equal_central_differences(self, rng, activation, batch_size):
        params = ElmanRNN(3, 5, rng).layer(0)
        x, state = rng.standard_normal((batch_size, 3)), rng.standard_normal((batch_size, 5))
        h, cache = elman_step(x, state, params, activation)
        d_h = rng.standard_normal(h.shape)
        dx, d_state_prev, grads = elman_step_backward(d_h, cache)
        assert grads.keys() == params.keys()
        pairs = [(x, dx), (state, d_state_prev)] + [(params[name], grads[name]) for name in params]
        for array, gradient in pairs:

            def loss(_):
                return float((d_h * elman_step(x, state, params, activation)[0]).sum())

            assert check_gradient(loss, array, gradient) < 1e-7

    def test_equals_torchs_cell(self, rng):
        cell = torch.nn.RNNCell(3, 5).double()
        params = {name: value.detach().numpy() for name, value in cell.named_parameters()}
        x, state = rng.standard_normal((4, 3)), rng.standard_normal((4, 5))
        expected = cell(torch.from_numpy(x), torch.from_numpy(state)).detach().numpy()
        assert np.abs(elman_step(x, state, params)[0] - expected).max() < 1e-12

    def test_a_stack_of_networks_is_each_network_alone(self, rng):
        nets = [ElmanRNN(2, 3, rng).layer(0) for _ in range(4)]
        bias = rng.standard_normal(3)
        stacked = {name: np.stack([net[name] for net in nets]) for name in ("weight_ih", "weight_hh")}
        stacked |= {"bias_ih": bias, "bias_hh": bias}
        x, state, d_h = (rng.standard_normal((4, 5, size)) for size in (2, 3, 3))
        h, cache = elman_step(x, state, stacked)
        dx, d_state_prev, grads = elman_step_backward(d_h, cache)
        for i, net in enumerate(nets):
            h_i, cache_i = elman_step(x[i], state[i], net | {"bias_ih": bias, "bias_hh": bias})
            dx_i, d_state_i, grads_i = elman_step_backward(d_h[i], cache_i)
            received = (h[i], dx[i], d_state_prev[i], *(grads[name][i] for name in grads_i))
            for ours, alone in zip(received, (h_i, dx_i, d_state_i, *grads_i.values()), strict=True):
                np.testing.assert_allclose(ours, alone, rtol=1e-13, atol=1e-15)

    def test_clipping_scales_each_bias_once(self, rng):
        """Two gradients that share memory would be scaled twice."""
        model = ElmanRNN(2, 3, rng)
        output, _, cache = model.forward(rng.standard_normal((4, 2, 2)))
        _, _, grads = model.backward(100 * np.ones_like(output), cache)
        clip_grad_norm(grads, 1.0)
        assert np.sqrt(sum((g**2).sum() for g in grads.values())) == pytest.approx(1.0)
        step_grads = elman_step_backward(np.ones((2, 3)), elman_step(np.ones((2, 2)), output[0], model.layer(0))[1])[2]
        assert not np.shares_memory(step_grads["bias_ih"], step_grads["bias_hh"])


class TestUnfolded:
    @pytest.mark.parametrize("activation", ACTIVATIONS)
    @pytest.mark.parametrize("n_steps", [1, 2, 7])
    def test_equals_the_folded_network(self, rng, activation, n_steps):
        params = ElmanRNN(3, 4, rng).layer(0)
        x, h_0 = rng.standard_normal((n_steps, 2, 3)), rng.standard_normal((2, 4))
        hidden, cache = elman_layer(x, h_0, params, activation)
        expected, caches = folded(x, h_0, params, activation)
        np.testing.assert_allclose(hidden, expected, rtol=1e-12, atol=1e-14)
        d_output, d_h = rng.standard_normal(hidden.shape), rng.standard_normal(h_0.shape)
        dx, d_h_0, grads = elman_layer_backward(d_output, cache, d_h)
        total = {name: np.zeros_like(value) for name, value in params.items()}
        for t in reversed(range(n_steps)):
            dx_t, d_h, step_grads = elman_step_backward(d_h + d_output[t], caches[t])
            np.testing.assert_allclose(dx[t], dx_t, rtol=1e-12, atol=1e-14)
            total = {name: total[name] + step_grads[name] for name in total}
        np.testing.assert_allclose(d_h_0, d_h, rtol=1e-12, atol=1e-14)
        for name, gradient in total.items():
            np.testing.assert_allclose(grads[name], gradient, rtol=1e-12, atol=1e-14)

    @pytest.mark.parametrize("sizes", SIZES)
    @pytest.mark.parametrize("cut", [1, 2])
    def test_chunks_equal_the_whole(self, rng, sequences, sizes, cut):
        n_steps, batch_size, n_inputs, n_hidden, n_layers = sizes
        model = ElmanRNN(n_inputs, n_hidden, rng, n_layers)
        x, h_0 = (
            rng.standard_normal((n_steps, batch_size, n_inputs)),
            rng.standard_normal((n_layers, batch_size, n_hidden)),
        )
        sequences.chunks(model, x, h_0, cut)

    def test_second_forward_does_not_spoil_the_first_cache(self, rng, sequences):
        sequences.second_forward(ElmanRNN(3, 4, rng, num_layers=2), rng.standard_normal((5, 2, 3)), None)


class TestGradients:
    @pytest.mark.parametrize("activation", ACTIVATIONS)
    @pytest.mark.parametrize("sizes", SIZES)
    def test_equal_central_differences(self, rng, activation, sizes):
        n_steps, batch_size, n_inputs, n_hidden, n_layers = sizes
        model = ElmanRNN(n_inputs, n_hidden, rng, n_layers, activation)
        state = rng.standard_normal((n_layers, batch_size, n_hidden))
        errors = gradcheck(model, rng.standard_normal((n_steps, batch_size, n_inputs)), rng, state)
        assert errors.keys() == {"x", "state.0", *model.parameters()}
        assert max(errors.values()) < 1e-7

    @pytest.mark.parametrize("activation", ACTIVATIONS)
    @pytest.mark.parametrize("one_step", [False, True])
    @pytest.mark.parametrize("sizes", SIZES)
    def test_equal_torchs(self, rng, twins, activation, one_step, sizes):
        n_steps, batch_size, n_inputs, n_hidden, n_layers = sizes
        model = ElmanRNN(n_inputs, n_hidden, rng, n_layers, activation, one_step)
        twin = torch_twins.ElmanRNN(n_inputs, n_hidden, n_layers, TORCH[activation], one_step)
        x, state = (
            rng.standard_normal((n_steps, batch_size, n_inputs)),
            rng.standard_normal((n_layers, batch_size, n_hidden)),
        )
        assert twins.compare(model, twins.load(twin, model), x, state, rng) < 1e-12

    @pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
    @pytest.mark.parametrize("n_layers", [1, 3])
    def test_equal_nn_rnn(self, rng, twins, nonlinearity, n_layers):
        model = ElmanRNN(3, 4, rng, n_layers, {"tanh": tanh, "relu": relu}[nonlinearity])
        twin = torch.nn.RNN(3, 4, n_layers, nonlinearity)
        x, state = rng.standard_normal((6, 2, 3)), rng.standard_normal((n_layers, 2, 4))
        assert twins.compare(model, twins.load(twin, model), x, state, rng) < 1e-12

    @given(st.integers(1, 6), st.integers(1, 4), st.integers(1, 4), st.integers(1, 5), st.integers(1, 3), st.data())
    def test_any_shape(self, twins, n_steps, batch_size, n_inputs, n_hidden, n_layers, data):
        rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
        model = ElmanRNN(n_inputs, n_hidden, rng, n_layers)
        twin = twins.load(torch.nn.RNN(n_inputs, n_hidden, n_layers), model)
        x, state = (
            rng.standard_normal((n_steps, batch_size, n_inputs)),
            rng.standard_normal((n_layers, batch_size, n_hidden)),
        )
        assert twins.compare(model, twin, x, state, rng) < 1e-12

    def test_without_a_state_it_starts_from_zeros(self, rng):
        model, x = ElmanRNN(2, 3, rng, num_layers=2), rng.standard_normal((4, 5, 2))
        np.testing.assert_array_equal(model.forward(x)[0], model.forward(x, np.zeros((2, 5, 3)))[0])

    def test_without_a_gradient_of_the_state_it_is_zeros(self, rng):
        model, x = ElmanRNN(2, 3, rng, num_layers=2), rng.standard_normal((4, 5, 2))
        output, last, cache = model.forward(x)
        received, expected = (model.backward(output, cache, d) for d in (None, np.zeros_like(last)))
        np.testing.assert_array_equal(received[0], expected[0])
        np.testing.assert_array_equal(received[1], expected[1])


class TestOneStep:
    """Elman's training of 1990: the context is an input like any other."""

    def test_each_step_learns_from_its_own_error_alone(self, rng):
        model = ElmanRNN(2, 3, rng, one_step=True)
        x, h_0 = rng.standard_normal((5, 4, 2)), rng.standard_normal((1, 4, 3))
        output, _, cache = model.forward(x, h_0)
        d_output = rng.standard_normal(output.shape)
        dx, d_h_0, grads = model.backward(d_output, cache)
        contexts = np.concatenate([h_0, output[:-1]])
        total = dict.fromkeys(model.layer(0), 0.0)
        for t in range(5):
            _, step_cache = elman_step(x[t], contexts[t], model.layer(0))
            dx_t, _, step_grads = elman_step_backward(d_output[t], step_cache)
            np.testing.assert_allclose(dx[t], dx_t, rtol=1e-12, atol=1e-14)
            total = {name: total[name] + step_grads[name] for name in total}
        np.testing.assert_array_equal(d_h_0, 0)
        for name, gradient in total.items():
            np.testing.assert_allclose(grads[f"{name}_l0"], gradient, rtol=1e-12, atol=1e-14)

    def test_equals_the_full_gradient_for_one_step_only(self, rng):
        x = rng.standard_normal((3, 4, 2))
        full, stopped = (ElmanRNN(2, 3, np.random.default_rng(0), one_step=mode) for mode in (False, True))
        for n_steps, same in ((1, True), (3, False)):
            grads = []
            for model in (full, stopped):
                output, _, cache = model.forward(x[:n_steps])
                grads.append(model.backward(np.ones_like(output), cache)[2]["weight_ih_l0"])
            assert np.allclose(*grads) == same


class TestModel:
    def test_state_dict_goes_both_ways(self, rng, twins):
        model, other = ElmanRNN(3, 4, rng, num_layers=2), torch.nn.RNN(3, 4, 2).double()
        assert list(model.state_dict()) == list(other.state_dict())
        model.load_state_dict(other.state_dict())
        back = twins.load(torch.nn.RNN(3, 4, 2), model)
        twin = twins.load(torch_twins.ElmanRNN(3, 4, 2), model)
        for name, value in other.state_dict().items():
            assert torch.equal(value, back.state_dict()[name])
            assert torch.equal(value, twin.state_dict()[name])
        for name, shape in ((n, v.shape) for n, v in model.parameters().items()):
            assert shape == other.state_dict()[name].shape

    def test_a_layer_is_live(self, rng):
        model = ElmanRNN(3, 4, rng, num_layers=2)
        model.layer(1)["weight_hh"][...] = 7
        assert (model.params["weight_hh_l1"] == 7).all()

    def test_initialisation_is_torchs(self, rng):
        model = ElmanRNN(8, 64, rng)
        for value in model.params.values():
            assert np.abs(value).max() <= 1 / 8
        for name in ("weight_ih_l0", "weight_hh_l0"):
            assert model.params[name].std() == pytest.approx(1 / 8 / np.sqrt(3), rel=0.1)
            assert float(getattr(torch.nn.RNN(8, 64), name).detach().std()) == pytest.approx(
                1 / 8 / np.sqrt(3), rel=0.1
            )

    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_float32_stays_float32(self, rng, activation):
        model = ElmanRNN(2, 3, rng, 2, activation, dtype=np.float32)
        output, last, cache = model.forward(rng.standard_normal((4, 5, 2), dtype=np.float32))
        dx, d_state0, grads = model.backward(np.ones_like(output), cache, np.ones_like(last))
        arrays = (output, last, dx, d_state0, *grads.values(), *model.parameters().values())
        assert {a.dtype for a in arrays} == {np.dtype("float32")}

    @pytest.mark.parametrize(
        ("x", "state", "message"),
        [
            (
                np.zeros((4, 5, 3)),
                None,
                r"x: expected floats of shape \(T, B, 2\), .* received float64 of shape \(4, 5, 3\)",
            ),
            (np.zeros((5, 2)), None, "x: expected floats"),
            (np.zeros((0, 5, 2)), None, "T at least 1"),
            (np.zeros((4, 5, 2), int), None, "received int64"),
            (np.zeros((4, 5, 2)), np.zeros((5, 3)), r"state: expected shape \(1, 5, 3\), received \(5, 3\)"),
        ],
    )
    def test_bad_input_is_named(self, rng, x, state, message):
        with pytest.raises(ValueError, match=message):
            ElmanRNN(2, 3, rng).forward(x, state)

    @pytest.mark.parametrize("shape", [(3, 5, 3), (4, 1, 3), (4, 5, 2)])
    def test_bad_upstream_gradient_is_named(self, rng, shape):
        model = ElmanRNN(2, 3, rng)
        _, _, cache = model.forward(np.zeros((4, 5, 2)))
        with pytest.raises(ValueError, match=r"d_output: expected shape \(4, 5, 3\), received"):
            model.backward(np.zeros(shape), cache)

    @pytest.mark.parametrize("sizes", [(0, 3, 1), (2, 0, 1), (2, 3, 0)])
    def test_bad_sizes_are_named(self, rng, sizes):
        with pytest.raises(ValueError, match=f"received {sizes[0]}, {sizes[1]} and {sizes[2]} layers"):
            ElmanRNN(*sizes[:2], rng, num_layers=sizes[2])

    def test_unknown_activation_is_named(self, rng):
        with pytest.raises(ValueError, match="expected one of identity, sigmoid, tanh, relu, received"):
            ElmanRNN(2, 3, rng, activation=np.sin)

    def test_the_chapters_module_offers_both_networks(self):
        assert JordanRNN is Defined


def test_remembers_the_first_symbol(rng):
    """The last state alone says what was seen five steps before."""
    model = ElmanRNN(1, 8, rng)
    first = rng.integers(0, 2, 64)
    x = 0.1 * rng.standard_normal((6, 64, 1))
    x[0, :, 0] = 2 * first - 1
    readout = rng.standard_normal((2, 8))
    for _ in range(300):
        output, _, cache = model.forward(x)
        loss, d_logits = cross_entropy(output[-1] @ readout.T, first)
        d_output = np.zeros_like(output)
        d_output[-1] = d_logits @ readout
        for name, gradient in model.backward(d_output, cache)[2].items():
            model.params[name] -= 0.5 * gradient
    assert loss < 0.05
