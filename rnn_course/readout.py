"""A linear layer on top of a recurrent network: what turns hidden states into predictions."""

from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from rnn_course.ffnn import Linear
from rnn_course.module import Module, Parameters

Array = NDArray[np.floating]
Cache = tuple[Any, tuple[int, ...], Any]


class Readout(Module):
    """A recurrent module and a `Linear` layer that reads its output, at every step or at the last one.

    Parameters
    ----------
    rnn : Module whose output has shape (T, B, H) and which has ``hidden_size``, for example `ElmanRNN`
    out_features : int, number of outputs O
    rng : numpy Generator, draws the layer's parameters
    last : bool, read only the last step: one prediction for a sequence
    dtype : float dtype of the layer's parameters

    Examples
    --------
    >>> from rnn_course.elman_jordan import ElmanRNN
    >>> rng = np.random.default_rng(0)
    >>> model = Readout(ElmanRNN(2, 3, rng), 1, rng, last=True)
    >>> list(model.parameters())[-2:]
    ['linear.weight', 'linear.bias']
    >>> output, state, cache = model.forward(np.zeros((5, 7, 2)))
    >>> output.shape, state.shape
    ((7, 1), (1, 7, 3))
    """

    def __init__(
        self, rnn: Any, out_features: int, rng: np.random.Generator, last: bool = False, dtype: DTypeLike = np.float64
    ) -> None:
        super().__init__()
        self.rnn: Module = rnn
        self.linear = Linear(rnn.hidden_size, out_features, rng, dtype)
        self.last = last

    def forward(self, x: Array, state: Any = None) -> tuple[Array, Any, Cache]:
        """Map ``x`` (T, B, I) to an output (T, B, O), or (B, O) if only the last step is read, and the last state."""
        hidden, state, rnn_cache = self.rnn.forward(x, state)  # (T, B, H)
        output, _, linear_cache = self.linear.forward(hidden[-1] if self.last else hidden)
        return output, state, (rnn_cache, hidden.shape, linear_cache)

    def backward(self, d_output: Array, cache: Cache, d_state: Any = None) -> tuple[Array, Any, Parameters]:
        """Undo `forward`: gradients of ``x``, of the initial state, and of each parameter by name."""
        rnn_cache, shape, linear_cache = cache
        d_hidden, _, linear_grads = self.linear.backward(d_output, linear_cache)
        if self.last:
            no_loss = np.zeros((shape[0] - 1, *shape[1:]), d_hidden.dtype)
            d_hidden = np.concatenate([no_loss, d_hidden[np.newaxis]])  # (T, B, H)
        dx, d_state0, rnn_grads = self.rnn.backward(d_hidden, rnn_cache, d_state)
        grads = {f"rnn.{name}": gradient for name, gradient in rnn_grads.items()}
        return dx, d_state0, grads | {f"linear.{name}": gradient for name, gradient in linear_grads.items()}
