"""Training on temporal order with a cure against vanishing or exploding gradients: clipping, penalties, dropout."""

from collections.abc import Callable
from dataclasses import dataclass
from time import process_time
from typing import Any, cast

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnn_course.bptt import bptt, gradient_norm_by_lag, unroll
from rnn_course.elman_jordan import ElmanRNN
from rnn_course.experiments.store import Result
from rnn_course.functional import cross_entropy
from rnn_course.gradients import (
    dropout_mask,
    dropped_layer,
    dropped_layer_backward,
    l2_penalty,
    omega_penalty,
    scale_to_radius,
)
from rnn_course.module import Parameters
from rnn_course.optim import SGD, clip_grad_norm, clip_grad_value
from rnn_course.readout import Readout
from rnn_course.tasks.temporal_order import CLASSES, SYMBOLS, make_temporal_order

Array = NDArray[np.floating]
SOLVED = 0.99


@dataclass(frozen=True)
class Cure:
    """What is done against a disease of the gradient, at which learning rate; 0 leaves a part out."""

    lr: float = 0.1
    max_norm: float = np.inf
    max_value: float = np.inf
    omega: float = 0.0
    l2: float = 0.0
    dropout: float = 0.0


def learn_order(
    cure: Cure,
    length: int,
    radius: float,
    seed: int,
    updates: int = 1500,
    hidden: int = 30,
    watch: Callable[[Readout, float], None] | None = None,
) -> Result:
    """Train until 99 % of 1,000 sequences are right, which is looked up every 100 updates, or ``updates`` are over.

    Before each update ``watch`` is called with the model and the norm of its gradient before clipping.

    Returns
    -------
    dict: ``solved``; ``updates``, how many were made; ``accuracy`` on 10,000 new sequences; ``largest``, the largest
    norm of a gradient before clipping; ``reach``, how much of the gradient is left ``length`` - 1 steps back, before and
    after training; ``seconds`` of processor time.
    """
    rng, began = np.random.default_rng(seed), process_time()
    model = order_network(radius, rng, hidden)
    optimizer = SGD(model.parameters(), cure.lr)
    held, test = draw_order(1000, length, rng), draw_order(10_000, length, rng)
    start, largest, made = reach(model, held[0]), 0.0, 0
    while made < updates:
        grads = gradients_with(model, *draw_order(20, length, rng), cure, rng)
        norm = clip_grad_norm(grads, cure.max_norm)
        clip_grad_value(grads, cure.max_value)
        if not np.isfinite(norm):
            break
        if watch is not None:
            watch(model, norm)
        optimizer.step(grads)
        largest, made = max(largest, norm), made + 1
        if made % 100 == 0 and accuracy(model, *held) >= SOLVED:
            break
    seconds, found = process_time() - began, accuracy(model, *test)
    return {
        "solved": bool(found >= SOLVED),
        "updates": made,
        "accuracy": rounded(found),
        "largest": rounded(largest),
        "reach": [rounded(start), rounded(reach(model, held[0]))],
        "seconds": round(seconds, 2),
    }


def order_network(radius: float, rng: np.random.Generator, hidden: int = 30, dtype: DTypeLike = np.float32) -> Readout:
    """Return a tanh network with a linear layer on its last state: normal weights, biases zero."""
    model = Readout(ElmanRNN(len(SYMBOLS), hidden, rng, dtype=dtype), len(CLASSES), rng, True, dtype)
    for name, value in model.parameters().items():
        value[...] = 0.1 * rng.standard_normal(value.shape) if "weight" in name else 0
    weight_hh = model.parameters()["rnn.weight_hh_l0"]
    weight_hh[...] = scale_to_radius(weight_hh, radius)
    return model


def draw_order(count: int, length: int, rng: np.random.Generator) -> tuple[Array, NDArray[np.int64]]:
    """Draw sequences of temporal order as one-hot vectors (T, B, 8), and their labels (B,)."""
    tokens, labels = make_temporal_order(count, rng, length)
    return np.eye(len(SYMBOLS), dtype=np.float32)[tokens], labels


def gradients_with(
    model: Readout, x: Array, labels: NDArray[np.int64], cure: Cure, rng: np.random.Generator
) -> Parameters:
    """Gradients of the cross-entropy at the last step, with the cure's penalties and dropout; clipping comes later."""
    if cure.omega or cure.dropout:
        grads = _step_by_step(model, x, labels, cure, rng)
    else:
        output, _, cache = model.forward(x)
        grads = model.backward(cross_entropy(output, labels)[1], cache)[2]
    if cure.l2:
        for name, decay in l2_penalty(model.parameters(), cure.l2)[1].items():
            grads[name] = grads[name] + decay
    return grads


def _step_by_step(
    model: Readout, x: Array, labels: NDArray[np.int64], cure: Cure, rng: np.random.Generator
) -> Parameters:
    """Gradients with a mask on the context, or with Ω, which needs the gradient of every state."""
    params = cast(ElmanRNN, model.rnn).layer(0)
    h_0 = np.zeros((x.shape[1], len(params["weight_hh"])), x.dtype)
    mask = dropout_mask(h_0.shape, cure.dropout, rng, x.dtype)
    hidden, caches = dropped_layer(x, h_0, params, mask) if cure.dropout else unroll(x, h_0, params)
    output, _, cache = model.linear.forward(hidden[-1])
    d_output = np.zeros_like(hidden)
    d_output[-1], _, linear = model.linear.backward(cross_entropy(output, labels)[1], cache)
    if cure.dropout:
        grads = dropped_layer_backward(d_output, caches, mask)[2]
    else:
        _, d_hidden, _, grads = bptt(d_output, caches)
        grads["weight_hh"] += cure.omega * omega_penalty(params["weight_hh"], d_hidden, hidden)[1]
    return {f"rnn.{n}_l0": g for n, g in grads.items()} | {f"linear.{n}": g for n, g in linear.items()}


def reach(model: Readout, x: Array) -> float:
    """How much of the last state's gradient is left at the first, a geometric mean over sequences and directions."""
    weight_hh = model.parameters()["rnn.weight_hh_l0"]
    hidden = model.rnn.forward(x)[0][1:]  # T - 1 steps lie between the first state and the last
    d_state = np.random.default_rng(0).standard_normal(hidden.shape[1:])
    first, *_, last = gradient_norm_by_lag(d_state, hidden, weight_hh)
    return float(np.exp(np.log((last + 1e-300) / first).mean()))


def accuracy(model: Readout, x: Array, labels: NDArray[np.int64]) -> float:
    """Share of sequences whose class is named."""
    return float((model.forward(x)[0].argmax(axis=1) == labels).mean())


def rounded(value: Any) -> float:
    """Four significant digits: the stored files stay small."""
    return float(f"{float(value):.4g}")
