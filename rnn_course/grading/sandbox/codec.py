"""Values as plain data and back, and nothing else: no pickle, no code, no class of the other side.

A value becomes a tree of what msgpack knows. None, booleans, numbers, text stand for themselves; all else is a list that
begins with a letter. Things that have an identity (lists, arrays, …) are counted as they come, on both sides alike, so
that a second mention is a number, and the table of what was counted can say later which of them changed.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnn_course.grading.sandbox import arrays, kinds, values
from rnn_course.grading.sandbox.arrays import NotDataError
from rnn_course.grading.sandbox.limits import Limits

Outward = Callable[[Any], list[Any]]
Inward = Callable[[list[Any]], Any]

FAULTS = (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError, RecursionError, MemoryError)
TEXTS = 10_000
CHANGING = (list, set, dict, bytearray, np.random.Generator)
_UNFINISHED = object()  # stands in the table for a tuple whose parts are not there yet


def _no_objects(value: Any) -> Any:
    raise NotDataError(f"an object of type {type(value).__name__} cannot cross between student and tests")


class Codec:
    """Encodes and decodes the messages of one call; both sides keep the same table.

    Parameters
    ----------
    limits : Limits, of depth, number of values and size of arrays
    keeps_views : bool, whether views are sent with the memory they look at. The tests' side does not: there may be
        answers beside what it shows.
    outward, inward : what to do with values that are no data: functions, objects
    shared : dict of the names that locked cells define, for their dataclasses
    """

    def __init__(
        self,
        limits: Limits,
        keeps_views: bool = False,
        outward: Outward = _no_objects,
        inward: Inward = _no_objects,
        shared: dict[str, Any] | None = None,
    ) -> None:
        self.limits, self.keeps_views = limits, keeps_views
        self.outward, self.inward = outward, inward
        self.shared = {} if shared is None else shared
        self.table: list[Any] = []
        self.texts: list[str] = []  # that came, for who wants to know; of a bounded number
        self._numbers: dict[int, int] = {}
        self._open: set[int] = set()
        self._count = 0

    def cut(self, length: int) -> None:
        """Forget what came into the table after it had ``length`` entries."""
        for value in self.table[length:]:
            self._numbers.pop(id(value), None)
        del self.table[length:]
        self._open = {number for number in self._open if number < length}

    def encode(self, value: Any) -> Any:
        """Return ``value`` as a tree. If it cannot be one, the table is as before."""
        before = len(self.table)
        self._count = 0
        try:
            return self._encode(value, 0)
        except (NotDataError, RecursionError) as error:
            self.cut(before)
            raise (
                error if isinstance(error, NotDataError) else NotDataError("a value that is nested too deeply")
            ) from None

    def decode(self, tree: Any) -> Any:
        """Return the value of a tree.

        Raises
        ------
        NotDataError
            If it is none that `encode` makes, or more than the limits allow.
        """
        self._count = 0
        try:
            return self._decode(tree, 0)
        except FAULTS as error:
            raise NotDataError(f"a value that is none ({type(error).__name__})") from None

    def has_memory(self, number: int) -> bool:
        """Return whether an entry is an array or a tensor, whose memory others may share."""
        return isinstance(self.table[number], np.ndarray) or values.is_tensor(self.table[number])

    def may_change(self, number: int) -> bool:
        """Return whether an entry has a state at all: a tuple has none."""
        return isinstance(self.table[number], CHANGING) or self.has_memory(number)

    def state(self, number: int) -> Any:
        """Return what may change of an entry, as a tree, its own entries as numbers; None if nothing can."""
        value = self.table[number]
        if isinstance(value, np.ndarray):
            return value.tobytes(arrays.order_of(value)) if value.flags.writeable else None
        if isinstance(value, list | set | dict | bytearray):
            return self._body(value, 1)
        if isinstance(value, np.random.Generator):
            return arrays.generator_state(value)
        return values.memory(value).tobytes() if values.is_tensor(value) else None

    def change(self, number: Any, state: Any) -> None:
        """Put an entry of the table into the state that the other side has left its own in."""
        try:
            self._change(number, state)
        except FAULTS as error:
            raise NotDataError(f"a change that is none ({type(error).__name__})") from None

    def _change(self, number: Any, state: Any) -> None:
        if type(number) is not int or not 0 <= number < len(self.table):
            raise NotDataError("a change of what was not sent")
        value = self.table[number]
        if self.has_memory(number):
            target = value if isinstance(value, np.ndarray) else values.memory(value)
            fields = [arrays.name_of(target.dtype), list(target.shape), arrays.order_of(target), True, state]
            if target.flags.writeable:
                target[...] = arrays.array_of(fields, self.limits.message)
        elif isinstance(value, np.random.Generator):
            arrays.set_state(value, state)
        elif isinstance(value, list | set | dict | bytearray):
            self._refill(value, state, 1)
        else:
            raise NotDataError("a change of what cannot change")

    def _encode(self, value: Any, depth: int) -> Any:
        self._step(depth)
        kind = type(value)
        if value is None or kind in (bool, float, str):
            return value
        if kind is int:
            return value if -values.INTEGER <= value < values.INTEGER else ["I", values.digits(value)]
        known = self._numbers.get(id(value))
        if known is not None and self.table[known] is value:
            if known in self._open:
                raise NotDataError("a tuple that holds itself cannot cross")
            return ["r", known]
        if isinstance(value, values.DATA):
            return self._encode_data(value, depth)
        if values.is_tensor(value):
            self._number(value)
            return ["x", arrays.content(values.memory(value)), bool(value.requires_grad)]
        if isinstance(value, type) and value in kinds.NAMES:
            return ["T", kinds.NAMES[value]]
        found = kinds.record(value, self.shared)
        if found is not None and found[0] == "D":
            self._number(value)
            return [*found[:-1], [self._encode(item, depth + 1) for item in found[-1]]]
        return found if found is not None else self.outward(value)

    def _encode_data(self, value: Any, depth: int) -> Any:
        if isinstance(value, np.ndarray):
            return self._encode_array(value)
        plain = values.simple(value)
        if plain is not None:
            return plain
        if isinstance(value, str | int | float):  # an Enum that is a number is one here, and so is a subclass
            return kinds.record(value, self.shared) or self._encode(values.exact(value), depth)
        if isinstance(value, slice | range):
            ends = (value.start, value.stop, value.step)
            return ["S" if isinstance(value, slice) else "R", *(self._encode(end, depth + 1) for end in ends)]
        if isinstance(value, np.random.Generator):
            state = arrays.generator_state(value)
            self._number(value)
            return ["g", *state]
        number = self._number(value)
        if isinstance(value, tuple | frozenset):
            self._open.add(number)
        body = self._body(value, depth)
        self._open.discard(number)
        if isinstance(value, tuple):
            found = kinds.record(value, self.shared)
            return [*found[:-1], body] if found else ["t", body]
        tags = ((list, "l"), (dict, "d"), (set, "s"), (frozenset, "z"), (bytearray, "B"))
        return [next(tag for base, tag in tags if isinstance(value, base)), body]

    def _body(self, value: Any, depth: int) -> Any:
        if isinstance(value, bytearray):
            return bytes(value)
        if isinstance(value, dict):
            return [self._encode(part, depth + 1) for pair in dict.items(value) for part in pair]
        if isinstance(value, set | frozenset):  # both sides in one order
            value = sorted(value, key=lambda item: (type(item).__name__, repr(item)))
        return [self._encode(item, depth + 1) for item in value]

    def _encode_array(self, array: np.ndarray) -> Any:
        try:
            arrays.name_of(array.dtype)
        except NotDataError:
            return self.outward(array)
        base = arrays.base(array, self.table, self.limits.message) if self.keeps_views else None
        if base is not None:
            where = self._encode(base, 0)
            fields = arrays.place(array, base)
            self._number(array)
            return ["v", where, fields]
        self._number(array)
        return ["a", *arrays.content(array)]

    def _decode(self, tree: Any, depth: int) -> Any:
        self._step(depth)
        if tree is None or isinstance(tree, bool | int | float | str):
            if isinstance(tree, str) and len(self.texts) < TEXTS:
                self.texts.append(tree)
            return tree
        if not isinstance(tree, list) or not tree or not isinstance(tree[0], str):
            raise NotDataError("a value that is none")
        tag, rest = tree[0], tree[1:]
        simple = values.SIMPLE.get(tag)
        if simple is not None:
            value = simple(*rest)
            if isinstance(value, bytes | np.str_):
                self.texts.append(str(value))
            return value
        if tag in values.CONTAINERS:
            return self._decode_container(tag, rest, depth)
        if tag == "r":
            return self._entry(*rest)
        if tag in ("S", "R"):
            start, stop, step = rest
            ends = [self._decode(end, depth + 1) for end in (start, stop, step)]
            return slice(*ends) if tag == "S" else range(*ends)
        if tag == "v":
            base, fields = rest
            seen = self._decode(base, depth + 1)
            return self._keep(arrays.view_of(seen, fields, self.limits.message))
        if tag == "a":
            return self._keep(arrays.array_of(rest, self.limits.message))
        if tag == "g":
            return self._keep(values.generator(rest))
        if tag == "x":
            return self._keep(values.tensor(rest, self.limits.message))
        if tag == "E":
            return kinds.member(rest[0], rest[1], rest[2], self.shared)
        return self.inward(tree)

    def _decode_container(self, tag: str, rest: list[Any], depth: int) -> Any:
        if tag in values.MUTABLE:
            (body,) = rest
            value = self._keep(values.MUTABLE[tag]())
            self._refill(value, body, depth)
            return value
        if tag == "D":
            value = self._keep(kinds.data_object(rest[0], rest[1], self.shared))
            kinds.fill(value, rest[2], [self._decode(item, depth + 1) for item in rest[3]])
            return value
        number = len(self.table)
        self._keep(_UNFINISHED)
        items = [self._decode(item, depth + 1) for item in rest[-1]]
        if tag == "N":
            value = kinds.named_tuple(rest[0], rest[1], rest[2], items, self.shared)
        else:
            value = tuple(items) if tag == "t" else frozenset(items)
        self.table[number] = value
        self._numbers[id(value)] = number
        return value

    def _refill(self, value: Any, body: Any, depth: int) -> None:
        if isinstance(value, bytearray):
            value[:] = bytes(body if isinstance(body, bytes) else b"")
            return
        if not isinstance(body, list):
            raise NotDataError("a container that is none")
        items = [self._decode(item, depth + 1) for item in body]
        value.clear()
        if isinstance(value, dict):
            value.update(zip(items[::2], items[1::2], strict=True))
        elif isinstance(value, set):
            value.update(items)
        else:
            value.extend(items)

    def _entry(self, number: Any) -> Any:
        if type(number) is not int or not 0 <= number < len(self.table) or self.table[number] is _UNFINISHED:
            raise NotDataError("a mention of what was not sent")
        return self.table[number]

    def _number(self, value: Any) -> int:
        self.table.append(value)
        self._numbers[id(value)] = len(self.table) - 1
        return len(self.table) - 1

    def _keep(self, value: Any) -> Any:
        self._number(value)
        return value

    def _step(self, depth: int) -> None:
        self._count += 1
        if depth > self.limits.depth:
            raise NotDataError(f"a value that is nested more than {self.limits.depth} deep")
        if self._count > self.limits.values:
            raise NotDataError(f"a value of more than {self.limits.values} parts")
