"""Started as root: give up root for good, then become another program.

An unprivileged user may not reach what the sandbox shows, such as a Python in root's home. So the folders are first
mounted where it can, in a mount namespace that nobody else sees. This file imports nothing of the course: it is run by
its path, before there are walls.
"""

import ctypes
import json
import os
import sys
from typing import Any

NEW_MOUNTS, NOSUID, NODEV, BIND, PRIVATE, RECURSIVE = 0x20000, 2, 4, 4096, 1 << 18, 16384


def main(text: str) -> None:
    """Do what a JSON object says: mount ``sources`` as 0, 1, … in ``stage``, become ``user``, run ``command``."""
    task: dict[str, Any] = json.loads(text)
    libc = ctypes.CDLL(None, use_errno=True)

    def mount(source: str, target: str, kind: bytes | None, flags: int, options: bytes | None = None) -> None:
        if libc.mount(os.fsencode(source), os.fsencode(target), kind, ctypes.c_ulong(flags), options):
            _fail(f"mount {target}")

    if libc.unshare(NEW_MOUNTS):
        _fail("a mount namespace")
    mount("none", "/", None, RECURSIVE | PRIVATE)
    mount("tmpfs", task["stage"], b"tmpfs", NOSUID | NODEV, b"size=65536,mode=0755")
    for number, source in enumerate(task["sources"]):
        target = os.path.join(task["stage"], str(number))
        if os.path.isdir(source):
            os.mkdir(target)
        else:
            open(target, "w").close()
        mount(source, target, None, BIND)
    os.setgroups([])
    os.setresgid(task["user"], task["user"], task["user"])
    os.setresuid(task["user"], task["user"], task["user"])
    if os.getuid() != task["user"] or os.geteuid() != task["user"]:
        sys.exit("root could not be given up")
    os.execv(task["command"][0], task["command"])


def _fail(what: str) -> None:
    sys.exit(
        f"started as root, which must be given up first, and that failed: {what}, {os.strerror(ctypes.get_errno())}"
    )


if __name__ == "__main__":
    main(sys.argv[1])
