"""Settings for all tests: one BLAS thread, a seeded generator, hypothesis without a clock, models beside torch twins."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import Phase, settings

settings.register_profile("course", deadline=None, max_examples=30, derandomize=True, database=None)
settings.register_profile(
    "quick", settings.get_profile("course"), max_examples=5, phases=[Phase.explicit, Phase.generate]
)
settings.load_profile("course")


@pytest.fixture
def rng():
    return np.random.default_rng(1997)


@pytest.fixture(scope="session")
def twins():
    """Two functions: ``load(twin, model)`` copies the parameters, ``compare`` runs both and returns the difference."""
    import torch  # here, so that tests without twins do not wait for it

    def parts(state):
        return state if isinstance(state, tuple) else (state,)

    def load(twin, model):
        twin = twin.double()
        twin.load_state_dict({name: torch.from_numpy(value) for name, value in model.state_dict().items()})
        return twin

    def compare(model, twin, x, state, rng):
        """Largest difference of outputs, states and every gradient, under random upstream gradients."""
        torch_x, *torch_state = (torch.tensor(a, requires_grad=True) for a in (x, *parts(state)))
        torch_output, torch_last = twin(torch_x, tuple(torch_state) if isinstance(state, tuple) else torch_state[0])
        output, last, cache = model.forward(x, state)
        d_output, *d_state = (rng.standard_normal(a.shape) for a in (output, *parts(last)))
        upstream = [torch.from_numpy(a) for a in (d_output, *d_state)]
        torch.autograd.backward([torch_output, *parts(torch_last)], upstream)
        dx, d_state0, grads = model.backward(d_output, cache, tuple(d_state) if isinstance(last, tuple) else d_state[0])
        pairs = [(output, torch_output.detach().numpy()), (dx, torch_x.grad.numpy())]
        pairs += zip(parts(last), (a.detach().numpy() for a in parts(torch_last)), strict=True)
        zeros = (np.zeros_like(a) for a in parts(state))  # where torch finds no path
        expected0 = [z if a.grad is None else a.grad.numpy() for z, a in zip(zeros, torch_state, strict=True)]
        pairs += zip(parts(d_state0), expected0, strict=True)
        expected = dict(twin.named_parameters())
        assert grads.keys() == expected.keys()
        pairs += [(gradient, expected[name].grad.numpy()) for name, gradient in grads.items()]
        assert all(ours.shape == theirs.shape for ours, theirs in pairs)
        return max(np.abs(ours - theirs).max() for ours, theirs in pairs)

    return SimpleNamespace(load=load, compare=compare)


@pytest.fixture
def sequences(rng):
    """Two checks of a recurrent model: ``chunks(model, x, state, cut)`` and ``second_forward(model, x, state)``."""

    def arrays(state):
        return () if state is None else state if isinstance(state, tuple) else (state,)

    def close(received, expected, rtol, atol):
        np.testing.assert_allclose(received, expected, rtol=rtol, atol=atol)

    def chunks(model, x, first, cut):
        """Forward: the last state of one chunk starts the next. Backward: its gradient ends the one before."""
        output, last, cache = model.forward(x, first)
        d_output = rng.standard_normal(output.shape)
        dx, d_first, grads = model.backward(d_output, cache)
        state, outputs, caches = first, [], []
        for start in range(0, len(x), cut):
            part, state, part_cache = model.forward(x[start : start + cut], state)
            outputs.append(part)
            caches.append(part_cache)
        close(np.concatenate(outputs), output, 1e-12, 1e-14)
        close(state, last, 1e-12, 1e-14)
        d_state, parts, total = None, [], dict.fromkeys(grads, 0.0)
        for i in reversed(range(len(caches))):
            part, d_state, part_grads = model.backward(d_output[i * cut : (i + 1) * cut], caches[i], d_state)
            parts.append(part)
            total = {name: total[name] + part_grads[name] for name in total}
        close(np.concatenate(parts[::-1]), dx, 1e-11, 1e-13)
        close(d_state, d_first, 1e-11, 1e-13)
        for name, gradient in total.items():
            close(gradient, grads[name], 1e-11, 1e-13)

    def second_forward(model, x, state):
        """A second forward spoils neither the first one's cache nor any array that was passed in or came out."""
        output, last, cache = model.forward(x, state)
        d_output = rng.standard_normal(output.shape)
        d_last = tuple(rng.standard_normal(part.shape) for part in arrays(last))
        d_state = d_last if isinstance(last, tuple) else d_last[0]
        kept = (x, *arrays(state), output, d_output, *d_last)
        before = [array.copy() for array in kept]
        expected = model.backward(d_output, cache, d_state)[2]
        model.forward(rng.standard_normal(x.shape), last)
        for name, gradient in model.backward(d_output, cache, d_state)[2].items():
            np.testing.assert_array_equal(gradient, expected[name])
        for copy, array in zip(before, kept, strict=True):
            np.testing.assert_array_equal(copy, array)

    return SimpleNamespace(chunks=chunks, second_forward=second_forward)


@pytest.fixture(scope="session")
def chromium():
    """A headless browser: Debian's, Google's, or none and a skip. In CI there must be one."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "book" / "_ext"))
    from rnn_book.browser import NAMES, find_browser, open_browser

    path = find_browser()
    if path is None:
        reason = f"no browser on the PATH; one of {', '.join(NAMES)} is needed"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with open_browser(path) as browser:
        yield browser
