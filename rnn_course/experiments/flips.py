"""A stack of Elman networks learns to repeat a coin flip, each error going only so many steps back."""

import numpy as np
from numpy.typing import NDArray

from rnn_course.bptt import unroll
from rnn_course.functional import sigmoid, tanh_derivative
from rnn_course.module import Parameters
from rnn_course.optim import SGD, Adam

Array = NDArray[np.floating]

NETWORKS = 20
HIDDEN = 12


def train(
    lag: int, k2: int, rng: np.random.Generator, sgd: bool = False, updates: int = 1000
) -> tuple[Parameters, Parameters, Array]:
    """Train a stack of networks, 1-12-1; every update has 16 new sequences of 30 flips for each.

    Returns
    -------
    params before and after the training, by the names of `elman_step` and ``readout``; a bias is a weight on a constant
    accuracy : ndarray of shape (20,), on 50 new sequences of 80 flips for each
    """
    bound = HIDDEN**-0.5
    shapes = {"weight_ih": (HIDDEN, 2), "weight_hh": (HIDDEN, HIDDEN), "readout": (1, HIDDEN + 1)}
    params: Parameters = {name: rng.uniform(-bound, bound, (NETWORKS, *shape)) for name, shape in shapes.items()}
    before: Parameters = {name: value.copy() for name, value in params.items()}
    optimizer = SGD(params, lr=0.3) if sgd else Adam(params, lr=0.01)
    for _ in range(updates):
        x, bits = flips(30, 16, rng)
        optimizer.step(gradients(x, bits, lag, k2, params))
    x, bits = flips(80, 50, rng)
    logits = _logits(run_stack(x, params)[0], params)[0]
    right = (logits[lag:] > 0) == (bits[: len(bits) - lag] == 1)
    return before, params, right.mean(axis=(0, 2, 3))


def flips(n_steps: int, batch_size: int, rng: np.random.Generator) -> tuple[Array, NDArray[np.int64]]:
    """Draw streams of coin flips, and show them as -1 and 1 beside a constant: (T, N, B, 2), and (T, N, B, 1) of 0, 1."""
    bits = rng.integers(0, 2, (n_steps, NETWORKS, batch_size, 1))
    return np.concatenate([2.0 * bits - 1, np.ones(bits.shape)], axis=-1), bits


def gradients(x: Array, bits: NDArray[np.int64], lag: int, k2: int, params: Parameters) -> Parameters:
    """Gradient of the mean cross-entropy, each error taken back ``k2`` steps: `truncated_bptt` with k1 = 1.

    The errors of all steps travel at once. In round j, row s of ``d_h`` is what the error of step s + j leaves at step s.
    """
    hidden, contexts = run_stack(x, params)
    logits, seen = _logits(hidden, params)
    d_logits = np.zeros_like(logits)
    count = (len(x) - lag) * x.shape[2]
    d_logits[lag:] = (sigmoid(logits[lag:]) - bits[: len(bits) - lag]) / count
    d_h = d_logits @ params["readout"][..., :-1]  # (T, N, B, H)
    d_z, slope = np.zeros_like(hidden), tanh_derivative(hidden)
    for j in range(min(k2, len(x))):
        leaving = d_h[: len(x) - j] * slope[: len(x) - j]
        d_z[: len(x) - j] += leaving
        d_h = (leaving @ params["weight_hh"])[1:]
    return {"weight_ih": _product(d_z, x), "weight_hh": _product(d_z, contexts), "readout": _product(d_logits, seen)}


def run_stack(x: Array, params: Parameters) -> tuple[Array, Array]:
    """Return the states h_1 to h_T and h_0 to h_{T-1}, (T, N, B, H) each."""
    h_0 = np.zeros((*x.shape[1:3], HIDDEN))
    hidden, _ = unroll(x, h_0, {**params, "bias_ih": np.zeros(1), "bias_hh": np.zeros(1)})
    return hidden, np.concatenate([h_0[np.newaxis], hidden[:-1]])


def _logits(hidden: Array, params: Parameters) -> tuple[Array, Array]:
    seen = np.concatenate([hidden, np.ones_like(hidden[..., :1])], axis=-1)  # (T, N, B, H + 1)
    return seen @ params["readout"].mT, seen


def _product(d_output: Array, seen: Array) -> Array:
    """Sum the outer products over time and batch, network by network: (N, O, I)."""
    rows = [part.swapaxes(0, 1).reshape(NETWORKS, -1, part.shape[-1]) for part in (d_output, seen)]
    return rows[0].mT @ rows[1]
