"""Plain nbgrader against this course's grader, on the same submissions: python benchmarks/grading.py [NUMBER].

Both grade NUMBER submissions (60 if it is not given) of two assignments: `ffnn`, which imports numpy, and a tiny one that
imports torch. Plain nbgrader runs them with its own Execute, one Jupyter kernel each. A start of each program without
work to do is taken off, for the cost of one more submission. Memory is the largest sum over the program's processes.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from rnn_course.grading import notebooks
from rnn_course.grading.collect import Filed, store
from rnn_course.grading.course import Course
from rnn_course.grading.release import release
from rnn_course.grading.scores import scores
from rnn_course.grading.variants import Variant, graft, variants

ROOT = Path(__file__).parents[1]
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


def course(folder, slug, number):
    """Return a course with so many right submissions of an assignment."""
    (folder / "solutions" / slug).mkdir(parents=True)
    if slug == "slope":
        (folder / "solutions/slope/slope.py").write_text(TORCH)
    else:
        shutil.copytree(ROOT / "solutions" / slug, folder / "solutions" / slug, dirs_exist_ok=True)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    made = Course.at(folder)
    release(made, slug)
    right = [v for v in variants(made, slug) if not v.breaks] or [Variant("right", "", frozenset(), {})]
    for i in range(number):
        data = notebooks.text(graft(made, slug, right[i % len(right)])).encode()
        store(made, slug, f"student-{i:05d}", data, Filed())
    return made


def timed(command, folder, **environment):
    """Return the seconds that a command took, and the most memory that it and its processes held, in bytes."""
    began, most = time.perf_counter(), 0
    program = str(Path(sys.executable).with_name(command[0]))
    ran = subprocess.Popen(
        [program, *command[1:]], cwd=folder, env={**os.environ, **environment}, stdout=-3, stderr=subprocess.DEVNULL
    )
    done = threading.Event()

    def look():
        nonlocal most
        while not done.wait(0.2):
            held = 0
            for process in [psutil.Process(ran.pid), *psutil.Process(ran.pid).children(recursive=True)]:
                try:
                    held += process.memory_info().rss
                except psutil.Error:
                    continue
            most = max(most, held)

    watcher = threading.Thread(target=look)
    watcher.start()
    ran.wait()
    took = time.perf_counter() - began
    done.set()
    watcher.join()
    assert ran.returncode == 0, command
    return took, most


def compare(slug, number):
    """Return a line of the table: submissions a minute, seconds for one more, and memory, of both graders."""
    results = []
    with tempfile.TemporaryDirectory() as folder:
        made = course(Path(folder) / "course", slug, number)
        for command, environment in (
            (["nbgrader", "autograde", slug, "--force"], {"RNN_COURSE_UNSAFE": "1"}),
            (["rnn-course", "grade", slug, "--again"], {"RNN_COURSE_UNSAFE": ""}),
        ):
            few = made.grading / "few"
            one = {"RNN_COURSE_GRADING": str(few), **environment}
            shutil.copytree(made.grading / "submitted/student-00000", few / "submitted/student-00000")
            shutil.copy(made.gradebook, few)
            first, _ = timed(command, made.root, **one)
            shutil.rmtree(few)
            took, memory = timed(command, made.root, **environment)
            assert {row.total for row in scores(made, slug)[1]} == {100}
            results.append((60 * number / took, (took - first) / max(number - 1, 1), memory / 1e6))
    return results


def main():
    """Print the table."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 60
    os.environ["RNN_COURSE_GRADING"] = ""
    table = Table(title=f"{number} submissions, {len(os.sched_getaffinity(0))} cores")
    heads = ("assignment", "imports", "per minute, nbgrader", "here", "ratio")
    for head in (*heads, "s for one more, nbgrader", "here", "MB, nbgrader", "here"):
        table.add_column(head, justify="right")
    for slug, imports in (("ffnn", "numpy"), ("slope", "torch")):
        plain, ours = compare(slug, number)
        pairs = zip(plain, ours, strict=True)
        speed, cost, memory = ([f"{a:.3g}", f"{b:.3g}"] for a, b in pairs)
        table.add_row(slug, imports, *speed, f"{ours[0] / plain[0]:.1f}", *cost, *memory)
    Console(width=160).print(table)


if __name__ == "__main__":
    main()
