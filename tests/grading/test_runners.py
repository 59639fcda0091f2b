"""A class graded by a Dask cluster: the same grades as on this machine, also when a worker is killed in the middle."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rnn_course.grading import CourseError
from rnn_course.grading.collect import Filed, store
from rnn_course.grading.course import Course
from rnn_course.grading.grade import grade
from rnn_course.grading.notebooks import text
from rnn_course.grading.release import release
from rnn_course.grading.sandbox import engines
from rnn_course.grading.scores import scores
from rnn_course.grading.variants import graft, variants

STUDENTS = 12


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def dask(*words):
    program = str(Path(sys.executable).with_name("dask"))
    return subprocess.Popen([program, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


@pytest.fixture
def workers():
    """Start a scheduler and three workers, each a process of its own; yield its address and the workers."""
    address = f"tcp://127.0.0.1:{free_port()}"
    host, port = address.removeprefix("tcp://").split(":")
    started = [dask("scheduler", "--host", host, "--port", port, "--no-dashboard")]
    worker = ("--nthreads", "1", "--no-nanny", "--no-dashboard", "--memory-limit", "0")
    started += [dask("worker", address, *worker) for _ in range(3)]
    yield address, started[1:]
    for process in started:
        process.kill()
        process.wait()


@pytest.fixture
def course(root):
    course = Course.at(root)
    release(course, "tiny")
    answers = variants(course, "tiny")
    for i in range(STUDENTS):
        store(
            course, "tiny", f"student-{i:02d}", text(graft(course, "tiny", answers[i % len(answers)])).encode(), Filed()
        )
    return course


def graded(course):
    notebooks = {path.parent.name: path.read_bytes() for path in course.grading.glob("autograded/*/tiny/tiny.ipynb")}
    return [(row.student, row.parts) for row in scores(course, "tiny")[1]], notebooks


def test_a_cluster_gives_the_same_grades_though_a_worker_is_killed(course, workers, monkeypatch):
    grade(course, "tiny")
    expected = graded(course)
    address, processes = workers

    def fail(*_):
        raise CourseError("nothing may run in this process")

    monkeypatch.setattr(engines, "pair", fail)

    def track(students):
        for i, student in enumerate(students):
            if i == 2:
                os.kill(processes[0].pid, signal.SIGKILL)
            yield student

    batch = grade(course, "tiny", again=True, track=track, scheduler=address)
    assert processes[0].wait(10) == -signal.SIGKILL
    assert len(batch.done) == STUDENTS
    assert not batch.failed
    assert graded(course) == expected
    assert all(process.poll() is None for process in processes[1:])


def test_a_cluster_of_this_machine_is_one_word(course):
    grade(course, "tiny")
    expected = graded(course)
    assert len(grade(course, "tiny", again=True, scheduler="local").done) == STUDENTS
    assert graded(course) == expected


def test_a_scheduler_that_does_not_answer_is_named(course, monkeypatch):
    monkeypatch.setattr("rnn_course.grading.runners.ANSWER", 1)
    address = f"tcp://127.0.0.1:{free_port()}"
    began = time.monotonic()
    with pytest.raises(CourseError, match=f"no Dask cluster with workers at {address}"):
        grade(course, "tiny", scheduler=address)
    assert time.monotonic() - began < 60
    assert not course.autograded("tiny", "student-00").exists()
