"""Named parameters, nested modules, and state dicts that travel to torch and back."""

import numpy as np
import pytest
import torch

from rnn_course.module import Module


class Dense(Module):
    def __init__(self, inputs, outputs, rng):
        super().__init__()
        self.params = {"weight": rng.standard_normal((outputs, inputs)), "bias": np.zeros(outputs)}


class Net(Module):
    def __init__(self, rng):
        super().__init__()
        self.layers = [Dense(3, 4, rng), Dense(4, 2, rng)]
        self.head = Dense(2, 1, rng)


class TorchNet(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = torch.nn.ModuleList([torch.nn.Linear(3, 4), torch.nn.Linear(4, 2)])
        self.head = torch.nn.Linear(2, 1)


def test_names_are_torchs(rng):
    assert Net(rng).parameters().keys() == TorchNet().state_dict().keys()
    assert Net(rng).count_parameters() == sum(p.numel() for p in TorchNet().parameters()) == 29


def test_state_dict_travels_both_ways(rng):
    net, twin = Net(rng), TorchNet().double()
    net.load_state_dict(twin.state_dict())
    for name, value in twin.state_dict().items():
        np.testing.assert_array_equal(net.parameters()[name], value.numpy())
    net.parameters()["head.bias"] += 1
    twin.load_state_dict({name: torch.tensor(value) for name, value in net.state_dict().items()})
    assert twin.head.bias.item() == net.head.params["bias"][0]


def test_parameters_are_live_and_state_dict_is_a_copy(rng):
    net = Net(rng)
    copy = net.state_dict()
    net.parameters()["layers.0.bias"][...] = 7
    assert net.layers[0].params["bias"].tolist() == [7] * 4
    assert copy["layers.0.bias"].tolist() == [0] * 4


def test_a_state_dict_that_does_not_fit_changes_nothing(rng):
    net = Net(rng)
    before = net.state_dict()
    bad = {**before, "layers.0.weight": np.ones((4, 3)), "head.bias": np.zeros(2)}
    with pytest.raises(ValueError, match=r"head.bias: expected shape \(1,\), received \(2,\)"):
        net.load_state_dict(bad)
    with pytest.raises(KeyError, match=r"missing \['head.bias'\], unknown \['tail'\]"):
        net.load_state_dict({k if k != "head.bias" else "tail": v for k, v in before.items()})
    for name, value in net.parameters().items():
        np.testing.assert_array_equal(value, before[name])


@pytest.mark.parametrize("method", [Module().forward, lambda x: Module().backward(x, None), Module()])
def test_a_module_without_its_methods_says_so(method):
    with pytest.raises(NotImplementedError, match="Module does not define"):
        method(np.ones(1))
