"""Gated recurrent units: one state, and two gates that say how much of it is read and how much is renewed.

Two versions are in use. They differ in where the reset gate acts: on what the recurrent weights return (*after*: cuDNN,
torch), or on the state that they read (*before*: Cho et al. 2014). On the same weights they give different numbers.
`gru_step` is one moment of either. `gru_layer` is torch's version over a whole sequence, written for speed.
"""

from functools import partial
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnn_course.functional import sigmoid, sigmoid_derivative, tanh_derivative
from rnn_course.module import Parameters
from rnn_course.stacked import StackedRNN, expect_shape, repeat_step, repeat_step_backward

Array = NDArray[np.floating]
GATES = ("reset", "update", "new")  # r, z, n: the order of the blocks in every weight, as in torch


def gru_step(x: Array, state: Array, params: Parameters, reset_after: bool = True) -> tuple[Array, tuple[Any, ...]]:
    """One step of a GRU (Cho et al. 2014), as ``torch.nn.GRUCell`` unless ``reset_after`` is False.

    The new state is h' = (1 - z) ⊙ n + z ⊙ h. The candidate n is tanh(x W_inᵀ + b_in + r ⊙ (h W_hnᵀ + b_hn)), or with
    the reset before the product, tanh(x W_inᵀ + b_in + (r ⊙ h) W_hnᵀ + b_hn).

    Parameters
    ----------
    x : ndarray of shape (B, I)
    state : ndarray of shape (B, H)
    params : ``weight_ih`` (3H, I), ``weight_hh`` (3H, H), ``bias_ih`` (3H,), ``bias_hh`` (3H,); rows in order r, z, n
    reset_after : bool

    Returns
    -------
    state : ndarray of shape (B, H)
    cache : what `gru_step_backward` needs

    Examples
    --------
    Both gates are half open, and the candidate is 0: half of the state is left.

    >>> params = {"weight_ih": np.zeros((3, 1)), "weight_hh": np.zeros((3, 1)), "bias_ih": np.zeros(3)}
    >>> gru_step(np.ones((1, 1)), np.ones((1, 1)), params | {"bias_hh": np.zeros(3)})[0].tolist()
    [[0.5]]
    """
    h, n_hidden = state, state.shape[1]
    x_r, x_z, x_n = np.split(x @ params["weight_ih"].T + params["bias_ih"], 3, axis=1)  # (B, H) each
    weight_rz, weight_n = np.split(params["weight_hh"], [2 * n_hidden])  # (2H, H), (H, H)
    bias_rz, bias_n = np.split(params["bias_hh"], [2 * n_hidden])
    h_r, h_z = np.split(h @ weight_rz.T + bias_rz, 2, axis=1)
    r, z = sigmoid(x_r + h_r), sigmoid(x_z + h_z)
    read = h if reset_after else r * h  # (B, H): what the candidate's weights see
    h_n = read @ weight_n.T + bias_n
    n = np.tanh(x_n + (r * h_n if reset_after else h_n))
    return (1 - z) * n + z * h, (x, h, r, z, n, h_n, params, reset_after)


def gru_step_backward(d_state: Array, cache: tuple[Any, ...]) -> tuple[Array, Array, Parameters]:
    """Gradients of `gru_step`.

    Parameters
    ----------
    d_state : ndarray of shape (B, H), gradient of the loss with respect to the new state
    cache : what `gru_step` returned

    Returns
    -------
    dx : ndarray of shape (B, I)
    d_state_prev : ndarray of shape (B, H)
    grads : dict with the names of ``params``, summed over the batch
    """
    x, h, r, z, n, h_n, params, reset_after = cache
    weight_rz, weight_n = np.split(params["weight_hh"], [2 * h.shape[1]])
    d_n = d_state * (1 - z) * tanh_derivative(n)  # (B, H): before the tanh
    d_hn = d_n * r if reset_after else d_n  # what the candidate's recurrent weights returned
    d_read = d_hn @ weight_n
    d_r = (d_n * h_n if reset_after else d_read * h) * sigmoid_derivative(r)
    d_z = d_state * (h - n) * sigmoid_derivative(z)
    d_rz = np.concatenate([d_r, d_z], axis=1)  # (B, 2H)
    d_state_prev = d_state * z + d_rz @ weight_rz + (d_read if reset_after else d_read * r)
    d_input = np.concatenate([d_rz, d_n], axis=1)  # (B, 3H)
    d_recurrent = np.concatenate([d_rz, d_hn], axis=1)
    grads = {
        "weight_ih": d_input.T @ x,  # (3H, I)
        "weight_hh": np.concatenate([d_rz.T @ h, d_hn.T @ (h if reset_after else r * h)]),  # (3H, H)
        "bias_ih": d_input.sum(axis=0),  # (3H,)
        "bias_hh": d_recurrent.sum(axis=0),
    }
    return d_input @ params["weight_ih"], d_state_prev, grads


class Cache(NamedTuple):
    """What `gru_layer_backward` needs, and a reader may want to see: the gates of every step."""

    x: Array  # (T, B, I)
    hidden: Array  # (T + 1, B, H): h_0, h_1, …, h_T
    gates: Array  # (3, T, B, H): r, z, n
    recurrent_n: Array  # (T, B, H): h W_hnᵀ + b_hn, which the reset gate multiplies
    params: Parameters


def gru_layer(x: Array, h_0: Array, params: Parameters) -> tuple[Array, Array, Cache]:
    """Repeat `gru_step`, reset after the product, over a sequence.

    Parameters
    ----------
    x : ndarray of shape (T, B, I)
    h_0 : ndarray of shape (B, H), the state before the first step
    params : as in `gru_step`

    Returns
    -------
    hidden : ndarray of shape (T, B, H)
    state : ndarray of shape (B, H), the last of them
    cache : what `gru_layer_backward` needs
    """
    n_steps, batch_size, n_hidden = len(x), *h_0.shape
    half = np.array([0.5, 0.5, 1], x.dtype).reshape(3, 1, 1)  # σ(z) = ½ + ½ tanh(z / 2), as in `lstm_layer`
    weight_ih, weight_hh = (half * _by_gate(params[name]).astype(x.dtype) for name in ("weight_ih", "weight_hh"))
    bias_ih, bias_hh = (half * _by_gate(params[name]).astype(x.dtype) for name in ("bias_ih", "bias_hh"))
    gates = np.empty((3, n_steps, batch_size, n_hidden), x.dtype)
    rows = gates.reshape(3, n_steps * batch_size, n_hidden)  # the same memory: inputs wait where the gates will be
    np.matmul(x.reshape(rows.shape[1], -1), weight_ih.mT, out=rows)
    rows += bias_ih
    hidden = np.empty((n_steps + 1, batch_size, n_hidden), x.dtype)
    recurrent_n = np.empty_like(hidden[1:])
    hidden[0] = h_0
    weight_hh = np.ascontiguousarray(weight_hh.mT)  # one copy: a transposed view is slower, T times
    recurrent = np.empty_like(gates[:, 0])  # (3, B, H)
    bias_hh = np.zeros_like(recurrent) + bias_hh  # in full: without broadcasting the loop is faster
    for t in range(n_steps):
        np.matmul(hidden[t], weight_hh, out=recurrent)
        recurrent += bias_hh
        recurrent_n[t] = recurrent[2]
        rz = recurrent[:2]
        rz += gates[:2, t]
        np.tanh(rz, out=rz)
        rz += 1
        r, z = np.multiply(rz, 0.5, out=gates[:2, t])
        n = gates[2, t]
        n += r * recurrent_n[t]
        np.tanh(n, out=n)
        h_new = np.subtract(hidden[t], n, out=hidden[t + 1])
        h_new *= z
        h_new += n  # (1 - z) n + z h, with one product
    return hidden[1:], hidden[-1], Cache(x, hidden, gates, recurrent_n, params)


def gru_layer_backward(d_output: Array, cache: Cache, d_state: Array | None = None) -> tuple[Array, Array, Parameters]:
    """Gradients of `gru_layer`: backpropagation through time.

    Parameters
    ----------
    d_output : ndarray of shape (T, B, H)
    cache : what `gru_layer` returned
    d_state : ndarray of shape (B, H), optional, gradient that reaches the last state from later steps

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
    x, hidden, gates, recurrent_n, params = cache
    expect_shape(d_output, hidden[1:].shape)
    r, z, n = gates
    d_n = (1 - z) * tanh_derivative(n)  # (T, B, H): first all that does not depend on later steps
    d_r, d_z = d_n * recurrent_n * sigmoid_derivative(r), (hidden[:-1] - n) * sigmoid_derivative(z)
    d_gates = np.stack([d_r, d_z, d_n * r, d_n])  # (4, T, B, H): r, z, h_n, n
    d_h = np.zeros_like(hidden[0]) if d_state is None else d_state.astype(x.dtype)  # (B, H), a copy
    weight_hh, by_gate = _by_gate(params["weight_hh"]), np.empty_like(d_gates[:3, 0])
    for t in reversed(range(len(x))):
        d_h += d_output[t]
        d_gates[:, t] *= d_h
        d_h *= z[t]
        d_h += np.matmul(d_gates[:3, t], weight_hh, out=by_gate).sum(axis=0)
    d_rows = d_gates.reshape(4, -1, r.shape[-1])  # (4, T·B, H)
    d_bias = np.ones_like(d_rows[0, :, 0]) @ d_rows  # (4, H): a sum as a product, which is faster
    x_rows, h_rows = x.reshape(d_rows.shape[1], -1), hidden[:-1].reshape(d_rows.shape[1:])
    d_input = d_rows[[0, 1, 3]]  # (3, T·B, H)
    grads = {
        "weight_ih": (d_input.mT @ x_rows).reshape(params["weight_ih"].shape),
        "weight_hh": (d_rows[:3].mT @ h_rows).reshape(params["weight_hh"].shape),
        "bias_ih": d_bias[[0, 1, 3]].ravel(),
        "bias_hh": d_bias[:3].ravel(),
    }
    return (d_input @ _by_gate(params["weight_ih"])).sum(axis=0).reshape(x.shape), d_h, grads


def _by_gate(parameter: Array) -> Array:
    """View a weight (3H, I) as (3, H, I), and a bias (3H,) as (3, 1, H)."""
    return parameter.reshape(3, -1, parameter.shape[1]) if parameter.ndim == 2 else parameter.reshape(3, 1, -1)


class GRU(StackedRNN):
    """GRU layers on top of each other, as ``torch.nn.GRU``; the output is the top layer's hidden state.

    Parameters
    ----------
    input_size, hidden_size, num_layers, rng, dtype : as in `StackedRNN`
    reset_after : bool, where the reset gate acts; torch has no other
    update_bias : float, optional
        What the update gate's two biases sum to at the start: above 0, more of the state is kept than renewed. If not
        given, they are drawn as the others are.

    Examples
    --------
    >>> model = GRU(2, 3, np.random.default_rng(0))
    >>> {name: value.shape for name, value in model.parameters().items()}
    {'weight_ih_l0': (9, 2), 'weight_hh_l0': (9, 3), 'bias_ih_l0': (9,), 'bias_hh_l0': (9,)}
    >>> output, state, cache = model.forward(np.zeros((5, 7, 2)))
    >>> output.shape, state.shape, cache[0].gates.shape
    ((5, 7, 3), (1, 7, 3), (3, 5, 7, 3))
    """

    gates, n_states = 3, 1

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        rng: np.random.Generator,
        num_layers: int = 1,
        reset_after: bool = True,
        update_bias: float | None = None,
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__(input_size, hidden_size, rng, num_layers, dtype)
        self.reset_after = reset_after
        if update_bias is not None:
            self.set_gate_bias(GATES.index("update"), update_bias)

    def forward_layer(self, x: Array, state: Array, params: Parameters) -> tuple[Array, Array, Any]:
        """Run one layer; see `StackedRNN`."""
        if self.reset_after:
            return gru_layer(x, state, params)
        return repeat_step(partial(gru_step, reset_after=False), x, state, params)

    def backward_layer(self, d_output: Array, cache: Any, d_state: Array | None) -> tuple[Array, Array, Parameters]:
        """Undo `forward_layer`."""
        if self.reset_after:
            return gru_layer_backward(d_output, cache, d_state)
        return repeat_step_backward(gru_step_backward, d_output, cache, d_state)
