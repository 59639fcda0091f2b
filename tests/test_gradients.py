"""Initialisation, penalties, recurrent dropout and the cliff, each against brute force, differences or torch."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnn_course.bptt import bptt, unroll
from rnn_course.elman_jordan import ElmanRNN
from rnn_course.functional import identity, relu, sigmoid, tanh
from rnn_course.gradcheck import central_difference, check_gradient, relative_error
from rnn_course.gradients import (
    descend,
    dropout_mask,
    dropped_layer,
    dropped_layer_backward,
    error_surface,
    identity_weight,
    l2_penalty,
    omega_penalty,
    orthogonal_weight,
    scale_to_radius,
    spectral_radius,
)

TORCH = {identity: lambda x: x, sigmoid: torch.sigmoid, tanh: torch.tanh, relu: torch.relu}
TORCH_SLOPE = {
    identity: torch.ones_like,
    sigmoid: lambda h: h * (1 - h),
    tanh: lambda h: 1 - h**2,
    relu: lambda h: (h > 0).double(),
}


def trained_once(rng, activation=tanh, n_steps=5):
    """Return a network's weight, its states, and the whole gradient of each state under random errors."""
    params = ElmanRNN(3, 4, rng).layer(0)
    hidden, caches = unroll(rng.standard_normal((n_steps, 2, 3)), rng.standard_normal((2, 4)), params, activation)
    return params["weight_hh"], hidden, bptt(rng.standard_normal(hidden.shape), caches)[1]


class TestInitialisation:
    @given(st.integers(1, 12), st.integers(0, 1000))
    def test_radius_is_the_growth_in_the_long_run(self, size, seed):
        """Gelfand: the k-th root of the norm of the k-th power tends to the radius, from above."""
        weight = np.random.default_rng(seed).standard_normal((size, size))
        power = np.linalg.matrix_power(weight / spectral_radius(weight), 256)
        growth = np.linalg.norm(power, 2) ** (1 / 256)
        assert 1 - 1e-9 <= growth < 1.1

    @pytest.mark.parametrize("radius", [0.0, 0.5, 1.0, 1.7])
    def test_scaled_to_a_radius(self, rng, radius):
        weight = rng.standard_normal((6, 6))
        scaled = scale_to_radius(weight, radius)
        assert spectral_radius(scaled) == pytest.approx(radius)
        if radius:
            ratio = scaled / weight
            np.testing.assert_allclose(ratio, ratio[0, 0])

    def test_a_nilpotent_weight_cannot_be_scaled(self):
        with pytest.raises(ValueError, match="received a spectral radius of 0"):
            scale_to_radius(np.array([[0.0, 1.0], [0.0, 0.0]]), 1.0)

    @pytest.mark.parametrize("size", [1, 2, 17])
    def test_orthogonal_keeps_lengths(self, rng, size):
        weight = orthogonal_weight(size, rng)
        np.testing.assert_allclose(weight @ weight.T, np.eye(size), atol=1e-13)
        assert spectral_radius(weight) == pytest.approx(1)

    def test_orthogonal_is_uniform(self, rng):
        """Every entry has mean 0 and mean square 1/H; without the signs, the diagonal of Q leans to one side."""
        sample = np.stack([orthogonal_weight(3, rng) for _ in range(4000)])
        assert np.abs(sample.mean(axis=0)).max() < 0.04  # four standard errors
        assert np.abs((sample**2).mean(axis=0) - 1 / 3).max() < 0.02

    def test_identity_copies(self, rng):
        state = rng.standard_normal((2, 5))
        np.testing.assert_array_equal(state @ identity_weight(5), state)
        np.testing.assert_array_equal(identity_weight(3, 0.5), np.diag([0.5] * 3))

    def test_dtype_is_kept(self, rng):
        weights = (identity_weight(3, dtype=np.float32), orthogonal_weight(3, rng, np.float32))
        for weight in (*weights, *(scale_to_radius(w, 0.9) for w in weights)):
            assert weight.dtype == np.float32


class TestOmega:
    @pytest.mark.parametrize("activation", [identity, sigmoid, tanh, relu])
    def test_value_equals_a_plain_loop(self, rng, activation):
        weight, hidden, d_hidden = trained_once(rng, activation)
        slope = TORCH_SLOPE[activation](torch.from_numpy(hidden)).numpy()
        total = 0.0
        for t, b in np.ndindex(5, 2):
            jacobian = np.diag(slope[t, b]) @ weight
            total += (np.linalg.norm(d_hidden[t, b] @ jacobian) / np.linalg.norm(d_hidden[t, b]) - 1) ** 2
        assert omega_penalty(weight, d_hidden, hidden, activation)[0] == pytest.approx(total / 2, rel=1e-12)

    @pytest.mark.parametrize("activation", [identity, sigmoid, tanh, relu])
    def test_gradient_equals_central_differences_and_torch(self, rng, activation):
        weight, hidden, d_hidden = trained_once(rng, activation)
        omega, d_weight = omega_penalty(weight, d_hidden, hidden, activation)
        expected = central_difference(lambda w: omega_penalty(w, d_hidden, hidden, activation)[0], weight)
        assert relative_error(d_weight, expected) < 1e-7
        live, delta = torch.tensor(weight, requires_grad=True), torch.from_numpy(d_hidden)
        arrived = (delta * TORCH_SLOPE[activation](torch.from_numpy(hidden))) @ live
        torch_omega = ((arrived.norm(dim=-1) / delta.norm(dim=-1) - 1) ** 2).sum() / 2
        torch_omega.backward()
        assert omega == pytest.approx(torch_omega.item(), rel=1e-12)
        assert np.abs(d_weight - live.grad.numpy()).max() < 1e-12

    def test_an_orthogonal_linear_network_pays_nothing(self, rng):
        _, hidden, d_hidden = trained_once(rng)
        omega, d_weight = omega_penalty(orthogonal_weight(4, rng), d_hidden, hidden, identity)
        assert omega < 1e-25
        assert np.abs(d_weight).max() < 1e-12

    def test_a_step_down_the_gradient_lowers_it(self, rng):
        weight, hidden, d_hidden = trained_once(rng)
        for _ in range(20):
            omega, d_weight = omega_penalty(weight, d_hidden, hidden)
            weight = weight - 0.05 * d_weight
        assert omega_penalty(weight, d_hidden, hidden)[0] < omega

    def test_steps_without_a_gradient_count_nothing(self, rng):
        weight, hidden, d_hidden = trained_once(rng)
        without = d_hidden.copy()
        without[3:] = 0
        expected = omega_penalty(weight, d_hidden[:3], hidden[:3])
        received = omega_penalty(weight, without, hidden)
        assert received[0] == pytest.approx(expected[0], rel=1e-12)
        np.testing.assert_allclose(received[1], expected[1], rtol=1e-12)

    def test_a_gradient_that_dies_in_one_step_is_counted_but_has_no_direction(self, rng):
        _, hidden, d_hidden = trained_once(rng)
        omega, d_weight = omega_penalty(np.zeros((4, 4)), d_hidden, hidden)
        assert omega == pytest.approx(5)
        np.testing.assert_array_equal(d_weight, 0)


class TestL2:
    def test_gradient_equals_central_differences(self, rng):
        params = ElmanRNN(3, 4, rng).parameters()
        _, grads = l2_penalty(params, 0.3)
        assert grads.keys() == params.keys()
        for name, value in params.items():
            assert check_gradient(lambda _: l2_penalty(params, 0.3)[0], value, grads[name]) < 1e-7
            assert grads[name].any() == ("weight" in name)

    def test_equals_torch(self, rng):
        params = ElmanRNN(3, 4, rng).parameters()
        live = {name: torch.tensor(value, requires_grad=True) for name, value in params.items() if "weight" in name}
        loss = 0.3 / 2 * sum((value**2).sum() for value in live.values())
        loss.backward()
        penalty, grads = l2_penalty(params, 0.3)
        assert penalty == pytest.approx(loss.item(), rel=1e-14)
        for name, value in live.items():
            assert np.abs(grads[name] - value.grad.numpy()).max() < 1e-14

    def test_float32_stays_float32(self, rng):
        _, grads = l2_penalty(ElmanRNN(3, 4, rng, dtype=np.float32).parameters(), 0.3)
        assert {g.dtype for g in grads.values()} == {np.dtype("float32")}


class TestDropout:
    @pytest.mark.parametrize("rate", [0.0, 0.25, 0.8])
    def test_mask_has_mean_one_and_drops_its_rate(self, rng, rate):
        mask = dropout_mask((400, 100), rate, rng)
        assert mask.mean() == pytest.approx(1, abs=0.05)
        assert (mask == 0).mean() == pytest.approx(rate, abs=0.01)
        np.testing.assert_allclose(mask[mask > 0], 1 / (1 - rate))

    @pytest.mark.parametrize("rate", [-0.1, 1.0, 1.5])
    def test_bad_rate_is_named(self, rng, rate):
        with pytest.raises(ValueError, match=f"rate: expected .* received {rate}"):
            dropout_mask((2, 2), rate, rng)

    def setting(self, rng):
        params = ElmanRNN(3, 4, rng).layer(0)
        x, h_0 = rng.standard_normal((5, 2, 3)), rng.standard_normal((2, 4))
        return x, h_0, params, dropout_mask((2, 4), 0.4, rng), rng.standard_normal((5, 2, 4))

    @pytest.mark.parametrize("activation", [identity, sigmoid, tanh, relu])
    def test_gradients_equal_central_differences_and_torch(self, rng, activation):
        x, h_0, params, mask, d_output = self.setting(rng)
        hidden, caches = dropped_layer(x, h_0, params, mask, activation)
        dx, d_h_0, grads = dropped_layer_backward(d_output, caches, mask)

        def loss(_):
            return float((d_output * dropped_layer(x, h_0, params, mask, activation)[0]).sum())

        for array, gradient in [(x, dx), (h_0, d_h_0)] + [(params[name], grads[name]) for name in params]:
            assert check_gradient(loss, array, gradient) < 1e-7
        live = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
        h, states = torch.from_numpy(h_0), []
        for x_t in torch.from_numpy(x):
            z = x_t @ live["weight_ih"].T + (h * torch.from_numpy(mask)) @ live["weight_hh"].T
            h = TORCH[activation](z + live["bias_ih"] + live["bias_hh"])
            states.append(h)
        torch.stack(states).backward(torch.from_numpy(d_output))
        assert np.abs(hidden - torch.stack(states).detach().numpy()).max() < 1e-12
        for name, value in live.items():
            assert np.abs(grads[name] - value.grad.numpy()).max() < 1e-12

    def test_a_mask_of_ones_changes_nothing(self, rng):
        x, h_0, params, mask, d_output = self.setting(rng)
        ones = np.ones_like(mask)
        hidden, caches = dropped_layer(x, h_0, params, ones)
        expected, expected_caches = unroll(x, h_0, params)
        np.testing.assert_array_equal(hidden, expected)
        received = dropped_layer_backward(d_output, caches, ones)
        dx, _, d_h_0, grads = bptt(d_output, expected_caches)
        np.testing.assert_array_equal(received[0], dx)
        np.testing.assert_array_equal(received[1], d_h_0)
        for name, gradient in grads.items():
            np.testing.assert_array_equal(received[2][name], gradient)

    def test_a_dropped_unit_says_nothing_to_any_later_step(self, rng):
        x, h_0, params, mask, _ = self.setting(rng)
        mask[:, 1] = 0
        changed = {**params, "weight_hh": params["weight_hh"].copy()}
        changed["weight_hh"][:, 1] = 100.0
        received, expected = (dropped_layer(x, h_0, p, mask)[0] for p in (changed, params))
        np.testing.assert_array_equal(received, expected)


class TestCliff:
    def test_gradient_equals_central_differences(self, rng):
        weight, bias = rng.uniform(-2, 6, 20), rng.uniform(-3, 1, 20)
        _, d_weight, d_bias = error_surface(weight, bias, n_steps=10)
        expected = central_difference(lambda w: float(error_surface(w, bias, 10)[0].sum()), weight)
        assert relative_error(d_weight, expected) < 1e-7
        expected = central_difference(lambda b: float(error_surface(weight, b, 10)[0].sum()), bias)
        assert relative_error(d_bias, expected) < 1e-7

    @pytest.mark.parametrize(("weight", "bias"), [(4.3, -2.15), (1.0, 0.5), (-3.0, 1.0)])
    def test_equals_an_elman_network_of_one_unit(self, rng, weight, bias):
        model = ElmanRNN(1, 1, rng, activation=sigmoid)
        for name, value in (("weight_ih_l0", 0), ("weight_hh_l0", weight), ("bias_ih_l0", 0), ("bias_hh_l0", bias)):
            model.params[name][...] = value
        output, _, cache = model.forward(np.zeros((50, 1, 1)), np.full((1, 1, 1), 0.5))
        d_output = np.zeros_like(output)
        d_output[-1] = 2 * (output[-1] - 0.7)
        _, _, grads = model.backward(d_output, cache)
        received = [part.item() for part in error_surface(np.array([weight]), np.array([bias]))]
        expected = [(output[-1].item() - 0.7) ** 2, grads["weight_hh_l0"].item(), grads["bias_hh_l0"].item()]
        np.testing.assert_allclose(received, expected, rtol=1e-9)

    def test_there_is_a_cliff(self):
        """With w = 6 the start is a tie between two attractors at b = -3: the error jumps there, and is flat around."""
        bias = np.linspace(-5, -1, 2001)
        error, d_weight, d_bias = error_surface(np.array(6.0), bias)
        norm = np.hypot(d_weight, d_bias)
        steepest = norm.argmax()
        assert bias[steepest] == pytest.approx(-3, abs=0.01)
        assert norm[steepest] > 1000 * np.median(norm)
        assert error[steepest - 50] - error[steepest + 50] > 0.3

    def test_axes_broadcast(self):
        error, d_weight, d_bias = error_surface(np.zeros((3, 1)), np.zeros((1, 4)))
        assert error.shape == d_weight.shape == d_bias.shape == (3, 4)
        np.testing.assert_allclose(error, (0.5 - 0.7) ** 2)

    def test_descent_follows_the_gradient(self):
        path = descend(1.0, 0.5, lr=0.1, n_updates=3)
        assert path.shape == (4, 3)
        for (weight, bias, error), (next_weight, next_bias, _) in pairwise(path):
            expected, d_weight, d_bias = error_surface(np.array([weight]), np.array([bias]))
            assert error == pytest.approx(expected.item())
            assert next_weight == pytest.approx(weight - 0.1 * d_weight.item())
            assert next_bias == pytest.approx(bias - 0.1 * d_bias.item())

    def test_clipping_bounds_each_step_on_the_cliff(self):
        lengths = []
        for max_norm in (None, 1.0):
            path = descend(4.5, -2.2501, lr=0.1, n_updates=5, max_norm=max_norm)
            lengths.append(np.linalg.norm(np.diff(path[:, :2], axis=0), axis=1).max())
        assert lengths[0] > 1
        assert lengths[1] <= 0.1 * (1 + 1e-12)
