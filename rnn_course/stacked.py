"""What recurrent networks share: layers on top of each other, and a step repeated over a sequence."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnn_course.module import Module, Parameters

Array = NDArray[np.floating]
State = Any  # an array, or a tuple of arrays of one shape


class StackedRNN(Module):
    """Recurrent layers on top of each other; each reads the hidden states of the one below.

    A subclass sets `gates` and `n_states`, and defines `forward_layer` and `backward_layer` for one layer.

    Parameters
    ----------
    input_size, hidden_size : int
    rng : numpy Generator, draws every parameter uniformly from ±1/√hidden_size, torch's default
    num_layers : int
    dtype : float dtype of the parameters

    Raises
    ------
    ValueError
        If a size is not positive.
    """

    gates: int  # blocks of hidden_size rows in each weight; 1 for a network without gates
    n_states: int  # arrays in the state: a tuple if there are more than one

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        rng: np.random.Generator,
        num_layers: int = 1,
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__()
        if min(input_size, hidden_size, num_layers) < 1:
            raise ValueError(f"expected positive sizes, received {input_size}, {hidden_size} and {num_layers} layers")
        self.input_size, self.hidden_size, self.num_layers = input_size, hidden_size, num_layers
        bound = hidden_size**-0.5
        for i in range(num_layers):
            for name, shape in self.layer_shapes(hidden_size if i else input_size).items():
                self.params[f"{name}_l{i}"] = rng.uniform(-bound, bound, shape).astype(dtype)

    def layer_shapes(self, input_size: int) -> dict[str, tuple[int, ...]]:
        """Return the name and the shape of each parameter of a layer that reads ``input_size`` numbers a step."""
        rows = self.gates * self.hidden_size
        return {
            "weight_ih": (rows, input_size),
            "weight_hh": (rows, self.hidden_size),
            "bias_ih": (rows,),
            "bias_hh": (rows,),
        }

    def set_gate_bias(self, gate: int, bias: float) -> None:
        """Let the two biases of a gate, counted from 0 in the order of the blocks, sum to ``bias`` in every layer."""
        rows = slice(gate * self.hidden_size, (gate + 1) * self.hidden_size)
        for i in range(self.num_layers):
            self.layer(i)["bias_ih"][rows], self.layer(i)["bias_hh"][rows] = bias, 0

    def layer(self, i: int) -> Parameters:
        """Return layer ``i``'s live parameters under the names that the step function reads."""
        return {name: self.params[f"{name}_l{i}"] for name in self.layer_shapes(1)}

    def forward_layer(self, x: Array, state: State, params: Parameters) -> tuple[Array, State, Any]:
        """Map ``x`` (T, B, I) and the layer's state before it to the hidden states (T, B, H), the state after, a cache."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward_layer")

    def backward_layer(self, d_output: Array, cache: Any, d_state: State | None) -> tuple[Array, State, Parameters]:
        """Undo `forward_layer`: gradients of ``x``, of the state before it, and of the layer's parameters."""
        raise NotImplementedError(f"{type(self).__name__} does not define backward_layer")

    def forward(self, x: Array, state: State | None = None) -> tuple[Array, State, list[Any]]:
        """Map ``x`` (T, B, I) and the state, zeros if None, to an output (T, B, H) and the state after the last step.

        The state is an array of shape (num_layers, B, H), or a tuple of such arrays.

        Raises
        ------
        ValueError
            If a shape does not fit, or ``x`` is not floating.
        """
        if x.ndim != 3 or len(x) == 0 or x.shape[2] != self.input_size or not np.issubdtype(x.dtype, np.floating):
            expected = f"floats of shape (T, B, {self.input_size}), T at least 1"
            raise ValueError(f"x: expected {expected}, received {x.dtype} of shape {x.shape}")
        shape = (self.num_layers, x.shape[1], self.hidden_size)
        state = self._join([np.zeros(shape, x.dtype)] * self.n_states) if state is None else state
        received = [np.shape(part) for part in _parts(state)]
        if received != [shape] * self.n_states:
            wanted, got = (" and ".join(map(str, shapes)) for shapes in ([shape] * self.n_states, received))
            raise ValueError(f"state: expected shape {wanted}, received {got}")
        last, caches = [], []
        for i in range(self.num_layers):
            x, layer_last, cache = self.forward_layer(x, self._of_layer(state, i), self.layer(i))
            last.append(_parts(layer_last))
            caches.append(cache)
        return x, self._join([np.stack(part) for part in zip(*last, strict=True)]), caches

    def backward(
        self, d_output: Array, cache: list[Any], d_state: State | None = None
    ) -> tuple[Array, State, Parameters]:
        """Undo `forward`, top layer first: gradients of ``x``, of the initial state, and of each parameter by name.

        Raises
        ------
        ValueError
            If ``d_output`` does not have the shape of the output.
        """
        d_first, grads = [], {}
        for i in reversed(range(self.num_layers)):
            d_last = None if d_state is None else self._of_layer(d_state, i)
            d_output, d_layer_first, layer_grads = self.backward_layer(d_output, cache[i], d_last)
            d_first.append(_parts(d_layer_first))
            grads |= {f"{name}_l{i}": gradient for name, gradient in layer_grads.items()}
        return d_output, self._join([np.stack(part[::-1]) for part in zip(*d_first, strict=True)]), grads

    def _of_layer(self, state: State, i: int) -> State:
        return self._join([part[i] for part in _parts(state)])

    def _join(self, parts: list[Array]) -> State:
        return parts[0] if self.n_states == 1 else tuple(parts)


def repeat_step(
    step: Callable[..., tuple[State, Any]], x: Array, state: State, params: Parameters
) -> tuple[Array, State, tuple[Any, ...]]:
    """Run a step function over a sequence: slower than a layer that is written for speed, and always right.

    Parameters
    ----------
    step : callable ``(x, state, params) -> (state, cache)``; h is the state, or the first of its arrays
    x : ndarray of shape (T, B, I)
    state : what the first step starts from
    params : dict of arrays

    Returns
    -------
    hidden : ndarray of shape (T, B, H), h after each step
    state : what the last step left
    cache : what `repeat_step_backward` needs: the shape of ``hidden``, the last state, and the cache of each step
    """
    hidden, caches = [], []
    for x_t in x:
        state, cache = step(x_t, state, params)
        hidden.append(_parts(state)[0])
        caches.append(cache)
    output = np.stack(hidden)
    return output, state, (output.shape, state, caches)


def repeat_step_backward(
    step_backward: Callable[[State, Any], tuple[Array, State, Parameters]],
    d_output: Array,
    cache: tuple[Any, ...],
    d_state: State | None = None,
) -> tuple[Array, State, Parameters]:
    """Gradients of `repeat_step`.

    Parameters
    ----------
    step_backward : callable ``(d_state, cache) -> (dx, d_state_prev, grads)``
    d_output : ndarray of shape (T, B, H), gradient that each h receives from the output of its own step
    cache : what `repeat_step` returned
    d_state : gradient that reaches the last state from later steps, optional

    Returns
    -------
    dx : ndarray of shape (T, B, I)
    d_state0 : gradient of the first state
    grads : dict with the names of the parameters, summed over batch and time

    Raises
    ------
    ValueError
        If ``d_output`` does not have the shape of ``hidden``.
    """
    shape, state, caches = cache
    expect_shape(d_output, shape)
    if d_state is None:
        d_state = tuple(np.zeros_like(part) for part in state) if isinstance(state, tuple) else np.zeros_like(state)
    per_step, grads = [], {}
    for d_own, step_cache in zip(d_output[::-1], caches[::-1], strict=True):
        d_state = (d_own + d_state[0], *d_state[1:]) if isinstance(d_state, tuple) else d_own + d_state
        dx, d_state, step_grads = step_backward(d_state, step_cache)
        per_step.append(dx)
        for name, gradient in step_grads.items():
            grads[name] = grads.get(name, 0) + gradient
    return np.stack(per_step[::-1]), d_state, grads


def expect_shape(d_output: Array, shape: tuple[int, ...]) -> None:
    """Raise a ValueError if ``d_output`` does not have the shape of the output."""
    if d_output.shape != shape:
        raise ValueError(f"d_output: expected shape {shape}, received {d_output.shape}")


def _parts(state: State) -> tuple[Array, ...]:
    return state if isinstance(state, tuple) else (state,)
