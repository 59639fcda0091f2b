"""The recurrent networks that the experiments compare, and how they are trained on sequences that never come twice."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_course.comparison import GATES, count_parameters, match_hidden_size
from rnn_course.elman_jordan import ElmanRNN
from rnn_course.functional import Loss
from rnn_course.gru import GRU
from rnn_course.lstm import LSTM
from rnn_course.lstm_variants import hold_gate
from rnn_course.module import Module
from rnn_course.optim import Adam, Optimizer, clip_grad_norm
from rnn_course.readout import Readout

Array = NDArray[Any]

CELLS: dict[str, Callable[..., Any]] = {
    "Elman, one step": partial(ElmanRNN, one_step=True),
    "Elman": ElmanRNN,
    "GRU": GRU,
    "LSTM": LSTM,
}


def build(
    cell: str,
    input_size: int,
    out_features: int,
    lstm_size: int,
    rng: np.random.Generator,
    bias: float = 1.0,
    tied: bool = False,
    without: str = "",
    last: bool = False,
) -> Readout:
    """Build a float32 network of one layer and a readout.

    Parameters
    ----------
    cell : str, one of `CELLS`
    input_size, out_features : int
    lstm_size : int, the network has as many parameters, as nearly as can be, as an LSTM with so many hidden units
    rng : numpy Generator
    bias : float, at the start, of the gate that keeps the memory: an LSTM's forget gate, or a GRU's update gate
    tied : bool, start an LSTM's input gate with ``-bias``: what is kept is not written over, as in a GRU
    without : str, a gate of the LSTM that is held open, if any
    last : bool, read only the last step
    """
    sizes = {"input_size": input_size, "out_features": out_features}
    budget = count_parameters(GATES["LSTM"], hidden_size=lstm_size, **sizes)
    hidden_size = match_hidden_size(budget, GATES[cell.partition(",")[0]], **sizes)
    keep = {"LSTM": {"forget_bias": bias}, "GRU": {"update_bias": bias}}.get(cell, {})
    rnn = CELLS[cell](input_size, hidden_size, rng, dtype=np.float32, **keep)
    if cell == "LSTM" and tied:
        rnn.set_gate_bias(0, -bias)
    if without:
        hold_gate(rnn, without)
    return Readout(rnn, out_features, rng, last, dtype=np.float32)


def train_step(
    model: Module,
    optimizer: Optimizer,
    x: Array,
    target: Array,
    loss: Loss,
    mask: NDArray[np.bool_] | None = None,
    state: Any = None,
) -> tuple[Array, Any]:
    """Update a model once, with the gradient's norm clipped to 1; return its output and last state before the update."""
    output, last, cache = model.forward(x, state)
    _, d_output = loss(output, target, mask)
    _, _, grads = model.backward(d_output, cache)
    clip_grad_norm(grads, 1.0)
    optimizer.step(grads)
    return output, last


def sequences_until_solved(
    model: Module,
    draw: Callable[[int], tuple[Array, Array]],
    loss: Loss,
    right: Callable[[Array, Array], NDArray[np.bool_]],
    limit: int,
    batch_size: int = 50,
) -> int | None:
    """Train on new sequences until the 2000 most recent were all right before they were learnt from.

    Parameters
    ----------
    model : Module, changed in place, by Adam with a learning rate of 0.01
    draw : callable, from a number of sequences to inputs and targets
    loss : callable ``(output, target, mask) -> (loss, d_output)``
    right : callable ``(output, target) -> bool`` for each sequence
    limit : int, give up after so many sequences
    batch_size : int

    Returns
    -------
    int, how many sequences were seen; None if the limit came first
    """
    optimizer, seen, streak = Adam(model.parameters(), lr=0.01), 0, 0
    while streak < 2000:
        if seen >= limit:
            return None
        x, target = draw(batch_size)
        output, _ = train_step(model, optimizer, x, target, loss)
        seen += batch_size
        streak = streak + batch_size if right(output, target).all() else 0
    return seen
