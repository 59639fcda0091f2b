"""Single values as data and back: numbers, text, bytes, types, generators, tensors."""

import sys
from collections.abc import Callable
from typing import Any

import numpy as np

from rnn_course.grading.sandbox import arrays, kinds
from rnn_course.grading.sandbox.arrays import NotDataError

INTEGER = 1 << 63  # from here on, msgpack has no integer
DIGITS = 100_000  # bytes of an integer
DATA = (
    *(np.ndarray, np.generic, np.dtype, np.random.Generator, complex, str, int, float, bytes, bytearray, slice, range),
    *(type(Ellipsis), list, tuple, dict, set, frozenset),
)
MUTABLE = {"l": list, "d": dict, "s": set, "B": bytearray}
CONTAINERS = {*MUTABLE, "t", "z", "N", "D"}


def simple(value: Any) -> list[Any] | None:
    """Return the tree of a value that has no parts, no identity, and none of msgpack's own types; else None."""
    if isinstance(value, np.generic):
        return ["n", arrays.name_of(value.dtype), value.tobytes()]
    if isinstance(value, np.dtype):
        return ["y", arrays.name_of(value)]
    if isinstance(value, complex):
        return ["c", value.real, value.imag]
    if isinstance(value, bytes):
        return ["b", bytes(value)]
    return ["."] if value is Ellipsis else None


def digits(value: int) -> bytes:
    """Return an integer of any size as bytes."""
    if value.bit_length() > 8 * DIGITS:
        raise NotDataError("an integer that is too long")
    return value.to_bytes(value.bit_length() // 8 + 1, "big", signed=True)


def exact(value: Any) -> Any:
    """Return the number or text that an object of a subclass is."""
    if isinstance(value, str):
        return str.__str__(value)
    return int.__add__(value, 0) if isinstance(value, int) else float.__mul__(value, 1.0)


def _integer(data: bytes) -> int:
    if not isinstance(data, bytes) or len(data) > DIGITS + 1:
        raise NotDataError("an integer that is none")
    return int.from_bytes(data, "big", signed=True)


def _scalar(kind: Any, data: Any) -> Any:
    dtype = arrays.dtype_of(kind)
    if not isinstance(data, bytes) or len(data) != dtype.itemsize:
        raise NotDataError("a number that is none")
    return np.ndarray((), dtype, bytearray(data) or None)[()]


def _complex(real: float, imaginary: float) -> complex:
    if type(real) is not float or type(imaginary) is not float:
        raise NotDataError("a number that is none")
    return complex(real, imaginary)


def _bytes(data: Any) -> bytes:
    if not isinstance(data, bytes):
        raise NotDataError("bytes that are none")
    return data


SIMPLE: dict[str, Callable[..., Any]] = {
    "I": _integer,
    "c": _complex,
    "b": _bytes,
    "n": _scalar,
    "y": arrays.dtype_of,
    "T": kinds.TYPES.__getitem__,
    ".": lambda: Ellipsis,
}


def generator(fields: list[Any]) -> np.random.Generator:
    """Return a new generator in the state that `arrays.generator_state` describes."""
    made = np.random.Generator(arrays.GENERATE[fields[0]](0))
    arrays.set_state(made, fields, fresh=True)
    return made


def is_tensor(value: Any) -> bool:
    """Return whether a value is a tensor of torch, without importing it."""
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def memory(tensor: Any) -> np.ndarray:
    """Return the array that shares a tensor's memory."""
    try:
        return tensor.detach().numpy()
    except (TypeError, RuntimeError) as error:
        raise NotDataError(f"a tensor that is no plain array cannot cross ({str(error)[:80]})") from None


def tensor(fields: list[Any], largest: int) -> Any:
    """Return the tensor of an array's content, and whether it needs a gradient."""
    torch = sys.modules.get("torch")
    if torch is None:
        raise NotDataError("a tensor, without torch")
    content, needs_gradient = fields
    array = arrays.array_of(content, largest)
    array.flags.writeable = True
    made = torch.from_numpy(array)
    return made.requires_grad_() if needs_gradient is True else made
