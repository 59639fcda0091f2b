"""Jordan's network against central differences, its torch twin, and its recurrence written out."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnn_course import torch_twins
from rnn_course.functional import identity, relu, sigmoid, tanh
from rnn_course.gradcheck import check_gradient, gradcheck
from rnn_course.jordan import JordanRNN, jordan_step, jordan_step_backward

TORCH = {identity: lambda x: x, sigmoid: torch.sigmoid, tanh: torch.tanh, relu: torch.relu}
SIZES = [(1, 1, 1, 1, 1), (1, 3, 2, 4, 2), (6, 1, 3, 2, 1), (5, 2, 3, 4, 2)]  # T, B, I, H, O


def make(sizes, rng, **settings):
    n_steps, batch_size, n_inputs, n_hidden, n_outputs = sizes
    model = JordanRNN(n_inputs, n_hidden, n_outputs, rng, **settings)
    return model, rng.standard_normal((n_steps, batch_size, n_inputs)), rng.standard_normal((batch_size, n_outputs))


@pytest.mark.parametrize("decay", [0.0, 0.6])
@pytest.mark.parametrize("activations", [(tanh, identity), (sigmoid, sigmoid), (relu, tanh)])
def test_step_gradients_equal_central_differences(rng, decay, activations):
    model, x, state = make((1, 4, 3, 5, 2), rng)
    args = (x[0], state, model.params, decay, *activations)
    output, context, cache = jordan_step(*args)
    d_output, d_context = rng.standard_normal(output.shape), rng.standard_normal(context.shape)
    dx, d_state_prev, grads = jordan_step_backward(d_output, d_context, cache)

    def loss(_):
        output, context, _ = jordan_step(*args)
        return float((d_output * output).sum() + (d_context * context).sum())

    assert grads.keys() == model.params.keys()
    for array, gradient in [(x[0], dx), (state, d_state_prev)] + [(model.params[n], g) for n, g in grads.items()]:
        assert check_gradient(loss, array, gradient) < 1e-7


@pytest.mark.parametrize("decay", [0.0, 0.6, 1.0])
@pytest.mark.parametrize("sizes", SIZES)
def test_gradients_equal_central_differences(rng, decay, sizes):
    model, x, state = make(sizes, rng, decay=decay, output_activation=sigmoid)
    errors = gradcheck(model, x, rng, state)
    assert errors.keys() == {"x", "state.0", *model.parameters()}
    assert max(errors.values()) < 1e-7


@pytest.mark.parametrize("one_step", [False, True])
@pytest.mark.parametrize("activation", [identity, sigmoid, tanh, relu])
@pytest.mark.parametrize("sizes", SIZES)
def test_equals_torch(rng, twins, one_step, activation, sizes):
    model, x, state = make(sizes, rng, decay=0.4, activation=activation, output_activation=tanh, one_step=one_step)
    twin = torch_twins.JordanRNN(*sizes[2:], 0.4, TORCH[activation], torch.tanh, one_step)
    assert twins.compare(model, twins.load(twin, model), x, state, rng) < 1e-12


@given(*[st.integers(1, 5)] * 5, st.floats(0, 1), st.integers(0, 1000))
def test_any_shape(twins, n_steps, batch_size, n_inputs, n_hidden, n_outputs, decay, seed):
    rng = np.random.default_rng(seed)
    model, x, state = make((n_steps, batch_size, n_inputs, n_hidden, n_outputs), rng, decay=decay)
    twin = torch_twins.JordanRNN(n_inputs, n_hidden, n_outputs, decay)
    assert twins.compare(model, twins.load(twin, model), x, state, rng) < 1e-12


def test_the_context_is_a_decaying_sum_of_outputs(rng):
    model, x, state = make((6, 2, 3, 4, 2), rng, decay=0.7)
    output, context, _ = model.forward(x, state)
    ages = np.arange(5, -1, -1)[:, np.newaxis, np.newaxis]
    np.testing.assert_allclose(context, 0.7**6 * state + (0.7**ages * output).sum(axis=0), rtol=1e-12)


def test_without_decay_the_context_is_the_last_output(rng):
    model, x, state = make((6, 2, 3, 4, 2), rng)
    output, context, _ = model.forward(x, state)
    np.testing.assert_array_equal(context, output[-1])


def test_chunks_equal_the_whole(rng):
    model, x, state = make((7, 2, 3, 4, 2), rng, decay=0.5)
    output, context, cache = model.forward(x, state)
    d_output, d_context = rng.standard_normal(output.shape), rng.standard_normal(context.shape)
    dx, d_state0, grads = model.backward(d_output, cache, d_context)
    first, middle, first_cache = model.forward(x[:3], state)
    second, last, second_cache = model.forward(x[3:], middle)
    np.testing.assert_allclose(np.concatenate([first, second]), output, rtol=1e-13)
    np.testing.assert_allclose(last, context, rtol=1e-13)
    dx_second, d_middle, grads_second = model.backward(d_output[3:], second_cache, d_context)
    dx_first, d_start, grads_first = model.backward(d_output[:3], first_cache, d_middle)
    np.testing.assert_allclose(np.concatenate([dx_first, dx_second]), dx, rtol=1e-12)
    np.testing.assert_allclose(d_start, d_state0, rtol=1e-12)
    for name, gradient in grads.items():
        np.testing.assert_allclose(grads_first[name] + grads_second[name], gradient, rtol=1e-12)


def test_state_dict_goes_both_ways(rng, twins):
    model, other = JordanRNN(3, 4, 2, rng), torch_twins.JordanRNN(3, 4, 2).double()
    assert list(model.state_dict()) == list(other.state_dict())
    model.load_state_dict(other.state_dict())
    back = twins.load(torch_twins.JordanRNN(3, 4, 2), model)
    assert all(torch.equal(value, back.state_dict()[name]) for name, value in other.state_dict().items())


def test_without_a_state_it_starts_from_zeros(rng, twins):
    model, x, state = make((4, 2, 3, 4, 2), rng)
    np.testing.assert_array_equal(model.forward(x)[0], model.forward(x, np.zeros_like(state))[0])
    torch_output, _ = twins.load(torch_twins.JordanRNN(3, 4, 2), model)(torch.from_numpy(x))
    assert np.abs(model.forward(x)[0] - torch_output.detach().numpy()).max() < 1e-12


def test_arguments_are_left_alone(rng):
    model, x, state = make((4, 2, 3, 4, 2), rng, one_step=True)
    output, context, cache = model.forward(x, state)
    d_output, d_context = np.ones_like(output), np.ones_like(context)
    model.backward(d_output, cache, d_context)
    assert (d_output == 1).all()
    assert (d_context == 1).all()


def test_float32_stays_float32(rng):
    model = JordanRNN(2, 3, 1, rng, decay=0.5, output_activation=sigmoid, dtype=np.float32)
    output, context, cache = model.forward(rng.standard_normal((4, 5, 2), dtype=np.float32))
    dx, d_state0, grads = model.backward(np.ones_like(output), cache, np.ones_like(context))
    assert {a.dtype for a in (output, context, dx, d_state0, *grads.values())} == {np.dtype("float32")}


@pytest.mark.parametrize(
    ("x", "state", "message"),
    [
        (np.zeros((4, 5, 3)), None, r"x: expected floats of shape \(T, B, 2\), .* shape \(4, 5, 3\)"),
        (np.zeros((4, 5, 2), int), None, "received int64"),
        (np.zeros((4, 5, 2)), np.zeros((5, 3)), r"state: expected shape \(5, 1\), received \(5, 3\)"),
    ],
)
def test_bad_input_is_named(rng, x, state, message):
    with pytest.raises(ValueError, match=message):
        JordanRNN(2, 3, 1, rng).forward(x, state)


@pytest.mark.parametrize(
    ("sizes", "settings", "message"),
    [
        ((0, 3, 1), {}, r"positive sizes .* received \(0, 3, 1\)"),
        ((2, 3, 1), {"decay": 1.5}, "decay from 0 to 1, received .* 1.5"),
        ((2, 3, 1), {"output_activation": np.sin}, "expected one of identity"),
    ],
)
def test_bad_settings_are_named(rng, sizes, settings, message):
    with pytest.raises(ValueError, match=message):
        JordanRNN(*sizes, rng, **settings)


@pytest.mark.parametrize("shape", [(3, 5, 1), (4, 1, 1), (4, 5, 2)])
def test_bad_upstream_gradient_is_named(rng, shape):
    model = JordanRNN(2, 3, 1, rng)
    _, _, cache = model.forward(np.zeros((4, 5, 2)))
    with pytest.raises(ValueError, match=r"d_output: expected shape \(4, 5, 1\), received"):
        model.backward(np.zeros(shape), cache)
