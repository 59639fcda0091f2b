"""Long short-term memory: a cell that keeps what it holds, and three gates that say when it is written, kept and read.

The cell stands here twice, as Elman's network does. `lstm_step` is one moment, gate by gate. `lstm_layer` is the whole
sequence: the input's part of all steps is one product, the recurrence is the only loop, and each weight gradient is one
product after it. The cell of 1997 and the one with peepholes stand in `rnn_course.lstm_variants`.
"""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnn_course.functional import sigmoid, sigmoid_derivative, tanh_derivative
from rnn_course.module import Parameters
from rnn_course.stacked import StackedRNN, expect_shape

Array = NDArray[np.floating]
State = tuple[Array, Array]
GATES = ("input", "forget", "cell", "output")  # i, f, g, o: the order of the blocks in every weight, as in torch


def lstm_step(x: Array, state: State, params: Parameters) -> tuple[State, tuple[Any, ...]]:
    """One step of an LSTM (Hochreiter & Schmidhuber 1997; forget gate: Gers et al. 2000), as ``torch.nn.LSTMCell``.

    The new cell is c = f ⊙ c + i ⊙ g, and the hidden state that leaves it is h = o ⊙ tanh(c).

    Parameters
    ----------
    x : ndarray of shape (B, I)
    state : h and c, ndarrays of shape (B, H)
    params : ``weight_ih`` (4H, I), ``weight_hh`` (4H, H), ``bias_ih`` (4H,), ``bias_hh`` (4H,); rows in order i, f, g, o

    Returns
    -------
    state : the new h and c
    cache : what `lstm_step_backward` needs

    Examples
    --------
    The gates are all half open, and nothing is written: half of the cell is left.

    >>> params = {"weight_ih": np.zeros((4, 1)), "weight_hh": np.zeros((4, 1)), "bias_ih": np.zeros(4)}
    >>> (h, c), _ = lstm_step(np.ones((1, 1)), (np.zeros((1, 1)), np.ones((1, 1))), params | {"bias_hh": np.zeros(4)})
    >>> c.tolist(), h.round(4).tolist()
    ([[0.5]], [[0.2311]])
    """
    h, c = state
    z = x @ params["weight_ih"].T + params["bias_ih"] + h @ params["weight_hh"].T + params["bias_hh"]  # (B, 4H)
    z_i, z_f, z_g, z_o = np.split(z, 4, axis=1)
    i, f, g, o = sigmoid(z_i), sigmoid(z_f), np.tanh(z_g), sigmoid(z_o)  # (B, H) each
    c_new = f * c + i * g
    tanh_c = np.tanh(c_new)
    return (o * tanh_c, c_new), (x, h, c, i, f, g, o, tanh_c, params)


def lstm_step_backward(d_state: State, cache: tuple[Any, ...]) -> tuple[Array, State, Parameters]:
    """Gradients of `lstm_step`.

    Parameters
    ----------
    d_state : gradients of the loss with respect to the new h and c, ndarrays of shape (B, H)
    cache : what `lstm_step` returned

    Returns
    -------
    dx : ndarray of shape (B, I)
    d_state_prev : gradients of the h and c before the step
    grads : dict with the names of ``params``, summed over the batch
    """
    x, h, c, i, f, g, o, tanh_c, params = cache
    d_h, d_c = d_state
    d_c = d_c + d_h * o * tanh_derivative(tanh_c)  # (B, H): the cell is used twice, later and in h
    d_z = np.concatenate(
        [
            d_c * g * sigmoid_derivative(i),
            d_c * c * sigmoid_derivative(f),
            d_c * i * tanh_derivative(g),
            d_h * tanh_c * sigmoid_derivative(o),
        ],
        axis=1,
    )  # (B, 4H)
    d_bias = d_z.sum(axis=0)  # (4H,)
    grads = {
        "weight_ih": d_z.T @ x,  # (4H, I)
        "weight_hh": d_z.T @ h,  # (4H, H)
        "bias_ih": d_bias,
        "bias_hh": d_bias.copy(),  # clipping changes gradients in place: the two must not share memory
    }
    return d_z @ params["weight_ih"], (d_z @ params["weight_hh"], d_c * f), grads


class Cache(NamedTuple):
    """What `lstm_layer_backward` needs, and a reader may want to see: the gates of every step."""

    x: Array  # (T, B, I)
    hidden: Array  # (T + 1, B, H): h_0, h_1, …, h_T
    cell: Array  # (T + 1, B, H): c_0, c_1, …, c_T
    gates: Array  # (4, T, B, H): i, f, g, o
    tanh_cell: Array  # (T, B, H): tanh(c_1), …, tanh(c_T)
    params: Parameters


def lstm_layer(x: Array, state: State, params: Parameters) -> tuple[Array, State, Cache]:
    """Repeat `lstm_step` over a sequence.

    Since σ(z) = ½ + ½ tanh(z / 2), one call of tanh opens all four gates. The halves go into the weights.

    Parameters
    ----------
    x : ndarray of shape (T, B, I)
    state : h and c before the first step, ndarrays of shape (B, H)
    params : as in `lstm_step`

    Returns
    -------
    hidden : ndarray of shape (T, B, H)
    state : h and c after the last step
    cache : what `lstm_layer_backward` needs
    """
    n_steps, batch_size, n_hidden = len(x), *state[0].shape
    half = np.array([0.5, 0.5, 1, 0.5], x.dtype).reshape(4, 1, 1)  # for i, f, o; g is a tanh already
    weight_ih, weight_hh = (half * _by_gate(params[name]).astype(x.dtype) for name in ("weight_ih", "weight_hh"))
    bias = half * _by_gate(params["bias_ih"] + params["bias_hh"]).astype(x.dtype)  # (4, 1, H)
    weight_ih, weight_hh = (np.ascontiguousarray(w.mT) for w in (weight_ih, weight_hh))  # a view is slower, T times
    gates = x[:, np.newaxis] @ weight_ih  # (T, 4, B, H): the inputs wait where the gates will be
    gates += bias
    hidden = np.empty((n_steps + 1, batch_size, n_hidden), x.dtype)
    cell, tanh_cell = np.empty_like(hidden), np.empty_like(hidden[1:])
    hidden[0], cell[0] = state
    recurrent = np.empty_like(gates[0])  # (4, B, H)
    scale = np.zeros_like(recurrent) + half  # in full: without broadcasting the loop is faster
    shift = 1 - scale
    for t in range(n_steps):
        z = gates[t]
        z += np.matmul(hidden[t], weight_hh, out=recurrent)
        np.tanh(z, out=z)
        z *= scale
        z += shift
        i, f, g, o = z
        c = np.multiply(f, cell[t], out=cell[t + 1])
        c += i * g
        np.multiply(o, np.tanh(c, out=tanh_cell[t]), out=hidden[t + 1])
    gates = np.ascontiguousarray(gates.swapaxes(0, 1))  # (4, T, B, H): gate by gate, for the way back
    return hidden[1:], (hidden[-1], cell[-1]), Cache(x, hidden, cell, gates, tanh_cell, params)


def lstm_layer_backward(d_output: Array, cache: Cache, d_state: State | None = None) -> tuple[Array, State, Parameters]:
    """Gradients of `lstm_layer`: backpropagation through time.

    Parameters
    ----------
    d_output : ndarray of shape (T, B, H)
    cache : what `lstm_layer` returned
    d_state : gradients that reach the last h and c from later steps, ndarrays of shape (B, H), optional

    Returns
    -------
    dx : ndarray of shape (T, B, I)
    d_state0 : gradients of h and c before the first step
    grads : dict with the names of ``params``, summed over batch and time

    Raises
    ------
    ValueError
        If ``d_output`` does not have the shape of the output.
    """
    x, hidden, cell, gates, tanh_cell, params = cache
    expect_shape(d_output, hidden[1:].shape)
    i, f, g, o = gates
    d_z = sigmoid_derivative(gates)  # (4, T, B, H): first all that does not depend on later steps
    d_z[2] = tanh_derivative(g)
    for factor, gate in zip((g, cell[:-1], i, tanh_cell), d_z, strict=True):
        gate *= factor
    into_cell = o * tanh_derivative(tanh_cell)  # (T, B, H): from h to c
    d_h, d_c = np.zeros_like(hidden[:2]) if d_state is None else (d.astype(x.dtype) for d in d_state)  # (B, H), copies
    for t in reversed(range(len(x))):
        d_h += d_output[t]
        d_c += d_h * into_cell[t]
        d_z[:3, t] *= d_c
        d_z[3, t] *= d_h
        side_by_side = d_z[:, t].swapaxes(0, 1).reshape(len(d_h), -1)  # (B, 4H): one product sums over the gates
        np.matmul(side_by_side, params["weight_hh"], out=d_h)
        d_c *= f[t]
    d_rows = d_z.reshape(4, -1, d_z.shape[-1])  # (4, T·B, H)
    dx = (d_rows @ _by_gate(params["weight_ih"])).sum(axis=0).reshape(x.shape)
    d_bias = (np.ones_like(d_rows[0, :, 0]) @ d_rows).ravel()  # (4H,): a sum as a product, which is faster
    grads = {
        "weight_ih": (d_rows.mT @ x.reshape(d_rows.shape[1], -1)).reshape(params["weight_ih"].shape),
        "weight_hh": (d_rows.mT @ hidden[:-1].reshape(d_rows.shape[1:])).reshape(params["weight_hh"].shape),
        "bias_ih": d_bias,
        "bias_hh": d_bias.copy(),
    }
    return dx, (d_h, d_c), grads


def _by_gate(parameter: Array) -> Array:
    """View a weight (4H, I) as (4, H, I), and a bias (4H,) as (4, 1, H)."""
    return parameter.reshape(4, -1, parameter.shape[1]) if parameter.ndim == 2 else parameter.reshape(4, 1, -1)


class LSTM(StackedRNN):
    """LSTM layers on top of each other, as ``torch.nn.LSTM``; the output is the top layer's hidden state.

    Parameters
    ----------
    input_size, hidden_size, num_layers, rng, dtype : as in `StackedRNN`
    forget_bias : float, optional
        What the forget gate's two biases sum to at the start, in every layer. At 1 the gate starts 73 % open
        (Jozefowicz et al. 2015 recommend it). If not given, they are drawn as the others are.

    Examples
    --------
    >>> model = LSTM(2, 3, np.random.default_rng(0))
    >>> {name: value.shape for name, value in model.parameters().items()}
    {'weight_ih_l0': (12, 2), 'weight_hh_l0': (12, 3), 'bias_ih_l0': (12,), 'bias_hh_l0': (12,)}
    >>> output, (h, c), cache = model.forward(np.zeros((5, 7, 2)))
    >>> output.shape, h.shape, c.shape, cache[0].gates.shape
    ((5, 7, 3), (1, 7, 3), (1, 7, 3), (4, 5, 7, 3))
    """

    gates, n_states = 4, 2

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        rng: np.random.Generator,
        num_layers: int = 1,
        forget_bias: float | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__(input_size, hidden_size, rng, num_layers, dtype)
        if forget_bias is not None:
            self.set_gate_bias(GATES.index("forget"), forget_bias)

    def forward_layer(self, x: Array, state: State, params: Parameters) -> tuple[Array, State, Cache]:
        """Run `lstm_layer`."""
        return lstm_layer(x, state, params)

    def backward_layer(self, d_output: Array, cache: Cache, d_state: State | None) -> tuple[Array, State, Parameters]:
        """Run `lstm_layer_backward`."""
        return lstm_layer_backward(d_output, cache, d_state)
