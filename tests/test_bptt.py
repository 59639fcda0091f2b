"""Every equation of the derivation three ways: by hand, by central differences, by torch, and state by state."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnn_course.bptt import (
    bptt,
    bptt_cost,
    chunked_bptt,
    gradient_norm_by_lag,
    jacobian_products,
    jacobians,
    rtrl,
    rtrl_cost,
    singular_values_by_lag,
    truncated_bptt,
    unroll,
)
from rnn_course.elman_jordan import ElmanRNN, elman_step
from rnn_course.functional import DERIVATIVE, identity, mse_loss, relu, sigmoid, tanh
from rnn_course.gradcheck import central_difference, check_gradient, relative_error

TORCH = {identity: lambda x: x, sigmoid: torch.sigmoid, tanh: torch.tanh, relu: torch.relu}
ACTIVATIONS = list(TORCH)
SIZES = [(1, 1, 1, 1), (1, 3, 2, 4), (6, 1, 3, 2), (5, 2, 3, 4)]  # T, B, I, H


def problem(sizes, rng):
    """Return inputs, an initial state, parameters, and the gradients that the states receive from their outputs."""
    n_steps, batch_size, n_inputs, n_hidden = sizes
    x, h_0 = rng.standard_normal((n_steps, batch_size, n_inputs)), rng.standard_normal((batch_size, n_hidden))
    params = ElmanRNN(n_inputs, n_hidden, rng).layer(0)
    return x, h_0, params, rng.standard_normal((n_steps, batch_size, n_hidden))


def by_torch(x, h_0, params, d_output, activation):
    """Run the network in torch; return its states as live tensors, its inputs, its parameters, and the loss."""
    x, h_0 = (torch.tensor(a, requires_grad=True) for a in (x, h_0))
    weights = {name: torch.tensor(value, requires_grad=True) for name, value in params.items()}
    h, hidden, loss = h_0, [], torch.zeros((), dtype=torch.float64)
    for t, x_t in enumerate(x):
        z = x_t @ weights["weight_ih"].T + weights["bias_ih"] + h @ weights["weight_hh"].T + weights["bias_hh"]
        h = TORCH[activation](z)
        hidden.append(h)
        loss = loss + (torch.from_numpy(d_output[t]) * h).sum()
    return hidden, x, h_0, weights, loss


def assert_same(grads, expected, limit=1e-12):
    assert grads.keys() == expected.keys()
    for name, gradient in grads.items():
        assert gradient.shape == expected[name].shape
        assert np.abs(gradient - expected[name]).max() < limit


class TestBPTT:
    @pytest.mark.parametrize("activation", ACTIVATIONS)
    @pytest.mark.parametrize("sizes", SIZES)
    def test_every_gradient_equals_torchs_step_by_step(self, rng, activation, sizes):
        x, h_0, params, d_output = problem(sizes, rng)
        hidden, caches = unroll(x, h_0, params, activation)
        dx, d_hidden, d_h_0, grads = bptt(d_output, caches)
        states, torch_x, torch_h_0, weights, loss = by_torch(x, h_0, params, d_output, activation)
        np.testing.assert_allclose(hidden, torch.stack(states).detach().numpy(), rtol=1e-13, atol=1e-14)
        per_state = torch.autograd.grad(loss, [*states, torch_x, torch_h_0, *weights.values()])
        for t in range(len(x)):
            assert np.abs(d_hidden[t] - per_state[t].numpy()).max() < 1e-12
        assert np.abs(dx - per_state[len(x)].numpy()).max() < 1e-12
        assert np.abs(d_h_0 - per_state[len(x) + 1].numpy()).max() < 1e-12
        assert_same(grads, {name: g.numpy() for name, g in zip(weights, per_state[len(x) + 2 :], strict=True)})

    @pytest.mark.parametrize("activation", ACTIVATIONS)
    @pytest.mark.parametrize("sizes", SIZES)
    def test_every_gradient_equals_central_differences(self, rng, activation, sizes):
        x, h_0, params, d_output = problem(sizes, rng)
        dx, _, d_h_0, grads = bptt(d_output, unroll(x, h_0, params, activation)[1])

        def loss(_):
            return float((d_output * unroll(x, h_0, params, activation)[0]).sum())

        for array, gradient in [(x, dx), (h_0, d_h_0)] + [(params[name], grads[name]) for name in params]:
            assert check_gradient(loss, array, gradient) < 1e-7

    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_a_states_gradient_equals_central_differences(self, rng, activation):
        """Nudge one state, run the rest of the sequence, and compare with δ of that state."""
        x, h_0, params, d_output = problem((5, 2, 3, 4), rng)
        hidden, caches = unroll(x, h_0, params, activation)
        d_hidden = bptt(d_output, caches)[1]
        for t in range(5):
            state = hidden[t].copy()

            def loss(state, t=t):
                later = unroll(x[t + 1 :], state, params, activation)[0] if t < 4 else np.zeros((0, *state.shape))
                return float((d_output[t] * state).sum() + (d_output[t + 1 :] * later).sum())

            assert check_gradient(loss, state, d_hidden[t]) < 1e-7

    def test_equals_the_fast_model(self, rng):
        model = ElmanRNN(3, 4, rng)
        x, h_0, _, d_output = problem((6, 2, 3, 4), rng)
        _, _, cache = model.forward(x, h_0[np.newaxis])
        expected_dx, expected_h_0, expected = model.backward(d_output, cache)
        dx, _, d_h_0, grads = bptt(d_output, unroll(x, h_0, model.layer(0))[1])
        np.testing.assert_allclose(dx, expected_dx, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(d_h_0, expected_h_0[0], rtol=1e-12, atol=1e-14)
        assert_same({f"{name}_l0": g for name, g in grads.items()}, expected)

    @given(*[st.integers(1, 5)] * 4, st.integers(0, 1000))
    def test_any_shape(self, n_steps, batch_size, n_inputs, n_hidden, seed):
        x, h_0, params, d_output = problem((n_steps, batch_size, n_inputs, n_hidden), np.random.default_rng(seed))
        grads = bptt(d_output, unroll(x, h_0, params)[1])[3]
        *_, weights, loss = by_torch(x, h_0, params, d_output, tanh)
        loss.backward()
        assert_same(grads, {name: w.grad.numpy() for name, w in weights.items()})

    @pytest.mark.parametrize("shape", [(5, 2, 4), (4, 1, 4), (4, 2, 3)])
    def test_bad_upstream_gradient_is_named(self, rng, shape):
        x, h_0, params, _ = problem((4, 2, 3, 4), rng)
        with pytest.raises(
            ValueError, match=rf"d_output: expected shape \(4, 2, 4\), received \({shape[0]}, {shape[1]}"
        ):
            bptt(np.zeros(shape), unroll(x, h_0, params)[1])


class TestEquations:
    """The equations of the chapter, each written out once more: δ of a state, of z, and each weight's sum."""

    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_recursion_of_delta(self, rng, activation):
        x, h_0, params, d_output = problem((5, 2, 3, 4), rng)
        hidden, caches = unroll(x, h_0, params, activation)
        _, d_hidden, d_h_0, _ = bptt(d_output, caches)
        np.testing.assert_array_equal(d_hidden[-1], d_output[-1])
        d_z = d_hidden * DERIVATIVE[activation](hidden)
        for t in range(4):
            np.testing.assert_allclose(d_hidden[t], d_output[t] + d_z[t + 1] @ params["weight_hh"], rtol=1e-12)
        np.testing.assert_allclose(d_h_0, d_z[0] @ params["weight_hh"], rtol=1e-12)

    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_each_weights_gradient_is_a_sum_over_time(self, rng, activation):
        x, h_0, params, d_output = problem((5, 2, 3, 4), rng)
        hidden, caches = unroll(x, h_0, params, activation)
        dx, d_hidden, _, grads = bptt(d_output, caches)
        d_z = d_hidden * DERIVATIVE[activation](hidden)
        contexts = np.concatenate([h_0[np.newaxis], hidden[:-1]])
        bias = d_z.sum(axis=(0, 1))
        expected = {
            "weight_ih": np.einsum("tbh,tbi->hi", d_z, x),
            "weight_hh": np.einsum("tbh,tbk->hk", d_z, contexts),
            "bias_ih": bias,
            "bias_hh": bias,
        }
        assert_same(grads, expected)
        np.testing.assert_allclose(dx, d_z @ params["weight_ih"], rtol=1e-12)

    def test_gradient_is_a_sum_over_pairs_of_steps(self, rng):
        """∂L/∂W = Σ_t Σ_{k ≤ t} (error at t) (product of Jacobians from t down to k) (direct effect at k)."""
        x, h_0, params, d_output = problem((4, 1, 2, 3), rng)
        hidden, caches = unroll(x, h_0, params)
        steps = jacobians(hidden, params["weight_hh"])[:, 0]
        slope, contexts = DERIVATIVE[tanh](hidden)[:, 0], np.concatenate([h_0, hidden[:-1, 0]])
        total = np.zeros((3, 3))
        for t in range(4):
            for k in range(t + 1):
                product = np.eye(3)
                for j in range(t, k, -1):
                    product = product @ steps[j]
                total += np.outer(d_output[t, 0] @ product * slope[k], contexts[k])
        np.testing.assert_allclose(bptt(d_output, caches)[3]["weight_hh"], total, rtol=1e-12)


class TestByHand:
    """The example that the chapter works out with a pencil: one linear unit, three steps."""

    x, target = (np.array(values).reshape(3, 1, 1) for values in ([2.0, 0.5, 1.0], [3.0, 1.0, 5.5]))
    params = {  # noqa: RUF012
        "weight_ih": np.array([[2.0]]),
        "weight_hh": np.array([[0.5]]),
        "bias_ih": np.zeros(1),
        "bias_hh": np.zeros(1),
    }

    def run(self, params=None):
        return unroll(self.x, np.zeros((1, 1)), params or self.params, identity)

    def test_forward(self):
        hidden, _ = self.run()
        assert hidden.ravel().tolist() == [4, 3, 3.5]
        assert (hidden - self.target).ravel().tolist() == [1, 2, -2]
        assert ((hidden - self.target) ** 2).sum() / 2 == 4.5

    def test_backward(self):
        hidden, caches = self.run()
        _, d_hidden, d_h_0, grads = bptt(hidden - self.target, caches)
        assert d_hidden.ravel().tolist() == [1.5, 1, -2]
        assert d_h_0.item() == 0.75
        assert {name: gradient.item() for name, gradient in grads.items()} == {
            "weight_ih": 1.5,
            "weight_hh": -2,
            "bias_ih": 0.5,
            "bias_hh": 0.5,
        }

    @pytest.mark.parametrize(("k2", "weight_hh", "weight_ih"), [(1, 2, 1), (2, -2, 2.5), (3, -2, 1.5)])
    def test_errors_that_go_less_far(self, k2, weight_hh, weight_ih):
        hidden, caches = self.run()
        grads = truncated_bptt(hidden - self.target, caches, 1, k2)
        assert grads["weight_hh"].item() == weight_hh
        assert grads["weight_ih"].item() == weight_ih

    @pytest.mark.parametrize("name", ["weight_ih", "weight_hh", "bias_ih"])
    def test_equals_central_differences_and_torch(self, name):
        hidden, caches = self.run()
        grads = bptt(hidden - self.target, caches)[3]

        def loss(value):
            return float(((self.run(self.params | {name: value})[0] - self.target) ** 2).sum() / 2)

        assert check_gradient(loss, self.params[name].copy(), grads[name]) < 1e-7
        weights = {key: torch.tensor(value, requires_grad=True) for key, value in self.params.items()}
        h, total = torch.zeros(1, 1, dtype=torch.float64), torch.zeros((), dtype=torch.float64)
        for x_t, target_t in zip(torch.from_numpy(self.x), torch.from_numpy(self.target), strict=True):
            h = x_t @ weights["weight_ih"].T + weights["bias_ih"] + h @ weights["weight_hh"].T + weights["bias_hh"]
            total = total + ((h - target_t) ** 2).sum() / 2
        total.backward()
        assert np.abs(weights[name].grad.numpy() - grads[name]).max() < 1e-12

    def test_the_one_step_gradient_has_the_wrong_sign(self):
        """A smaller w, as it asks for, makes the loss larger."""
        losses = []
        for weight in (0.5, 0.4):
            hidden, _ = self.run(self.params | {"weight_hh": np.array([[weight]])})
            losses.append(((hidden - self.target) ** 2).sum())
        assert losses[1] > losses[0]


class TestTruncated:
    @pytest.mark.parametrize("activation", ACTIVATIONS)
    @pytest.mark.parametrize(("k1", "k2"), [(1, 1), (1, 3), (2, 3), (3, 3), (3, 20)])
    def test_equals_the_sum_over_pairs_that_lie_near_enough(self, rng, activation, k1, k2):
        """Σ_t Σ_s (error at t) J_t ⋯ J_{s+1} φ'(z_s) h_{s-1}, for s after the end of t's block minus k2."""
        x, h_0, params, d_output = problem((7, 1, 2, 3), rng)
        hidden, caches = unroll(x, h_0, params, activation)
        steps = jacobians(hidden, params["weight_hh"], activation)[:, 0]
        slope, contexts = DERIVATIVE[activation](hidden)[:, 0], np.concatenate([h_0, hidden[:-1, 0]])
        total = np.zeros((3, 3))
        for t in range(1, 8):
            end = min(-(-t // k1) * k1, 7)
            for s in range(max(1, end - k2 + 1), t + 1):
                d_h = d_output[t - 1, 0]
                for j in range(t, s, -1):
                    d_h = d_h @ steps[j - 1]
                total += np.outer(d_h * slope[s - 1], contexts[s - 1])
        received = truncated_bptt(d_output, caches, k1, k2)["weight_hh"]
        np.testing.assert_allclose(received, total, rtol=1e-11, atol=1e-13)

    @pytest.mark.parametrize("k1", [1, 2, 3, 7])
    def test_reaching_to_the_start_is_the_full_gradient(self, rng, k1):
        x, h_0, params, d_output = problem((7, 2, 3, 4), rng)
        caches = unroll(x, h_0, params)[1]
        assert_same(truncated_bptt(d_output, caches, k1, k2=7), bptt(d_output, caches)[3])

    @pytest.mark.parametrize("activation", [tanh, sigmoid])
    @pytest.mark.parametrize(("k1", "k2"), [(1, 1), (1, 3), (2, 3), (3, 3), (2, 5), (4, 6)])
    def test_equals_torch_with_the_state_cut(self, rng, activation, k1, k2):
        """For each block of errors, torch starts from a detached state k2 steps before the block's end."""
        x, h_0, params, d_output = problem((7, 2, 3, 4), rng)
        hidden, caches = unroll(x, h_0, params, activation)
        states = np.concatenate([h_0[np.newaxis], hidden])
        expected = {name: np.zeros_like(value) for name, value in params.items()}
        for first in range(0, 7, k1):
            last = min(first + k1, 7)
            start = max(0, last - k2)
            errors = np.where(np.arange(start, last)[:, np.newaxis, np.newaxis] >= first, d_output[start:last], 0)
            *_, weights, loss = by_torch(x[start:last], states[start], params, errors, activation)
            loss.backward()
            expected = {name: total + weights[name].grad.numpy() for name, total in expected.items()}
        assert_same(truncated_bptt(d_output, caches, k1, k2), expected)

    def test_one_step_back_is_elmans_training(self, rng):
        model = ElmanRNN(3, 4, rng, one_step=True)
        x, h_0, _, d_output = problem((6, 2, 3, 4), rng)
        _, _, cache = model.forward(x, h_0[np.newaxis])
        expected = model.backward(d_output, cache)[2]
        grads = truncated_bptt(d_output, unroll(x, h_0, model.layer(0))[1], k1=1, k2=1)
        assert_same({f"{name}_l0": g for name, g in grads.items()}, expected)

    def test_the_error_shrinks_as_the_window_grows(self, rng):
        x, h_0, params, d_output = problem((12, 2, 3, 4), rng)
        caches = unroll(x, h_0, params)[1]
        full = bptt(d_output, caches)[3]["weight_hh"]
        errors = [relative_error(truncated_bptt(d_output, caches, 1, k2)["weight_hh"], full) for k2 in (1, 4, 8, 12)]
        assert all(later < earlier for earlier, later in pairwise(errors))
        assert errors[-1] < 1e-14

    @pytest.mark.parametrize(("k1", "k2"), [(0, 1), (3, 2), (-1, -1)])
    def test_bad_windows_are_named(self, rng, k1, k2):
        x, h_0, params, d_output = problem((4, 2, 3, 4), rng)
        with pytest.raises(ValueError, match=f"received k1 = {k1}, k2 = {k2}"):
            truncated_bptt(d_output, unroll(x, h_0, params)[1], k1, k2)


class TestChunked:
    def test_carried_chunks_are_truncated_bptt(self, rng):
        model = ElmanRNN(3, 4, rng)
        x, target = rng.standard_normal((6, 2, 3)), rng.standard_normal((6, 2, 4))
        chunks = list(chunked_bptt(model, x, target, mse_loss, length=3))
        hidden, caches = unroll(x, np.zeros((2, 4)), model.layer(0))
        d_output = 2 * (hidden - target) / 24  # mse_loss is a mean over its chunk: 3 steps, 2 sequences, 4 units
        expected = truncated_bptt(d_output, caches, k1=3, k2=3)
        total = {name: sum(grads[f"{name}_l0"] for _, grads in chunks) for name in expected}
        assert_same(total, expected)
        losses = [((hidden - target) ** 2)[start : start + 3].mean() for start in (0, 3)]
        assert [value for value, _ in chunks] == pytest.approx(losses)

    def test_the_last_chunk_may_be_shorter(self, rng):
        model, x, target = ElmanRNN(3, 4, rng), rng.standard_normal((7, 2, 3)), rng.standard_normal((7, 2, 4))
        values = [value for value, _ in chunked_bptt(model, x, target, mse_loss, length=3)]
        assert len(values) == 3
        assert values[2] == pytest.approx(((model.forward(x)[0] - target)[6] ** 2).mean())

    def test_without_carrying_each_chunk_starts_from_zeros(self, rng):
        model = ElmanRNN(3, 4, rng)
        x, target = rng.standard_normal((6, 2, 3)), rng.standard_normal((6, 2, 4))
        for carry in (True, False):
            values = [value for value, _ in chunked_bptt(model, x, target, mse_loss, 3, carry)]
            alone = mse_loss(model.forward(x[3:])[0], target[3:])[0]
            assert (values[1] == pytest.approx(alone)) != carry

    def test_the_model_may_change_between_chunks(self, rng):
        model = ElmanRNN(3, 4, rng)
        x = np.concatenate([x := rng.standard_normal((3, 2, 3)), x])
        target = np.zeros((6, 2, 4))
        values = []
        for value, grads in chunked_bptt(model, x, target, mse_loss, 3, carry=False):
            values.append(value)
            for name, gradient in grads.items():
                model.params[name] -= gradient
        assert values[1] < values[0]

    def test_bad_length_is_named(self, rng):
        with pytest.raises(ValueError, match="length: expected at least 1 step, received 0"):
            next(chunked_bptt(ElmanRNN(3, 4, rng), np.zeros((2, 1, 3)), np.zeros((2, 1, 4)), mse_loss, 0))


class TestRTRL:
    @pytest.mark.parametrize("activation", ACTIVATIONS)
    @pytest.mark.parametrize("sizes", SIZES)
    def test_equals_bptt(self, rng, activation, sizes):
        x, h_0, params, d_output = problem(sizes, rng)
        grads, _ = rtrl(x, h_0, params, d_output, activation)
        assert_same(grads, bptt(d_output, unroll(x, h_0, params, activation)[1])[3])

    def test_influence_equals_central_differences(self, rng):
        x, h_0, params, d_output = problem((4, 2, 3, 2), rng)
        influence = rtrl(x, h_0, params, d_output)[1]
        parts = {"weight_ih": influence[..., :3], "weight_hh": influence[..., 3:5], "bias_ih": influence[..., 5]}
        for name, part in parts.items():
            for b, k in np.ndindex(2, 2):
                expected = central_difference(lambda _, b=b, k=k: unroll(x, h_0, params)[0][-1, b, k], params[name])
                assert relative_error(part[b, k], expected) < 1e-7

    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_influence_is_the_recursion_of_the_chapter_and_torchs_jacobian(self, rng, activation):
        """dh_t/dθ = J_t dh_{t-1}/dθ + ∂h_t/∂θ, for the recurrent weights."""
        x, h_0, params, d_output = problem((4, 1, 2, 3), rng)
        hidden, _ = unroll(x, h_0, params, activation)
        steps = jacobians(hidden, params["weight_hh"], activation)[:, 0]
        slope, contexts = DERIVATIVE[activation](hidden)[:, 0], np.concatenate([h_0, hidden[:-1, 0]])
        influence = np.zeros((3, 3, 3))
        for t in range(4):
            direct = slope[t][:, None, None] * np.eye(3)[:, :, None] * contexts[t]
            influence = np.einsum("kl,lij->kij", steps[t], influence) + direct
        received = rtrl(x, h_0, params, d_output, activation)[1][0, :, :, 2:5]
        np.testing.assert_allclose(received, influence, rtol=1e-11, atol=1e-13)

        def last(weight_hh):
            weights = {name: torch.from_numpy(value) for name, value in params.items()} | {"weight_hh": weight_hh}
            h = torch.from_numpy(h_0)
            for x_t in torch.from_numpy(x):
                z = x_t @ weights["weight_ih"].T + weights["bias_ih"] + h @ weight_hh.T + weights["bias_hh"]
                h = TORCH[activation](z)
            return h[0]

        expected = torch.autograd.functional.jacobian(last, torch.from_numpy(params["weight_hh"]))
        assert np.abs(received - expected.numpy()).max() < 1e-12

    def test_its_biases_do_not_share_memory(self, rng):
        grads, _ = rtrl(*problem((4, 2, 3, 2), rng))
        assert not np.shares_memory(grads["bias_ih"], grads["bias_hh"])

    def test_costs(self, rng):
        x, h_0, params, d_output = problem((7, 1, 3, 4), rng)
        hidden, _ = unroll(x, h_0, params)
        _, influence = rtrl(x, h_0, params, d_output)
        assert bptt_cost(7, 3, 4).memory == hidden.size
        assert rtrl_cost(7, 3, 4).memory == influence.size
        assert rtrl_cost(100, 3, 4).memory == rtrl_cost(7, 3, 4).memory
        products = 2 * params["weight_ih"].size + 2 * params["weight_hh"].size  # dx, d_state, and the two gradients
        assert bptt_cost(7, 3, 4).multiplications == 7 * products
        assert rtrl_cost(7, 3, 4).multiplications == 7 * params["weight_hh"].size * influence[0, 0].size

    def test_costs_grow_as_the_second_and_fourth_power(self):
        small, large = bptt_cost(10, 1000, 1000), bptt_cost(10, 2000, 2000)
        assert large.multiplications / small.multiplications == 4
        small, large = rtrl_cost(10, 1000, 1000), rtrl_cost(10, 2000, 2000)
        assert large.multiplications / small.multiplications == pytest.approx(16, rel=1e-3)


class TestJacobians:
    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_one_step_equals_torchs(self, rng, activation):
        x, h_0, params, _ = problem((4, 2, 3, 5), rng)
        hidden, _ = unroll(x, h_0, params, activation)
        states = np.concatenate([h_0[np.newaxis], hidden])
        received = jacobians(hidden, params["weight_hh"], activation)
        weights = {name: torch.from_numpy(value) for name, value in params.items()}
        for t, b in np.ndindex(4, 2):

            def step(h, t=t, b=b):
                z = torch.from_numpy(x[t, b]) @ weights["weight_ih"].T + weights["bias_ih"]
                return TORCH[activation](z + h @ weights["weight_hh"].T + weights["bias_hh"])

            expected = torch.autograd.functional.jacobian(step, torch.from_numpy(states[t, b]))
            assert np.abs(received[t, b] - expected.numpy()).max() < 1e-12

    def test_products_equal_central_differences(self, rng):
        """The derivative of the last state by each state before it."""
        x, h_0, params, _ = problem((4, 1, 3, 2), rng)
        hidden, _ = unroll(x, h_0, params)
        products = jacobian_products(jacobians(hidden, params["weight_hh"]))
        assert products.shape == (5, 1, 2, 2)
        np.testing.assert_array_equal(products[0, 0], np.eye(2))
        states = np.concatenate([h_0[np.newaxis], hidden])
        for lag in range(1, 5):
            for unit in range(2):
                expected = central_difference(
                    lambda h, lag=lag, unit=unit: unroll(x[4 - lag :], h, params)[0][-1, 0, unit],
                    states[4 - lag].copy(),
                )
                assert relative_error(products[lag, 0, unit], expected[0]) < 1e-7

    def test_an_orthogonal_linear_network_keeps_every_direction(self, rng):
        rotation = np.linalg.qr(rng.standard_normal((4, 4)))[0]
        values = singular_values_by_lag(jacobians(rng.standard_normal((20, 2, 4)), rotation, identity))
        np.testing.assert_allclose(values, 1, rtol=1e-12)

    def test_a_diagonal_linear_network_is_known(self):
        values = singular_values_by_lag(jacobians(np.zeros((3, 1, 2)), np.diag([0.5, 2.0]), identity))
        np.testing.assert_allclose(values[:, 0], [[2.0**k, 0.5**k] for k in range(4)])


class TestNormByLag:
    @pytest.mark.parametrize("activation", ACTIVATIONS)
    def test_equals_torchs(self, rng, activation):
        x, h_0, params, d_output = problem((5, 2, 3, 4), rng)
        d_output[:-1] = 0
        hidden, _ = unroll(x, h_0, params, activation)
        states, _, torch_h_0, _, loss = by_torch(x, h_0, params, d_output, activation)
        gradients = torch.autograd.grad(loss, [torch_h_0, *states])
        expected = [gradient.norm(dim=-1).numpy() for gradient in gradients[::-1]]
        received = gradient_norm_by_lag(d_output[-1], hidden, params["weight_hh"], activation)
        np.testing.assert_allclose(received, expected, rtol=1e-12)

    def test_lies_between_the_singular_values(self, rng):
        x, h_0, params, d_output = problem((6, 3, 3, 4), rng)
        hidden, _ = unroll(x, h_0, params)
        norms = gradient_norm_by_lag(d_output[-1], hidden, params["weight_hh"])
        values = singular_values_by_lag(jacobians(hidden, params["weight_hh"]))
        growth = norms / norms[0]
        assert (growth <= values[..., 0] * (1 + 1e-12)).all()
        assert (growth >= values[..., -1] * (1 - 1e-12)).all()

    def test_tanh_never_grows_where_no_singular_value_exceeds_one(self, rng):
        """Sufficient for vanishing: the slope is at most 1, and so is the weight's largest singular value."""
        weight = 0.9 * np.linalg.qr(rng.standard_normal((6, 6)))[0]
        hidden = np.tanh(rng.standard_normal((30, 4, 6)))
        norms = gradient_norm_by_lag(rng.standard_normal((4, 6)), hidden, weight)
        assert (norms[1:] <= 0.9 * norms[:-1]).all()

    def test_arguments_are_left_alone(self, rng):
        _, _, params, d_output = problem((5, 2, 3, 4), rng)
        before = d_output.copy()
        gradient_norm_by_lag(d_output[-1], d_output, params["weight_hh"])
        np.testing.assert_array_equal(d_output, before)


def test_unroll_is_the_step_repeated(rng):
    x, h_0, params, _ = problem((3, 2, 3, 4), rng)
    hidden, caches = unroll(x, h_0, params)
    h = h_0
    for t in range(3):
        h, _ = elman_step(x[t], h, params)
        np.testing.assert_array_equal(hidden[t], h)
    assert len(caches) == 3
