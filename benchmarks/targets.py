"""The targets of the grader, and what this machine measures: python benchmarks/targets.py.

Everything in the table's last column is measured: the class of tests/grading/attacks is graded, with an honest student
after each attacker; submissions that hang meet their limit; three print a gigabyte; a class is killed twenty times in the
middle; the demo class of each assignment is graded by plain nbgrader too; and benchmarks/grading.py and walls.py run.
What is stored in book/results/grading_targets.json is not measured again, unless --again is given.
"""

import os
import random
import tempfile
import time
from pathlib import Path
from unittest import mock

import click
from rich.console import Console
from rich.markdown import Markdown
from tests.grading.attacks import attacked, cases
from tqdm import tqdm

import grading
import killed
import walls
from classroom import OURS, PLAIN, ROOT, make_root, points, watch
from rnn_course.experiments.store import RESULTS, run_grid
from rnn_course.grading import measured, runners
from rnn_course.grading.course import Course
from rnn_course.grading.demo import demo
from rnn_course.grading.grade import grade
from rnn_course.grading.release import release
from rnn_course.grading.sandbox import session

NAME = "grading_targets"
KILLS, CLASS = 20, 60
SECONDS = 5  # the limit that submissions hang against
GIGABYTE = (
    "for _ in range(1000): print('a' * 10**6)",
    "import sys\nfor _ in range(1000): sys.stderr.write('b' * 10**6)",
    "from IPython.display import display\nfor _ in range(1000): display('c' * 10**6)",
)


def attacks(folder):
    """Grade the class of attackers, and count what should not be."""
    found = attacked.attack(folder / "course", folder / "home", follow=1)
    return {
        "submissions": len(attacked.EARNED),
        "overgraded": attacked.overgraded(found),
        "leaks": [name for name in attacked.EARNED if attacked.leaked(found, name)],
        "reached": len(found.reached),
        "changed": [Path(path).name for path in found.changed] + attacked.forged(found),
        "unexplained": attacked.unexplained(found),
        "next": sum(student.endswith("-next") for student in found.scores),
        "wronged": attacked.wronged(found),
        "honest": len(attacked.HONEST),
        "undergraded": attacked.undergraded(found),
    }


def attackers(folder, limits, answers):
    """Return a course whose class hands in these answers to ``tiny``."""
    made = make_root(folder / "course", "tiny")
    made.source("tiny").write_text(
        made.source("tiny").read_text().replace("[markdown]", f"[markdown] limits={limits}", 1)
    )
    release(made, "tiny")
    for name, answer in answers.items():
        attacked.hand_in(made, name, answer)
    return made


def limits(folder):
    """Return how much longer than its limit any submission took, of those that want to take for ever."""
    places = dict.fromkeys(("gradebook", "solutions", "home", "submitted", "config", "port", "abstract", "pid"), 0)
    answers = {f"{i:02d}": answer.format(**places) for i, answer in enumerate(cases.EXHAUST.values())}
    made = attackers(folder, {"cell": SECONDS, "wall": SECONDS, "memory": 600000000, "disk": 8000000}, answers)
    took, run = [], session.run

    def timed(*arguments):
        began = time.monotonic()
        try:
            return run(*arguments)
        finally:
            took.append(time.monotonic() - began)

    with mock.patch.object(runners.session, "run", timed):
        batch = grade(made, "tiny", track=lambda students: tqdm(students, desc="limits", leave=False))
    assert len(took) == len(answers) == len(batch.done), batch
    return {"submissions": len(took), "limit": SECONDS, "longest": max(took)}


def output(folder):
    """Return the most memory of the grading process while students print a gigabyte each."""
    made = attackers(folder, {"cell": 60}, {str(i): answer + cases.SQUARE for i, answer in enumerate(GIGABYTE)})
    return {"submissions": len(GIGABYTE), "memory": watch(OURS, made, "tiny").memory}


def kills(folder):
    """Kill the grader at random moments of a class and start it again; compare with a class that was left in peace."""
    make_root(folder / "course", killed.SLUG)
    return killed.compare(folder / "course", CLASS, KILLS, random.Random(0))


def same_scores(folder, assignment):
    """Grade the demo class of an assignment by both graders, and return whose points differ."""
    made = make_root(folder / "course", assignment)
    demo(made, [assignment])
    ours = points(made, assignment)
    watch(PLAIN, made, assignment)
    plain = points(made, assignment)
    return {"submissions": len(ours), "differ": [s for s in ours.keys() | plain.keys() if ours.get(s) != plain.get(s)]}


MEASURES = {"attacks": attacks, "limits": limits, "output": output, "kills": kills, "same scores": same_scores}


def measure(of, seed, **setting):
    """Measure one row, or several, in a folder of its own."""
    if of == "walls":
        return walls.measure()
    with tempfile.TemporaryDirectory() as folder:
        return MEASURES[of](Path(folder), **setting)


@click.command()
@click.option("--again", is_flag=True, help="Measure what is stored too.")
def main(again):
    """Measure what is not stored yet, and print the table of targets."""
    if again:
        for name in (NAME, grading.NAME):
            (RESULTS / f"{name}.json").unlink(missing_ok=True)
    os.environ["RNN_COURSE_GRADING"] = ""
    slugs = Course(ROOT, ROOT / "grading").slugs()
    settings = [{"of": of} for of in ("walls", "attacks", "limits", "output", "kills")]
    settings += [{"of": "same scores", "assignment": slug} for slug in slugs]
    run_grid(NAME, measure, settings, [0], command="python benchmarks/targets.py")
    grading.measure()
    Console(width=160).print(Markdown(measured.targets()._repr_markdown_()))


if __name__ == "__main__":
    main()
