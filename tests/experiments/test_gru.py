"""The gradient's way back: against one backward pass over the whole sequence, and what the stored runs say."""

import numpy as np
import pytest

from rnn_course.experiments import gru
from rnn_course.experiments.cells import build
from rnn_course.experiments.store import load


@pytest.mark.parametrize("start", ["Elman", "LSTM, bias 1", "GRU, bias ln T"])
def test_the_last_norm_is_that_of_one_backward_pass(start):
    cell, bias = gru.STARTS[start]
    rng = np.random.default_rng(3)
    rnn = build(cell, 2, 1, 16, rng, bias).rnn
    x = rng.standard_normal((gru.LENGTH, 1, 10, 2))[:, 0]
    output, state, cache = rnn.forward(x)
    d_h = rng.standard_normal((1, *output.shape[1:]))
    d_h /= np.linalg.norm(d_h, axis=-1, keepdims=True)
    d_state = (d_h, np.zeros_like(d_h)) if isinstance(state, tuple) else d_h
    expected = gru.norm(rnn.backward(np.zeros_like(output), cache, d_state)[1])
    assert gru.gradient_by_lag(start, 3)["norms"][-1] == pytest.approx(expected, rel=0.01)


def test_norm_is_the_geometric_mean_over_the_batch():
    parts = (np.array([[[3.0, 0.0], [1.0, 0.0]]]), np.array([[[4.0, 0.0], [0.0, 0.0]]]))
    assert gru.norm(parts) == pytest.approx(np.sqrt(5 * 1))
    assert gru.norm(parts[0]) == pytest.approx(np.sqrt(3 * 1))


def test_the_open_gates_reach_furthest():
    assert len(load("gru_lag")) == len(gru.STARTS) * 20
    median = {start: dict(zip(gru.LAGS, gru.norms_by_lag(start)[0], strict=True)) for start in gru.STARTS}
    for cell in ("LSTM", "GRU"):
        assert median[f"{cell}, bias 0"][100] < median[f"{cell}, bias 1"][100] < median[f"{cell}, bias ln T"][100]
        assert median[f"{cell}, bias ln T"][100] > 1e-4
    assert median["Elman"][100] < 1e-15
    for start in gru.STARTS:
        middle, low, high = gru.norms_by_lag(start)
        assert all(a <= b <= c for a, b, c in zip(low, middle, high, strict=True))
