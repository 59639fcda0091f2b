"""Experiments of the chapter on gated recurrent units: how far back a gradient reaches, cell by cell."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_course.experiments import comparison
from rnn_course.experiments.cells import build
from rnn_course.experiments.store import Result, Row, load, run_grid

LENGTH = 200
LAGS = (1, 2, 5, 10, 20, 50, 100, 200)
STARTS = {
    "Elman": ("Elman", 0.0),
    "LSTM, bias 0": ("LSTM", 0.0),
    "LSTM, bias 1": ("LSTM", 1.0),
    "LSTM, bias ln T": ("LSTM", math.log(LENGTH)),
    "GRU, bias 0": ("GRU", 0.0),
    "GRU, bias 1": ("GRU", 1.0),
    "GRU, bias ln T": ("GRU", math.log(LENGTH)),
}


def main() -> None:
    """Run what is not stored yet; seconds."""
    run_grid("gru_lag", gradient_by_lag, [{"start": start} for start in STARTS], range(20))


def gradient_by_lag(start: str, seed: int) -> Result:
    """Send a gradient of norm 1 back from the last hidden state of an untrained network, on Gaussian inputs.

    Each network has as many parameters as an LSTM of 16 units, and 10 sequences to read. An LSTM's gradient is that of
    h and c together.

    Returns
    -------
    dict: ``norms``, at each of `LAGS`, the geometric mean over the sequences
    """
    cell, bias = STARTS[start]
    rng = np.random.default_rng(seed)
    rnn = build(cell, 2, 1, 16, rng, bias).rnn
    state, caches = None, []
    for x_t in rng.standard_normal((LENGTH, 1, 10, 2)):
        output, state, cache = rnn.forward(x_t, state)
        caches.append(cache)
    d_h = rng.standard_normal(output.shape)
    d_h /= np.linalg.norm(d_h, axis=-1, keepdims=True)
    d_state = (d_h, np.zeros_like(d_h)) if isinstance(state, tuple) else d_h
    norms = []
    for cache in reversed(caches):
        _, d_state, _ = rnn.backward(np.zeros_like(output), cache, d_state)
        norms.append(norm(d_state))
    return {"norms": [float(f"{norms[lag - 1]:.3g}") for lag in LAGS]}


def norm(state: Any) -> float:
    """Norm of a state, all its arrays together, as the geometric mean over the batch."""
    parts: tuple[NDArray[np.floating], ...] = state if isinstance(state, tuple) else (state,)
    squares = sum((part**2).sum(axis=(0, 2)) for part in parts)  # (B,)
    return float(np.exp(np.log(squares).mean() / 2))


def norms_by_lag(start: str) -> tuple[list[float], list[float], list[float]]:
    """Return the median over the seeds, the smallest and the largest norm at each of `LAGS`."""
    runs = np.array([run["result"]["norms"] for run in load("gru_lag") if run["start"] == start])
    return np.median(runs, axis=0).tolist(), runs.min(axis=0).tolist(), runs.max(axis=0).tolist()


def rows() -> list[Row]:
    """Return the table *published / obtained here*: how far back a gradient reaches, and the comparison of the cells."""
    reach, lag = [], LAGS.index(100)
    for start in STARTS:
        median, low, high = (norms[lag] for norms in norms_by_lag(start))
        quantity, obtained = (
            f"Norm of a gradient, 100 steps back: {start}",
            f"{median:.1e}, from {low:.1e} to {high:.1e}",
        )
        reach.append(Row(quantity, "", "", obtained, 20))
    return reach + comparison.rows()


if __name__ == "__main__":
    main()
