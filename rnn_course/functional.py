"""Activations and losses, each beside its derivative.

An activation's derivative is written as a function of the activation's *output*, because that is the array a network
keeps for its backward pass. A loss returns its value and its gradient together. All functions compute in the dtype of
their input.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Loss = Callable[..., tuple[float, Array]]


def identity(x: Array) -> Array:
    """Return ``x`` unchanged; the activation of a linear unit."""
    return x


def identity_derivative(output: Array) -> Array:
    """Derivative of `identity`: one everywhere, in the shape of ``output``."""
    return np.ones_like(output)


def sigmoid(x: Array) -> Array:
    """Logistic function 1 / (1 + e^-x), without overflow for any finite ``x``.

    Parameters
    ----------
    x : ndarray of any shape

    Returns
    -------
    ndarray of the shape and dtype of ``x``, between 0 and 1.

    Examples
    --------
    >>> sigmoid(np.array([-1000.0, 0.0, 1000.0])).tolist()
    [0.0, 0.5, 1.0]
    """
    decay = np.exp(-np.abs(x))  # never above 1, whatever the sign of x
    return np.where(x >= 0, 1, decay) / (1 + decay)


def sigmoid_derivative(output: Array) -> Array:
    """Derivative of `sigmoid`, from its output: y (1 - y), at most 1/4."""
    return output * (1 - output)


def tanh(x: Array) -> Array:
    """Hyperbolic tangent, between -1 and 1."""
    return np.tanh(x)


def tanh_derivative(output: Array) -> Array:
    """Derivative of `tanh`, from its output: 1 - y², at most 1."""
    return 1 - output**2


def relu(x: Array) -> Array:
    """Rectified linear unit: ``x`` where it is positive, else 0."""
    return np.maximum(x, 0)


def relu_derivative(output: Array) -> Array:
    """Derivative of `relu`, from its output: 1 where positive, else 0 (as in torch, 0 at the kink)."""
    return (output > 0).astype(output.dtype)


DERIVATIVE: dict[Callable[[Array], Array], Callable[[Array], Array]] = {
    identity: identity_derivative,
    sigmoid: sigmoid_derivative,
    tanh: tanh_derivative,
    relu: relu_derivative,
}


def softmax(x: Array, axis: int = -1) -> Array:
    """Exponentials of ``x``, scaled to sum to 1 along ``axis``.

    The maximum is subtracted first. It cancels in the quotient, and no exponential can overflow.

    Examples
    --------
    >>> softmax(np.array([1000.0, 1000.0])).tolist()
    [0.5, 0.5]
    """
    exponential = np.exp(x - x.max(axis=axis, keepdims=True))
    return exponential / exponential.sum(axis=axis, keepdims=True)


def softmax_backward(d_output: Array, output: Array, axis: int = -1) -> Array:
    """Gradient of `softmax` with respect to its input.

    Parameters
    ----------
    d_output : ndarray, gradient of the loss with respect to the softmax output
    output : ndarray of the same shape, what `softmax` returned
    axis : int, the axis that was normalised

    Returns
    -------
    ndarray of the same shape: s ⊙ (d - Σ d ⊙ s).
    """
    return output * (d_output - (d_output * output).sum(axis=axis, keepdims=True))


def log_softmax(x: Array, axis: int = -1) -> Array:
    """Logarithm of `softmax`, computed without forming the softmax (nats).

    Examples
    --------
    >>> log_softmax(np.array([0.0, -2000.0])).tolist()
    [0.0, -2000.0]
    """
    shifted = x - x.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def log_softmax_backward(d_output: Array, output: Array, axis: int = -1) -> Array:
    """Gradient of `log_softmax` with respect to its input, from its output: d - softmax · Σ d."""
    return d_output - np.exp(output) * d_output.sum(axis=axis, keepdims=True)


def mse_loss(prediction: Array, target: Array, mask: NDArray[np.bool_] | None = None) -> tuple[float, Array]:
    """Mean squared error and its gradient, as ``torch.nn.functional.mse_loss``.

    Parameters
    ----------
    prediction, target : ndarray of the same shape
    mask : bool ndarray, optional
        Same shape, or the leading axes of it. Only entries where it is true count.

    Returns
    -------
    loss : float, mean over the entries that count
    d_prediction : ndarray of the shape of ``prediction``, zero where the mask is false

    Raises
    ------
    ValueError
        If the shapes differ, or the mask leaves nothing.

    Examples
    --------
    >>> loss, d_prediction = mse_loss(np.array([1.0, 3.0]), np.array([1.0, 1.0]))
    >>> loss, d_prediction.tolist()
    (2.0, [0.0, 2.0])
    """
    _expect_same_shape("target", target, prediction)
    weight = _weights(mask, prediction.shape, prediction.dtype)
    difference = prediction - target
    difference[weight == 0] = 0  # not a product with the weight: 0 · NaN is NaN, and padding may hold anything
    return float((weight * difference**2).sum()), 2 * weight * difference


def binary_cross_entropy_with_logits(
    logits: Array, target: Array, mask: NDArray[np.bool_] | None = None
) -> tuple[float, Array]:
    """Cross-entropy of independent yes/no outputs, and its gradient; torch's function of this name.

    Parameters
    ----------
    logits : ndarray of any shape, before the sigmoid
    target : ndarray of the same shape, probabilities between 0 and 1
    mask : bool ndarray, optional, as in `mse_loss`

    Returns
    -------
    loss : float, mean in nats
    d_logits : ndarray of the shape of ``logits``

    Raises
    ------
    ValueError
        If the shapes differ, or the mask leaves nothing.
    """
    _expect_same_shape("target", target, logits)
    weight = _weights(mask, logits.shape, logits.dtype)
    logits = np.where(weight > 0, logits, 0)
    target = np.where(weight > 0, target, 0).astype(logits.dtype)
    # log(1 + e^x) - t x, with the exponential kept below 1
    loss = np.maximum(logits, 0) - logits * target + np.log1p(np.exp(-np.abs(logits)))
    return float((weight * loss).sum()), weight * (sigmoid(logits) - target)


def cross_entropy(
    logits: Array, target: NDArray[np.integer], mask: NDArray[np.bool_] | None = None
) -> tuple[float, Array]:
    """Softmax cross-entropy and its gradient, as ``torch.nn.functional.cross_entropy`` with classes on the last axis.

    Parameters
    ----------
    logits : ndarray of shape (..., C), before the softmax
    target : int ndarray of shape (...), class ids from 0 to C - 1
    mask : bool ndarray of shape (...), optional
        Only positions where it is true count. Targets elsewhere may hold any integer.

    Returns
    -------
    loss : float, mean in nats over the positions that count
    d_logits : ndarray of the shape of ``logits``: (softmax - one-hot) / count

    Raises
    ------
    ValueError
        If the shapes do not fit, a class id is out of range, or the mask leaves nothing.

    Examples
    --------
    >>> loss, d_logits = cross_entropy(np.zeros((1, 2)), np.array([0]))
    >>> round(loss, 4), d_logits.tolist()
    (0.6931, [[-0.5, 0.5]])
    """
    n_classes = logits.shape[-1]
    if target.shape != logits.shape[:-1]:
        raise ValueError(
            f"target: expected shape {logits.shape[:-1]} for logits {logits.shape}, received {target.shape}"
        )
    weight = _weights(mask, target.shape, logits.dtype)
    counted = target[weight > 0]
    if not np.issubdtype(target.dtype, np.integer) or counted.min() < 0 or counted.max() >= n_classes:
        raise ValueError(
            f"target: expected integer class ids from 0 to {n_classes - 1}, received {counted.dtype} ids from {counted.min()} to {counted.max()}"
        )
    target = np.where(weight > 0, target, 0)[..., np.newaxis]
    log_probability = log_softmax(np.where(weight[..., np.newaxis] > 0, logits, 0))
    loss = -(weight * np.take_along_axis(log_probability, target, axis=-1)[..., 0]).sum()
    d_logits = np.exp(log_probability)
    np.put_along_axis(d_logits, target, np.take_along_axis(d_logits, target, axis=-1) - 1, axis=-1)
    return float(loss), weight[..., np.newaxis] * d_logits


def _expect_same_shape(name: str, received: Array, reference: Array) -> None:
    if received.shape != reference.shape:
        raise ValueError(f"{name}: expected shape {reference.shape}, received {received.shape}")


def _weights(mask: NDArray[np.bool_] | None, shape: tuple[int, ...], dtype: np.dtype) -> Array:
    """One over the count where the mask is true, zero elsewhere, in ``shape``."""
    if mask is None:
        mask = np.ones(shape, bool)
    elif mask.dtype != bool or mask.shape != shape[: mask.ndim]:
        raise ValueError(
            f"mask: expected bool of shape {shape} or its leading axes, received {mask.dtype} of shape {mask.shape}"
        )
    mask = np.broadcast_to(mask.reshape(mask.shape + (1,) * (len(shape) - mask.ndim)), shape)
    count = np.count_nonzero(mask)
    if count == 0:
        raise ValueError("mask: expected at least one true entry, received none")
    return (mask / count).astype(dtype)
