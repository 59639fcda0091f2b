"""Formgrader in a browser: its button grades one submission, in the sandbox, and the score is there to be seen."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest

from rnn_course.grading.collect import Filed, store
from rnn_course.grading.course import Course
from rnn_course.grading.grade import is_graded
from rnn_course.grading.notebooks import text
from rnn_course.grading.release import release
from rnn_course.grading.scores import scores
from rnn_course.grading.variants import Variant, graft

PATIENCE = 120_000  # milliseconds
SPY = """
try:
    print("the file says", open({!r}).read())
except OSError as error:
    print("no file:", type(error).__name__)
def square(x): return x * x
"""


@pytest.fixture
def course(root, tmp_path):
    """A class in a folder of its own: one student spies and gets one part right, one did nothing."""
    course = Course(root, tmp_path / "class")
    course.grading.mkdir()
    (course.grading / "secret").write_text("TEACHER'S")
    release(course, "tiny")
    answers = {"square": SPY.format(str(course.grading / "secret")), "root": "def root(x): return 3"}
    store(course, "tiny", "eve", text(graft(course, "tiny", Variant("", "", frozenset(), answers))).encode(), Filed())
    store(course, "tiny", "ada", course.released("tiny").read_bytes(), Filed())
    return course


@pytest.fixture
def server(course):
    """The address of a Jupyter server in the root of the course, as an instructor starts it."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    program = Path(sys.executable).with_name("jupyter")
    as_root = ["--allow-root"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []
    environment = {**os.environ, "JUPYTER_TOKEN": "key", "RNN_COURSE_GRADING": str(course.grading)}
    with open(course.grading / "server.log", "wb") as log:
        started = subprocess.Popen(
            [program, "server", "--no-browser", f"--port={port}", *as_root],
            cwd=course.root,
            env=environment,
            stdout=log,
            stderr=log,
        )
    address = f"http://127.0.0.1:{port}"
    until = time.monotonic() + PATIENCE / 1000
    while True:
        try:
            urllib.request.urlopen(f"{address}/api").close()
            break
        except urllib.error.URLError:
            said = (course.grading / "server.log").read_text()
            assert started.poll() is None, said
            assert time.monotonic() < until, said
            time.sleep(0.2)
    yield address
    started.kill()
    started.wait()


def test_the_button_grades_in_the_sandbox_and_the_score_appears(course, server, chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    tab = context.new_page()
    tab.set_default_timeout(PATIENCE)
    tab.goto(f"{server}/login?token=key&next=/formgrader/manage_submissions/tiny")
    row = tab.locator("tr").filter(has_text="eve")
    row.get_by_text("needs autograding").wait_for()
    row.locator(".autograde a").click()
    said = tab.locator(".modal-body")
    said.get_by_text("Successfully autograded 'tiny' for student 'eve'.").wait_for()
    row.get_by_text("60 / 100", exact=True).wait_for()
    context.close()

    assert is_graded(course, "tiny", "eve")
    assert not is_graded(course, "tiny", "ada")
    assert {row.student: row.total for row in scores(course, "tiny")[1]} == {"ada": None, "eve": 60}
    graded = nbformat.read(course.autograded("tiny", "eve"), as_version=4)
    shown = [output.text for cell in graded.cells for output in cell.get("outputs", []) if "text" in output]
    assert "no file: FileNotFoundError\n" in shown
    assert not any("TEACHER'S" in text for text in shown)
