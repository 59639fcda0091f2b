"""Feed-forward networks: the affine layer, the multi-layer perceptron, and windows over a sequence.

The forward pass and the backward pass of each layer stand beside each other. All leading axes are free, so the same
code serves one vector ``(I,)``, a batch ``(B, I)`` and a time-major sequence ``(T, B, I)``.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnn_course.functional import DERIVATIVE, identity, tanh
from rnn_course.module import Module, Parameters

Array = NDArray[np.floating]
Activation = Callable[[Array], Array]
AffineCache = tuple[Array, Array]
MLPCache = list[tuple[AffineCache, Array]]


def affine(x: Array, weight: Array, bias: Array) -> tuple[Array, AffineCache]:
    """Weighted sums of the inputs, one for each output unit: x Wᵀ + b.

    Parameters
    ----------
    x : ndarray of shape (..., I)
    weight : ndarray of shape (O, I)
    bias : ndarray of shape (O,)

    Returns
    -------
    output : ndarray of shape (..., O)
    cache : (x, weight), what `affine_backward` needs

    Raises
    ------
    ValueError
        If the shapes do not fit.

    Examples
    --------
    >>> output, cache = affine(np.array([1.0, 2.0]), np.array([[3.0, 4.0]]), np.array([0.5]))
    >>> output.tolist()
    [11.5]
    """
    if weight.ndim != 2 or bias.shape != weight.shape[:1]:
        raise ValueError(f"expected weight (O, I) and bias (O,), received {weight.shape} and {bias.shape}")
    if x.ndim == 0 or x.shape[-1] != weight.shape[1]:
        raise ValueError(f"x: expected shape (..., {weight.shape[1]}) for weight {weight.shape}, received {x.shape}")
    return x @ weight.T + bias, (x, weight)


def affine_backward(d_output: Array, cache: AffineCache) -> tuple[Array, Array, Array]:
    """Gradients of `affine`.

    Parameters
    ----------
    d_output : ndarray of shape (..., O), gradient of the loss with respect to the output
    cache : what `affine` returned

    Returns
    -------
    dx : ndarray of shape (..., I)
    d_weight : ndarray of shape (O, I), summed over the leading axes
    d_bias : ndarray of shape (O,), summed over the leading axes

    Raises
    ------
    ValueError
        If ``d_output`` does not have the shape of the output.

    Examples
    --------
    >>> _, cache = affine(np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]]), np.array([0.5]))
    >>> [g.tolist() for g in affine_backward(np.array([[10.0]]), cache)]
    [[[30.0, 40.0]], [[10.0, 20.0]], [10.0]]
    """
    x, weight = cache
    n_outputs, n_inputs = weight.shape
    if d_output.shape != (*x.shape[:-1], n_outputs):
        raise ValueError(f"d_output: expected shape {(*x.shape[:-1], n_outputs)}, received {d_output.shape}")
    d_rows = d_output.reshape(-1, n_outputs)  # (N, O): all leading axes as one
    dx = d_output @ weight  # (..., I)
    d_weight = d_rows.T @ x.reshape(-1, n_inputs)  # (O, I)
    d_bias = d_rows.sum(axis=0)  # (O,)
    return dx, d_weight, d_bias


class Linear(Module):
    """An affine layer with its parameters, as ``torch.nn.Linear``.

    Parameters
    ----------
    in_features, out_features : int
    rng : numpy Generator, draws weight and bias uniformly from ±1/√in_features, torch's default
    dtype : float dtype of the parameters

    Raises
    ------
    ValueError
        If a size is not positive.
    """

    def __init__(
        self, in_features: int, out_features: int, rng: np.random.Generator, dtype: DTypeLike = np.float64
    ) -> None:
        super().__init__()
        if in_features < 1 or out_features < 1:
            raise ValueError(f"expected positive sizes, received {in_features} inputs and {out_features} outputs")
        bound = in_features**-0.5
        self.params = {
            "weight": rng.uniform(-bound, bound, (out_features, in_features)).astype(dtype),
            "bias": rng.uniform(-bound, bound, out_features).astype(dtype),
        }

    def forward(self, x: Array, state: Any = None) -> tuple[Array, None, AffineCache]:
        """Run `affine` on ``x`` of shape (..., in_features). There is no state."""
        output, cache = affine(x, self.params["weight"], self.params["bias"])
        return output, None, cache

    def backward(self, d_output: Array, cache: AffineCache, d_state: Any = None) -> tuple[Array, None, Parameters]:
        """Run `affine_backward`; the gradients are under ``"weight"`` and ``"bias"``."""
        dx, d_weight, d_bias = affine_backward(d_output, cache)
        return dx, None, {"weight": d_weight, "bias": d_bias}


class MLP(Module):
    """A multi-layer perceptron: affine layers with an activation after each.

    Parameters
    ----------
    sizes : sequence of int, the input size, each hidden size, the output size
    rng : numpy Generator, draws the parameters
    activation : function of `rnn_course.functional`, applied after each hidden layer
    output_activation : the same, applied after the last layer; the identity leaves logits
    dtype : float dtype of the parameters

    Raises
    ------
    ValueError
        If there are fewer than two sizes, or an activation has no derivative in `functional.DERIVATIVE`.

    Examples
    --------
    >>> model = MLP([2, 3, 1], np.random.default_rng(0))
    >>> {name: value.shape for name, value in model.parameters().items()}
    {'layers.0.weight': (3, 2), 'layers.0.bias': (3,), 'layers.1.weight': (1, 3), 'layers.1.bias': (1,)}
    >>> output, state, cache = model.forward(np.zeros((5, 7, 2)))
    >>> output.shape
    (5, 7, 1)
    """

    def __init__(
        self,
        sizes: Sequence[int],
        rng: np.random.Generator,
        activation: Activation = tanh,
        output_activation: Activation = identity,
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__()
        if len(sizes) < 2:
            raise ValueError(f"sizes: expected at least an input and an output size, received {list(sizes)}")
        for function in (activation, output_activation):
            if function not in DERIVATIVE:
                known = ", ".join(f.__name__ for f in DERIVATIVE)
                raise ValueError(f"activation: expected one of {known}, received {function!r}")
        self.layers = [Linear(i, o, rng, dtype) for i, o in pairwise(sizes)]
        self.activations = [activation] * (len(sizes) - 2) + [output_activation]

    def forward(self, x: Array, state: Any = None) -> tuple[Array, None, MLPCache]:
        """Map ``x`` of shape (..., I) to an output of shape (..., O).

        The cache holds, for each layer, the affine cache and the activation's output.
        """
        cache: MLPCache = []
        for layer, activation in zip(self.layers, self.activations, strict=True):
            z, _, affine_cache = layer.forward(x)  # (..., H)
            x = activation(z)
            cache.append((affine_cache, x))
        return x, None, cache

    def backward(self, d_output: Array, cache: MLPCache, d_state: Any = None) -> tuple[Array, None, Parameters]:
        """Undo `forward`, last layer first: gradients of the input, and of each parameter by name."""
        grads: Parameters = {}
        d_hidden = d_output  # (..., O)
        for i in reversed(range(len(self.layers))):
            affine_cache, hidden = cache[i]
            delta = d_hidden * DERIVATIVE[self.activations[i]](hidden)  # (..., H) at layer i
            d_hidden, _, layer_grads = self.layers[i].backward(delta, affine_cache)
            grads |= {f"layers.{i}.{name}": gradient for name, gradient in layer_grads.items()}
        return d_hidden, None, grads


def sliding_windows(x: NDArray[Any], width: int) -> NDArray[Any]:
    """Every run of ``width`` successive steps of a sequence.

    Parameters
    ----------
    x : ndarray of shape (T, ...)
    width : int, from 1 to T

    Returns
    -------
    ndarray of shape (T - width + 1, width, ...), a copy.

    Raises
    ------
    ValueError
        If ``width`` is not between 1 and T.

    Examples
    --------
    >>> sliding_windows(np.array([1, 2, 3, 4]), 3).tolist()
    [[1, 2, 3], [2, 3, 4]]
    """
    if x.ndim == 0 or not 1 <= width <= len(x):
        raise ValueError(f"width: expected 1 to T for x of shape (T, ...), received {width} and x of shape {x.shape}")
    steps = np.arange(len(x) - width + 1)[:, np.newaxis] + np.arange(width)  # (T - width + 1, width)
    return x[steps]
