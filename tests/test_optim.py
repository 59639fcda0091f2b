"""Every optimizer against torch's, step by step, and clipping against torch's."""

import numpy as np
import pytest
import torch

from rnn_course import optim

PAIRS = [
    (lambda p: optim.SGD(p, lr=0.1), lambda p: torch.optim.SGD(p, lr=0.1)),
    (lambda p: optim.SGD(p, lr=0.1, momentum=0.9), lambda p: torch.optim.SGD(p, lr=0.1, momentum=0.9)),
    (lambda p: optim.RMSprop(p), lambda p: torch.optim.RMSprop(p)),
    (lambda p: optim.RMSprop(p, lr=0.1, alpha=0.5), lambda p: torch.optim.RMSprop(p, lr=0.1, alpha=0.5)),
    (lambda p: optim.Adam(p), lambda p: torch.optim.Adam(p)),
    (lambda p: optim.Adam(p, 0.1, (0.5, 0.9), 1e-3), lambda p: torch.optim.Adam(p, 0.1, (0.5, 0.9), 1e-3)),
]


def parameters(rng):
    return {"weight": rng.standard_normal((3, 4)), "bias": rng.standard_normal(3)}


@pytest.mark.parametrize(("ours", "torchs"), PAIRS)
def test_fifty_steps_equal_torchs(ours, torchs, rng):
    params = parameters(rng)
    twins = {name: torch.nn.Parameter(torch.tensor(value)) for name, value in params.items()}
    optimizer, twin_optimizer = ours(params), torchs(twins.values())
    for _ in range(50):
        grads = {name: rng.standard_normal(value.shape) for name, value in params.items()}
        for name, gradient in grads.items():
            twins[name].grad = torch.tensor(gradient)
        optimizer.step(grads)
        twin_optimizer.step()
    for name, value in params.items():
        assert np.abs(value - twins[name].detach().numpy()).max() < 1e-12


@pytest.mark.parametrize("make", [pair[0] for pair in PAIRS])
def test_a_restored_optimizer_goes_on_exactly(make, rng):
    params = parameters(rng)
    grads = [{n: rng.standard_normal(v.shape) for n, v in params.items()} for _ in range(6)]
    optimizer = make(params)
    for g in grads[:3]:
        optimizer.step(g)
    saved, copies = optimizer.state_dict(), {n: v.copy() for n, v in params.items()}
    for g in grads[3:]:
        optimizer.step(g)
    resumed = make(copies)
    resumed.load_state_dict(saved)
    for g in grads[3:]:
        resumed.step(g)
    for name, value in params.items():
        np.testing.assert_array_equal(value, copies[name])


@pytest.mark.parametrize("make", [pair[0] for pair in PAIRS])
def test_gradients_are_not_changed_and_float32_stays(make, rng):
    params = {n: v.astype(np.float32) for n, v in parameters(rng).items()}
    grads = {n: np.ones_like(v) for n, v in params.items()}
    make(params).step(grads)
    assert all((g == 1).all() for g in grads.values())
    assert all(v.dtype == np.float32 for v in params.values())


@pytest.mark.parametrize("max_norm", [0.1, 1.0, 100.0])
def test_clip_grad_norm_equals_torchs(max_norm, rng):
    grads = parameters(rng)
    twins = [torch.nn.Parameter(torch.zeros(g.shape, dtype=torch.float64)) for g in grads.values()]
    for twin, gradient in zip(twins, grads.values(), strict=True):
        twin.grad = torch.tensor(gradient)
    before = {n: g.copy() for n, g in grads.items()}
    expected = torch.nn.utils.clip_grad_norm_(twins, max_norm).item()
    assert optim.clip_grad_norm(grads, max_norm) == pytest.approx(expected, rel=1e-12)
    for twin, (name, gradient) in zip(twins, grads.items(), strict=True):
        # torch divides by norm + 1e-6; without that the clipped norm is max_norm exactly
        np.testing.assert_allclose(gradient, twin.grad.numpy(), rtol=2e-6)
        if max_norm == 100.0:
            np.testing.assert_array_equal(gradient, before[name])


def test_clipping_by_norm_keeps_the_direction_and_by_value_does_not():
    grads = {"weight": np.array([3.0, 0.1])}
    optim.clip_grad_norm(grads, 1.0)
    assert grads["weight"][0] / grads["weight"][1] == pytest.approx(30)
    assert np.hypot(*grads["weight"]) == pytest.approx(1.0)
    grads = {"weight": np.array([3.0, -0.1, -8.0])}
    optim.clip_grad_value(grads, 1.0)
    assert grads["weight"].tolist() == [1.0, -0.1, -1.0]


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: optim.SGD({}, lr=0), ValueError, "positive learning rate, received 0"),
        (lambda: optim.SGD({"a": np.ones(1)}, lr=1).step({"b": np.ones(1)}), KeyError, r"expected names \['a'\]"),
        (lambda: optim.clip_grad_norm({}, -1), ValueError, "max_norm"),
        (lambda: optim.clip_grad_value({}, 0), ValueError, "clip_value"),
    ],
)
def test_bad_input_is_named(call, error, message):
    with pytest.raises(error, match=message):
        call()
