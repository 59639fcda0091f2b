"""The LSTM against central differences, torch.nn.LSTM and itself, step by step and over whole sequences."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnn_course.functional import cross_entropy, sigmoid
from rnn_course.gradcheck import check_gradient, gradcheck
from rnn_course.lstm import GATES, LSTM, lstm_layer, lstm_layer_backward, lstm_step, lstm_step_backward
from rnn_course.optim import Adam, clip_grad_norm
from rnn_course.readout import Readout
from rnn_course.stacked import repeat_step, repeat_step_backward
from rnn_course.training import fit, minibatches

SIZES = [(1, 1, 1, 1, 1), (1, 3, 2, 4, 1), (6, 1, 3, 2, 1), (5, 2, 3, 4, 2), (4, 3, 2, 2, 3)]  # T, B, I, H, layers


def problem(rng, n_steps, batch_size, n_inputs, n_hidden, n_layers=1, **options):
    """A model, an input and a state that is not zero."""
    model = LSTM(n_inputs, n_hidden, rng, n_layers, **options)
    state = tuple(rng.standard_normal((n_layers, batch_size, n_hidden)) for _ in range(2))
    return model, rng.standard_normal((n_steps, batch_size, n_inputs)), state


class TestStep:
    @pytest.mark.parametrize("batch_size", [1, 4])
    def test_gradients_equal_central_differences(self, rng, batch_size):
        model, x, state = problem(rng, 1, batch_size, 3, 5)
        params, x, state = model.layer(0), x[0], tuple(part[0] for part in state)
        d_state = tuple(rng.standard_normal(part.shape) for part in state)
        dx, d_prev, grads = lstm_step_backward(d_state, lstm_step(x, state, params)[1])
        assert grads.keys() == params.keys()
        pairs = [(x, dx), *zip(state, d_prev, strict=True)] + [(params[name], grads[name]) for name in params]
        for array, gradient in pairs:

            def loss(_):
                parts = zip(d_state, lstm_step(x, state, params)[0], strict=True)
                return float(sum((d * part).sum() for d, part in parts))

            assert check_gradient(loss, array, gradient) < 1e-7

    def test_equals_torchs_cell(self, rng):
        cell = torch.nn.LSTMCell(3, 5).double()
        params = {name: value.detach().numpy() for name, value in cell.named_parameters()}
        x, *state = (rng.standard_normal(shape) for shape in ((4, 3), (4, 5), (4, 5)))
        expected = cell(torch.from_numpy(x), [torch.from_numpy(part) for part in state])
        for ours, theirs in zip(lstm_step(x, tuple(state), params)[0], expected, strict=True):
            assert np.abs(ours - theirs.detach().numpy()).max() < 1e-12

    def test_open_forget_and_closed_input_keep_the_cell_for_ever(self, rng):
        """The constant error carousel: neither the memory nor its gradient fades."""
        params = {name: np.zeros_like(value) for name, value in LSTM(2, 3, rng).layer(0).items()}
        i, f = slice(0, 3), slice(3, 6)
        params["bias_ih"][i], params["bias_ih"][f] = -1000, 1000
        c = c_0 = rng.standard_normal((4, 3))
        h, caches = np.zeros((4, 3)), []
        for _ in range(1000):
            (h, c), cache = lstm_step(rng.standard_normal((4, 2)), (h, c), params)
            caches.append(cache)
        np.testing.assert_array_equal(c, c_0)
        d_state = d_last = (np.zeros((4, 3)), rng.standard_normal((4, 3)))
        for cache in reversed(caches):
            _, d_state, _ = lstm_step_backward(d_state, cache)
        np.testing.assert_array_equal(d_state[1], d_last[1])

    def test_along_the_cell_the_gradient_is_the_product_of_the_forget_gates(self, rng):
        model, x, state = problem(rng, 30, 2, 3, 4)
        model.layer(0)["weight_hh"][...] = 0  # the ways through h are cut
        output, _, caches = model.forward(x, state)
        d_c = rng.standard_normal((1, 2, 4))
        _, d_first, _ = model.backward(np.zeros_like(output), caches, (np.zeros_like(d_c), d_c))
        np.testing.assert_allclose(d_first[1], d_c * caches[0].gates[1].prod(axis=0), rtol=1e-12)

    def test_the_example_of_the_chapter_by_hand(self):
        """c = f c + i g with ½ · 1 + ½ · ½, and the loss looks at h alone."""
        zero, one = np.zeros((1, 1)), np.ones((1, 1))
        params = {"weight_ih": np.zeros((4, 1)), "weight_hh": np.zeros((4, 1)), "bias_hh": np.zeros(4)}
        params["bias_ih"] = np.array([0, 0, np.arctanh(0.5), 0])
        (h, c), cache = lstm_step(zero, (zero, one), params)
        _, (_, d_c), grads = lstm_step_backward((one, zero), cache)
        assert [c.item(), round(h.item(), 4), round(d_c.item(), 4)] == [0.75, 0.3176, 0.1491]
        assert grads["bias_ih"].round(4).tolist() == [0.0373, 0.0746, 0.1119, 0.1588]

    @pytest.mark.parametrize("length", [30, 100, 1000])
    def test_a_bias_of_ln_t_leaves_a_share_near_one_over_e(self, length):
        assert sigmoid(np.log(length)) ** length == pytest.approx((1 - 1 / (length + 1)) ** length, rel=1e-9)
        assert sigmoid(np.log(length)) ** length == pytest.approx(np.exp(-1), abs=0.01)

    def test_the_biases_do_not_share_memory(self, rng):
        """Clipping scales gradients in place: shared memory would be scaled twice."""
        model, x, state = problem(rng, 3, 2, 2, 3)
        output, _, cache = model.forward(x, state)
        grads = model.backward(100 * np.ones_like(output), cache)[2]
        clip_grad_norm(grads, 1.0)
        assert np.sqrt(sum((g**2).sum() for g in grads.values())) == pytest.approx(1.0)
        parts = tuple(part[0] for part in state)
        step_grads = lstm_step_backward(parts, lstm_step(x[0], parts, model.layer(0))[1])[2]
        assert not np.shares_memory(step_grads["bias_ih"], step_grads["bias_hh"])


class TestLayer:
    @pytest.mark.parametrize("n_steps", [1, 2, 7])
    def test_equals_the_step_repeated(self, rng, n_steps):
        model, x, state = problem(rng, n_steps, 2, 3, 4)
        params, state = model.layer(0), tuple(part[0] for part in state)
        hidden, last, cache = lstm_layer(x, state, params)
        expected, expected_last, step_caches = repeat_step(lstm_step, x, state, params)
        np.testing.assert_allclose(hidden, expected, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(last, expected_last, rtol=1e-12, atol=1e-14)
        d_output = rng.standard_normal(hidden.shape)
        d_last = tuple(rng.standard_normal(part.shape) for part in last)
        dx, d_first, grads = lstm_layer_backward(d_output, cache, d_last)
        received = (dx, *d_first, *grads.values())
        dx, d_first, grads = repeat_step_backward(lstm_step_backward, d_output, step_caches, d_last)
        for ours, theirs in zip(received, (dx, *d_first, *grads.values()), strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-11, atol=1e-13)

    def test_the_cache_shows_every_gate(self, rng):
        model, x, state = problem(rng, 5, 2, 3, 4)
        _, _, (cache,) = model.forward(x, state)
        params = model.layer(0)
        z = x @ params["weight_ih"].T + cache.hidden[:-1] @ params["weight_hh"].T
        blocks = np.split(z + params["bias_ih"] + params["bias_hh"], 4, axis=2)
        for name, gate, block in zip(GATES, cache.gates, blocks, strict=True):
            expected = np.tanh(block) if name == "cell" else sigmoid(block)
            np.testing.assert_allclose(gate, expected, rtol=1e-12, atol=1e-14)
        i, f, g, _ = cache.gates
        np.testing.assert_allclose(cache.cell[1:], f * cache.cell[:-1] + i * g, rtol=1e-12, atol=1e-14)

    @pytest.mark.parametrize("sizes", SIZES)
    @pytest.mark.parametrize("cut", [1, 2])
    def test_chunks_equal_the_whole(self, rng, sequences, sizes, cut):
        sequences.chunks(*problem(rng, *sizes), cut)

    def test_second_forward_does_not_spoil_the_first_cache(self, rng, sequences):
        sequences.second_forward(*problem(rng, 5, 2, 3, 4, 2))


class TestGradients:
    @pytest.mark.parametrize("sizes", SIZES)
    def test_equal_central_differences(self, rng, sizes):
        model, x, state = problem(rng, *sizes)
        errors = gradcheck(model, x, rng, state)
        assert errors.keys() == {"x", "state.0", "state.1", *model.parameters()}
        assert max(errors.values()) < 1e-7

    @pytest.mark.parametrize("sizes", SIZES)
    def test_equal_nn_lstm(self, rng, twins, sizes):
        model, x, state = problem(rng, *sizes)
        twin = torch.nn.LSTM(*sizes[2:])
        assert twins.compare(model, twins.load(twin, model), x, state, rng) < 1e-12

    @given(st.integers(1, 6), st.integers(1, 4), st.integers(1, 4), st.integers(1, 5), st.integers(1, 3), st.data())
    def test_any_shape(self, twins, n_steps, batch_size, n_inputs, n_hidden, n_layers, data):
        rng = np.random.default_rng(data.draw(st.integers(0, 1000)))
        model, x, state = problem(rng, n_steps, batch_size, n_inputs, n_hidden, n_layers)
        twin = twins.load(torch.nn.LSTM(n_inputs, n_hidden, n_layers), model)
        assert twins.compare(model, twin, x, state, rng) < 1e-12

    def test_without_a_state_it_starts_from_zeros(self, rng):
        model, x, state = problem(rng, 4, 5, 2, 3, 2)
        zeros = tuple(np.zeros_like(part) for part in state)
        np.testing.assert_array_equal(model.forward(x)[0], model.forward(x, zeros)[0])

    def test_without_a_gradient_of_the_state_it_is_zeros(self, rng):
        model, x, state = problem(rng, 4, 5, 2, 3, 2)
        output, last, cache = model.forward(x, state)
        zeros = tuple(np.zeros_like(part) for part in last)
        received, expected = (model.backward(output, cache, d) for d in (None, zeros))
        np.testing.assert_array_equal(received[0], expected[0])
        np.testing.assert_array_equal(received[1], expected[1])


class TestModel:
    def test_state_dict_goes_both_ways(self, rng, twins):
        model, other = LSTM(3, 4, rng, num_layers=2), torch.nn.LSTM(3, 4, 2).double()
        assert list(model.state_dict()) == list(other.state_dict())
        model.load_state_dict(other.state_dict())
        back = twins.load(torch.nn.LSTM(3, 4, 2), model)
        for name, value in other.state_dict().items():
            assert torch.equal(value, back.state_dict()[name])

    def test_forget_bias_is_what_the_two_biases_sum_to(self, rng):
        model = LSTM(3, 4, rng, num_layers=2, forget_bias=1.0)
        drawn = LSTM(3, 4, np.random.default_rng(1997), num_layers=2)
        for i in range(2):
            total = model.layer(i)["bias_ih"] + model.layer(i)["bias_hh"]
            np.testing.assert_array_equal(total[4:8], 1)
            others = np.r_[0:4, 8:16]
            for name in ("bias_ih", "bias_hh"):
                np.testing.assert_array_equal(model.layer(i)[name][others], drawn.layer(i)[name][others])
            assert (drawn.layer(i)["bias_ih"][4:8] != 1).all()

    def test_a_forget_bias_of_one_opens_the_gate_73_percent(self, rng):
        model = LSTM(1, 3, rng, forget_bias=1.0)
        model.params["weight_hh_l0"][...] = 0
        _, _, (cache,) = model.forward(np.zeros((1, 1, 1)))
        np.testing.assert_allclose(cache.gates[1], 0.7310585786, rtol=1e-9)

    def test_initialisation_is_torchs(self, rng):
        model = LSTM(8, 64, rng)
        for value in model.params.values():
            assert np.abs(value).max() <= 1 / 8
        for name in ("weight_ih_l0", "weight_hh_l0"):
            assert model.params[name].std() == pytest.approx(1 / 8 / np.sqrt(3), rel=0.1)

    def test_float32_stays_float32(self, rng):
        model = LSTM(2, 3, rng, 2, dtype=np.float32)
        output, last, cache = model.forward(rng.standard_normal((4, 5, 2), dtype=np.float32))
        dx, d_state0, grads = model.backward(np.ones_like(output), cache, last)
        arrays = (output, *last, dx, *d_state0, *grads.values(), *model.parameters().values())
        assert {a.dtype for a in arrays} == {np.dtype("float32")}

    def test_the_input_decides_the_dtype(self, rng):
        output, last, _ = LSTM(2, 3, rng).forward(rng.standard_normal((4, 5, 2), dtype=np.float32))
        assert {a.dtype for a in (output, *last)} == {np.dtype("float32")}

    @pytest.mark.parametrize(
        ("x", "state", "message"),
        [
            (np.zeros((4, 5, 3)), None, r"x: expected floats of shape \(T, B, 2\), .* received float64 of shape"),
            (np.zeros((5, 2)), None, "x: expected floats"),
            (np.zeros((0, 5, 2)), None, "T at least 1"),
            (np.zeros((4, 5, 2), int), None, "received int64"),
            (
                np.zeros((4, 5, 2)),
                np.zeros((1, 5, 3)),
                r"state: expected shape \(1, 5, 3\) and \(1, 5, 3\), received \(1, 5, 3\)",
            ),
            (np.zeros((4, 5, 2)), (np.zeros((1, 5, 3)), np.zeros((5, 3))), r"received \(1, 5, 3\) and \(5, 3\)"),
        ],
    )
    def test_bad_input_is_named(self, rng, x, state, message):
        with pytest.raises(ValueError, match=message):
            LSTM(2, 3, rng).forward(x, state)

    @pytest.mark.parametrize("shape", [(3, 5, 3), (4, 1, 3), (4, 5, 2)])
    def test_bad_upstream_gradient_is_named(self, rng, shape):
        model = LSTM(2, 3, rng)
        _, _, cache = model.forward(np.zeros((4, 5, 2)))
        with pytest.raises(ValueError, match=r"d_output: expected shape \(4, 5, 3\), received"):
            model.backward(np.zeros(shape), cache)

    @pytest.mark.parametrize("sizes", [(0, 3, 1), (2, 0, 1), (2, 3, 0)])
    def test_bad_sizes_are_named(self, rng, sizes):
        with pytest.raises(ValueError, match=f"received {sizes[0]}, {sizes[1]} and {sizes[2]} layers"):
            LSTM(*sizes[:2], rng, num_layers=sizes[2])


def test_remembers_the_first_symbol(rng):
    """The last state alone says what was seen twenty steps before."""
    model = Readout(LSTM(1, 8, rng, forget_bias=1.0), 2, rng, last=True)
    first = rng.integers(0, 2, 64)
    x = 0.1 * rng.standard_normal((21, 64, 1))
    x[0, :, 0] = 2 * first - 1
    data = minibatches(x, first, 64, target_batch_axis=0)
    history = fit(model, data, cross_entropy, Adam(model.parameters(), lr=0.03), 100, rng, progress=False)
    assert history.loss[-1] < 0.05
