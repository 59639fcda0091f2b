"""Vanishing and exploding gradients: what decides which, and the cures.

Two cures live elsewhere, because every model uses them: clipping by norm and by value in `rnn_course.optim`, early
stopping in `rnn_course.training.fit` (``patience``). How a gradient shrinks with the lag is measured in
`rnn_course.bptt`.
"""

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnn_course.elman_jordan import Cache, elman_step, elman_step_backward
from rnn_course.ffnn import Activation
from rnn_course.functional import DERIVATIVE, sigmoid, sigmoid_derivative, tanh
from rnn_course.module import Parameters
from rnn_course.optim import SGD, clip_grad_norm

Array = NDArray[np.floating]


def spectral_radius(weight: Array) -> float:
    """Largest absolute eigenvalue of a square matrix: its growth per product, in the long run.

    Examples
    --------
    >>> spectral_radius(np.array([[1.0, 5.0], [0.0, -2.0]]))
    2.0
    """
    return float(np.abs(np.linalg.eigvals(weight)).max())


def identity_weight(hidden_size: int, scale: float = 1.0, dtype: DTypeLike = np.float64) -> Array:
    """Return ``scale`` times the identity: each unit starts by copying itself (Le et al. 2015, with rectified units)."""
    return scale * np.eye(hidden_size, dtype=dtype)


def orthogonal_weight(hidden_size: int, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Array:
    """Draw an orthogonal matrix, all of them equally likely: it turns vectors and keeps their length.

    Notes
    -----
    The signs of R's diagonal go into Q. Without them the QR factorisation prefers some matrices (Mezzadri 2007).
    """
    q, r = np.linalg.qr(rng.standard_normal((hidden_size, hidden_size)))
    return (q * np.sign(np.diag(r))).astype(dtype)


def scale_to_radius(weight: Array, radius: float) -> Array:
    """Scale a square matrix so that its spectral radius is ``radius``.

    Raises
    ------
    ValueError
        If every eigenvalue is zero: no scale helps then.

    Examples
    --------
    >>> scale_to_radius(np.diag([1.0, -4.0]), radius=2.0).diagonal().tolist()
    [0.5, -2.0]
    """
    present = spectral_radius(weight)
    if present == 0:
        raise ValueError("weight: expected an eigenvalue that is not zero, received a spectral radius of 0")
    return weight * np.asarray(radius / present, weight.dtype)


def omega_penalty(
    weight_hh: Array, d_hidden: Array, hidden: Array, activation: Activation = tanh
) -> tuple[float, Array]:
    """Pascanu's Ω: does each step back keep the length of the gradient? (Pascanu et al. 2013, section 3.3).

    Ω sums (‖δ_t J_t‖ / ‖δ_t‖ - 1)² over the steps, and is a mean over the batch. J_t = diag(φ'(z_t)) W_hh is the
    Jacobian of the step, and δ_t the loss's gradient at h_t.

    Parameters
    ----------
    weight_hh : ndarray of shape (H, H)
    d_hidden : ndarray of shape (T, B, H), the whole gradient of each state, as `bptt.bptt` returns it
    hidden : ndarray of shape (T, B, H), the states h_1 to h_T
    activation : function of `rnn_course.functional`

    Returns
    -------
    omega : float
    d_weight_hh : ndarray of shape (H, H), the *immediate* gradient: states and δ are held fixed, as in the paper

    Notes
    -----
    Steps whose gradient is zero have no direction to keep, and count nothing. The authors' published program compares
    squared norms instead, and divides by the number of steps that count.

    Examples
    --------
    >>> ones = np.ones((1, 1, 1))
    >>> omega, d_weight = omega_penalty(np.array([[0.5]]), ones, 0 * ones)
    >>> omega, d_weight.tolist()
    (0.25, [[-1.0]])
    """
    leaving = d_hidden * DERIVATIVE[activation](hidden)  # (T, B, H): δ at z
    arriving = leaving @ weight_hh  # (T, B, H): δ_t J_t
    before, after = (np.linalg.norm(d, axis=-1, keepdims=True) for d in (d_hidden, arriving))  # (T, B, 1)
    excess = np.divide(after, before, out=np.ones_like(after), where=before > 0) - 1  # (T, B, 1)
    omega = float((excess**2).sum() / hidden.shape[1])
    scale = before * after
    unit = np.divide(arriving, scale, out=np.zeros_like(arriving), where=scale > 0)  # (T, B, H): of the ratio
    d_arriving = 2 * excess * unit / hidden.shape[1]  # (T, B, H)
    d_weight_hh = leaving.reshape(-1, len(weight_hh)).T @ d_arriving.reshape(-1, len(weight_hh))  # (H, H)
    return omega, d_weight_hh


def l2_penalty(params: Parameters, l2: float) -> tuple[float, Parameters]:
    """Weight decay: λ/2 times the sum of squares of all weights. Biases are free.

    Returns
    -------
    penalty : float
    grads : dict with the names of ``params``: λ times each weight, zero for each bias

    Examples
    --------
    >>> penalty, grads = l2_penalty({"weight": np.array([3.0]), "bias": np.array([5.0])}, l2=0.1)
    >>> round(penalty, 6), {name: g.round(6).tolist() for name, g in grads.items()}
    (0.45, {'weight': [0.3], 'bias': [0.0]})
    """
    factors = {name: l2 if "weight" in name else 0.0 for name in params}
    penalty = sum(factors[name] / 2 * float((value**2).sum()) for name, value in params.items())
    return penalty, {name: np.asarray(factors[name], value.dtype) * value for name, value in params.items()}


def dropout_mask(shape: tuple[int, ...], rate: float, rng: np.random.Generator, dtype: DTypeLike = np.float64) -> Array:
    """Draw a mask that drops each unit with probability ``rate``, and scales the others so that the mean is 1.

    Raises
    ------
    ValueError
        If ``rate`` is not in [0, 1).
    """
    if not 0 <= rate < 1:
        raise ValueError(f"rate: expected a probability from 0 to below 1, received {rate}")
    return ((rng.random(shape) >= rate) / (1 - rate)).astype(dtype)


def dropped_layer(
    x: Array, h_0: Array, params: Parameters, mask: Array, activation: Activation = tanh
) -> tuple[Array, list[Cache]]:
    """Run an Elman layer whose context is masked, by one mask for all steps (Gal & Ghahramani 2016).

    A new mask at each step would drop every memory sooner or later. This one leaves the same units out of the
    recurrence from the first step to the last.

    Parameters
    ----------
    x : ndarray of shape (T, B, I)
    h_0 : ndarray of shape (B, H)
    params, activation : as in `elman_step`
    mask : ndarray of shape (B, H), from `dropout_mask`; ones when the network is used

    Returns
    -------
    hidden : ndarray of shape (T, B, H)
    caches : what `dropped_layer_backward` needs, with the mask
    """
    h, hidden, caches = h_0, [], []
    for x_t in x:
        h, cache = elman_step(x_t, h * mask, params, activation)
        hidden.append(h)
        caches.append(cache)
    return np.stack(hidden), caches


def dropped_layer_backward(d_output: Array, caches: list[Cache], mask: Array) -> tuple[Array, Array, Parameters]:
    """Gradients of `dropped_layer`: what the mask dropped on the way in, it drops on the way back.

    Returns
    -------
    dx : ndarray of shape (T, B, I)
    d_h_0 : ndarray of shape (B, H)
    grads : dict with the names of the parameters
    """
    from_future = np.zeros_like(mask)  # (B, H)
    per_step, grads = [], {}
    for d_own, cache in zip(d_output[::-1], caches[::-1], strict=True):
        dx, d_context, step_grads = elman_step_backward(d_own + from_future, cache)
        from_future = d_context * mask  # (B, H)
        per_step.append(dx)
        for name, gradient in step_grads.items():
            grads[name] = grads.get(name, 0) + gradient
    return np.stack(per_step[::-1]), from_future, grads


def error_surface(
    weight: Array, bias: Array, n_steps: int = 50, h_0: float = 0.5, target: float = 0.7
) -> tuple[Array, Array, Array]:
    """Error of a network with one sigmoid unit and no input, and its gradient, for many weights and biases at once.

    The unit runs h ← σ(w h + b) for ``n_steps``. The error is (h - target)², after Pascanu et al. (2013), figure 6.

    Parameters
    ----------
    weight, bias : ndarrays that broadcast together
    n_steps : int, T
    h_0 : float, the state at the start
    target : float

    Returns
    -------
    error, d_weight, d_bias : ndarrays of the joint shape
        The gradient is carried forward with the state, as in `bptt.rtrl`.
    """
    weight, bias = np.broadcast_arrays(weight, bias)
    h, by_weight, by_bias = np.full(weight.shape, h_0), np.zeros(weight.shape), np.zeros(weight.shape)
    for _ in range(n_steps):
        before, h = h, sigmoid(weight * h + bias)
        slope = sigmoid_derivative(h)
        by_weight = slope * (before + weight * by_weight)
        by_bias = slope * (1 + weight * by_bias)
    d_h = 2 * (h - target)
    return (h - target) ** 2, d_h * by_weight, d_h * by_bias


def descend(weight: float, bias: float, lr: float, n_updates: int, max_norm: float | None = None) -> Array:
    """Walk down `error_surface` by gradient descent, with clipping by norm if ``max_norm`` is given.

    Returns
    -------
    ndarray of shape (n_updates + 1, 3): weight, bias and error before each update and after the last
    """
    params = {"weight": np.array([float(weight)]), "bias": np.array([float(bias)])}
    optimizer, path = SGD(params, lr), []
    for _ in range(n_updates + 1):
        error, *gradient = error_surface(params["weight"], params["bias"])
        path.append((params["weight"].item(), params["bias"].item(), error.item()))
        grads = dict(zip(params, gradient, strict=True))
        clip_grad_norm(grads, np.inf if max_norm is None else max_norm)
        optimizer.step(grads)
    return np.array(path)
