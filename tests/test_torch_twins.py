"""Each torch twin gives the same numbers as its numpy model, and their state dicts load either way."""

import builtins
import importlib
import sys

import numpy as np
import pytest
import torch

from rnn_course import ffnn, torch_twins
from rnn_course.functional import identity, relu, sigmoid, tanh

TORCH = {identity: lambda x: x, sigmoid: torch.sigmoid, tanh: torch.tanh, relu: torch.relu}


class TestMLP:
    @pytest.mark.parametrize("activation", TORCH)
    @pytest.mark.parametrize("output_activation", TORCH)
    @pytest.mark.parametrize("sizes", [[3, 2], [3, 5, 2], [3, 5, 4, 1]])
    @pytest.mark.parametrize("leading", [(1,), (1, 1), (7, 4)])
    def test_output_and_every_gradient(self, rng, activation, output_activation, sizes, leading):
        model = ffnn.MLP(sizes, rng, activation, output_activation)
        twin = torch_twins.MLP(sizes, TORCH[activation], TORCH[output_activation]).double()
        twin.load_state_dict({name: torch.from_numpy(value) for name, value in model.state_dict().items()})
        x = torch.from_numpy(rng.standard_normal((*leading, sizes[0]))).requires_grad_()
        expected = twin(x)
        output, _, cache = model.forward(x.detach().numpy())
        d_output = rng.standard_normal(output.shape)
        expected.backward(torch.from_numpy(d_output))
        dx, _, grads = model.backward(d_output, cache)
        assert np.abs(output - expected.detach().numpy()).max() < 1e-12
        assert np.abs(dx - x.grad.numpy()).max() < 1e-12
        assert grads.keys() == dict(twin.named_parameters()).keys()
        for name, parameter in twin.named_parameters():
            assert np.abs(grads[name] - parameter.grad.numpy()).max() < 1e-12

    def test_state_dict_goes_both_ways(self, rng):
        model, twin = ffnn.MLP([3, 4, 2], rng), torch_twins.MLP([3, 4, 2]).double()
        model.load_state_dict(twin.state_dict())
        other = torch_twins.MLP([3, 4, 2]).double()
        other.load_state_dict({name: torch.from_numpy(value) for name, value in model.state_dict().items()})
        for name, value in twin.state_dict().items():
            assert torch.equal(value, other.state_dict()[name])

    def test_without_output_activation_the_logits_come_out(self):
        twin = torch_twins.MLP([2, 1])
        x = torch.ones(4, 2)
        assert torch.equal(twin(x), twin.layers[0](x))


class TestElmanRNN:
    def test_without_a_state_it_is_nn_rnn(self, rng):
        x = torch.from_numpy(rng.standard_normal((5, 3, 2)))
        twin, expected = torch_twins.ElmanRNN(2, 4, 2).double(), torch.nn.RNN(2, 4, 2).double()
        expected.load_state_dict(twin.state_dict())
        for ours, theirs in zip(twin(x), expected(x), strict=True):
            assert (ours - theirs).abs().max() < 1e-12


def test_missing_torch_is_explained(monkeypatch):
    real_import = builtins.__import__

    def without_torch(name, *args, **kwargs):
        if name.split(".")[0] == "torch":
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
        return real_import(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without_torch)
    monkeypatch.delitem(sys.modules, "rnn_course.torch_twins")
    with pytest.raises(ModuleNotFoundError, match=r'pip install "rnn-course\[torch\]"'):
        importlib.import_module("rnn_course.torch_twins")
