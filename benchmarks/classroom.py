"""Classes for the benchmarks of the grader, plain nbgrader to grade them with, and a look at what a grader holds."""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from rnn_course.grading import notebooks
from rnn_course.grading.collect import Filed, store
from rnn_course.grading.course import Course
from rnn_course.grading.engine import gradebook
from rnn_course.grading.preprocessors import RECEIPT
from rnn_course.grading.release import release
from rnn_course.grading.variants import Variant, graft, variants

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # for what the benchmarks share with the tests
OURS = ("rnn-course", "grade")
PLAIN = ("nbgrader", "autograde", "--force")
CONFIG = """\
import os
c = get_config()
c.CourseDirectory.root = os.getcwd()
folder = os.environ["RNN_COURSE_GRADING"]
for name in ("submitted", "autograded", "feedback"):
    c.CourseDirectory[f"{name}_directory"] = os.path.join(folder, name)
c.CourseDirectory.source_directory = os.path.join(os.path.dirname(os.getcwd()), "solutions")
c.CourseDirectory.db_url = f"sqlite:///{folder}/gradebook.db"
c.Execute.timeout = 60
"""
TORCH = """\
# %% [markdown]
# # Gradients by torch

# %%
import torch

# %% solution="slope"
def slope(x):
    ### BEGIN SOLUTION
    x = torch.tensor(x, requires_grad=True)
    (x**2).sum().backward()
    return x.grad
    ### END SOLUTION

# %% test="slope" points=100
assert torch.equal(slope([1.0, 2.0]), torch.tensor([2.0, 4.0]))
### BEGIN HIDDEN TESTS
assert torch.equal(slope([[3.0]]), torch.tensor([[6.0]]))
### END HIDDEN TESTS
"""


def make_root(folder, slug):
    """Make a course with one assignment of this repository, ``slope`` that imports torch, or the tests' ``tiny``."""
    if slug == "tiny":
        from tests.grading.tiny import make_course

        make_course(folder)
    elif slug == "slope":
        (folder / "solutions/slope").mkdir(parents=True)
        (folder / "solutions/slope/slope.py").write_text(TORCH)
    else:
        shutil.copytree(ROOT / "solutions" / slug, folder / "solutions" / slug)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    (folder / "plain").mkdir()
    (folder / "plain" / "nbgrader_config.py").write_text(CONFIG)
    return Course(folder, folder / "grading")


def make_class(folder, slug, number):
    """Return a course with so many right submissions of an assignment."""
    made = make_root(folder, slug)
    release(made, slug)
    right = [v for v in variants(made, slug) if not v.breaks] or [Variant("right", "", frozenset(), {})]
    texts = [notebooks.text(graft(made, slug, variant)).encode() for variant in right]
    for i in range(number):
        store(made, slug, f"student-{i:05d}", texts[i % len(texts)], Filed())
    return made


@dataclass
class Watched:
    """What was seen of a program.

    Parameters
    ----------
    seconds : float
    memory : int, most bytes that its first process held
    together : int, most bytes that it and its descendants held; shared pages count for each
    course : list of (submissions graded, bytes that the first process held then)
    """

    seconds: float = 0.0
    memory: int = 0
    together: int = 0
    course: list[tuple[int, int]] = field(default_factory=list)


def start(command, made, slug, again=False, folder=None):
    """Start a grader on a class; ``folder`` holds another one than the course's own."""
    program, *words = command
    inside = made.root / "plain" if command is PLAIN else made.root
    options = ["--again"] if again and command is OURS else []
    return subprocess.Popen(
        [str(Path(sys.executable).with_name(program)), *words, slug, *options],
        cwd=inside,
        env={**os.environ, "RNN_COURSE_GRADING": str(folder or made.grading), "RNN_COURSE_UNSAFE": ""},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )


def watch(command, made, slug, folder=None, tick=lambda watched: None, **options):
    """Run a grader to its end, and return what was seen of it; ``tick`` is called several times a second.

    Every graded notebook must be the work of this grader: nbgrader takes the configuration of any course that it can see.
    """
    from tests.grading.attacks.attacked import peak

    began, watched = time.perf_counter(), Watched()
    ran = start(command, made, slug, folder=folder, **options)
    done = threading.Event()

    def look():
        grader = psutil.Process(ran.pid)
        while not done.wait(0.2):
            try:
                held = [process.memory_info().rss for process in (grader, *grader.children(recursive=True))]
                watched.memory = peak(ran.pid)
            except (psutil.Error, OSError, StopIteration):  # one of them ended meanwhile
                continue
            watched.together = max(watched.together, sum(held))
            watched.course.append((graded(folder or made.grading, slug), held[0]))
            watched.seconds = time.perf_counter() - began
            tick(watched)

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        ran.wait()
    finally:
        ran.kill()
        done.set()
        watcher.join()
    watched.seconds = time.perf_counter() - began
    assert ran.returncode == 0, (command, ran.returncode)
    paths = (folder or made.grading).glob(f"autograded/*/{slug}/{slug}.ipynb")
    assert {RECEIPT in json.loads(path.read_text())["metadata"] for path in paths} == {command is OURS}
    return watched


def points(made, slug):
    """Return each student's points by part, as the gradebook has them, whoever graded."""
    with gradebook(made) as opened:
        return {
            submission.student_id: {grade.name: float(grade.score) for grade in submission.notebooks[0].grades}
            for submission in opened.assignment_submissions(slug)
        }


def graded(grading, slug):
    """Return how many submissions have a graded notebook."""
    return sum(1 for _ in grading.glob(f"autograded/*/{slug}/{slug}.ipynb"))
