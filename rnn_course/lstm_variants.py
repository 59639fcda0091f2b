"""Relatives of the LSTM: the cell of 1997, the one with peepholes, and gates that are held open or shut.

The cell of 1997 had an input gate and an output gate. Its memory was never forgotten: the forget gate came in 2000
(Gers et al.), and with it the peepholes, through which the gates see the cell.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_course.functional import sigmoid, sigmoid_derivative, tanh_derivative
from rnn_course.lstm import GATES, LSTM
from rnn_course.module import Parameters
from rnn_course.stacked import StackedRNN, repeat_step, repeat_step_backward

Array = NDArray[np.floating]
State = tuple[Array, Array]


def hold_gate(model: LSTM, gate: str, value: int = 1) -> None:
    """Hold a gate of every layer at 1 (open) or 0 (shut), for ever.

    Its weights become 0 and its bias so large that the logistic function is exactly 1 or 0. There its slope is exactly
    0, so no gradient reaches the gate, and training leaves it alone. An LSTM whose forget gate is held open is the cell
    of 1997; see `lstm_1997_step`.

    Parameters
    ----------
    model : LSTM, changed in place
    gate : str, ``"input"``, ``"forget"`` or ``"output"``
    value : 1 or 0

    Raises
    ------
    ValueError
        If there is no such gate, or the value is another.

    Examples
    --------
    >>> model = LSTM(2, 3, np.random.default_rng(0))
    >>> hold_gate(model, "forget")
    >>> _, _, (cache,) = model.forward(np.ones((1, 1, 2)))
    >>> cache.gates[1].tolist()
    [[[1.0, 1.0, 1.0]]]
    """
    if gate not in ("input", "forget", "output") or value not in (0, 1):
        raise ValueError(f"expected the input, forget or output gate, and 0 or 1, received {gate!r} and {value!r}")
    block = GATES.index(gate)
    rows = slice(block * model.hidden_size, (block + 1) * model.hidden_size)
    for i in range(model.num_layers):
        for name in ("weight_ih", "weight_hh"):
            model.layer(i)[name][rows] = 0
    model.set_gate_bias(block, 1000.0 if value else -1000.0)


def lstm_1997_step(x: Array, state: State, params: Parameters) -> tuple[State, tuple[Any, ...]]:
    """One step of the first LSTM (Hochreiter & Schmidhuber 1997): c = c + i ⊙ g, and nothing is ever forgotten.

    What goes in is squashed to ±2, and what comes out to ±1: g = 2 tanh(z / 2) and h = o ⊙ tanh(c / 2), which are the
    paper's logistic functions of these ranges. In the scale of c / 2 these are the functions of today, with g's weights
    halved. The paper truncated the gradient where it left the cell; `lstm_1997_step_backward` has all of it.

    Parameters
    ----------
    x : ndarray of shape (B, I)
    state : h and c, ndarrays of shape (B, H)
    params : ``weight_ih`` (3H, I), ``weight_hh`` (3H, H), ``bias_ih`` (3H,), ``bias_hh`` (3H,); rows in order i, g, o

    Returns
    -------
    state : the new h and c
    cache : what `lstm_1997_step_backward` needs

    Examples
    --------
    A shut input gate keeps the cell as it is, however long.

    >>> params = {"weight_ih": np.zeros((3, 1)), "weight_hh": np.zeros((3, 1)), "bias_ih": np.array([-1000.0, 0, 0])}
    >>> state = (np.zeros((1, 1)), np.ones((1, 1)))
    >>> for _ in range(1000):
    ...     state, _ = lstm_1997_step(np.ones((1, 1)), state, params | {"bias_hh": np.zeros(3)})
    >>> state[1].tolist()
    [[1.0]]
    """
    h, c = state
    z = x @ params["weight_ih"].T + params["bias_ih"] + h @ params["weight_hh"].T + params["bias_hh"]  # (B, 3H)
    z_i, z_g, z_o = np.split(z, 3, axis=1)
    i, half_g, o = sigmoid(z_i), np.tanh(z_g / 2), sigmoid(z_o)  # (B, H) each
    c_new = c + i * 2 * half_g
    squashed = np.tanh(c_new / 2)
    return (o * squashed, c_new), (x, h, i, half_g, o, squashed, params)


def lstm_1997_step_backward(d_state: State, cache: tuple[Any, ...]) -> tuple[Array, State, Parameters]:
    """Gradients of `lstm_1997_step`; the cell's own passes through untouched, which is the constant error carousel.

    Parameters
    ----------
    d_state : gradients of the loss with respect to the new h and c, ndarrays of shape (B, H)
    cache : what `lstm_1997_step` returned

    Returns
    -------
    dx : ndarray of shape (B, I)
    d_state_prev : gradients of the h and c before the step
    grads : dict with the names of ``params``, summed over the batch
    """
    x, h, i, half_g, o, squashed, params = cache
    d_h, d_c = d_state
    d_c = d_c + d_h * o * tanh_derivative(squashed) / 2  # (B, H)
    d_i = d_c * 2 * half_g * sigmoid_derivative(i)
    d_g = d_c * i * tanh_derivative(half_g)
    d_o = d_h * squashed * sigmoid_derivative(o)
    dx, d_h_prev, grads = _affine_backward(np.concatenate([d_i, d_g, d_o], axis=1), x, h, params)
    return dx, (d_h_prev, d_c), grads


def peephole_step(x: Array, state: State, params: Parameters) -> tuple[State, tuple[Any, ...]]:
    """One step of an LSTM with peepholes (Gers & Schmidhuber 2000): the gates see the cell, each unit its own.

    The input and the forget gate see the cell before the step, the output gate the one after it.

    Parameters
    ----------
    x : ndarray of shape (B, I)
    state : h and c, ndarrays of shape (B, H)
    params : as in `lstm_step`, and the peepholes ``weight_ci``, ``weight_cf``, ``weight_co``, (H,) each

    Returns
    -------
    state : the new h and c
    cache : what `peephole_step_backward` needs
    """
    h, c = state
    z = x @ params["weight_ih"].T + params["bias_ih"] + h @ params["weight_hh"].T + params["bias_hh"]  # (B, 4H)
    z_i, z_f, z_g, z_o = np.split(z, 4, axis=1)
    i, f = sigmoid(z_i + params["weight_ci"] * c), sigmoid(z_f + params["weight_cf"] * c)  # (B, H) each
    g = np.tanh(z_g)
    c_new = f * c + i * g
    o = sigmoid(z_o + params["weight_co"] * c_new)
    tanh_c = np.tanh(c_new)
    return (o * tanh_c, c_new), (x, h, c, i, f, g, o, c_new, tanh_c, params)


def peephole_step_backward(d_state: State, cache: tuple[Any, ...]) -> tuple[Array, State, Parameters]:
    """Gradients of `peephole_step`; three more paths lead through the peepholes into the cell.

    Parameters
    ----------
    d_state : gradients of the loss with respect to the new h and c, ndarrays of shape (B, H)
    cache : what `peephole_step` returned

    Returns
    -------
    dx : ndarray of shape (B, I)
    d_state_prev : gradients of the h and c before the step
    grads : dict with the names of ``params``, summed over the batch
    """
    x, h, c, i, f, g, o, c_new, tanh_c, params = cache
    d_h, d_c = d_state
    d_o = d_h * tanh_c * sigmoid_derivative(o)  # (B, H)
    d_c = d_c + d_h * o * tanh_derivative(tanh_c) + d_o * params["weight_co"]
    d_i = d_c * g * sigmoid_derivative(i)
    d_f = d_c * c * sigmoid_derivative(f)
    d_g = d_c * i * tanh_derivative(g)
    dx, d_h_prev, grads = _affine_backward(np.concatenate([d_i, d_f, d_g, d_o], axis=1), x, h, params)
    grads["weight_ci"] = (d_i * c).sum(axis=0)  # (H,)
    grads["weight_cf"] = (d_f * c).sum(axis=0)
    grads["weight_co"] = (d_o * c_new).sum(axis=0)
    return dx, (d_h_prev, d_c * f + d_i * params["weight_ci"] + d_f * params["weight_cf"]), grads


def _affine_backward(d_z: Array, x: Array, h: Array, params: Parameters) -> tuple[Array, Array, Parameters]:
    """Gradients of z = x W_ihᵀ + b_ih + h W_hhᵀ + b_hh: of ``x``, of ``h`` and of the parameters."""
    d_bias = d_z.sum(axis=0)
    grads = {"weight_ih": d_z.T @ x, "weight_hh": d_z.T @ h, "bias_ih": d_bias, "bias_hh": d_bias.copy()}
    return d_z @ params["weight_ih"], d_z @ params["weight_hh"], grads


class LSTM1997(StackedRNN):
    """Layers of the first LSTM on top of each other, step by step; see `lstm_1997_step` and `StackedRNN`."""

    gates, n_states = 3, 2

    def forward_layer(self, x: Array, state: State, params: Parameters) -> tuple[Array, State, Any]:
        """Repeat `lstm_1997_step`."""
        return repeat_step(lstm_1997_step, x, state, params)

    def backward_layer(self, d_output: Array, cache: Any, d_state: State | None) -> tuple[Array, State, Parameters]:
        """Repeat `lstm_1997_step_backward`."""
        return repeat_step_backward(lstm_1997_step_backward, d_output, cache, d_state)


class PeepholeLSTM(StackedRNN):
    """Layers of an LSTM with peepholes on top of each other, step by step; see `peephole_step` and `StackedRNN`."""

    gates, n_states = 4, 2

    def layer_shapes(self, input_size: int) -> dict[str, tuple[int, ...]]:
        """Return the shapes of an LSTM's parameters and of the three peepholes."""
        return super().layer_shapes(input_size) | dict.fromkeys(
            ("weight_ci", "weight_cf", "weight_co"), (self.hidden_size,)
        )

    def forward_layer(self, x: Array, state: State, params: Parameters) -> tuple[Array, State, Any]:
        """Repeat `peephole_step`."""
        return repeat_step(peephole_step, x, state, params)

    def backward_layer(self, d_output: Array, cache: Any, d_state: State | None) -> tuple[Array, State, Parameters]:
        """Repeat `peephole_step_backward`."""
        return repeat_step_backward(peephole_step_backward, d_output, cache, d_state)
