"""Calls between the tests and the student's functions: one at a time, each way, with what they change in place.

A request names an operation and carries values; the answer carries a value or an error. While it is worked on, the
other side may ask back, as when a test passes a function. Both sides count what crosses (see `codec`), so that a list or
an array that one side changes is changed on the other side too, before it goes on.
"""

import socket
from collections.abc import Callable
from typing import Any, NoReturn

import msgpack

from rnn_course.grading.sandbox import wire
from rnn_course.grading.sandbox.arrays import NotDataError
from rnn_course.grading.sandbox.codec import Codec
from rnn_course.grading.sandbox.limits import Limits


class Gone(BaseException):
    """The other side died, hung, or broke the rules. No test may catch this and go on."""


class Link:
    """One end of the line.

    Parameters
    ----------
    sock : socket, to the other side
    codec : Codec of this side
    perform : callable that does what the other side asks: takes the operation, its target and the values, and
        returns a value, or raises
    before, after : callables. The first returns what goes along with a request or an answer; the second gets what
        came along with one, and whether it was an answer
    failed : callable from an exception to what the other side is told of it
    raised : callable from what was told to an exception
    """

    def __init__(
        self,
        sock: socket.socket,
        codec: Codec,
        limits: Limits,
        perform: Callable[[str, Any, list[Any], Any], Any],
        before: Callable[[], Any],
        after: Callable[[Any], None],
        failed: Callable[[BaseException], list[Any]],
        raised: Callable[[Any], BaseException],
    ) -> None:
        self.sock, self.codec, self.limits = sock, codec, limits
        self._perform, self._before, self._after = perform, before, after
        self._failed, self._raised = failed, raised
        self._seen: dict[int, Any] = {}  # entries of the table that may change, as they were
        self._stale: set[int] = set()  # those to be looked at again
        self._known = 0  # so many entries were looked at
        self.level = 0
        self.is_open = True

    def ask(self, operation: str, target: Any, *values: Any) -> Any:
        """Have the other side do something, and return its result.

        Raises
        ------
        Gone
            If there is no answer any more.
        Exception
            What was raised there, or `NotDataError` if a value cannot cross.
        """
        if not self.is_open:
            raise Gone
        if self.level >= self.limits.depth:
            raise RecursionError("calls between student and tests are nested too deeply")
        mark = len(self.codec.table)
        self.level += 1
        try:
            tree = [self.codec.encode(value) for value in values]
            self._send(["do", operation, target, tree, self._changes(), self._before()])
            while True:
                message = self._receive()
                if message[0] == "do":
                    self._serve(message[1:])
                    continue
                return self._answer(message[1:])
        finally:
            self.level -= 1
            self._forget(mark)
            self._remember()

    def serve(self) -> None:
        """Do one thing that the other side asks for.

        Raises
        ------
        Gone
            If there is nothing more to do.
        """
        message = self._receive()
        if message[0] != "do":
            self._break()
        self._serve(message[1:])

    def _answer(self, fields: list[Any]) -> Any:
        try:
            is_right, tree, changes, extra = fields
            value = self.codec.decode(tree) if is_right is True else None
            self._apply(changes)
        except (NotDataError, ValueError, TypeError):
            self._break()
        self._after(extra)
        if is_right is not True:
            raise self._raised(tree)
        return value

    def _serve(self, fields: list[Any]) -> None:
        mark = len(self.codec.table)
        try:
            operation, target, trees, changes, extra = fields
            mark = len(self.codec.table)
            values = [self.codec.decode(tree) for tree in trees]
            self._apply(changes)
        except (NotDataError, ValueError, TypeError):
            self._break()
        self.level += 1
        self._remember()
        try:
            answer = [True, self.codec.encode(self._perform(operation, target, values, extra))]
        except Gone:
            raise
        except BaseException as error:
            answer = [False, self._failed(error)]
        finally:
            self.level -= 1
        try:
            self._send(["done", *answer, self._changes(), self._before()])
        except NotDataError as error:
            self._send(["done", False, self._failed(error), [], self._before()])
        self._forget(mark)

    def _forget(self, mark: int) -> None:
        """At the end of the outermost call, forget what crossed in it. Until then either side may still change it."""
        if not self.level:
            self.codec.cut(mark)
            self._seen, self._stale, self._known = {}, set(), 0

    def _apply(self, changes: Any) -> None:
        for number, state in changes:
            self.codec.change(number, state)
            self._stale.add(number)
        if changes:  # arrays may look at the memory of one that was changed
            self._stale.update(number for number in self._seen if self.codec.has_memory(number))

    def _remember(self) -> None:
        """Note what everything that both sides hold is like now, if this side will run code before the next message.

        What was looked at for the last message, and did not change, is known.
        """
        if self.level:
            length = len(self.codec.table)
            self._stale.update(number for number in range(self._known, length) if self.codec.may_change(number))
            self._known = length
            for number in self._stale:
                self._seen[number] = _frozen(self._state(number))
            self._stale = set()

    def _changes(self) -> list[Any]:
        """Return what changed since then."""
        changes = []
        for number, before in self._seen.items():
            state = self._state(number)
            if _frozen(state) != before:
                self._stale.add(number)
                if state is not None:
                    changes.append([number, state])
        return changes

    def _state(self, number: int) -> Any:
        try:
            return self.codec.state(number)
        except NotDataError:
            return None

    def _send(self, message: list[Any]) -> None:
        try:
            wire.send(self.sock, message, largest=self.limits.message)
        except wire.TooLargeError as error:
            raise NotDataError(str(error)) from None
        except wire.WireError:
            self._break()

    def _receive(self) -> list[Any]:
        try:
            message = wire.receive(self.sock, self.limits.message)
        except wire.WireError:
            self._break()
        if not isinstance(message, list) or len(message) < 2 or message[0] not in ("do", "done"):
            self._break()
        return message

    def _break(self) -> NoReturn:
        self.is_open = False
        self.sock.close()
        raise Gone


def _frozen(state: Any) -> Any:
    return state if state is None or isinstance(state, bytes) else msgpack.packb(state, unicode_errors="surrogatepass")
