"""Start a sandbox, and ask it for processes: a new one costs milliseconds, because all imports are done."""

import contextlib
import dataclasses
import os
import select
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Sequence

from rnn_course.grading import CourseError
from rnn_course.grading.sandbox import filter as system_calls
from rnn_course.grading.sandbox import wire
from rnn_course.grading.sandbox.limits import Limits
from rnn_course.grading.sandbox.walls import WITHOUT, NoSandboxError, walls
from rnn_course.grading.sandbox.watch import WATCH

START = 120.0  # seconds that a sandbox may take to import everything
BORN = 20.0  # seconds that a new process may take


def stop(keeper: "subprocess.Popen[bytes]") -> None:
    """Kill a process of ours, wait until it is gone, and leave nothing of it open."""
    keeper.kill()
    keeper.wait()
    if keeper.stderr is not None:
        keeper.stderr.close()


class Child:
    """A process inside: a socket to talk to it, and a handle to end it, whatever it does."""

    def __init__(self, sock: socket.socket, handle: int, keeper: "subprocess.Popen[bytes] | None" = None) -> None:
        self.sock, self.keeper = sock, keeper
        self.why = ""  # it was ended for, if not for its time
        self._handle = handle
        self._lock = threading.Lock()

    @property
    def pid(self) -> int:
        """Number of the process as seen from here, or 0 if it has ended."""
        if self.keeper is not None:
            return self.keeper.pid
        found = (OSError, StopIteration, ValueError)
        with contextlib.suppress(*found), open(f"/proc/self/fdinfo/{self._handle}") as file:
            return max(int(next(line.split()[1] for line in file if line.startswith("Pid:"))), 0)
        return 0

    def interrupt(self) -> None:
        """Press Ctrl-C in it: a polite loop ends, and the process lives on."""
        if self.keeper is None:
            self._signal(signal.SIGINT)

    def kill(self) -> None:
        """Kill the process and all that it started. It stays to be waited for."""
        if self.keeper is None:
            self._signal(signal.SIGKILL)
        else:
            self.keeper.kill()

    def end(self) -> None:
        """Kill it, and wait until it is gone."""
        WATCH.release(self)
        self.sock.close()
        if self.keeper is None:
            self.kill()
        else:
            stop(self.keeper)
        with self._lock:
            if self._handle >= 0:
                select.select([self._handle], [], [], 5)
                os.close(self._handle)
                self._handle = -1

    def _signal(self, number: int) -> None:
        with self._lock, contextlib.suppress(OSError):
            if self._handle >= 0:
                signal.pidfd_send_signal(self._handle, number)


class Nursery:
    """A sandbox for the processes of one role.

    Parameters
    ----------
    role : "student" or "judge"
    modules : names of modules that are imported once; those that are missing are passed over
    limits : Limits of each process

    Raises
    ------
    NoSandboxError
        If the sandbox cannot be built on this machine. Nothing has run then.
    """

    def __init__(self, role: str, modules: Sequence[str], limits: Limits) -> None:
        self.role, self.modules, self.limits = role, tuple(modules), limits
        self._lock = threading.Lock()
        self._keepers: list[subprocess.Popen[bytes]] = []
        self.nested = system_calls.is_known()
        self._zygote, self._control = self._start("many")
        if self.nested:
            try:
                self.spawn().end()
            except CourseError:
                self.nested = False

    def spawn(self) -> Child:
        """Return a new process."""
        with self._lock:
            if self.nested:
                return self._ask(self._control, None)
            keeper, control = self._start("alone")
            try:
                return self._ask(control, keeper)
            finally:
                control.close()

    def is_up(self) -> bool:
        """Return whether new processes can be had."""
        return self._zygote.poll() is None

    def close(self) -> None:
        """End the sandbox, and every process in it."""
        self._control.close()
        for keeper in self._keepers:
            stop(keeper)

    def _start(self, kind: str) -> tuple["subprocess.Popen[bytes]", socket.socket]:
        ours, theirs = socket.socketpair()
        arguments = [kind, *self.modules]
        with contextlib.ExitStack() as undo:
            undo.callback(ours.close)
            with theirs, walls(self.role, arguments, theirs.fileno(), self.limits, kind == "alone") as command:
                try:
                    keeper = subprocess.Popen(
                        command,
                        pass_fds=[theirs.fileno()],
                        stdin=subprocess.DEVNULL,
                        stdout=subprocess.DEVNULL,
                        stderr=subprocess.PIPE,
                        cwd="/",
                    )
                except OSError as error:
                    raise NoSandboxError(f"the sandbox cannot be started ({error}). {WITHOUT}") from None
                undo.callback(stop, keeper)
                theirs.close()
                self._await(keeper, ours)
            undo.pop_all()
        self._keepers = [other for other in self._keepers if other.returncode is None] + [keeper]
        return keeper, ours

    def _await(self, keeper: "subprocess.Popen[bytes]", control: socket.socket) -> None:
        try:
            answer = wire.receive(control, 100_000, time.monotonic() + START)
            why = "" if answer["ready"] else answer["why"].strip().splitlines()[-1]
        except wire.WireError:
            keeper.kill()
            assert keeper.stderr is not None
            said = keeper.stderr.read().decode(errors="replace").strip().splitlines()
            why = said[-1] if said else "it ended without a word"
        if why:
            raise NoSandboxError(
                f"the sandbox cannot be built here ({why}). It needs user namespaces: in a container, allow them; on "
                f"Ubuntu, see kernel.apparmor_restrict_unprivileged_userns. {WITHOUT}"
            )

    def _ask(self, control: socket.socket, keeper: "subprocess.Popen[bytes] | None") -> Child:
        ours, theirs = socket.socketpair()
        with theirs:
            request = wire.pack(dataclasses.asdict(self.limits))[wire.HEAD.size :]
            socket.send_fds(control, [request], [theirs.fileno()])
        try:
            ours.settimeout(BORN)
            data, handles, _, _ = socket.recv_fds(ours, 1, 1)
            if data and handles:
                child = Child(ours, handles[0], keeper)
                WATCH.add(child, self.limits.memory)
                return child
        except OSError:
            pass
        ours.close()
        raise NoSandboxError(f"the sandbox of the {self.role} gives no process. {WITHOUT}")
