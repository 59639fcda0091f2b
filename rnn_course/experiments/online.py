"""A stack of Elman networks, each with a stream of its own, that change their weights after every step, as in 1990."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_course.elman_jordan import Cache, elman_step, elman_step_backward
from rnn_course.functional import sigmoid, sigmoid_derivative, softmax
from rnn_course.module import Parameters

Array = NDArray[np.floating]
Head = Callable[[Array, Array], tuple[Array, Array]]
"""From logits and targets to outputs and the gradient of the loss with respect to the logits."""


def half_squared_error(z: Array, target: Array) -> tuple[Array, Array]:
    """Sigmoid outputs, and the gradient of half the squared error."""
    output = sigmoid(z)
    return output, (output - target) * sigmoid_derivative(output)


def surprise(z: Array, target: Array) -> tuple[Array, Array]:
    """Probabilities, and the gradient of the cross-entropy with one-hot targets."""
    output = softmax(z)
    return output, output - target


@dataclass
class Stack:
    """The weights of N networks. A bias is a weight on a constant: of the inputs, and of what the outputs read.

    ``params`` holds ``weight_ih`` (N, H, I + 1) and ``weight_hh`` (N, H, H), and zeros where `elman_step` adds its own
    biases; ``readout`` is (N, O, H + 1).
    """

    params: Parameters
    readout: Array

    @classmethod
    def draw(cls, networks: int, inputs: int, hidden: int, outputs: int, rng: np.random.Generator) -> "Stack":
        """Draw all weights uniformly from ±1."""
        params = {
            "weight_ih": rng.uniform(-1, 1, (networks, hidden, inputs + 1)),
            "weight_hh": rng.uniform(-1, 1, (networks, hidden, hidden)),
            "bias_ih": np.zeros(hidden),
            "bias_hh": np.zeros(hidden),
        }
        return cls(params, rng.uniform(-1, 1, (networks, outputs, hidden + 1)))

    def start(self) -> Array:
        """Return the context before the first step, (N, 1, H): 1/2, the middle of a sigmoid's range."""
        networks, hidden, _ = self.params["weight_hh"].shape
        return np.full((networks, 1, hidden), 0.5)

    def learn(self, x: Array, target: Array, head: Head, window: int, passes: int, lr: float) -> None:
        """Read ``x`` (T, N, 1, I) ``passes`` times; after every step go down the gradient of that step's loss.

        The gradient is taken ``window`` steps back. One step takes the context as given: the training of Elman (1990).
        """
        x, h = _with_one(x), self.start()
        caches: deque[Cache] = deque(maxlen=window)
        for _ in range(passes):
            for x_t, target_t in zip(x, target, strict=True):
                h, cache = elman_step(x_t, h, self.params, sigmoid)
                caches.append(cache)
                seen = _with_one(h)
                _, delta = head(seen @ self.readout.mT, target_t)  # (N, 1, O)
                d_h = delta @ self.readout[..., :-1]  # (N, 1, H)
                self.readout -= lr * delta.mT @ seen
                self._go_back(d_h, caches, lr)

    def _go_back(self, d_h: Array, caches: deque[Cache], lr: float) -> None:
        """Take the gradient of the newest state back through ``caches``, and step down their sum."""
        total: dict[str, Any] = {"weight_ih": 0, "weight_hh": 0}
        for cache in reversed(caches):
            _, d_h, grads = elman_step_backward(d_h, cache)
            total = {name: value + grads[name] for name, value in total.items()}
        for name, gradient in total.items():
            self.params[name] -= lr * gradient

    def run(self, x: Array, head: Head) -> tuple[Array, Array]:
        """Return the outputs (T, N, O) and the states (T, N, H) on ``x`` (T, N, 1, I), without learning."""
        h, states = self.start(), []
        for x_t in _with_one(x):
            h, _ = elman_step(x_t, h, self.params, sigmoid)
            states.append(h)
        z = _with_one(np.stack(states)) @ self.readout.mT
        return head(z, np.zeros_like(z))[0][..., 0, :], np.stack(states)[..., 0, :]

    def weights(self, i: int) -> dict[str, list[Any]]:
        """Return the weights of network ``i``, rounded to three places, for a results file."""
        chosen = {name: self.params[name][i] for name in ("weight_ih", "weight_hh")} | {"readout": self.readout[i]}
        return {name: value.round(3).tolist() for name, value in chosen.items()}


def _with_one(values: Array) -> Array:
    """Append a constant 1 to the last axis."""
    return np.concatenate([values, np.ones_like(values[..., :1])], axis=-1)
