"""Optimizers and gradient clipping, equal to torch's of the same names.

An optimizer holds the live parameter arrays of a model and changes them in place. It knows nothing else of the model.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Parameters = dict[str, Array]


class Optimizer:
    """What all optimizers share: the parameters, a learning rate, and slots of running state for each parameter.

    Parameters
    ----------
    parameters : dict from name to live array, as `Module.parameters` returns
    lr : float, learning rate
    """

    slots: tuple[str, ...] = ()

    def __init__(self, parameters: Parameters, lr: float) -> None:
        if not lr > 0:
            raise ValueError(f"lr: expected a positive learning rate, received {lr}")
        self.parameters, self.lr, self.steps = parameters, lr, 0
        self.state = {slot: {name: np.zeros_like(p) for name, p in parameters.items()} for slot in self.slots}

    def step(self, grads: Parameters) -> None:
        """Update every parameter in place.

        Raises
        ------
        KeyError
            If ``grads`` does not have exactly the parameters' names.
        """
        if grads.keys() != self.parameters.keys():
            raise KeyError(f"grads: expected names {sorted(self.parameters)}, received {sorted(grads)}")
        self.steps += 1
        for name, parameter in self.parameters.items():
            parameter -= self._change(name, grads[name])

    def _change(self, name: str, gradient: Array) -> Array:
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """Return copies of the running state, for an exact resume."""
        state = {
            f"{slot}.{name}": value.copy() for slot, values in self.state.items() for name, value in values.items()
        }
        return {"steps": np.array(self.steps), **state}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Copy a running state in that `state_dict` returned."""
        self.steps = int(state_dict["steps"])
        for slot, values in self.state.items():
            for name, value in values.items():
                value[...] = state_dict[f"{slot}.{name}"]


class SGD(Optimizer):
    """Gradient descent, with momentum if ``momentum > 0`` (Polyak 1964, in torch's form).

    v ← μ v + g,  θ ← θ - η v.

    Examples
    --------
    >>> weight = np.array([1.0])
    >>> SGD({"weight": weight}, lr=0.1).step({"weight": np.array([2.0])})
    >>> weight.tolist()
    [0.8]
    """

    slots = ("velocity",)

    def __init__(self, parameters: Parameters, lr: float, momentum: float = 0.0) -> None:
        super().__init__(parameters, lr)
        self.momentum = momentum

    def _change(self, name: str, gradient: Array) -> Array:
        velocity = self.state["velocity"][name]
        velocity *= self.momentum
        velocity += gradient
        return self.lr * velocity


class RMSprop(Optimizer):
    """Scale each step by a running root mean square of its gradients (Hinton's lecture 6e, 2012).

    s ← α s + (1 - α) g²,  θ ← θ - η g / (√s + ε).
    """

    slots = ("square_avg",)

    def __init__(self, parameters: Parameters, lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8) -> None:
        super().__init__(parameters, lr)
        self.alpha, self.eps = alpha, eps

    def _change(self, name: str, gradient: Array) -> Array:
        square_avg = self.state["square_avg"][name]
        square_avg *= self.alpha
        square_avg += (1 - self.alpha) * gradient**2
        return self.lr * gradient / (np.sqrt(square_avg) + self.eps)


class Adam(Optimizer):
    """Momentum and scaling together, both corrected for their start at zero (Kingma & Ba 2015, algorithm 1)."""

    slots = ("exp_avg", "exp_avg_sq")

    def __init__(
        self, parameters: Parameters, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8
    ) -> None:
        super().__init__(parameters, lr)
        self.betas, self.eps = betas, eps

    def _change(self, name: str, gradient: Array) -> Array:
        beta1, beta2 = self.betas
        exp_avg, exp_avg_sq = self.state["exp_avg"][name], self.state["exp_avg_sq"][name]
        exp_avg += (1 - beta1) * (gradient - exp_avg)
        exp_avg_sq += (1 - beta2) * (gradient**2 - exp_avg_sq)
        mean = exp_avg / (1 - beta1**self.steps)
        root = np.sqrt(exp_avg_sq / (1 - beta2**self.steps))
        return self.lr * mean / (root + self.eps)


def clip_grad_norm(grads: Parameters, max_norm: float) -> float:
    """Scale all gradients together, in place, so that their joint 2-norm is at most ``max_norm``.

    The direction of the step is kept; only its length changes (Pascanu et al. 2013, algorithm 1).

    Returns
    -------
    float, the norm before clipping.

    Raises
    ------
    ValueError
        If ``max_norm`` is not positive.

    Examples
    --------
    >>> grads = {"weight": np.array([3.0]), "bias": np.array([4.0])}
    >>> clip_grad_norm(grads, max_norm=1.0)
    5.0
    >>> round(float(grads["weight"][0]), 4), round(float(grads["bias"][0]), 4)
    (0.6, 0.8)
    """
    if not max_norm > 0:
        raise ValueError(f"max_norm: expected a positive number, received {max_norm}")
    norm = float(np.sqrt(sum(float((g**2).sum()) for g in grads.values())))
    if norm > max_norm:
        for gradient in grads.values():
            gradient *= max_norm / norm
    return norm


def clip_grad_value(grads: Parameters, clip_value: float) -> None:
    """Limit every entry of every gradient, in place, to ±``clip_value``. The direction may change.

    Raises
    ------
    ValueError
        If ``clip_value`` is not positive.
    """
    if not clip_value > 0:
        raise ValueError(f"clip_value: expected a positive number, received {clip_value}")
    for gradient in grads.values():
        np.clip(gradient, -clip_value, clip_value, out=gradient)
