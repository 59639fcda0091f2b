"""The GRU, reset after and before the product, against central differences, torch.nn.GRU and itself."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnn_course import torch_twins
from rnn_course.functional import cross_entropy, sigmoid
from rnn_course.gradcheck import check_gradient, gradcheck
from rnn_course.gru import GRU, gru_layer, gru_layer_backward, gru_step, gru_step_backward
from rnn_course.optim import Adam, clip_grad_norm
from rnn_course.readout import Readout
from rnn_course.stacked import repeat_step, repeat_step_backward
from rnn_course.training import fit, minibatches

SIZES = [(1, 1, 1, 1, 1), (1, 3, 2, 4, 1), (6, 1, 3, 2, 1), (5, 2, 3, 4, 2), (4, 3, 2, 2, 3)]  # T, B, I, H, layers
both_resets = pytest.mark.parametrize("reset_after", [True, False])


def problem(rng, n_steps, batch_size, n_inputs, n_hidden, n_layers=1, **options):
    """A model, an input and a state that is not zero."""
    model = GRU(n_inputs, n_hidden, rng, n_layers, **options)
    state = rng.standard_normal((n_layers, batch_size, n_hidden))
    return model, rng.standard_normal((n_steps, batch_size, n_inputs)), state


class TestStep:
    @both_resets
    @pytest.mark.parametrize("batch_size", [1, 4])
    def test_gradients_equal_central_differences(self, rng, batch_size, reset_after):
        model, x, state = problem(rng, 1, batch_size, 3, 5)
        params, x, state = model.layer(0), x[0], state[0]
        d_h = rng.standard_normal(state.shape)
        dx, d_prev, grads = gru_step_backward(d_h, gru_step(x, state, params, reset_after)[1])
        assert grads.keys() == params.keys()
        for array, gradient in [(x, dx), (state, d_prev)] + [(params[name], grads[name]) for name in params]:

            def loss(_):
                return float((d_h * gru_step(x, state, params, reset_after)[0]).sum())

            assert check_gradient(loss, array, gradient) < 1e-7

    def test_equals_torchs_cell(self, rng):
        cell = torch.nn.GRUCell(3, 5).double()
        params = {name: value.detach().numpy() for name, value in cell.named_parameters()}
        x, state = rng.standard_normal((4, 3)), rng.standard_normal((4, 5))
        expected = cell(torch.from_numpy(x), torch.from_numpy(state)).detach().numpy()
        assert np.abs(gru_step(x, state, params)[0] - expected).max() < 1e-12

    def test_reset_before_is_cho_2014(self, rng):
        """The equations of the paper, which has no biases, one sequence at a time."""
        model, x, state = problem(rng, 1, 3, 2, 4)
        params = {name: value if "weight" in name else np.zeros_like(value) for name, value in model.layer(0).items()}
        w_r, w_z, w = np.split(params["weight_ih"], 3)
        u_r, u_z, u = np.split(params["weight_hh"], 3)
        h_new, _ = gru_step(x[0], state[0], params, reset_after=False)
        for ours, x_t, h in zip(h_new, x[0], state[0], strict=True):
            r, z = sigmoid(w_r @ x_t + u_r @ h), sigmoid(w_z @ x_t + u_z @ h)
            candidate = np.tanh(w @ x_t + u @ (r * h))
            np.testing.assert_allclose(ours, z * h + (1 - z) * candidate, rtol=1e-12)

    def test_the_two_resets_differ_on_the_same_weights(self, rng):
        model, x, state = problem(rng, 1, 3, 2, 4)
        after, before = (gru_step(x[0], state[0], model.layer(0), reset_after)[0] for reset_after in (True, False))
        assert np.abs(after - before).max() > 0.01
        model.layer(0)["bias_ih"][:4] = 1000  # with the reset gate open there is nothing to differ in
        after, before = (gru_step(x[0], state[0], model.layer(0), reset_after)[0] for reset_after in (True, False))
        np.testing.assert_allclose(after, before, rtol=1e-12)

    def test_a_closed_update_gate_keeps_the_state_for_ever(self, rng):
        params = {name: np.zeros_like(value) for name, value in GRU(2, 3, rng).layer(0).items()}
        params["bias_ih"][3:6] = 1000
        h = h_0 = rng.standard_normal((4, 3))
        for _ in range(1000):
            h, _ = gru_step(rng.standard_normal((4, 2)), h, params)
        np.testing.assert_array_equal(h, h_0)

    def test_the_biases_do_not_share_memory(self, rng):
        """Clipping scales gradients in place: shared memory would be scaled twice."""
        model, x, state = problem(rng, 3, 2, 2, 3)
        output, _, cache = model.forward(x, state)
        grads = model.backward(100 * np.ones_like(output), cache)[2]
        clip_grad_norm(grads, 1.0)
        assert np.sqrt(sum((g**2).sum() for g in grads.values())) == pytest.approx(1.0)


class TestEquationsOfThePage:
    """The equations of book/gru.md, written out as they stand there."""

    def test_the_example_by_hand(self):
        """r is a half and z three quarters: the sigmoids of 0 and of ln 3."""
        params = {"weight_ih": np.array([[0.0], [0.0], [0.5]]), "weight_hh": np.array([[0.0], [0.0], [2.0]])}
        params |= {"bias_ih": np.array([0.0, np.log(3), 0.0]), "bias_hh": np.array([0.0, 0.0, 0.2])}
        state, cache = gru_step(np.array([[1.0]]), np.array([[0.4]]), params)
        np.testing.assert_allclose([gate.item() for gate in cache[2:5]], [0.5, 0.75, np.tanh(1)], rtol=1e-12)
        assert np.tanh(1) == pytest.approx(0.762, abs=5e-4)
        assert state.item() == pytest.approx(0.490, abs=5e-4)

    def test_one_unit(self, rng):
        (x, h, d_new), (w_r, w_z, w_n), (u_r, u_z, u_n) = rng.standard_normal((3, 3))
        b_r, b_z, b_in, b_hn = rng.standard_normal(4)
        r, z = sigmoid(np.array([w_r * x + u_r * h + b_r, w_z * x + u_z * h + b_z]))
        n = np.tanh(w_n * x + b_in + r * (u_n * h + b_hn))
        d_n = d_new * (1 - z) * (1 - n**2)
        d_z = d_new * (h - n) * z * (1 - z)
        d_r = d_n * (u_n * h + b_hn) * r * (1 - r)
        d_h = d_new * z + d_n * r * u_n + d_z * u_z + d_r * u_r
        params = {"weight_ih": np.array([[w_r], [w_z], [w_n]]), "weight_hh": np.array([[u_r], [u_z], [u_n]])}
        params |= {"bias_ih": np.array([b_r, b_z, b_in]), "bias_hh": np.array([0.0, 0.0, b_hn])}
        state, cache = gru_step(np.array([[x]]), np.array([[h]]), params)
        assert state.item() == pytest.approx((1 - z) * n + z * h, rel=1e-12)
        dx, d_prev, grads = gru_step_backward(np.array([[d_new]]), cache)
        assert d_prev.item() == pytest.approx(d_h, rel=1e-12)
        assert dx.item() == pytest.approx(d_r * w_r + d_z * w_z + d_n * w_n, rel=1e-12)
        np.testing.assert_allclose(grads["bias_ih"], [d_r, d_z, d_n], rtol=1e-12)
        np.testing.assert_allclose(grads["bias_hh"], [d_r, d_z, d_n * r], rtol=1e-12)

    def test_the_whole_unit(self, rng):
        model, x, state = problem(rng, 1, 3, 2, 4)
        params, x, h, d_new = model.layer(0), x[0], state[0], rng.standard_normal((3, 4))
        (w_r, w_z, w_n), (u_r, u_z, u_n) = (np.split(params[name], 3) for name in ("weight_ih", "weight_hh"))
        _, _, b_hn = np.split(params["bias_hh"], 3)
        _, cache = gru_step(x, h, params)
        r, z, n = cache[2:5]
        d_n = d_new * (1 - z) * (1 - n**2)
        d_z = d_new * (h - n) * z * (1 - z)
        d_r = d_n * (h @ u_n.T + b_hn) * r * (1 - r)
        dx, d_prev, grads = gru_step_backward(d_new, cache)
        np.testing.assert_allclose(d_prev, d_new * z + (d_n * r) @ u_n + d_z @ u_z + d_r @ u_r, rtol=1e-12)
        np.testing.assert_allclose(dx, d_n @ w_n + d_z @ w_z + d_r @ w_r, rtol=1e-12)
        np.testing.assert_allclose(grads["weight_hh"][8:], (d_n * r).T @ h, rtol=1e-12)
        np.testing.assert_allclose(grads["weight_ih"][8:], d_n.T @ x, rtol=1e-12)
        np.testing.assert_allclose(grads["bias_hh"][8:], (d_n * r).sum(axis=0), rtol=1e-12)
        np.testing.assert_allclose(grads["bias_ih"][8:], d_n.sum(axis=0), rtol=1e-12)

    def test_turned_signs_turn_the_convention_of_the_update_gate(self, rng):
        model, x, state = problem(rng, 1, 3, 2, 4)
        params = {name: value.copy() for name, value in model.layer(0).items()}
        expected, cache = gru_step(x[0], state[0], params)
        for value in params.values():
            value[4:8] *= -1
        renewed = gru_step(x[0], state[0], params)[1][3]
        n = cache[4]
        np.testing.assert_allclose((1 - renewed) * state[0] + renewed * n, expected, rtol=1e-12)

    def test_with_one_unit_and_no_bias_the_resets_agree(self, rng):
        model, x, state = problem(rng, 1, 3, 2, 1)
        model.layer(0)["bias_hh"][...] = 0
        after, before = (gru_step(x[0], state[0], model.layer(0), reset_after)[0] for reset_after in (True, False))
        np.testing.assert_allclose(after, before, rtol=1e-12)

    @both_resets
    @given(st.integers(0, 1000))
    def test_a_state_between_minus_1_and_1_stays_there(self, reset_after, seed):
        rng = np.random.default_rng(seed)
        params = {"weight_ih": rng.normal(0, 5, (9, 2)), "weight_hh": rng.normal(0, 5, (9, 3))}
        params |= {"bias_ih": rng.normal(0, 5, 9), "bias_hh": rng.normal(0, 5, 9)}
        h = rng.uniform(-1, 1, (4, 3))
        for _ in range(20):
            h, _ = gru_step(rng.normal(0, 5, (4, 2)), h, params, reset_after)
            assert abs(h).max() <= 1

    @pytest.mark.parametrize("length", [100, 1000])
    def test_a_bias_of_ln_t_keeps_about_1_over_e(self, rng, length):
        model = GRU(1, 1, rng, update_bias=np.log(length))
        params = {name: value if "bias" in name else 0 * value for name, value in model.layer(0).items()}
        params["bias_ih"][2] = params["bias_hh"][2] = 0  # the candidate is 0: what is left was kept
        h = np.ones((1, 1))
        for _ in range(length):
            h, cache = gru_step(np.zeros((1, 1)), h, params)
        assert cache[3].item() == pytest.approx(length / (length + 1), rel=1e-12)
        assert h.item() == pytest.approx(1 / np.e, rel=1 / length)


class TestLayer:
    @pytest.mark.parametrize("n_steps", [1, 2, 7])
    def test_equals_the_step_repeated(self, rng, n_steps):
        model, x, state = problem(rng, n_steps, 2, 3, 4)
        hidden, last, cache = gru_layer(x, state[0], model.layer(0))
        expected, expected_last, step_caches = repeat_step(gru_step, x, state[0], model.layer(0))
        np.testing.assert_allclose(hidden, expected, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(last, expected_last, rtol=1e-12, atol=1e-14)
        d_output, d_last = rng.standard_normal(hidden.shape), rng.standard_normal(last.shape)
        dx, d_first, grads = gru_layer_backward(d_output, cache, d_last)
        received = (dx, d_first, *grads.values())
        dx, d_first, grads = repeat_step_backward(gru_step_backward, d_output, step_caches, d_last)
        for ours, theirs in zip(received, (dx, d_first, *grads.values()), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-13)

    def test_the_cache_shows_every_gate(self, rng):
        model, x, state = problem(rng, 5, 2, 3, 4)
        output, _, (cache,) = model.forward(x, state)
        params = model.layer(0)
        before = cache.hidden[:-1]
        inputs = np.split(x @ params["weight_ih"].T + params["bias_ih"], 3, axis=2)
        recurrent = np.split(before @ params["weight_hh"].T + params["bias_hh"], 3, axis=2)
        r, z, n = cache.gates
        np.testing.assert_allclose(r, sigmoid(inputs[0] + recurrent[0]), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(z, sigmoid(inputs[1] + recurrent[1]), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(n, np.tanh(inputs[2] + r * recurrent[2]), rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(output, (1 - z) * n + z * before, rtol=1e-12, atol=1e-14)

    @both_resets
    @pytest.mark.parametrize("sizes", SIZES)
    @pytest.mark.parametrize("cut", [1, 2])
    def test_chunks_equal_the_whole(self, rng, sequences, sizes, cut, reset_after):
        sequences.chunks(*problem(rng, *sizes, reset_after=reset_after), cut)

    @both_resets
    def test_second_forward_does_not_spoil_the_first_cache(self, rng, sequences, reset_after):
        sequences.second_forward(*problem(rng, 5, 2, 3, 4, 2, reset_after=reset_after))


class TestGradients:
    @both_resets
    @pytest.mark.parametrize("sizes", SIZES)
    def test_equal_central_differences(self, rng, sizes, reset_after):
        model, x, state = problem(rng, *sizes, reset_after=reset_after)
        errors = gradcheck(model, x, rng, state)
        assert errors.keys() == {"x", "state.0", *model.parameters()}
        assert max(errors.values()) < 1e-7

    @pytest.mark.parametrize("sizes", SIZES)
    def test_equal_nn_gru(self, rng, twins, sizes):
        model, x, state = problem(rng, *sizes)
        assert twins.compare(model, twins.load(torch.nn.GRU(*sizes[2:]), model), x, state, rng) < 1e-12

    @both_resets
    @pytest.mark.parametrize("sizes", SIZES)
    def test_equal_the_twins(self, rng, twins, sizes, reset_after):
        model, x, state = problem(rng, *sizes, reset_after=reset_after)
        twin = torch_twins.GRU(*sizes[2:], reset_after=reset_after)
        assert twins.compare(model, twins.load(twin, model), x, state, rng) < 1e-12

    @given(st.integers(1, 6), st.integers(1, 4), st.integers(1, 4), st.integers(1, 5), st.integers(1, 3), st.data())
    def test_any_shape(self, twins, n_steps, batch_size, n_inputs, n_hidden, n_layers, data):
        rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
        model, x, state = problem(rng, n_steps, batch_size, n_inputs, n_hidden, n_layers)
        twin = twins.load(torch.nn.GRU(n_inputs, n_hidden, n_layers), model)
        assert twins.compare(model, twin, x, state, rng) < 1e-12

    def test_without_a_state_it_starts_from_zeros(self, rng):
        model, x, state = problem(rng, 4, 5, 2, 3, 2)
        np.testing.assert_array_equal(model.forward(x)[0], model.forward(x, np.zeros_like(state))[0])

    @both_resets
    def test_without_a_gradient_of_the_state_it_is_zeros(self, rng, reset_after):
        model, x, state = problem(rng, 4, 5, 2, 3, 2, reset_after=reset_after)
        output, last, cache = model.forward(x, state)
        received, expected = (model.backward(output, cache, d) for d in (None, np.zeros_like(last)))
        np.testing.assert_array_equal(received[0], expected[0])
        np.testing.assert_array_equal(received[1], expected[1])


class TestModel:
    def test_state_dict_goes_both_ways(self, rng, twins):
        model, other = GRU(3, 4, rng, num_layers=2), torch.nn.GRU(3, 4, 2).double()
        assert list(model.state_dict()) == list(other.state_dict())
        model.load_state_dict(other.state_dict())
        back = twins.load(torch.nn.GRU(3, 4, 2), model)
        twin = twins.load(torch_twins.GRU(3, 4, 2), model)
        for name, value in other.state_dict().items():
            assert torch.equal(value, back.state_dict()[name])
            assert torch.equal(value, twin.state_dict()[name])

    def test_update_bias_is_what_the_two_biases_sum_to(self, rng):
        model, drawn = GRU(3, 4, rng, 2, update_bias=2.0), GRU(3, 4, np.random.default_rng(1997), 2)
        for i in range(2):
            np.testing.assert_array_equal((model.layer(i)["bias_ih"] + model.layer(i)["bias_hh"])[4:8], 2)
            for name in ("bias_ih", "bias_hh"):
                np.testing.assert_array_equal(model.layer(i)[name][[0, 3, 8]], drawn.layer(i)[name][[0, 3, 8]])
        model.params["weight_hh_l0"][...] = 0
        np.testing.assert_allclose(model.forward(np.zeros((1, 1, 3)))[2][0].gates[1], 0.880797078, rtol=1e-9)

    @both_resets
    def test_float32_stays_float32(self, rng, reset_after):
        model = GRU(2, 3, rng, 2, reset_after, dtype=np.float32)
        output, last, cache = model.forward(rng.standard_normal((4, 5, 2), dtype=np.float32))
        dx, d_state0, grads = model.backward(np.ones_like(output), cache, last)
        arrays = (output, last, dx, d_state0, *grads.values(), *model.parameters().values())
        assert {a.dtype for a in arrays} == {np.dtype("float32")}

    @pytest.mark.parametrize(
        ("x", "state", "message"),
        [
            (np.zeros((4, 5, 3)), None, r"x: expected floats of shape \(T, B, 2\), .* received float64 of shape"),
            (np.zeros((4, 5, 2)), np.zeros((5, 3)), r"state: expected shape \(1, 5, 3\), received \(5, 3\)"),
            (np.zeros((4, 5, 2)), (np.zeros((1, 5, 3)),) * 2, r"received \(1, 5, 3\) and \(1, 5, 3\)"),
        ],
    )
    def test_bad_input_is_named(self, rng, x, state, message):
        with pytest.raises(ValueError, match=message):
            GRU(2, 3, rng).forward(x, state)

    @both_resets
    @pytest.mark.parametrize("shape", [(3, 5, 3), (4, 1, 3), (4, 5, 2)])
    def test_bad_upstream_gradient_is_named(self, rng, shape, reset_after):
        model = GRU(2, 3, rng, reset_after=reset_after)
        _, _, cache = model.forward(np.zeros((4, 5, 2)))
        with pytest.raises(ValueError, match=r"d_output: expected shape \(4, 5, 3\), received"):
            model.backward(np.zeros(shape), cache)


@both_resets
def test_remembers_the_first_symbol(rng, reset_after):
    """The last state alone says what was seen twenty steps before."""
    model = Readout(GRU(1, 8, rng, reset_after=reset_after), 2, rng, last=True)
    first = rng.integers(0, 2, 64)
    x = 0.1 * rng.standard_normal((21, 64, 1))
    x[0, :, 0] = 2 * first - 1
    data = minibatches(x, first, 64, target_batch_axis=0)
    history = fit(model, data, cross_entropy, Adam(model.parameters(), lr=0.03), 100, rng, progress=False)
    assert history.loss[-1] < 0.05
