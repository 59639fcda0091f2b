"""Jordan networks, whose hidden layer reads the network's past outputs (Jordan 1986)."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnn_course.ffnn import Activation
from rnn_course.functional import DERIVATIVE, identity, tanh
from rnn_course.module import Module, Parameters

Array = NDArray[np.floating]
Cache = tuple[Any, ...]


def jordan_step(
    x: Array,
    state: Array,
    params: Parameters,
    decay: float = 0.0,
    activation: Activation = tanh,
    output_activation: Activation = identity,
) -> tuple[Array, Array, Cache]:
    """One step of a Jordan network.

    The hidden layer is φ(x W_ihᵀ + c W_chᵀ + b_h), the output ŷ = φ_o(h W_hoᵀ + b_o), and the context after the step
    is α c + ŷ: a sum of all past outputs, in which one that is k steps old has the weight αᵏ.

    Parameters
    ----------
    x : ndarray of shape (B, I)
    state : ndarray of shape (B, O), the context units c
    params : ``weight_ih`` (H, I), ``weight_ch`` (H, O), ``bias_h`` (H,), ``weight_ho`` (O, H), ``bias_o`` (O,)
    decay : float from 0 to 1, α, the weight of each context unit on itself; 0 keeps the last output alone
    activation, output_activation : functions of `rnn_course.functional`

    Returns
    -------
    output : ndarray of shape (B, O)
    state : ndarray of shape (B, O), the context of the next step
    cache : what `jordan_step_backward` needs
    """
    h = activation(x @ params["weight_ih"].T + state @ params["weight_ch"].T + params["bias_h"])  # (B, H)
    output = output_activation(h @ params["weight_ho"].T + params["bias_o"])  # (B, O)
    return output, decay * state + output, (x, state, h, output, params, decay, activation, output_activation)


def jordan_step_backward(d_output: Array, d_state: Array, cache: Cache) -> tuple[Array, Array, Parameters]:
    """Gradients of `jordan_step`.

    Parameters
    ----------
    d_output : ndarray of shape (B, O), gradient of the loss with respect to the output of this step
    d_state : ndarray of shape (B, O), gradient with respect to the context after it
    cache : what `jordan_step` returned

    Returns
    -------
    dx : ndarray of shape (B, I)
    d_state_prev : ndarray of shape (B, O)
    grads : dict with the names of ``params``, summed over the batch
    """
    x, state, h, output, params, decay, activation, output_activation = cache
    delta_o = (d_output + d_state) * DERIVATIVE[output_activation](output)  # (B, O): the output feeds both
    delta_h = delta_o @ params["weight_ho"] * DERIVATIVE[activation](h)  # (B, H)
    dx = delta_h @ params["weight_ih"]  # (B, I)
    d_state_prev = delta_h @ params["weight_ch"] + decay * d_state  # (B, O)
    grads = {
        "weight_ih": delta_h.T @ x,  # (H, I)
        "weight_ch": delta_h.T @ state,  # (H, O)
        "bias_h": delta_h.sum(axis=0),  # (H,)
        "weight_ho": delta_o.T @ h,  # (O, H)
        "bias_o": delta_o.sum(axis=0),  # (O,)
    }
    return dx, d_state_prev, grads


class JordanRNN(Module):
    """A Jordan network over whole sequences: `jordan_step`, repeated.

    Parameters
    ----------
    input_size, hidden_size, output_size : int
    rng : numpy Generator, draws the parameters uniformly from ±1/√hidden_size
    decay : float from 0 to 1, weight of each context unit on itself
    activation, output_activation : functions of `rnn_course.functional`
    one_step : bool, stop the gradient at the context units
    dtype : float dtype of the parameters

    Raises
    ------
    ValueError
        If a size is not positive, ``decay`` is outside [0, 1], or an activation has no derivative.

    Examples
    --------
    >>> model = JordanRNN(2, 3, 1, np.random.default_rng(0), decay=0.5)
    >>> output, state, cache = model.forward(np.zeros((5, 7, 2)))
    >>> output.shape, state.shape
    ((5, 7, 1), (7, 1))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        rng: np.random.Generator,
        decay: float = 0.0,
        activation: Activation = tanh,
        output_activation: Activation = identity,
        one_step: bool = False,
        dtype: DTypeLike = np.float64,
    ) -> None:
        super().__init__()
        sizes = (input_size, hidden_size, output_size)
        if min(sizes) < 1 or not 0 <= decay <= 1:
            raise ValueError(f"expected positive sizes and decay from 0 to 1, received {sizes} and {decay}")
        for function in (activation, output_activation):
            if function not in DERIVATIVE:
                known = ", ".join(f.__name__ for f in DERIVATIVE)
                raise ValueError(f"activation: expected one of {known}, received {function!r}")
        self.decay, self.one_step = decay, one_step
        self.activation, self.output_activation = activation, output_activation
        bound = hidden_size**-0.5
        shapes = {"weight_ih": (hidden_size, input_size), "weight_ch": (hidden_size, output_size)}
        shapes |= {"bias_h": (hidden_size,), "weight_ho": (output_size, hidden_size), "bias_o": (output_size,)}
        self.params = {name: rng.uniform(-bound, bound, shape).astype(dtype) for name, shape in shapes.items()}

    def forward(self, x: Array, state: Array | None = None) -> tuple[Array, Array, list[Cache]]:
        """Map ``x`` (T, B, I) and the context ``state`` (B, O), zeros if None, to an output (T, B, O) and the context.

        Raises
        ------
        ValueError
            If a shape does not fit, or ``x`` is not floating.
        """
        n_outputs, n_inputs = len(self.params["bias_o"]), self.params["weight_ih"].shape[1]
        if x.ndim != 3 or len(x) == 0 or x.shape[2] != n_inputs or not np.issubdtype(x.dtype, np.floating):
            expected = f"floats of shape (T, B, {n_inputs}), T at least 1"
            raise ValueError(f"x: expected {expected}, received {x.dtype} of shape {x.shape}")
        state = np.zeros((x.shape[1], n_outputs), x.dtype) if state is None else state
        if state.shape != (x.shape[1], n_outputs):
            raise ValueError(f"state: expected shape {(x.shape[1], n_outputs)}, received {state.shape}")
        output, caches = np.empty((*x.shape[:2], n_outputs), x.dtype), []
        for t in range(len(x)):
            output[t], state, cache = jordan_step(
                x[t], state, self.params, self.decay, self.activation, self.output_activation
            )
            caches.append(cache)
        return output, state, caches

    def backward(
        self, d_output: Array, cache: list[Cache], d_state: Array | None = None
    ) -> tuple[Array, Array, Parameters]:
        """Undo `forward`, last step first: gradients of ``x``, of the initial context, and of each parameter.

        Raises
        ------
        ValueError
            If ``d_output`` does not have the shape of the output.
        """
        shape = (len(cache), *cache[0][1].shape)
        if d_output.shape != shape:
            raise ValueError(f"d_output: expected shape {shape}, received {d_output.shape}")
        d_context = np.zeros_like(d_output[0]) if d_state is None else d_state  # (B, O)
        per_step, grads = [], {name: np.zeros_like(value) for name, value in self.params.items()}
        for t in reversed(range(len(d_output))):
            dx, d_context, step_grads = jordan_step_backward(d_output[t], d_context, cache[t])
            per_step.append(dx)
            if self.one_step:
                d_context[...] = 0
            for name, gradient in step_grads.items():
                grads[name] += gradient
        return np.stack(per_step[::-1]), d_context, grads
