"""Frames on a socket: four bytes of length, then msgpack. Nothing is read past a limit or a deadline."""

import socket
import struct
import time
from typing import Any

import msgpack

HEAD = struct.Struct("!I")
MORE = 1 << 20  # read at most so much at once


class WireError(Exception):
    """The other side is gone, said too much, or said what is no message."""


class TooLargeError(WireError):
    """A message that is too large to be sent. Nothing of it was."""


class Silence(WireError):  # noqa: N818 - it is what happened
    """The other side did not answer in time."""


def pack(message: Any) -> bytes:
    """Return a message as bytes, its length before it."""
    body: Any = msgpack.packb(message, use_bin_type=True, unicode_errors="surrogatepass")
    return HEAD.pack(len(body)) + body


def unpack(body: bytes) -> Any:
    """Return the message in ``body``, made of plain data only.

    Raises
    ------
    WireError
        If it is malformed, nested deeper than msgpack can, or has extension types or odd keys.
    """
    try:
        return msgpack.unpackb(
            body,
            raw=False,
            strict_map_key=False,
            unicode_errors="surrogatepass",
            ext_hook=_refuse,
        )
    except (ValueError, TypeError, RecursionError, OverflowError, MemoryError, msgpack.exceptions.UnpackException) as e:
        raise WireError(f"malformed message ({type(e).__name__})") from None


def send(sock: socket.socket, message: Any, deadline: float | None = None, largest: int = 1 << 31) -> None:
    """Send a message of at most ``largest`` bytes; by ``deadline`` (of the monotonic clock) it must have gone."""
    data = pack(message)
    if len(data) - HEAD.size > largest:
        raise TooLargeError(f"a message of {len(data)} bytes; at most {largest} may cross between student and tests")
    view = memoryview(data)
    try:
        while view:
            sock.settimeout(_left(deadline))
            view = view[sock.send(view[:MORE]) :]
    except TimeoutError:
        raise Silence("no answer in time") from None
    except OSError:
        raise WireError("the other side is gone") from None


def receive(sock: socket.socket, largest: int, deadline: float | None = None) -> Any:
    """Return the next message.

    Raises
    ------
    Silence
        If it is not there by ``deadline``.
    WireError
        If the other side is gone, or announces more than ``largest`` bytes.
    """
    (length,) = HEAD.unpack(_read(sock, HEAD.size, deadline))
    if length > largest:
        raise WireError(f"expected at most {largest} bytes, {length} were announced")
    return unpack(_read(sock, length, deadline))


def _read(sock: socket.socket, count: int, deadline: float | None) -> bytes:
    pieces = bytearray()
    try:
        while len(pieces) < count:
            sock.settimeout(_left(deadline))
            piece = sock.recv(min(count - len(pieces), MORE))
            if not piece:
                raise WireError("the other side is gone")
            pieces += piece
    except TimeoutError:
        raise Silence("no answer in time") from None
    except OSError:
        raise WireError("the other side is gone") from None
    return bytes(pieces)


def _left(deadline: float | None) -> float | None:
    if deadline is None:
        return None
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left


def _refuse(code: int, data: bytes) -> Any:
    raise ValueError(f"extension type {code}")
