"""Inside a sandbox: import once what all submissions need, then fork a process for each that is asked for."""

import contextlib
import importlib
import importlib.metadata
import io
import os
import signal
import socket
import sys
import traceback
from typing import Any

from rnn_course.grading.sandbox import cell, wire
from rnn_course.grading.sandbox.shell import the_shell

REQUEST = 100_000  # bytes of a request


def main(role: str, control: str, kind: str, *modules: str) -> None:
    """Serve requests on descriptor ``control`` until it is closed.

    A request is a message with the limits, and a socket for the new process. In a sandbox of ``kind`` "alone" the
    first request is served by this process itself.
    """
    sock = socket.socket(fileno=int(control))
    try:
        serve = importlib.import_module(f"rnn_course.grading.sandbox.{role}").serve
        the_shell()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            for name in modules:
                with contextlib.suppress(Exception):  # the notebook's own import will say it
                    importlib.import_module(name)
            importlib.metadata.version("numpy")  # reads the list of packages, which a notebook's first cell asks for
    except BaseException:
        wire.send(sock, {"ready": False, "why": traceback.format_exc(limit=-2)})
        raise
    wire.send(sock, {"ready": True})
    while True:
        data, descriptors, _, _ = socket.recv_fds(sock, REQUEST, 1)
        if not data:
            os._exit(0)
        limits = wire.unpack(data)
        with socket.socket(fileno=descriptors[0]) as own:
            if kind == "alone":
                socket.send_fds(own, [b"\0"], [os.open("/dev/null", os.O_RDONLY)])
            elif not cell.fork_inside(own, limits):
                continue
            _live(own, limits, serve)


def _live(own: socket.socket, limits: dict[str, Any], serve: Any) -> None:
    """Be the process of one submission, to the end."""
    try:
        cell.lock(own, limits)
        own.detach()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        serve(socket.socket(fileno=3), limits)
    finally:
        os._exit(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
