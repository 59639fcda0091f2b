"""The student's process: runs the student's cells, and does what the tests ask of what these define."""

import contextlib
import importlib
import select
import socket
import sys
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnn_course.grading.sandbox import faults, kinds, wire
from rnn_course.grading.sandbox.arrays import NotDataError
from rnn_course.grading.sandbox.codec import Codec
from rnn_course.grading.sandbox.limits import Limits
from rnn_course.grading.sandbox.link import Gone, Link
from rnn_course.grading.sandbox.shell import Tape, the_shell

ORDER = 100_000_000  # bytes of an order; they come from the grader
WARNINGS = 50  # that one call may pass on


def serve(control: socket.socket, limits: dict[str, Any]) -> None:
    """Do what the grader orders, and between the orders what the tests ask for, until the grader hangs up."""
    student = Student(Limits(**limits))
    while True:
        with contextlib.suppress(KeyboardInterrupt):  # one that came too late
            line = student.line
            waiting = [control, line.sock] if line is not None and line.is_open else [control]
            if control not in select.select(waiting, [], [])[0]:
                with contextlib.suppress(Gone):
                    line.serve()  # pyright: ignore[reportOptionalMemberAccess]
                continue
            order = wire.receive(control, ORDER)
            if order["do"] == "link":
                _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
                student.connect(socket.socket(fileno=descriptors[0]), order["shared"])
                wire.send(control, True)
            else:
                wire.send(control, the_shell().perform(order["source"], student.limits.output))


class Names(dict[str, Any]):
    """The names of locked cells, as they are bound now."""

    def get(self, name: str, default: Any = None) -> Any:
        """Return what a locked cell's name stands for."""
        return the_shell().user_ns.get(name, default) if name in self else default


class Callback:
    """A function of the tests."""

    def __init__(self, link: Link, number: int, name: str) -> None:
        self._link, self._number, self.__name__ = link, number, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it where the tests are."""
        return self._link.ask("call", self._number, args, tuple(kwargs.items()))


class Student:
    """What of the student's the tests may use: names, and objects that were handed out."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.line: Link | None = None
        self._objects: dict[int, list[Any]] = {}  # number: object, how often it was handed out
        self._numbers: dict[int, int] = {}
        self._next = 0
        self._tape = Tape(limits.output)
        self._warnings: list[list[str]] = []

    def connect(self, sock: socket.socket, shared: list[str]) -> None:
        """Serve the tests at the other end of a socket. ``shared`` are the names that locked cells bind."""
        codec = Codec(self.limits, True, self._hand_out, self._take, Names.fromkeys(shared))
        self.line = Link(sock, codec, self.limits, self._perform, self._said, lambda _: None, faults.told, faults.heard)

    def _hand_out(self, value: Any) -> list[Any]:
        """Return the number of an object that is no data."""
        if isinstance(value, Callback):
            return ["o", value._number]
        number = self._numbers.get(id(value))
        if number is None:
            number = self._next = self._next + 1
            self._numbers[id(value)] = number
            self._objects[number] = [value, 0]
        self._objects[number][1] += 1
        name = getattr(value, "__name__", None)
        marks = [callable(value), hasattr(type(value), "__next__"), isinstance(value, type)]
        return ["h", number, marks, name[:100] if isinstance(name, str) else type(value).__name__[:100]]

    def _take(self, tree: list[Any]) -> Any:
        tag, *rest = tree
        if tag == "f" and self.line is not None:
            return Callback(self.line, *rest)
        if tag == "o":
            return self._objects[rest[0]][0]
        if tag == "q":
            module, name = rest
            if module == "__main__":
                return the_shell().user_ns[name]
            importlib.import_module(module)
            return kinds.find(module, name, {})
        raise NotDataError("a value that is none")

    def _forget(self, numbers: list[int]) -> None:
        for number in numbers:
            entry = self._objects.get(number)
            if entry is not None:
                entry[1] -= 1
                if entry[1] <= 0:
                    self._numbers.pop(id(entry[0]), None)
                    del self._objects[number]

    def _perform(self, operation: str, target: Any, values: list[Any], extra: Any) -> Any:
        self._forget(extra["forget"])
        if operation == "get":
            return (True, the_shell().user_ns[target]) if target in the_shell().user_ns else (False, None)
        with self._as_asked(extra["errstate"]):
            return OPERATIONS[operation](self._objects[target][0], *values)

    @contextlib.contextmanager
    def _as_asked(self, errstate: dict[str, Any]) -> Iterator[None]:
        """Run student code in the tests' floating-point state; take down what it prints and warns of."""
        before = sys.stdout, sys.stderr
        with np.errstate(**errstate), warnings.catch_warnings():
            warnings.simplefilter("always")
            warnings.showwarning = self._warn
            sys.stdout, sys.stderr = self._tape, Tape(0)
            try:
                yield
            finally:
                sys.stdout, sys.stderr = before

    def _warn(self, message: Any, category: type[Warning], *_: Any, **__: Any) -> None:
        if len(self._warnings) < WARNINGS:
            self._warnings.append(faults.told(category(str(message)))[:3])

    def _said(self) -> dict[str, Any]:
        said = {"out": self._tape.text(), "warnings": self._warnings}
        self._warnings = []
        return said


def _next_of(value: Any) -> tuple[bool, Any]:
    try:
        return True, next(value)
    except StopIteration:
        return False, None


OPERATIONS: dict[str, Callable[..., Any]] = {
    "call": lambda value, args, kwargs: value(*args, **dict(kwargs)),
    "attribute": getattr,
    "set attribute": setattr,
    "item": lambda value, key: value[key],
    "set item": lambda value, key, item: value.__setitem__(key, item),
    "length": len,
    "iterate": iter,
    "next": _next_of,
    "contains": lambda value, item: item in value,
    "is instance": lambda kind, value: isinstance(value, kind),
    "is subclass": lambda kind, value: issubclass(value, kind),
    "enter": lambda value: value.__enter__(),
    "exit": lambda value, *error: value.__exit__(*error),
}
