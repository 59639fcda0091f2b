"""Experiments of the chapter on Elman and Jordan networks: XOR in time as Elman trained it in 1990, and with BPTT."""

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_course.elman_jordan import Cache, elman_step, elman_step_backward
from rnn_course.experiments.store import Result, Row, load, run_grid, wilson_interval
from rnn_course.functional import sigmoid, sigmoid_derivative
from rnn_course.module import Parameters
from rnn_course.tasks.xor import make_xor_sequence

Array = NDArray[np.floating]
HIDDEN = (2, 4, 8)
WINDOWS = (1, 3)
SOLVED = 0.95


def main() -> None:
    """Run what is not stored yet; two to four minutes a setting on an idle core."""
    settings = [{"hidden": hidden, "window": window} for hidden in HIDDEN for window in WINDOWS]
    run_grid("elman_jordan_xor", temporal_xor, settings, seeds=[0])


def temporal_xor(
    hidden: int, window: int, seed: int, networks: int = 32, n_triples: int = 1000, passes: int = 600, lr: float = 0.2
) -> Result:
    """Train a stack of 1-H-1 Elman networks to predict the next bit of XOR in time.

    Each network has a stream of its own, 3,000 bits long, and reads it ``passes`` times. It changes its weights after
    every bit, by the gradient of the half squared error of that bit, taken ``window`` steps back: one step is the
    training of Elman (1990). All units are sigmoid; the context starts at 1/2; weights start uniform in ±1. A bias is
    a weight on a constant input.

    Returns
    -------
    dict of lists, an entry a network, on a new stream: ``rmse`` at each phase of the target, and ``accuracy`` at the
    XOR bit. Chance is 0.5 for each.
    """
    rng = np.random.default_rng(seed)
    params = {
        "weight_ih": rng.uniform(-1, 1, (networks, hidden, 2)),
        "weight_hh": rng.uniform(-1, 1, (networks, hidden, hidden)),
        "bias_ih": np.zeros(hidden),
        "bias_hh": np.zeros(hidden),
    }
    readout = rng.uniform(-1, 1, (networks, 1, hidden + 1))
    bits, test = ([make_xor_sequence(n_triples, rng) for _ in range(networks)] for _ in range(2))
    x, target = _inputs(bits)
    h = np.full((networks, 1, hidden), 0.5)
    caches: deque[Cache] = deque(maxlen=window)
    for _ in range(passes):
        for x_t, target_t in zip(x, target, strict=True):
            h, cache = elman_step(x_t, h, params, sigmoid)
            caches.append(cache)
            output, seen = _read(h, readout)
            delta = (output - target_t) * sigmoid_derivative(output)  # (N, 1, 1)
            d_h = delta @ readout[..., :-1]  # (N, 1, H)
            readout -= lr * delta.mT @ seen
            _learn(params, d_h, caches, lr)
    return _score(params, readout, test)


def _inputs(bits: list[NDArray[np.int64]]) -> tuple[Array, Array]:
    """Return what N networks read and should say, (T - 1, N, 1, 2) with a constant 1, and (T - 1, N, 1, 1)."""
    stream = np.stack(bits, axis=1)[:, :, np.newaxis, np.newaxis].astype(float)
    return np.concatenate([stream[:-1], np.ones_like(stream[:-1])], axis=-1), stream[1:]


def _read(h: Array, readout: Array) -> tuple[Array, Array]:
    """Return the outputs (N, 1, 1), and the hidden units with a constant 1, (N, 1, H + 1)."""
    seen = np.concatenate([h, np.ones_like(h[..., :1])], axis=-1)
    return sigmoid(seen @ readout.mT), seen


def _learn(params: Parameters, d_h: Array, caches: deque[Cache], lr: float) -> None:
    """Take the gradient of the newest state back through ``caches``, and step down their sum."""
    total: dict[str, Any] = {"weight_ih": 0, "weight_hh": 0}
    for cache in reversed(caches):
        _, d_h, grads = elman_step_backward(d_h, cache)
        total = {name: value + grads[name] for name, value in total.items()}
    for name, gradient in total.items():
        params[name] -= lr * gradient


def _score(params: Parameters, readout: Array, bits: list[NDArray[np.int64]]) -> Result:
    x, target = _inputs(bits)
    h, outputs = np.full((len(readout), 1, params["weight_hh"].shape[-1]), 0.5), []
    for x_t in x:
        h, _ = elman_step(x_t, h, params, sigmoid)
        outputs.append(_read(h, readout)[0])
    output, target = np.stack(outputs)[..., 0, 0], target[..., 0, 0]  # (T - 1, N)
    phase = np.arange(1, len(output) + 1) % 3
    rmse = [np.sqrt(((output - target)[phase == p] ** 2).mean(axis=0)) for p in range(3)]
    accuracy = ((output > 0.5) == (target > 0.5))[phase == 2].mean(axis=0)
    return {"rmse": np.transpose(rmse).round(3).tolist(), "accuracy": accuracy.round(3).tolist()}


def solved(result: Result) -> int:
    """How many networks of a run say the XOR bit right at least 95 % of the time."""
    return sum(accuracy >= SOLVED for accuracy in result["accuracy"])


def rows() -> list[Row]:
    """Read the stored runs into the chapter's table."""
    table = []
    for hidden in HIDDEN:
        for window in WINDOWS:
            runs = [r["result"] for r in load("elman_jordan_xor") if (r["hidden"], r["window"]) == (hidden, window)]
            count, total = sum(solved(run) for run in runs), sum(len(run["accuracy"]) for run in runs)
            low, high = wilson_interval(count, total)
            back = "one step back" if window == 1 else f"{window} steps back"
            quantity = f"XOR in time, 1-{hidden}-1, gradient {back}: networks that solve it"
            obtained = f"{count} of {total} [{100 * low:.0f} %, {100 * high:.0f} %]"
            table.append(Row(quantity, "", f"criterion: {100 * SOLVED:.0f} % of the XOR bits", obtained, total))
    return table
