"""The gradebook on a PostgreSQL server: the same grades as in a file. A server of its own is started for this test."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from rnn_course.grading.collect import Filed, store
from rnn_course.grading.course import DATABASE, Course
from rnn_course.grading.grade import grade
from rnn_course.grading.notebooks import text as notebook_text
from rnn_course.grading.release import release
from rnn_course.grading.scores import scores
from rnn_course.grading.variants import graft, variants

from .tiny import run

PROGRAMS = [Path(shutil.which("initdb") or "/"), *sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))]


@pytest.fixture
def server():
    """Start a PostgreSQL server that listens on a socket file alone, and yield its address for SQLAlchemy."""
    programs = [path.parent for path in PROGRAMS if path.is_file()]
    if not programs:
        pytest.skip("no PostgreSQL server here: install the package postgresql to run this test")
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        who = {}
        if os.getuid() == 0:  # the server refuses to run as root
            who = {"user": 65534, "group": 65534, "extra_groups": []}
            os.chown(folder, 65534, 65534)
        data = ["-D", f"{folder}/data"]
        quiet = {"stdout": subprocess.DEVNULL, "cwd": "/", "check": True, "timeout": 120, **who}
        subprocess.run([programs[-1] / "initdb", *data, "-A", "trust", "-U", "grader", "-E", "UTF8"], **quiet)
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        subprocess.run([programs[-1] / "pg_ctl", *data, "-w", "-l", f"{folder}/log", "-o", options, "start"], **quiet)
        try:
            yield f"postgresql+psycopg://grader@/postgres?host={folder}"
        finally:
            subprocess.run([programs[-1] / "pg_ctl", *data, "-m", "immediate", "stop"], **quiet)


def test_a_server_holds_the_same_grades(root, server, monkeypatch):
    course = Course.at(root)
    release(course, "tiny")
    answers = variants(course, "tiny")
    for i, variant in enumerate(answers):
        store(course, "tiny", f"student-{i}", notebook_text(graft(course, "tiny", variant)).encode(), Filed())
    grade(course, "tiny")
    expected = [(row.student, row.parts) for row in scores(course, "tiny")[1]]
    before = course.gradebook.read_bytes()

    monkeypatch.setenv(DATABASE, server)
    release(course, "tiny")
    assert len(grade(course, "tiny", again=True).done) == len(answers)
    assert [(row.student, row.parts) for row in scores(course, "tiny")[1]] == expected
    engine = create_engine(server)
    with engine.connect() as connection:
        assert connection.execute(text("select count(*) from student")).scalar() == len(answers)
    engine.dispose()
    assert course.gradebook.read_bytes() == before

    stock = run("nbgrader", "autograde", "tiny", "--force", cwd=root, **{DATABASE: server})
    assert stock.returncode == 0, stock.stderr
    assert [(row.student, row.parts) for row in scores(course, "tiny")[1]] == expected


def test_a_server_that_is_down_is_one_clear_line(root, monkeypatch):
    monkeypatch.setenv(DATABASE, f"postgresql+psycopg://grader:secret@/postgres?host={root}")
    told = run("rnn-course", "scores", "tiny", cwd=root)
    assert told.returncode == 1
    assert "Traceback" not in told.stderr
    assert "secret" not in told.stderr
