"""Central differences: the check that every backward pass in the course must pass."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_course.module import Module

Array = NDArray[np.floating]


def central_difference(function: Callable[[Array], float], x: Array, eps: float = 1e-5) -> Array:
    """Gradient of a scalar function by central differences.

    Parameters
    ----------
    function : callable, takes an array of the shape of ``x`` and returns a number
    x : float64 ndarray of any shape; it is changed during the call and restored
    eps : float, the step

    Returns
    -------
    ndarray of the shape of ``x``: (f(x + ε) - f(x - ε)) / 2ε in each coordinate, with an error of order ε².

    Raises
    ------
    ValueError
        If ``x`` is not float64, where rounding would hide the answer, or ``eps`` is not positive.

    Examples
    --------
    >>> central_difference(lambda x: float((x**2).sum()), np.array([1.0, -2.0])).round(6).tolist()
    [2.0, -4.0]
    """
    if x.dtype != np.float64:
        raise ValueError(f"x: expected float64, received {x.dtype}")
    if not eps > 0:
        raise ValueError(f"eps: expected a positive step, received {eps}")
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        kept = x[index]
        x[index] = kept + eps
        above = function(x)
        x[index] = kept - eps
        below = function(x)
        x[index] = kept
        gradient[index] = (above - below) / (2 * eps)
    return gradient


def relative_error(a: Array, b: Array) -> float:
    """Largest |a - b|, relative to the larger of the two arrays' largest entries.

    Dividing by the whole array's scale, not entry by entry, keeps an entry that is zero up to rounding from looking
    like an error. Two arrays of zeros have error 0. NaN anywhere gives NaN, which passes no threshold.

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    a, b = np.asarray(a), np.asarray(b)
    if a.shape != b.shape:
        raise ValueError(f"expected two arrays of one shape, received {a.shape} and {b.shape}")
    if a.size == 0:
        return 0.0
    scale = max(np.abs(a).max(), np.abs(b).max())
    return float(np.abs(a - b).max() / scale) if scale != 0 else 0.0


def check_gradient(function: Callable[[Array], float], x: Array, gradient: Array, eps: float = 1e-5) -> float:
    """Relative error of ``gradient`` against the central difference of ``function`` at ``x``.

    Examples
    --------
    >>> x = np.array([1.0, -2.0])
    >>> check_gradient(lambda x: float((x**2).sum()), x, 2 * x) < 1e-9
    True
    """
    return relative_error(gradient, central_difference(function, x, eps))


def gradcheck(
    module: Module, x: Array, rng: np.random.Generator, state: Any = None, eps: float = 1e-5
) -> dict[str, float]:
    """Check a module's backward pass: parameters, input and initial state, under a random upstream gradient.

    Parameters
    ----------
    module : Module with float64 parameters
    x : float64 ndarray, the input; or token ids, for a module whose ``dx`` is None
    rng : numpy Generator, draws the upstream gradient
    state : ndarray or tuple of ndarrays, optional, the initial state
    eps : float, the step of the central differences

    Returns
    -------
    dict from ``"x"``, ``"state.0"``, … and each parameter's name to its relative error; below 1e-7 is a pass.
    """
    output, final, cache = module.forward(x, state)
    d_output = rng.standard_normal(output.shape)
    d_final = [rng.standard_normal(part.shape) for part in _parts(final)]

    def loss(_: Array) -> float:
        output, final, _ = module.forward(x, state)
        pairs = zip(d_final, _parts(final), strict=True)
        return float((d_output * output).sum() + sum((d * part).sum() for d, part in pairs))

    d_state = tuple(d_final) if isinstance(final, tuple) else (d_final[0] if d_final else None)
    dx, d_state0, grads = module.backward(d_output, cache, d_state)
    errors = {} if dx is None else {"x": check_gradient(loss, x, dx, eps)}
    if state is not None:
        for i, (part, gradient) in enumerate(zip(_parts(state), _parts(d_state0), strict=True)):
            errors[f"state.{i}"] = check_gradient(loss, part, gradient, eps)
    for name, value in module.parameters().items():
        errors[name] = check_gradient(loss, value, grads[name], eps)
    return errors


def _parts(state: Any) -> tuple[Array, ...]:
    if state is None:
        return ()
    return state if isinstance(state, tuple) else (state,)
