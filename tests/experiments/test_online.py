"""A stack of networks that learn after every step: each learns as one network alone does, in torch too."""

from collections import deque

import numpy as np
import pytest
import torch

from rnn_course.bptt import truncated_bptt, unroll
from rnn_course.experiments.online import Stack, half_squared_error, surprise
from rnn_course.functional import sigmoid


@pytest.mark.parametrize("window", [1, 3])
def test_one_update_is_truncated_bptt_of_the_newest_error(rng, window):
    stack = Stack.draw(3, 2, 4, 1, rng)
    caches = unroll(rng.standard_normal((5, 3, 1, 3)), stack.start(), stack.params, sigmoid)[1]
    d_output = np.zeros((5, 3, 1, 4))
    d_output[-1] = rng.standard_normal((3, 1, 4))
    expected = truncated_bptt(d_output, caches, k1=1, k2=window)
    before = {name: value.copy() for name, value in stack.params.items()}
    stack._go_back(d_output[-1], deque(caches, maxlen=window), lr=0.5)
    for name in ("weight_ih", "weight_hh"):
        received = before[name] - stack.params[name]
        np.testing.assert_allclose(received, 0.5 * expected[name], rtol=1e-12, atol=1e-15)


def torch_loss(z, target, head):
    if head is surprise:
        return -(torch.log_softmax(z, 0) * target).sum()
    return (torch.sigmoid(z) - target).square().sum() / 2


@pytest.mark.parametrize("head", [half_squared_error, surprise])
def test_training_equals_torch_step_by_step(rng, head):
    """Elman's training: after every step one step of SGD, the context detached."""
    stack = Stack.draw(2, 3, 4, 3, rng)
    drawn = [torch.tensor(w) for w in (stack.params["weight_ih"], stack.params["weight_hh"], stack.readout)]
    x, target = (np.eye(3)[rng.integers(3, size=(6, 2, 1))] for _ in range(2))
    stack.learn(x, target, head, window=1, passes=2, lr=0.3)
    for i in range(2):
        w_in, w_h, w_out = weights = [part[i].clone().requires_grad_() for part in drawn]
        optimizer, one = torch.optim.SGD(weights, lr=0.3), torch.ones(1, dtype=torch.float64)
        h = torch.full((4,), 0.5, dtype=torch.float64)
        for _ in range(2):
            for x_t, target_t in zip(torch.tensor(x[:, i, 0]), torch.tensor(target[:, i, 0]), strict=True):
                h = torch.sigmoid(w_in @ torch.cat([x_t, one]) + w_h @ h.detach())
                optimizer.zero_grad()
                torch_loss(w_out @ torch.cat([h, one]), target_t, head).backward()
                optimizer.step()
        received = (stack.params["weight_ih"], stack.params["weight_hh"], stack.readout)
        for ours, theirs in zip(received, weights, strict=True):
            assert np.abs(ours[i] - theirs.detach().numpy()).max() < 1e-12


def test_running_goes_step_by_step_from_the_start(rng):
    stack, x = Stack.draw(2, 1, 3, 1, rng), rng.standard_normal((4, 2, 1, 1))
    output, states = stack.run(x, half_squared_error)
    assert output.shape == (4, 2, 1)
    weight_ih, weight_hh, readout = (np.array(stack.weights(1)[key]) for key in ("weight_ih", "weight_hh", "readout"))
    h = np.full(3, 0.5)
    for t in range(4):
        h = sigmoid(weight_ih @ [x[t, 1, 0, 0], 1] + weight_hh @ h)
        np.testing.assert_allclose(states[t, 1], h, atol=0.01)  # the weights were rounded
        np.testing.assert_allclose(output[t, 1], sigmoid(readout @ [*h, 1]), atol=0.01)
