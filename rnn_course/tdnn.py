"""Time-delay neural networks: one set of weights at every place of a sequence, stacks of such layers, and pooling.

A time-delay layer is an affine layer on a sliding window. Forward and backward stand beside each other. Sequences are
time-major, ``(T, B, I)``; names and layouts of the parameters are those of ``torch.nn.Conv1d``.
"""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnn_course.functional import DERIVATIVE, identity, tanh
from rnn_course.module import Module, Parameters

Array = NDArray[np.floating]
Activation = Callable[[Array], Array]
Pool = Callable[[Array], Array]


class Cache(NamedTuple):
    """What `tdnn_backward` needs: the windows, the weight as a matrix (O, K·I), and where the windows came from."""

    windows: Array  # (T', B, K·I)
    matrix: Array  # (O, K·I)
    shape: tuple[int, ...]  # of x
    taps: list[slice]  # for each of the K delays, the steps of x that it reads


StackCache = list[tuple[Cache, Array]]


def receptive_field(
    kernel_sizes: Sequence[int], strides: Sequence[int] | None = None, dilations: Sequence[int] | None = None
) -> int:
    """How many successive inputs one output of a stack of time-delay layers depends on.

    Parameters
    ----------
    kernel_sizes : sequence of int, K of each layer, first layer first
    strides, dilations : sequences of int of the same length; all ones if not given

    Returns
    -------
    int: 1 + Σ (K - 1) · dilation · product of the strides of the layers below.

    Examples
    --------
    >>> receptive_field([3, 3]), receptive_field([3, 3], strides=[2, 1]), receptive_field([2] * 4, None, [1, 2, 4, 8])
    (5, 7, 16)
    """
    strides, dilations = strides or [1] * len(kernel_sizes), dilations or [1] * len(kernel_sizes)
    if not len(kernel_sizes) == len(strides) == len(dilations):
        raise ValueError(
            "expected one kernel size, stride and dilation for each layer, "
            f"received {len(kernel_sizes)}, {len(strides)} and {len(dilations)}"
        )
    if min(sizes := [*kernel_sizes, *strides, *dilations], default=1) < 1:
        raise ValueError(f"expected positive kernel sizes, strides and dilations, received {sizes}")
    field, jump = 1, 1  # jump: how many inputs lie between two neighbouring outputs of the layers so far
    for kernel_size, stride, dilation in zip(kernel_sizes, strides, dilations, strict=True):
        field += (kernel_size - 1) * dilation * jump
        jump *= stride
    return field


def tdnn_forward(x: Array, weight: Array, bias: Array, stride: int = 1, dilation: int = 1) -> tuple[Array, Cache]:
    """Apply one affine map to every window of a sequence.

    ``output[t] = bias + Σ_k x[t · stride + k · dilation] @ weight[:, :, k].T``

    Parameters
    ----------
    x : ndarray of shape (T, B, I)
    weight : ndarray of shape (O, I, K); ``weight[:, :, K - 1]`` meets the latest step of a window
    bias : ndarray of shape (O,)
    stride : int, steps from one window to the next
    dilation : int, steps between two neighbouring inputs of a window

    Returns
    -------
    output : ndarray of shape (T', B, O) with T' = (T - (K - 1) · dilation - 1) // stride + 1
    cache : for `tdnn_backward`

    Raises
    ------
    ValueError
        If the shapes do not fit, or the sequence is shorter than one window.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 4.0, 8.0]).reshape(4, 1, 1)
    >>> output, _ = tdnn_forward(x, weight=np.array([[[-1.0, 1.0]]]), bias=np.zeros(1))
    >>> output.ravel().tolist()
    [1.0, 2.0, 4.0]
    """
    if weight.ndim != 3 or bias.shape != weight.shape[:1]:
        raise ValueError(f"expected weight (O, I, K) and bias (O,), received {weight.shape} and {bias.shape}")
    n_outputs, n_inputs, kernel_size = weight.shape
    span = (kernel_size - 1) * dilation + 1
    if x.ndim != 3 or x.shape[2] != n_inputs:
        raise ValueError(f"x: expected shape (T, B, {n_inputs}) for weight {weight.shape}, received {x.shape}")
    if len(x) < span:
        raise ValueError(f"x: expected at least {span} steps, as many as a window spans, received {len(x)}")
    last = len(x) - span  # where the last window may begin
    taps = [slice(k * dilation, k * dilation + last + 1, stride) for k in range(kernel_size)]
    windows = np.concatenate([x[tap] for tap in taps], axis=2)  # (T', B, K·I)
    matrix = weight.transpose(0, 2, 1).reshape(n_outputs, -1)  # (O, K·I)
    rows = windows.reshape(-1, matrix.shape[1])  # (T'·B, K·I): one product for all places
    output = (rows @ matrix.T + bias).reshape(*windows.shape[:2], n_outputs)
    return output, Cache(windows, matrix, x.shape, taps)


def tdnn_backward(d_output: Array, cache: Cache) -> tuple[Array, Array, Array]:
    """Gradients of `tdnn_forward`.

    Parameters
    ----------
    d_output : ndarray of shape (T', B, O), gradient of the loss with respect to the output
    cache : what `tdnn_forward` returned

    Returns
    -------
    dx : ndarray of shape (T, B, I); a step gets one term from each window that contains it
    d_weight : ndarray of shape (O, I, K), summed over all windows and the batch
    d_bias : ndarray of shape (O,), summed over all windows and the batch

    Examples
    --------
    >>> _, cache = tdnn_forward(np.ones((3, 1, 1)), np.array([[[-1.0, 1.0]]]), np.zeros(1))
    >>> dx, d_weight, d_bias = tdnn_backward(np.ones((2, 1, 1)), cache)
    >>> dx.ravel().tolist(), d_weight.tolist(), d_bias.tolist()
    ([-1.0, 0.0, 1.0], [[[2.0, 2.0]]], [2.0])
    """
    windows, matrix, shape, taps = cache
    n_outputs, n_inputs = len(matrix), shape[2]
    if d_output.shape != (*windows.shape[:2], n_outputs):
        raise ValueError(f"d_output: expected shape {(*windows.shape[:2], n_outputs)}, received {d_output.shape}")
    d_rows = d_output.reshape(-1, n_outputs)  # (T'·B, O)
    d_bias = d_rows.sum(axis=0)  # (O,)
    d_matrix = d_rows.T @ windows.reshape(len(d_rows), -1)  # (O, K·I)
    d_weight = d_matrix.reshape(n_outputs, len(taps), n_inputs).transpose(0, 2, 1)  # (O, I, K)
    d_windows = (d_rows @ matrix).reshape(windows.shape)  # (T', B, K·I)
    summed = np.zeros(shape, d_windows.dtype)  # (T, B, I)
    for tap, d_tap in zip(taps, np.split(d_windows, len(taps), axis=2), strict=True):
        summed[tap] += d_tap  # windows overlap, so their gradients add up
    return summed, np.ascontiguousarray(d_weight), d_bias


def mean_over_time(x: Array) -> Array:
    """Mean over the steps: (T, B, O) becomes (B, O). It does not matter where in the sequence something happened."""
    return x.mean(axis=0)


def mean_over_time_backward(d_output: Array, x: Array) -> Array:
    """Gradient of `mean_over_time`: each step gets an equal share."""
    return np.broadcast_to(d_output / len(x), x.shape)


def max_over_time(x: Array) -> Array:
    """Largest value over the steps: (T, B, O) becomes (B, O)."""
    return x.max(axis=0)


def max_over_time_backward(d_output: Array, x: Array) -> Array:
    """Gradient of `max_over_time`: all of it goes to the step of the maximum, the first one if there are several."""
    steps = np.arange(len(x)).reshape(-1, 1, 1)
    return np.where(steps == x.argmax(axis=0), d_output, 0)  # (T, B, O)


POOL_BACKWARD: dict[Pool, Callable[[Array, Array], Array]] = {
    mean_over_time: mean_over_time_backward,
    max_over_time: max_over_time_backward,
}


class Conv1d(Module):
    """One time-delay layer with its parameters, as ``torch.nn.Conv1d`` on time-major sequences.

    Parameters
    ----------
    in_channels, out_channels : int, I and O
    kernel_size : int, K, how many inputs a window holds
    rng : numpy Generator, draws weight and bias uniformly from ±1/√(I·K), torch's default
    stride, dilation : int, as in `tdnn_forward`
    causal : bool
        Put (K - 1) · dilation steps of zeros before the sequence. With stride 1 the output is then as long as the
        input, and output t depends on no input after t.
    dtype : float dtype of the parameters
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        rng: np.random.Generator,
        stride: int = 1,
        dilation: int = 1,
        causal: bool = False,
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__()
        sizes = in_channels, out_channels, kernel_size, stride, dilation
        if min(sizes) < 1:
            raise ValueError(f"expected positive (in, out, kernel_size, stride, dilation), received {sizes}")
        bound = (in_channels * kernel_size) ** -0.5
        self.params = {
            "weight": rng.uniform(-bound, bound, (out_channels, in_channels, kernel_size)).astype(dtype),
            "bias": rng.uniform(-bound, bound, out_channels).astype(dtype),
        }
        self.stride, self.dilation = stride, dilation
        self.padding = (kernel_size - 1) * dilation if causal else 0

    def forward(self, x: Array, state: Any = None) -> tuple[Array, None, Cache]:
        """Run `tdnn_forward` on ``x`` of shape (T, B, in_channels). There is no state."""
        past = np.zeros((self.padding, *x.shape[1:]), x.dtype)
        padded = np.concatenate([past, x]) if self.padding else x
        output, cache = tdnn_forward(padded, **self.params, stride=self.stride, dilation=self.dilation)
        return output, None, cache

    def backward(self, d_output: Array, cache: Cache, d_state: Any = None) -> tuple[Array, None, Parameters]:
        """Run `tdnn_backward`; what flows into the padding is dropped."""
        dx, d_weight, d_bias = tdnn_backward(d_output, cache)
        return dx[self.padding :], None, {"weight": d_weight, "bias": d_bias}


class TDNN(Module):
    """A stack of time-delay layers, an activation after each, and an optional pool over time.

    Parameters
    ----------
    sizes : sequence of int, the input size, each hidden size, the output size
    kernel_sizes : sequence of int, K of each layer, one fewer than ``sizes``
    rng : numpy Generator, draws the parameters
    strides, dilations : sequences of int for each layer; all ones if not given
    activation : function of `rnn_course.functional`, after each hidden layer
    output_activation : the same, after the last layer; the identity leaves logits
    pool : `mean_over_time` or `max_over_time`, applied last; without it there is one output for each window
    causal, dtype : as in `Conv1d`

    Examples
    --------
    >>> model = TDNN([16, 8, 3], [3, 5], np.random.default_rng(0), pool=mean_over_time)
    >>> {name: value.shape for name, value in model.parameters().items() if "weight" in name}
    {'layers.0.weight': (8, 16, 3), 'layers.1.weight': (3, 8, 5)}
    >>> model.receptive_field, model.forward(np.zeros((15, 2, 16)))[0].shape
    (7, (2, 3))
    """

    def __init__(
        self,
        sizes: Sequence[int],
        kernel_sizes: Sequence[int],
        rng: np.random.Generator,
        strides: Sequence[int] | None = None,
        dilations: Sequence[int] | None = None,
        activation: Activation = tanh,
        output_activation: Activation = identity,
        pool: Pool | None = None,
        causal: bool = False,
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__()
        if len(sizes) < 2 or len(kernel_sizes) != len(sizes) - 1:
            raise ValueError(f"expected one kernel size for each layer, received {list(sizes)}, {list(kernel_sizes)}")
        for function, known in ((activation, DERIVATIVE), (output_activation, DERIVATIVE), (pool, POOL_BACKWARD)):
            if function is not None and function not in known:
                raise ValueError(f"expected one of {', '.join(f.__name__ for f in known)}, received {function!r}")
        self.receptive_field = receptive_field(kernel_sizes, strides, dilations)
        ones = [1] * len(kernel_sizes)
        layers = zip(pairwise(sizes), kernel_sizes, strides or ones, dilations or ones, strict=True)
        self.layers = [Conv1d(i, o, k, rng, s, d, causal, dtype) for (i, o), k, s, d in layers]
        self.activations = [activation] * (len(self.layers) - 1) + [output_activation]
        self.pool = pool

    def forward(self, x: Array, state: Any = None) -> tuple[Array, None, StackCache]:
        """Map ``x`` of shape (T, B, I) to (T', B, O), or to (B, O) with a pool.

        The cache holds, for each layer, its own cache and the activation's output.
        """
        cache = []
        for layer, activation in zip(self.layers, self.activations, strict=True):
            z, _, layer_cache = layer.forward(x)  # (T', B, H)
            x = activation(z)
            cache.append((layer_cache, x))
        return (self.pool(x) if self.pool else x), None, cache

    def backward(self, d_output: Array, cache: StackCache, d_state: Any = None) -> tuple[Array, None, Parameters]:
        """Undo `forward`, last layer first: gradients of the input, and of each parameter by name."""
        grads: Parameters = {}
        d_hidden = POOL_BACKWARD[self.pool](d_output, cache[-1][1]) if self.pool else d_output
        for i in reversed(range(len(self.layers))):
            layer_cache, hidden = cache[i]
            delta = d_hidden * DERIVATIVE[self.activations[i]](hidden)  # (T', B, H) at layer i
            d_hidden, _, layer_grads = self.layers[i].backward(delta, layer_cache)
            grads |= {f"layers.{i}.{name}": gradient for name, gradient in layer_grads.items()}
        return d_hidden, None, grads
