"""What the tests see of a student's objects: they can be called, iterated, looked into, and nothing of them runs here.

A proxy compares as itself, is true, and hashes by identity, whatever the student's class says.
"""

import types
from collections.abc import Iterator
from typing import Any

from rnn_course.grading.sandbox import faults
from rnn_course.grading.sandbox.link import Link

HIDDEN = ("_repr_", "_ipython_", "_render_", "__")  # IPython and numpy look for these


class Line:
    """The line to the student's process that is open now, and numbers of proxies that are no longer needed."""

    def __init__(self) -> None:
        self.link: Link | None = None
        self.forgotten: list[int] = []

    def ask(self, operation: str, proxy: "Proxy", *values: Any) -> Any:
        """Have the student's process do something with its object."""
        link = object.__getattribute__(proxy, "_link")
        try:
            return link.ask(operation, object.__getattribute__(proxy, "_number"), *values)
        except Exception as error:
            fault = error
        if faults.is_students(fault):
            faults.throw(fault)
        raise fault


class Proxy:
    """An object in the student's process."""

    __slots__ = ("__name__", "_line", "_link", "_number")
    __array_ufunc__ = None

    def __init__(self, line: Line, number: int, name: str) -> None:
        for key, value in (("_line", line), ("_link", line.link), ("_number", number), ("__name__", name)):
            object.__setattr__(self, key, value)

    def __del__(self) -> None:
        line = object.__getattribute__(self, "_line")
        if object.__getattribute__(self, "_link") is line.link:
            line.forgotten.append(object.__getattribute__(self, "_number"))

    def __repr__(self) -> str:
        return f"<the student's {object.__getattribute__(self, '__name__')}>"

    def __getattr__(self, name: str) -> Any:
        if name.startswith(HIDDEN):
            raise AttributeError(name)
        return _line(self).ask("attribute", self, name)

    def __setattr__(self, name: str, value: Any) -> None:
        _line(self).ask("set attribute", self, name, value)

    def __getitem__(self, key: Any) -> Any:
        return _line(self).ask("item", self, key)

    def __setitem__(self, key: Any, value: Any) -> None:
        _line(self).ask("set item", self, key, value)

    def __len__(self) -> int:
        found = _line(self).ask("length", self)
        return found if type(found) is int and 0 <= found < 1 << 40 else 0

    def __bool__(self) -> bool:
        return True

    def __iter__(self) -> Iterator[Any]:
        return _line(self).ask("iterate", self)

    def __contains__(self, item: Any) -> bool:
        return _line(self).ask("contains", self, item) is True

    def __instancecheck__(self, value: Any) -> bool:
        return isinstance(value, Proxy) and _line(self).ask("is instance", self, value) is True

    def __subclasscheck__(self, kind: Any) -> bool:
        return isinstance(kind, Proxy) and _line(self).ask("is subclass", self, kind) is True

    def __enter__(self) -> Any:
        return _line(self).ask("enter", self)

    def __exit__(self, kind: Any, error: Any, tb: Any) -> bool:
        return _line(self).ask("exit", self, None, None, None) is True


class Iterating(Proxy):
    """An iterator or generator in the student's process."""

    __slots__ = ()

    def __iter__(self) -> "Iterating":
        return self

    def __next__(self) -> Any:
        found = _line(self).ask("next", self)
        if not isinstance(found, tuple) or len(found) != 2 or found[0] is not True:
            raise StopIteration
        return found[1]


class Calling(Proxy):
    """A function, class, bound method or other callable object in the student's process."""

    __slots__ = ()
    __code__ = types.SimpleNamespace(co_filename=faults.FILE)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it there, with copies of the arguments; what it changes in them is changed here too."""
        return _line(self).ask("call", self, args, tuple(kwargs.items()))


def proxy(line: Line, fields: list[Any]) -> Proxy:
    """Return the proxy of an object that the student's process has handed out."""
    number, (is_callable, is_iterator, _), name = fields
    kind = Calling if is_callable is True else Iterating if is_iterator is True else Proxy
    if type(number) is not int or not isinstance(name, str) or len(name) > 100:
        raise TypeError("an object that is none")
    return kind(line, number, name)


def _line(value: Proxy) -> Line:
    return object.__getattribute__(value, "_line")
