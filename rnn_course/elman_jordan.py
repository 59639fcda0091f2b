"""Elman networks, whose hidden layer reads its own past; Jordan networks stand in `rnn_course.jordan`.

The network stands here twice. `elman_step` is the folded network: one copy of the weights, one moment. `elman_layer` is
the same network unfolded over a sequence: the input's part of all steps is one product, the recurrence is the only
loop, and each weight gradient is one product after it.
"""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnn_course.ffnn import Activation
from rnn_course.functional import DERIVATIVE, tanh
from rnn_course.jordan import JordanRNN, jordan_step, jordan_step_backward
from rnn_course.module import Parameters
from rnn_course.stacked import StackedRNN, expect_shape

__all__ = [
    "ElmanRNN",
    "JordanRNN",
    "elman_layer",
    "elman_layer_backward",
    "elman_step",
    "elman_step_backward",
    "jordan_step",
    "jordan_step_backward",
]

Array = NDArray[np.floating]
Cache = tuple[Any, ...]


def elman_step(x: Array, state: Array, params: Parameters, activation: Activation = tanh) -> tuple[Array, Cache]:
    """One step of an Elman network: φ(x W_ihᵀ + b_ih + h W_hhᵀ + b_hh) (Elman 1990), as ``torch.nn.RNNCell``.

    Parameters
    ----------
    x : ndarray of shape (B, I)
    state : ndarray of shape (B, H), the context units: the hidden layer one step earlier
    params : ``weight_ih`` (H, I), ``weight_hh`` (H, H), ``bias_ih`` (H,), ``bias_hh`` (H,)
    activation : function of `rnn_course.functional`

    Returns
    -------
    state : ndarray of shape (B, H)
    cache : what `elman_step_backward` needs

    Notes
    -----
    A leading axis on ``x``, ``state`` and the weights runs a stack of independent networks.

    Examples
    --------
    >>> from rnn_course.functional import identity
    >>> params = {"weight_ih": np.array([[1.0]]), "weight_hh": np.array([[2.0]]), "bias_ih": np.zeros(1)}
    >>> state, _ = elman_step(np.array([[1.0]]), np.array([[3.0]]), params | {"bias_hh": np.zeros(1)}, identity)
    >>> state.tolist()
    [[7.0]]
    """
    z = x @ params["weight_ih"].mT + params["bias_ih"]  # (B, H); mT swaps the last two axes
    z = z + state @ params["weight_hh"].mT + params["bias_hh"]  # (B, H)
    h = activation(z)
    return h, (x, state, h, params, activation)


def elman_step_backward(d_state: Array, cache: Cache) -> tuple[Array, Array, Parameters]:
    """Gradients of `elman_step`.

    Parameters
    ----------
    d_state : ndarray of shape (B, H), gradient of the loss with respect to the new state
    cache : what `elman_step` returned

    Returns
    -------
    dx : ndarray of shape (B, I)
    d_state_prev : ndarray of shape (B, H)
    grads : dict with the names of ``params``, summed over the batch
    """
    x, state, h, params, activation = cache
    d_z = d_state * DERIVATIVE[activation](h)  # (B, H)
    dx = d_z @ params["weight_ih"]  # (B, I)
    d_state_prev = d_z @ params["weight_hh"]  # (B, H)
    d_bias = d_z.sum(axis=-2)  # (H,)
    grads = {
        "weight_ih": d_z.mT @ x,  # (H, I)
        "weight_hh": d_z.mT @ state,  # (H, H)
        "bias_ih": d_bias,
        "bias_hh": d_bias.copy(),  # clipping changes gradients in place: the two must not share memory
    }
    return dx, d_state_prev, grads


def elman_layer(x: Array, h_0: Array, params: Parameters, activation: Activation = tanh) -> tuple[Array, Cache]:
    """Repeat `elman_step` over a sequence.

    Parameters
    ----------
    x : ndarray of shape (T, B, I)
    h_0 : ndarray of shape (B, H), the state before the first step
    params, activation : as in `elman_step`

    Returns
    -------
    hidden : ndarray of shape (T, B, H)
    cache : what `elman_layer_backward` needs
    """
    n_steps, batch_size, _ = x.shape
    hidden = np.empty((n_steps + 1, *h_0.shape), x.dtype)  # (T + 1, B, H): h_0, h_1, …, h_T
    hidden[0] = h_0
    projected = hidden[1:].reshape(n_steps * batch_size, -1)  # the same memory: step t's input waits where h_t will be
    np.matmul(x.reshape(len(projected), -1), params["weight_ih"].T, out=projected)
    projected += params["bias_ih"] + params["bias_hh"]
    weight = np.ascontiguousarray(params["weight_hh"].T, x.dtype)  # one copy: a transposed view is slower, T times
    recurrent = np.empty_like(hidden[0])
    for t in range(n_steps):
        z = hidden[t + 1]  # (B, H)
        z += np.matmul(hidden[t], weight, out=recurrent)
        z[...] = activation(z)
    return hidden[1:], (x, hidden, params, activation)


def elman_layer_backward(
    d_output: Array, cache: Cache, d_state: Array | None = None, one_step: bool = False
) -> tuple[Array, Array, Parameters]:
    """Gradients of `elman_layer`: backpropagation through time.

    Parameters
    ----------
    d_output : ndarray of shape (T, B, H)
    cache : what `elman_layer` returned
    d_state : ndarray of shape (B, H), optional, gradient that reaches the last state from later steps
    one_step : bool, stop the gradient at the context units, as Elman (1990) did

    Returns
    -------
    dx : ndarray of shape (T, B, I)
    d_state0 : ndarray of shape (B, H)
    grads : dict with the names of ``params``, summed over batch and time

    Raises
    ------
    ValueError
        If ``d_output`` does not have the shape of the output.
    """
    x, hidden, params, activation = cache
    expect_shape(d_output, hidden[1:].shape)
    d_z = DERIVATIVE[activation](hidden[1:])  # (T, B, H): φ' first, times δ_h in the loop
    d_h = np.zeros_like(hidden[0]) if d_state is None else d_state.astype(hidden.dtype)  # (B, H), a copy
    for t in reversed(range(len(x))):
        d_h += d_output[t]
        d_z[t] *= d_h
        if one_step:
            d_h[...] = 0
        else:
            np.matmul(d_z[t], params["weight_hh"], out=d_h)
    d_rows = d_z.reshape(-1, d_z.shape[-1])  # (T·B, H)
    dx = (d_rows @ params["weight_ih"]).reshape(x.shape)
    d_bias = d_rows.sum(axis=0)  # (H,)
    grads = {
        "weight_ih": d_rows.T @ x.reshape(len(d_rows), -1),  # (H, I)
        "weight_hh": d_rows.T @ hidden[:-1].reshape(d_rows.shape),  # (H, H)
        "bias_ih": d_bias,
        "bias_hh": d_bias.copy(),
    }
    return dx, d_h, grads


class ElmanRNN(StackedRNN):
    """Elman layers on top of each other, as ``torch.nn.RNN``; the output is the top layer's hidden state.

    Parameters
    ----------
    input_size, hidden_size, rng, num_layers, dtype : as in `StackedRNN`
    activation : function of `rnn_course.functional`; torch has tanh and relu
    one_step : bool
        Stop the gradient at the context units, as Elman (1990) did: each step then learns from its own error alone,
        and takes the context as a given input. The forward pass is the same.

    Raises
    ------
    ValueError
        If a size is not positive, or the activation has no derivative in `functional.DERIVATIVE`.

    Examples
    --------
    >>> model = ElmanRNN(2, 3, np.random.default_rng(0))
    >>> {name: value.shape for name, value in model.parameters().items()}
    {'weight_ih_l0': (3, 2), 'weight_hh_l0': (3, 3), 'bias_ih_l0': (3,), 'bias_hh_l0': (3,)}
    >>> output, state, cache = model.forward(np.zeros((5, 7, 2)))
    >>> output.shape, state.shape
    ((5, 7, 3), (1, 7, 3))
    """

    gates, n_states = 1, 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        rng: np.random.Generator,
        num_layers: int = 1,
        activation: Activation = tanh,
        one_step: bool = False,
        dtype: DTypeLike = np.float64,
    ) -> None:
        if activation not in DERIVATIVE:
            known = ", ".join(f.__name__ for f in DERIVATIVE)
            raise ValueError(f"activation: expected one of {known}, received {activation!r}")
        super().__init__(input_size, hidden_size, rng, num_layers, dtype)
        self.activation, self.one_step = activation, one_step

    def forward_layer(self, x: Array, state: Array, params: Parameters) -> tuple[Array, Array, Cache]:
        """Run one layer; see `StackedRNN`."""
        hidden, cache = elman_layer(x, state, params, self.activation)
        return hidden, hidden[-1], cache

    def backward_layer(self, d_output: Array, cache: Cache, d_state: Array | None) -> tuple[Array, Array, Parameters]:
        """Undo `forward_layer`."""
        return elman_layer_backward(d_output, cache, d_state, self.one_step)
