"""Arrays as data: exact dtype, shape, order and bytes; views of a buffer stay views; nothing that numpy would unpickle."""

import functools
import math
import re
from typing import Any, Literal

import numpy as np

PLAIN = re.compile(r"[<>|=][biufcSUMm]\d{1,7}(\[\d{0,6}[a-zA-Zμ]{1,7}\])?")
GENERATORS = {"PCG64": "inc", "PCG64DXSM": "inc", "Philox": "key"}
GENERATE = {name: getattr(np.random, name) for name in GENERATORS}
SPREAD = 64  # a view is sent with its whole buffer, if that is at most so many times as large


class NotDataError(Exception):
    """A value that cannot cross, or bytes that are no value."""


def dtype_of(text: Any) -> np.dtype:
    """Return the dtype of that name: numbers, booleans, text and times. No objects, no records.

    Examples
    --------
    >>> dtype_of("<f4")
    dtype('float32')
    """
    if not isinstance(text, str):
        raise NotDataError("a dtype that cannot cross")
    return _dtype(text)


@functools.lru_cache(100)
def _dtype(text: str) -> np.dtype:
    if not PLAIN.fullmatch(text):
        raise NotDataError("a dtype that cannot cross")
    try:
        return np.dtype(text)
    except (TypeError, ValueError):
        raise NotDataError("a dtype that cannot cross") from None


@functools.lru_cache(100)
def name_of(dtype: np.dtype) -> str:
    """Return the name by which a dtype crosses."""
    if dtype.hasobject or not PLAIN.fullmatch(dtype.str):
        raise NotDataError(f"an array of dtype {dtype} cannot cross between student and tests")
    return dtype.str


def content(array: np.ndarray) -> list[Any]:
    """Return an array's dtype, shape, order, whether it can be written to, and bytes."""
    order = order_of(array)
    return [name_of(array.dtype), list(array.shape), order, array.flags.writeable, array.tobytes(order)]


def order_of(array: np.ndarray) -> Literal["C", "F"]:
    """Return the order in which an array's bytes cross."""
    return "F" if array.flags.fnc else "C"


def shape_of(values: Any, itemsize: int, largest: int) -> tuple[int, ...]:
    """Return a shape, if an array of it has at most ``largest`` entries and bytes."""
    if not isinstance(values, list) or len(values) > 32 or not all(type(n) is int and 0 <= n < 1 << 62 for n in values):
        raise NotDataError("a shape that is none")
    total = 1
    for n in values:
        total *= max(n, 1)
        if total * max(itemsize, 1) > largest:
            raise NotDataError("an array that is too large")
    return tuple(values)


def array_of(fields: Any, largest: int) -> np.ndarray:
    """Return the array that `content` describes."""
    if not isinstance(fields, list) or len(fields) != 5:
        raise NotDataError("an array that is none")
    kind, sizes, order, writeable, data = fields
    dtype = dtype_of(kind)
    shape = shape_of(sizes, dtype.itemsize, largest)
    if order not in ("C", "F") or not isinstance(data, bytes) or len(data) != math.prod(shape) * dtype.itemsize:
        raise NotDataError("an array whose bytes do not fit its shape")
    array = np.ndarray(shape, dtype, bytearray(data) or None, 0, None, order).copy(order)
    array.flags.writeable = bool(writeable)
    return array


def owner(array: np.ndarray) -> np.ndarray:
    """Return the array whose memory this one looks at, through views of views and strides."""
    seen: Any = array
    while True:
        base = seen.base if isinstance(seen, np.ndarray) else getattr(seen, "base", None)
        if base is None:
            return array
        seen = base
        if isinstance(seen, np.ndarray):
            array = seen


def is_dense(array: np.ndarray) -> bool:
    """Return whether the array's entries fill its memory, in one of the two orders."""
    return bool(array.flags.c_contiguous or array.flags.f_contiguous)


def place(array: np.ndarray, base: np.ndarray) -> list[Any] | None:
    """Return how ``array`` looks at the memory of ``base``, or None if it does not, or not only."""
    if not (array.nbytes and base.nbytes and is_dense(base)):
        return None
    low, high = np.lib.array_utils.byte_bounds(array)
    start, end = np.lib.array_utils.byte_bounds(base)
    if low < start or high > end:
        return None
    offset = array.__array_interface__["data"][0] - start
    return [name_of(array.dtype), list(array.shape), list(array.strides), offset, bool(array.flags.writeable)]


def base(array: np.ndarray, table: list[Any], largest: int) -> np.ndarray | None:
    """Return an array to send first, of whose memory ``array`` is a view: one of the table, or its owner."""
    for known in table:
        if isinstance(known, np.ndarray) and place(array, known) is not None:
            return known
    found = owner(array)
    is_small = found.nbytes <= min(largest // 2, SPREAD * array.nbytes + 4096)
    if found is array or not is_small or found.dtype.hasobject or type(found) is not np.ndarray:
        return None
    return found if place(array, found) is not None else None


def view_of(base: Any, fields: Any, largest: int) -> np.ndarray:
    """Return the view that `place` describes. numpy checks that it stays in the memory of ``base``."""
    if not isinstance(base, np.ndarray) or not isinstance(fields, list) or len(fields) != 5:
        raise NotDataError("a view of what is no array")
    kind, sizes, strides, offset, writeable = fields
    dtype = dtype_of(kind)
    shape = shape_of(sizes, dtype.itemsize, largest)
    is_plain = isinstance(strides, list) and all(type(n) is int and abs(n) < 1 << 62 for n in [*strides, offset])
    if not is_plain or len(strides) != len(shape):
        raise NotDataError("a view that is none")
    dense = base if is_dense(base) else np.ascontiguousarray(base)
    flat = (dense if dense.flags.c_contiguous else dense.T).reshape(-1)
    try:
        view = np.ndarray(shape, dtype, flat.view(np.uint8), offset, tuple(strides))
    except (ValueError, TypeError, OverflowError):
        raise NotDataError("a view that leaves its memory") from None
    if not writeable:
        view.flags.writeable = False
    return view


def generator_state(generator: np.random.Generator) -> list[Any]:
    """Return the kind and the state of a generator of random numbers."""
    kind = type(generator.bit_generator).__name__
    if kind not in GENERATORS:
        raise NotDataError(f"a generator of kind {kind} cannot cross; numpy.random.default_rng makes one that can")
    return [kind, _plain(generator.bit_generator.state)]


def set_state(generator: np.random.Generator, fields: Any, fresh: bool = False) -> None:
    """Move a generator to a state of the same stream: as many draws further as somebody made, no other numbers.

    A ``fresh`` generator, just made to hold the state, takes any stream.
    """
    kind, state = fields if isinstance(fields, list) and len(fields) == 2 else ("", None)
    bits = generator.bit_generator
    if kind != type(bits).__name__ or not isinstance(state, dict):
        raise NotDataError("a generator of another kind")
    try:
        current = bits.state
        stream = GENERATORS[kind]
        wanted = _like(current, state)
        if not fresh and not np.array_equal(wanted["state"][stream], current["state"][stream]):
            raise NotDataError("the stream of a generator was changed")
        bits.state = wanted
    except (KeyError, TypeError, ValueError, OverflowError):
        raise NotDataError("a state that no generator has") from None


def _plain(state: Any) -> Any:
    """Return a state without arrays and without integers that are too large for a message."""
    if isinstance(state, dict):
        return {name: _plain(value) for name, value in state.items()}
    if isinstance(state, np.ndarray):
        return [str(int(n)) for n in state]
    return state if isinstance(state, str) else str(int(state))


def _like(current: Any, state: Any) -> Any:
    """Return ``state`` with the names and types of ``current``."""
    if isinstance(current, dict):
        return {name: _like(value, state[name]) for name, value in current.items()}
    if isinstance(current, np.ndarray):
        if not isinstance(state, list) or len(state) != len(current):
            raise NotDataError("a state that no generator has")
        return np.array([_number(n) for n in state], current.dtype)
    return current if isinstance(current, str) else _number(state)


def _number(text: Any) -> int:
    if not isinstance(text, str) or not re.fullmatch(r"\d{1,40}", text, re.ASCII):
        raise NotDataError("a state that no generator has")
    return int(text)
