"""Settings for all tests: one BLAS thread, a seeded generator, hypothesis without a clock, models beside torch twins."""

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import settings

settings.register_profile("course", deadline=None, max_examples=30, derandomize=True, database=None)
settings.load_profile("course")


@pytest.fixture
def rng():
    return np.random.default_rng(1997)


@pytest.fixture(scope="session")
def twins():
    """Two functions: ``load(twin, model)`` copies the parameters, ``compare`` runs both and returns the difference."""
    import torch  # here, so that tests without twins do not wait for it

    def load(twin, model):
        twin = twin.double()
        twin.load_state_dict({name: torch.from_numpy(value) for name, value in model.state_dict().items()})
        return twin

    def compare(model, twin, x, state, rng):
        """Largest difference of outputs, states and every gradient, under random upstream gradients."""
        torch_x, torch_state = (torch.tensor(a, requires_grad=True) for a in (x, state))
        torch_output, torch_last = twin(torch_x, torch_state)
        output, last, cache = model.forward(x, state)
        d_output, d_state = rng.standard_normal(output.shape), rng.standard_normal(last.shape)
        torch.autograd.backward([torch_output, torch_last], [torch.from_numpy(d_output), torch.from_numpy(d_state)])
        dx, d_state0, grads = model.backward(d_output, cache, d_state)
        expected_state0 = np.zeros_like(state) if torch_state.grad is None else torch_state.grad.numpy()
        pairs = [(output, torch_output.detach().numpy()), (last, torch_last.detach().numpy())]
        pairs += [(dx, torch_x.grad.numpy()), (d_state0, expected_state0)]
        expected = dict(twin.named_parameters())
        assert grads.keys() == expected.keys()
        pairs += [(gradient, expected[name].grad.numpy()) for name, gradient in grads.items()]
        assert all(ours.shape == theirs.shape for ours, theirs in pairs)
        return max(np.abs(ours - theirs).max() for ours, theirs in pairs)

    return SimpleNamespace(load=load, compare=compare)
