"""The tests' process: runs locked cells and tests. What the student wrote is a proxy here, or plain data."""

import contextlib
import linecache
import math
import socket
import sys
import traceback
import warnings
from typing import Any

import numpy as np

from rnn_course.grading.sandbox import faults, kinds, wire
from rnn_course.grading.sandbox.arrays import NotDataError
from rnn_course.grading.sandbox.codec import Codec
from rnn_course.grading.sandbox.limits import Limits
from rnn_course.grading.sandbox.link import Gone, Link
from rnn_course.grading.sandbox.proxies import Line, Proxy, proxy
from rnn_course.grading.sandbox.shell import is_cell, message, the_shell

QUOTE = 8  # so many characters of a text in another are no accident
ORDER = 100_000_000  # bytes of an order; they come from the grader


def serve(control: socket.socket, limits: dict[str, Any]) -> None:
    """Do what the grader orders, until it hangs up."""
    judge = Judge(Limits(**limits))
    while True:
        with contextlib.suppress(KeyboardInterrupt):  # one that came too late
            order = wire.receive(control, ORDER)
            if order["do"] == "link":
                _, descriptors, _, _ = socket.recv_fds(control, 1, 1)
                judge.connect(socket.socket(fileno=descriptors[0]), order["sources"])
                wire.send(control, True)
            else:
                wire.send(control, judge.run(order["source"], order["names"], order["knows"]))


class Judge:
    """The tests, and their line to the student."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._line = Line()
        self._exports: dict[int, Any] = {}  # functions that this cell has passed
        self._exported = 0
        self._asked = False
        self._sources = ""
        self._texts: list[str] = []  # that the student's process said in this cell

    def connect(self, sock: socket.socket, sources: str) -> None:
        """Talk to the student's process at the other end of a socket; its cells hold the text ``sources``."""
        self._sources = sources
        codec = Codec(self.limits, False, self._hand_out, self._take, the_shell().user_ns)
        self._line.link = Link(sock, codec, self.limits, self._perform, self._state, self._after, _told, self._raised)
        self._line.forgotten.clear()

    def run(self, source: str, names: list[str], knows: bool) -> dict[str, Any]:
        """Run a cell in which ``names`` are the student's, and report. The student's process may know hidden tests.

        Returns
        -------
        dict
            ``fault``, what stopped it, as name and message that the student may see, or None; ``text``, what it
            printed itself; ``value``, the number that its last line is, or None; ``asked``, whether it used the student;
            ``masked``, whether more was said, which may quote a hidden test
        """
        self._asked = False
        self._exports.clear()
        self._texts.clear()
        if self._line.link is not None:
            self._line.link.codec.texts = self._texts
        try:
            for name in names:
                self._bind(name)
            report = the_shell().perform(source, self.limits.output)
            error, gone = the_shell().last_error, isinstance(the_shell().last_error, Gone)
        except Gone as lost:
            report, error, gone = {"outputs": []}, lost, True
        except Exception as unfit:  # a name that cannot be fetched
            report, error, gone = {"outputs": []}, unfit, False
        link = self._line.link
        if gone or (self._asked and link is not None and not link.is_open):
            return {"fault": None, "gone": True, "text": "", "value": None, "asked": True, "masked": False}
        fault, masked = (None, False) if error is None else self._fault(error, names, knows or is_hidden(error))
        text = "".join(output["text"] for output in report["outputs"] if output["kind"] == "stdout")
        last = the_shell().last_value
        is_number = error is None and type(last) in (int, float) and math.isfinite(last)
        value = last if is_number else None
        return {"fault": fault, "gone": False, "text": text, "value": value, "asked": self._asked, "masked": masked}

    def _bind(self, name: str) -> None:
        link = self._line.link
        if link is None:
            raise Gone
        found = link.ask("get", name)
        if isinstance(found, tuple) and len(found) == 2 and found[0] is True:
            the_shell().user_ns[name] = found[1]
        else:
            the_shell().user_ns.pop(name, None)

    def _fault(self, error: BaseException, names: list[str], knows: bool) -> tuple[list[str], bool]:
        """Return name and message of an exception, as the student may see it: nothing of a hidden test's code.

        What the student's process says may be what a hidden test has passed to it, once it ``knows`` any: then it is
        left out, and the second result is true.
        """
        name, said = type(error).__name__, message(error)
        if isinstance(error, AssertionError) and not faults.is_students(error):
            if knows and self._is_quoted(said):
                return [name, "The test did not pass."], True
            return [name, said], False
        if faults.is_students(error) and knows:
            line = getattr(error, "line", "")
            where = f", at: {line}" if line else ""
            return ["Error" if name == "StudentError" else name, f"in a test{where}"], True
        return self._plain_fault(error, names), False

    def _is_quoted(self, said: str) -> bool:
        """Return whether a message has words of the student's process that do not stand in the student's cells."""
        new = (text for text in self._texts if len(text) > 2 and text not in self._sources)
        return any(text[i : i + QUOTE] in said for text in new for i in range(max(len(text) - QUOTE, 0) + 1))

    def _raised(self, fields: Any) -> Exception:
        """Return the exception that the student's process tells of, with a line only if it is one of the student's."""
        error = faults.heard(fields)
        self._texts.append(str(error))
        line = getattr(error, "line", "").strip()
        error.line = line if line in self._sources else ""  # pyright: ignore[reportAttributeAccessIssue]
        return error

    def _plain_fault(self, error: BaseException, names: list[str]) -> list[str]:
        name = type(error).__name__
        if isinstance(error, faults.StudentError):
            kind, _, text = message(error).partition(": ")
            return [kind, text]
        if faults.is_students(error):
            text = message(error)
            return [name, text.removeprefix(f"{name}: ")]
        if isinstance(error, NameError) and getattr(error, "name", None) in names:
            return [name, f"name {error.name!r} is not defined"]
        if isinstance(error, NotDataError):
            return [name, f"The tests cannot look at what your code returned: {message(error)}."]
        return [name, "The test could not go on with what your code returned."]

    def _hand_out(self, value: Any) -> list[Any]:
        if isinstance(value, Proxy):
            if object.__getattribute__(value, "_link") is not self._line.link:
                raise Gone
            return ["o", object.__getattribute__(value, "_number")]
        named = kinds.named_function(value)
        if named is not None:
            return ["q", *named]
        if (
            isinstance(value, type)
            and the_shell().user_ns.get(value.__name__) is value
            and value.__module__ == "__main__"
        ):
            return ["q", "__main__", value.__name__]
        if not callable(value) or isinstance(value, type):
            raise NotDataError(f"an object of type {type(value).__name__} cannot be passed to the student's code")
        number = next((i for i, known in self._exports.items() if known is value), None)
        if number is None:
            number = self._exported = self._exported + 1
            self._exports[number] = value
        return ["f", number, str(getattr(value, "__name__", "function"))[:100]]

    def _take(self, tree: list[Any]) -> Any:
        tag, *rest = tree
        if tag == "h":
            return proxy(self._line, rest)
        if tag == "o":
            return self._export(rest[0])
        raise NotDataError("a value that is none")

    def _export(self, number: Any) -> Any:
        if type(number) is not int or number not in self._exports:
            raise NotDataError("a function that was not passed")
        return self._exports[number]

    def _perform(self, operation: str, target: Any, values: list[Any], extra: Any) -> Any:
        """Call a function that a test has passed: the one thing that the student may ask for."""
        if operation != "call" or [type(value) for value in values] != [tuple, tuple]:
            raise NotDataError("a request that is none")
        function = self._export(target)
        self._after(extra)
        return function(*values[0], **dict(values[1]))

    def _state(self) -> dict[str, Any]:
        """Return what goes along with a request: the floating-point state, and proxies that are not needed."""
        self._asked = True
        forgotten, self._line.forgotten = self._line.forgotten, []
        return {"errstate": np.geterr(), "forget": forgotten}

    def _after(self, extra: Any) -> None:
        """Let the tests see what the student's code printed and warned of, if they look."""
        if not isinstance(extra, dict) or not isinstance(extra.get("out"), str):
            return
        if sys.stdout is not the_shell().tape and extra["out"]:
            sys.stdout.write(extra["out"][: self.limits.output])
        told_of: Any = extra.get("warnings")
        for told in told_of[:50] if isinstance(told_of, list) else []:
            error = faults.heard([*told, None])
            warnings.warn(error if isinstance(error, Warning) else UserWarning(str(error)), stacklevel=2)


def is_hidden(error: BaseException) -> bool:
    """Return whether an exception came out of a hidden test. What a student's exception says may be what it was given."""
    frames = [(f.f_code.co_filename, number) for f, number in traceback.walk_tb(error.__traceback__)]
    cells = [(linecache.getlines(name), number) for name, number in frames if is_cell(name)]
    return not cells or any(_stands_hidden(lines, number) for lines, number in cells)


def _stands_hidden(lines: list[str], number: int) -> bool:
    edges = [line for line in lines[:number] if "BEGIN HIDDEN TESTS" in line or "END HIDDEN TESTS" in line]
    return bool(edges) and "BEGIN" in edges[-1]


def _told(error: BaseException) -> list[Any]:
    """Return what the student's code is told of an exception in a test's function: no line, and no words of the test."""
    name, base, text, _ = faults.told(error)
    return [name, base, text if faults.is_students(error) else "", None]
