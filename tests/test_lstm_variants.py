"""The relatives of the LSTM against central differences, torch twins written from the papers, and the LSTM itself."""

import numpy as np
import pytest
import torch
from torch import nn

from rnn_course.gradcheck import check_gradient, gradcheck
from rnn_course.lstm import LSTM
from rnn_course.lstm_variants import (
    LSTM1997,
    PeepholeLSTM,
    hold_gate,
    lstm_1997_step,
    lstm_1997_step_backward,
    peephole_step,
    peephole_step_backward,
)
from rnn_course.optim import SGD

SIZES = [(1, 1, 1, 1, 1), (1, 3, 2, 4, 1), (6, 1, 3, 2, 1), (5, 2, 3, 4, 2), (4, 3, 2, 2, 3)]  # T, B, I, H, layers
STEPS = {LSTM1997: (lstm_1997_step, lstm_1997_step_backward), PeepholeLSTM: (peephole_step, peephole_step_backward)}
variants = pytest.mark.parametrize("variant", STEPS)


class Twin(nn.Module):
    """Layers of a cell that a subclass writes as in its paper, with the parameters of a numpy model."""

    def __init__(self, model):
        super().__init__()
        self.num_layers = model.num_layers
        for name, value in model.parameters().items():
            self.register_parameter(name, nn.Parameter(torch.from_numpy(value.copy())))

    def forward(self, x, state):
        last = []
        for i in range(self.num_layers):
            h, c = state[0][i], state[1][i]
            hidden = []
            for x_t in x:
                h, c = self.cell(
                    x_t, h, c, {n[: -len("_l0")]: p for n, p in self.named_parameters() if n.endswith(f"_l{i}")}
                )
                hidden.append(h)
            x = torch.stack(hidden)
            last.append((h, c))
        return x, tuple(torch.stack(part) for part in zip(*last, strict=True))


class Twin1997(Twin):
    def cell(self, x, h, c, p):
        z_in, z_c, z_out = (x @ p["weight_ih"].T + p["bias_ih"] + h @ p["weight_hh"].T + p["bias_hh"]).chunk(3, dim=1)
        y_in, y_out = 1 / (1 + torch.exp(-z_in)), 1 / (1 + torch.exp(-z_out))
        g = 4 / (1 + torch.exp(-z_c)) - 2
        s = c + y_in * g
        return y_out * (2 / (1 + torch.exp(-s)) - 1), s


class PeepholeTwin(Twin):
    def cell(self, x, h, c, p):
        z = (x @ p["weight_ih"].T + p["bias_ih"] + h @ p["weight_hh"].T + p["bias_hh"]).chunk(4, dim=1)
        i, f = torch.sigmoid(z[0] + c * p["weight_ci"]), torch.sigmoid(z[1] + c * p["weight_cf"])
        s = f * c + i * torch.tanh(z[2])
        return torch.sigmoid(z[3] + s * p["weight_co"]) * torch.tanh(s), s


TWINS = {LSTM1997: Twin1997, PeepholeLSTM: PeepholeTwin}


def problem(rng, model_class, n_steps, batch_size, n_inputs, n_hidden, n_layers=1):
    model = model_class(n_inputs, n_hidden, rng, n_layers)
    state = tuple(rng.standard_normal((n_layers, batch_size, n_hidden)) for _ in range(2))
    return model, rng.standard_normal((n_steps, batch_size, n_inputs)), state


@variants
class TestGradients:
    @pytest.mark.parametrize("batch_size", [1, 4])
    def test_step_equals_central_differences(self, rng, variant, batch_size):
        step, step_backward = STEPS[variant]
        model, x, state = problem(rng, variant, 1, batch_size, 3, 5)
        params, x, state = model.layer(0), x[0], tuple(part[0] for part in state)
        d_state = tuple(rng.standard_normal(part.shape) for part in state)
        dx, d_prev, grads = step_backward(d_state, step(x, state, params)[1])
        assert grads.keys() == params.keys()
        pairs = [(x, dx), *zip(state, d_prev, strict=True)] + [(params[name], grads[name]) for name in params]
        for array, gradient in pairs:

            def loss(_):
                parts = zip(d_state, step(x, state, params)[0], strict=True)
                return float(sum((d * part).sum() for d, part in parts))

            assert check_gradient(loss, array, gradient) < 1e-7

    @pytest.mark.parametrize("sizes", SIZES)
    def test_model_equals_central_differences(self, rng, variant, sizes):
        model, x, state = problem(rng, variant, *sizes)
        assert max(gradcheck(model, x, rng, state).values()) < 1e-7

    @pytest.mark.parametrize("sizes", SIZES)
    def test_model_equals_its_twin(self, rng, twins, variant, sizes):
        model, x, state = problem(rng, variant, *sizes)
        assert twins.compare(model, twins.load(TWINS[variant](model), model), x, state, rng) < 1e-12

    def test_without_states_everything_starts_from_zeros(self, rng, variant):
        model, x, state = problem(rng, variant, 4, 5, 2, 3, 2)
        zeros = tuple(np.zeros_like(part) for part in state)
        output, last, cache = model.forward(x)
        np.testing.assert_array_equal(output, model.forward(x, zeros)[0])
        received, expected = (model.backward(output, cache, d) for d in (None, zeros))
        np.testing.assert_array_equal(received[0], expected[0])
        assert last[0].shape == (2, 5, 3)

    def test_bad_upstream_gradient_is_named(self, rng, variant):
        model = variant(2, 3, rng)
        _, _, cache = model.forward(np.zeros((4, 5, 2)))
        with pytest.raises(ValueError, match=r"d_output: expected shape \(4, 5, 3\), received \(3, 5, 3\)"):
            model.backward(np.zeros((3, 5, 3)), cache)

    def test_float32_stays_float32(self, rng, variant):
        model = variant(2, 3, rng, dtype=np.float32)
        output, last, cache = model.forward(rng.standard_normal((4, 5, 2), dtype=np.float32))
        dx, d_first, grads = model.backward(np.ones_like(output), cache, last)
        assert {a.dtype for a in (output, *last, dx, *d_first, *grads.values())} == {np.dtype("float32")}


class TestKinship:
    def test_the_cell_of_1997_is_todays_with_an_open_forget_gate(self, rng):
        """In the scale of c / 2, and with g's weights halved, the squashing functions are the same."""
        old, x, (h, c) = problem(rng, LSTM1997, 6, 2, 3, 4)
        new = LSTM(3, 4, rng)
        hold_gate(new, "forget")
        for name, value in old.layer(0).items():
            i, g, o = np.split(value, 3)
            new.layer(0)[name][:4], new.layer(0)[name][8:12], new.layer(0)[name][12:] = i, g / 2, o
        output, (h_old, c_old), _ = old.forward(x, (h, c))
        expected, (h_new, c_new), _ = new.forward(x, (h, c / 2))
        np.testing.assert_allclose(output, expected, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(h_old, h_new, rtol=1e-12, atol=1e-14)
        np.testing.assert_allclose(c_old / 2, c_new, rtol=1e-12, atol=1e-14)

    def test_without_peepholes_it_is_the_lstm(self, rng):
        model, x, state = problem(rng, PeepholeLSTM, 6, 2, 3, 4)
        for name in ("weight_ci", "weight_cf", "weight_co"):
            model.layer(0)[name][...] = 0
        plain = LSTM(3, 4, rng)
        plain.load_state_dict({name: model.params[name] for name in plain.params})
        np.testing.assert_allclose(model.forward(x, state)[0], plain.forward(x, state)[0], rtol=1e-12, atol=1e-14)

    def test_nothing_is_forgotten_in_1997(self, rng):
        """The gradient of the last cell reaches the first cell whole, plus what takes other ways."""
        model, x, state = problem(rng, LSTM1997, 200, 2, 3, 4)
        model.layer(0)["weight_hh"][...] = 0  # no other way is left
        output, _, cache = model.forward(x, state)
        d_c = rng.standard_normal((1, 2, 4))
        _, d_first, _ = model.backward(np.zeros_like(output), cache, (np.zeros_like(d_c), d_c))
        np.testing.assert_array_equal(d_first[1], d_c)


class TestHeldGates:
    @pytest.mark.parametrize(("gate", "block"), [("input", 0), ("forget", 1), ("output", 3)])
    @pytest.mark.parametrize("value", [0, 1])
    @pytest.mark.parametrize("dtype", [np.float32, np.float64])
    def test_a_held_gate_stays_where_it_is(self, rng, gate, block, value, dtype):
        model = LSTM(3, 4, rng, 2, dtype=dtype)
        hold_gate(model, gate, value)
        rows = slice(4 * block, 4 * block + 4)
        optimizer = SGD(model.parameters(), lr=1.0)
        for _ in range(3):
            output, _, cache = model.forward(rng.standard_normal((5, 2, 3)).astype(dtype))
            assert all((layer.gates[block] == value).all() for layer in cache)
            _, _, grads = model.backward(rng.standard_normal(output.shape).astype(dtype), cache)
            assert all((gradient[rows] == 0).all() for gradient in grads.values())
            if value or gate == "forget":  # a shut input or output gate shuts everything
                assert all(np.abs(gradient).max() > 0 for gradient in grads.values())
            optimizer.step(grads)

    @pytest.mark.parametrize(("gate", "value"), [("cell", 1), ("reset", 1), ("input", 0.5)])
    def test_other_gates_and_values_are_named(self, rng, gate, value):
        with pytest.raises(ValueError, match=f"received '{gate}' and {value}"):
            hold_gate(LSTM(2, 3, rng), gate, value)
