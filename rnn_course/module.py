"""The interface that all models share: named parameters in flat dicts, keyed as torch's ``state_dict``."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Parameters = dict[str, Array]


class Module:
    """A model with named parameters.

    A subclass fills ``self.params`` in its constructor, may hold other modules (or lists of them) as attributes, and
    defines two methods::

        forward(x, state=None) -> (output, state, cache)
        backward(d_output, cache, d_state=None) -> (dx, d_state0, grads)

    ``state`` is ``None`` for a model without memory. The cache is returned, never kept on the module, so a second
    forward pass cannot spoil the backward pass of the first. ``grads`` has the keys of `parameters`.
    """

    def __init__(self) -> None:
        self.params: Parameters = {}

    def forward(self, x: Array, state: Any = None) -> tuple[Array, Any, Any]:
        """Run the model on ``x``; see the class for what comes back."""
        raise NotImplementedError(f"{type(self).__name__} does not define forward")

    def backward(self, d_output: Array, cache: Any, d_state: Any = None) -> tuple[Array, Any, Parameters]:
        """Undo `forward`: gradients of the input, the initial state and the parameters."""
        raise NotImplementedError(f"{type(self).__name__} does not define backward")

    def __call__(self, x: Array, state: Any = None) -> tuple[Array, Any, Any]:
        """Call `forward`."""
        return self.forward(x, state)

    def children(self) -> Iterator[tuple[str, "Module"]]:
        """Yield the name and the module of every attribute that is a module, or a list of modules."""
        for name, value in vars(self).items():
            if isinstance(value, Module):
                yield name, value
            elif isinstance(value, list):
                yield from ((f"{name}.{i}", item) for i, item in enumerate(value) if isinstance(item, Module))

    def parameters(self) -> Parameters:
        """Return the live parameter arrays, children's names prefixed (``"rnn.weight_hh_l0"``).

        An optimizer changes these arrays in place.
        """
        flat = dict(self.params)
        for prefix, child in self.children():
            flat |= {f"{prefix}.{name}": value for name, value in child.parameters().items()}
        return flat

    def state_dict(self) -> Parameters:
        """Return copies of the parameters, under the keys of torch's ``state_dict``."""
        return {name: value.copy() for name, value in self.parameters().items()}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Copy parameters in, from this package's or a torch module's ``state_dict``.

        Raises
        ------
        KeyError
            If names are missing or unknown.
        ValueError
            If a shape differs. Nothing is changed then.
        """
        own = self.parameters()
        missing, unknown = sorted(own.keys() - state_dict.keys()), sorted(state_dict.keys() - own.keys())
        if missing or unknown:
            raise KeyError(f"state_dict: missing {missing}, unknown {unknown}")
        arrays = {name: np.asarray(value) for name, value in state_dict.items()}
        for name, value in arrays.items():
            if value.shape != own[name].shape:
                raise ValueError(f"{name}: expected shape {own[name].shape}, received {value.shape}")
        for name, value in arrays.items():
            own[name][...] = value

    def count_parameters(self) -> int:
        """Return the number of trainable scalars."""
        return sum(value.size for value in self.parameters().values())
