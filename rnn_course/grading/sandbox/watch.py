"""One thread that looks at all processes of the sandboxes, and ends those that hold too much memory."""

import contextlib
import os
import threading
import time
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from rnn_course.grading.sandbox.nursery import Child

PAUSE = 0.1  # seconds between two looks; a process that lives shorter is held by its own limits
PAGE = os.sysconf("SC_PAGE_SIZE") if hasattr(os, "sysconf") else 4096


class Watch:
    """Looks after processes until they are released."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._children: dict[Child, int] = {}
        self._thread: threading.Thread | None = None

    def add(self, child: "Child", memory: int) -> None:
        """Watch a process, and all that it starts, which together may hold ``memory`` bytes."""
        with self._lock:
            self._children[child] = memory
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._look, name="sandbox watch", daemon=True)
                self._thread.start()

    def release(self, child: "Child") -> None:
        """Watch it no longer."""
        with self._lock:
            self._children.pop(child, None)

    def _look(self) -> None:
        idle = 0
        while idle < 50:
            time.sleep(PAUSE)
            with self._lock:
                watched = list(self._children.items())
            idle = 0 if watched else idle + 1
            for child, memory in watched:
                pid = child.pid
                if pid and held(pid) > memory:
                    child.why = "memory"
                    child.kill()


def held(pid: int) -> int:
    """Return the bytes that a process and its descendants hold; what they share counts for each."""
    return sum(_resident(number) for number in family(pid))


def family(pid: int) -> list[int]:
    """Return the process and its descendants."""
    found, new = [], [pid]
    while new:
        found += new
        new = [child for parent in new for child in _children(parent)]
    return found


def _children(pid: int) -> list[int]:
    numbers: list[int] = []
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{pid}/task"):
            path = f"/proc/{pid}/task/{thread}/children"
            if not os.path.exists(path):  # a kernel without this list
                with contextlib.suppress(psutil.Error):
                    return [child.pid for child in psutil.Process(pid).children()]
                return []
            with open(path) as file:
                numbers += [int(number) for number in file.read().split()]
    return numbers


def _resident(pid: int) -> int:
    with contextlib.suppress(OSError, ValueError, IndexError), open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * PAGE
    return 0


WATCH = Watch()
