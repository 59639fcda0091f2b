"""A network with a readout against central differences and torch, reading every step or the last one."""

import numpy as np
import pytest
import torch

from rnn_course import torch_twins
from rnn_course.elman_jordan import ElmanRNN
from rnn_course.functional import mse_loss
from rnn_course.gradcheck import gradcheck
from rnn_course.optim import Adam
from rnn_course.readout import Readout
from rnn_course.tasks.adding import make_adding
from rnn_course.training import fit, minibatches


@pytest.mark.parametrize("last", [False, True])
@pytest.mark.parametrize("length", [1, 4])
class TestGradients:
    def test_equal_central_differences(self, rng, last, length):
        model = Readout(ElmanRNN(2, 3, rng, num_layers=2), 2, rng, last)
        state = rng.standard_normal((2, 5, 3))
        assert max(gradcheck(model, rng.standard_normal((length, 5, 2)), rng, state).values()) < 1e-7

    def test_equal_torchs(self, rng, last, length):
        model = Readout(ElmanRNN(2, 3, rng, num_layers=2), 2, rng, last)
        twin = torch_twins.Readout(torch.nn.RNN(2, 3, 2), 2, last).double()
        twin.load_state_dict({name: torch.from_numpy(value) for name, value in model.state_dict().items()})
        x, state = (torch.from_numpy(rng.standard_normal(shape)) for shape in ((length, 5, 2), (2, 5, 3)))
        x.requires_grad_()
        expected, expected_state = twin(x, state)
        output, last_state, cache = model.forward(x.detach().numpy(), state.numpy())
        d_output, d_state = rng.standard_normal(output.shape), rng.standard_normal(last_state.shape)
        torch.autograd.backward([expected, expected_state], [torch.from_numpy(d) for d in (d_output, d_state)])
        dx, _, grads = model.backward(d_output, cache, d_state)
        assert np.abs(output - expected.detach().numpy()).max() < 1e-12
        assert np.abs(dx - x.grad.numpy()).max() < 1e-12
        for name, parameter in twin.named_parameters():
            assert np.abs(grads[name] - parameter.grad.numpy()).max() < 1e-12


def test_it_learns_to_add_two_numbers(rng):
    """Far below the variance of the target, 1/6, which is what a constant reaches."""
    x, target = make_adding(512, rng, length=4)
    model = Readout(ElmanRNN(2, 16, rng), 1, rng, last=True)
    data = minibatches(x, target, 32, batch_axis=1, target_batch_axis=0)
    history = fit(model, data, mse_loss, Adam(model.parameters(), lr=0.01), 30, rng, max_norm=1.0, progress=False)
    assert history.loss[-1] < 1 / 60


def test_the_dtype_stays(rng):
    model = Readout(ElmanRNN(2, 3, rng, dtype=np.float32), 1, rng, last=True, dtype=np.float32)
    output, _, cache = model.forward(np.ones((4, 2, 2), np.float32))
    dx, _, grads = model.backward(output, cache)
    assert {array.dtype for array in (output, dx, *grads.values())} == {np.dtype(np.float32)}
