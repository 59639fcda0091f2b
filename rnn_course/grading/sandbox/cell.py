"""Put a forked process behind walls of its own: namespaces, empty folders, limits, no rights, fewer system calls."""

import contextlib
import ctypes
import os
import resource
import socket
from typing import Any

from rnn_course.grading.sandbox import filter as system_calls

NEW_USER, NEW_MOUNTS, NEW_PIDS, NEW_IPC, NEW_NET, NEW_UTS = (
    0x10000000,
    0x20000,
    0x20000000,
    0x8000000,
    0x40000000,
    0x4000000,
)
NOSUID, NODEV, READ_ONLY, BIND, PRIVATE, RECURSIVE = 2, 4, 1, 4096, 1 << 18, 16384
PR_CAPBSET_DROP, PR_SET_DUMPABLE, LAST_CAPABILITY = 24, 4, 63
CAPABILITY_VERSION_3 = 0x20080522
HOME = "/box"


def fork_inside(control: socket.socket, limits: dict[str, Any]) -> bool:
    """Fork a process into namespaces of its own. Return True in it, and False in the caller.

    The new process is the first of its process namespace, so that killing it ends all that it started. A handle of it
    (a pidfd) goes to the other end of ``control`` before it runs anything.
    """
    middle = os.fork()
    if middle:
        os.waitpid(middle, 0)
        return False
    try:
        user, group = os.getuid(), os.getgid()
        _call("unshare", NEW_USER | NEW_MOUNTS | NEW_PIDS | NEW_IPC | NEW_NET | NEW_UTS)
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            with open(f"/proc/self/{name}", "w") as file:
                file.write(text)
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")  # if memory runs out before anybody looked, this goes first
        _hide_folders(int(limits["disk"]))
        child = os.fork()
        if child:
            socket.send_fds(control, [b"\0"], [os.pidfd_open(child)])
    except BaseException:
        os._exit(1)
    if child:
        os._exit(0)
    return True


def lock(control: socket.socket, limits: dict[str, Any]) -> None:
    """Take from this process all that it does not need, and keep ``control`` as its only descriptor, number 3."""
    os.dup2(control.fileno(), 3)
    nothing = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    os.closerange(4, 65536)
    os.chdir(HOME)
    os.setsid()
    os.umask(0o077)
    os.nice(5)
    for name, value in (
        (resource.RLIMIT_AS, limits["address_space"]),
        (resource.RLIMIT_NPROC, limits["processes"]),
        (resource.RLIMIT_FSIZE, limits["disk"]),
        (resource.RLIMIT_CPU, 1 + 2 * limits["wall"]),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_MEMLOCK, 0),
        (resource.RLIMIT_MSGQUEUE, 0),
        (resource.RLIMIT_RTPRIO, 0),
    ):
        resource.setrlimit(name, (int(value), int(value)))
    _drop_capabilities()
    if system_calls.is_known():
        system_calls.apply()


def _hide_folders(disk: int) -> None:
    """Give the process one small file system of its own, under all names where it may write, and an empty /proc."""
    _mount(None, "/", None, RECURSIVE | PRIVATE)
    _mount("tmpfs", HOME, "tmpfs", NOSUID | NODEV, f"size={disk},nr_inodes=20000,mode=0700")
    for name in ("tmp", "shm", "work"):
        os.mkdir(f"{HOME}/{name}", 0o700)
    _mount(f"{HOME}/tmp", "/tmp", None, BIND)
    _mount(f"{HOME}/shm", "/dev/shm", None, BIND)
    _mount(f"{HOME}/work", HOME, None, BIND)
    for name in ("/dev/pts", "/proc"):
        _mount("tmpfs", name, "tmpfs", NOSUID | NODEV | READ_ONLY, "size=4096,nr_inodes=2,mode=0555")


def _drop_capabilities() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in range(LAST_CAPABILITY + 1):
        libc.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION_3, 0)
    _call("capset", header, (ctypes.c_uint32 * 6)())
    libc.prctl(38, 1, 0, 0, 0)  # no_new_privs, also where there is no filter


def _mount(source: str | None, target: str, kind: str | None, flags: int, options: str | None = None) -> None:
    texts = [None if text is None else text.encode() for text in (source, target, kind, options)]
    _call("mount", *texts[:3], ctypes.c_ulong(flags), texts[3])


def _call(name: str, *arguments: Any) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments):
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
