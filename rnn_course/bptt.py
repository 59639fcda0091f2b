"""Backpropagation through time: full, truncated, the other way round, and what it says of the past.

Everything here is built on `elman_step` and its gradient, one step at a time, so that each gradient can be looked at.
`ElmanRNN` computes the same gradients faster.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnn_course.elman_jordan import Cache, elman_step, elman_step_backward
from rnn_course.ffnn import Activation
from rnn_course.functional import DERIVATIVE, Loss, tanh
from rnn_course.module import Module, Parameters

Array = NDArray[np.floating]


def unroll(x: Array, h_0: Array, params: Parameters, activation: Activation = tanh) -> tuple[Array, list[Cache]]:
    """Run `elman_step` over a sequence, and keep each step's cache.

    Parameters
    ----------
    x : ndarray of shape (T, B, I)
    h_0 : ndarray of shape (B, H)
    params, activation : as in `elman_step`

    Returns
    -------
    hidden : ndarray of shape (T, B, H), the states h_1 to h_T
    caches : list of T caches
    """
    h, hidden, caches = h_0, [], []
    for x_t in x:
        h, cache = elman_step(x_t, h, params, activation)
        hidden.append(h)
        caches.append(cache)
    return np.stack(hidden), caches


def bptt(d_output: Array, caches: list[Cache]) -> tuple[Array, Array, Array, Parameters]:
    """Backpropagation through time (Rumelhart et al. 1986; Werbos 1990).

    Parameters
    ----------
    d_output : ndarray of shape (T, B, H), gradient that each state receives from the output of its own step
    caches : what `unroll` returned

    Returns
    -------
    dx : ndarray of shape (T, B, I)
    d_hidden : ndarray of shape (T, B, H), the whole gradient of each state: from its own step and from all later ones
    d_h_0 : ndarray of shape (B, H)
    grads : dict with the names of the parameters, summed over batch and time

    Raises
    ------
    ValueError
        If ``d_output`` does not have the shape of the states.

    Examples
    --------
    >>> params = {"weight_ih": np.ones((1, 1)), "weight_hh": np.array([[0.5]]), "bias_ih": np.zeros(1)}
    >>> x, h_0 = np.zeros((3, 1, 1)), np.zeros((1, 1))
    >>> hidden, caches = unroll(x, h_0, params | {"bias_hh": np.zeros(1)})
    >>> d_output = np.array([0.0, 0.0, 1.0]).reshape(3, 1, 1)
    >>> bptt(d_output, caches)[1].ravel().tolist()
    [0.25, 0.5, 1.0]
    """
    shape = (len(caches), *caches[0][2].shape)  # a cache is (x, state, h, …)
    if d_output.shape != shape:
        raise ValueError(f"d_output: expected shape {shape}, received {d_output.shape}")
    from_future = np.zeros_like(d_output[0])  # (B, H): nothing comes after the last step
    per_step, grads = [], {}
    for d_own, cache in zip(d_output[::-1], caches[::-1], strict=True):
        d_h = d_own + from_future  # (B, H)
        dx, from_future, step_grads = elman_step_backward(d_h, cache)
        per_step.append((dx, d_h))
        for name, gradient in step_grads.items():
            grads[name] = grads.get(name, 0) + gradient  # one weight, used T times: its gradients add up
    dx, d_hidden = (np.stack(parts) for parts in zip(*per_step[::-1], strict=True))
    return dx, d_hidden, from_future, grads


def truncated_bptt(d_output: Array, caches: list[Cache], k1: int, k2: int) -> Parameters:
    """Truncated backpropagation through time: every ``k1`` steps, go ``k2`` steps back (Williams & Peng 1990).

    Each visit starts from the errors of the newest ``k1`` steps, so that every error counts once. What lies more than
    ``k2`` steps back is taken as given. With k2 ≥ T, and with k1 = k2 = T, this is `bptt`.

    Parameters
    ----------
    d_output : ndarray of shape (T, B, H)
    caches : what `unroll` returned
    k1 : int, steps between two visits to the past
    k2 : int, at least ``k1``, steps that each visit goes back

    Returns
    -------
    dict with the names of the parameters

    Raises
    ------
    ValueError
        If not 1 ≤ k1 ≤ k2.
    """
    if not 1 <= k1 <= k2:
        raise ValueError(f"expected 1 <= k1 <= k2, else some errors are never used; received k1 = {k1}, k2 = {k2}")
    grads: Parameters = {}
    for first in range(0, len(caches), k1):
        last = min(first + k1, len(caches))
        start = max(0, last - k2)
        d_window = d_output[start:last].copy()  # (k2, B, H) at most
        d_window[: first - start] = 0  # these errors had their visit
        for name, gradient in bptt(d_window, caches[start:last])[3].items():
            grads[name] = grads.get(name, 0) + gradient
    return grads


def chunked_bptt(
    model: Module, x: Array, target: NDArray, loss: Loss, length: int, carry: bool = True
) -> Iterator[tuple[float, Parameters]]:
    """Cut a sequence into chunks and yield the loss and the gradients of each, k1 = k2 = ``length``.

    The gradient never crosses a border, because a chunk's cache knows nothing of the chunk before. The caller may
    update the model between two chunks.

    Parameters
    ----------
    model : Module with a state
    x : ndarray of shape (T, B, I)
    target : ndarray of shape (T, B, ...)
    loss : callable ``(output, target) -> (loss, d_output)``
    length : int, steps in a chunk; the last may be shorter
    carry : bool, start each chunk from the last state of the one before; else from zeros

    Raises
    ------
    ValueError
        If ``length`` is not positive.
    """
    if length < 1:
        raise ValueError(f"length: expected at least 1 step, received {length}")
    state = None
    for start in range(0, len(x), length):
        output, state, cache = model.forward(x[start : start + length], state if carry else None)
        value, d_output = loss(output, target[start : start + length])
        yield value, model.backward(d_output, cache)[2]


def rtrl(
    x: Array, h_0: Array, params: Parameters, d_output: Array, activation: Activation = tanh
) -> tuple[Parameters, Array]:
    """Real-time recurrent learning: the gradient of `bptt`, carried forward in time (Williams & Zipser 1989).

    Nothing is stored for the way back. Instead the influence of every weight on every unit travels with the state.

    Parameters
    ----------
    x : ndarray of shape (T, B, I)
    h_0 : ndarray of shape (B, H)
    params, activation : as in `elman_step`
    d_output : ndarray of shape (T, B, H), gradient that each state receives from the output of its own step

    Returns
    -------
    grads : dict with the names of ``params``
    influence : ndarray of shape (B, H, H, I + H + 1)
        Entry [b, k, i, j] is the derivative of h_T's unit k with respect to unit i's weight on input j, where the
        inputs are x, the context and a constant 1.
    """
    n_inputs, n_hidden = params["weight_ih"].shape[1], len(params["weight_hh"])
    units = np.arange(n_hidden)
    h, influence = h_0, np.zeros((len(h_0), n_hidden, n_hidden, n_inputs + n_hidden + 1), x.dtype)
    total = np.zeros(influence.shape[2:], x.dtype)  # (H, I + H + 1)
    for x_t, d_own in zip(x, d_output, strict=True):
        seen = np.concatenate([x_t, h, np.ones_like(h[:, :1])], axis=1)  # (B, I + H + 1)
        h, _ = elman_step(x_t, h, params, activation)
        influence = np.einsum("kl,blij->bkij", params["weight_hh"], influence)  # through the context …
        influence[:, units, units] += seen[:, np.newaxis]  # … and directly, each weight on its own unit
        influence *= DERIVATIVE[activation](h)[:, :, np.newaxis, np.newaxis]
        total += np.einsum("bk,bkij->ij", d_own, influence)
    weight_ih, weight_hh, bias = np.split(total, [n_inputs, n_inputs + n_hidden], axis=1)
    bias = bias[:, 0]
    return {"weight_ih": weight_ih, "weight_hh": weight_hh, "bias_ih": bias, "bias_hh": bias.copy()}, influence


class Cost(NamedTuple):
    """Numbers to keep, and multiplications to make, for one sequence."""

    memory: int
    multiplications: int


def bptt_cost(n_steps: int, input_size: int, hidden_size: int) -> Cost:
    """Cost of `bptt`: every state is kept, and each step back is four products with a weight or its gradient."""
    return Cost(n_steps * hidden_size, n_steps * 2 * hidden_size * (input_size + hidden_size))


def rtrl_cost(n_steps: int, input_size: int, hidden_size: int) -> Cost:
    """Cost of `rtrl`: memory does not grow with T, but each step multiplies W_hh with the whole influence."""
    memory = hidden_size**2 * (input_size + hidden_size + 1)
    return Cost(memory, n_steps * hidden_size * memory)


def jacobians(hidden: Array, weight_hh: Array, activation: Activation = tanh) -> Array:
    """Derivatives of each state with respect to the one before: diag(φ'(z_t)) W_hh.

    Parameters
    ----------
    hidden : ndarray of shape (T, B, H), the states h_1 to h_T
    weight_hh : ndarray of shape (H, H)
    activation : function of `rnn_course.functional`

    Returns
    -------
    ndarray of shape (T, B, H, H); entry [t, b, i, j] is the derivative of unit i at step t + 1 by unit j at step t.
    """
    return DERIVATIVE[activation](hidden)[..., np.newaxis] * weight_hh


def jacobian_products(jacobians: Array) -> Array:
    """Derivatives of the last state with respect to each state: J_T J_{T-1} ⋯ J_{T-k+1} for every lag k.

    Parameters
    ----------
    jacobians : ndarray of shape (T, B, H, H)

    Returns
    -------
    ndarray of shape (T + 1, B, H, H), by lag; at lag 0 the identity.
    """
    products = [np.broadcast_to(np.eye(jacobians.shape[-1], dtype=jacobians.dtype), jacobians.shape[1:])]
    for jacobian in jacobians[::-1]:
        products.append(products[-1] @ jacobian)
    return np.stack(products)


def singular_values_by_lag(jacobians: Array) -> Array:
    """Singular values of `jacobian_products`, largest first, shape (T + 1, B, H).

    They bound how much a gradient grows or shrinks on its way back. Values below the largest times 10⁻¹⁶ are rounding.
    """
    return np.linalg.svd(jacobian_products(jacobians), compute_uv=False)


def gradient_norm_by_lag(d_state: Array, hidden: Array, weight_hh: Array, activation: Activation = tanh) -> Array:
    """Norm of a gradient on its way back from the last state, step by step.

    Parameters
    ----------
    d_state : ndarray of shape (B, H), gradient of the loss with respect to h_T
    hidden : ndarray of shape (T, B, H), the states h_1 to h_T
    weight_hh : ndarray of shape (H, H)
    activation : function of `rnn_course.functional`

    Returns
    -------
    ndarray of shape (T + 1, B), by lag: entry k is the norm of the gradient of h_{T-k}.

    Examples
    --------
    >>> from rnn_course.functional import identity
    >>> gradient_norm_by_lag(np.ones((1, 1)), np.zeros((3, 1, 1)), np.array([[0.5]]), identity).ravel().tolist()
    [1.0, 0.5, 0.25, 0.125]
    """
    norms = [np.linalg.norm(d_state, axis=-1)]
    for slope in DERIVATIVE[activation](hidden)[::-1]:
        d_state = d_state * slope @ weight_hh  # (B, H)
        norms.append(np.linalg.norm(d_state, axis=-1))
    return np.stack(norms)
