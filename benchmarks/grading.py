"""Plain nbgrader against this course's grader, on the same submissions: python benchmarks/grading.py [NUMBER].

Both grade NUMBER submissions (60 if it is not given) of two assignments: `ffnn`, which imports numpy, and a tiny one that
imports torch. Plain nbgrader has no configuration but its folders. A class of one is graded first, so that the cost of
one more submission is known without the start. What is stored in book/results/grading_speed.json is not measured again,
unless --again is given. The two take turns on one machine: ratios are fair on a busy one too, seconds are not.
"""

import os
import shutil
import tempfile
from pathlib import Path

import click
from rich.console import Console
from rich.markdown import Markdown
from tqdm import tqdm

from classroom import OURS, PLAIN, make_class, points, watch
from rnn_course.experiments.store import RESULTS, run_grid
from rnn_course.grading import measured

GRADERS = {"nbgrader": PLAIN, "ours": OURS}
NAME = "grading_speed"


def grade_class(assignment, grader, number, seed):
    """Return the seconds for a class of one and for all, and the most memory of all processes together, in bytes."""
    with tempfile.TemporaryDirectory() as folder:
        made = make_class(Path(folder) / "course", assignment, number)
        few = made.root / "few"
        shutil.copytree(made.grading / "submitted/student-00000", few / "submitted/student-00000")
        shutil.copy(made.gradebook, few)
        first = watch(GRADERS[grader], made, assignment, folder=few)
        with tqdm(total=number, desc=f"{assignment}, {grader}", leave=False) as bar:
            all_of_them = watch(
                GRADERS[grader],
                made,
                assignment,
                tick=lambda watched: bar.update(watched.course[-1][0] - bar.n),
            )
        assert [sum(parts.values()) for parts in points(made, assignment).values()] == [100.0] * number
    memory = all_of_them.together
    return {"first": first.seconds, "all": all_of_them.seconds, "memory": memory, "cores": os.cpu_count()}


def measure(number=60):
    """Measure what is not stored yet."""
    settings = [
        {"assignment": assignment, "grader": grader, "number": number}
        for assignment in measured.IMPORTS
        for grader in GRADERS
    ]
    run_grid(NAME, grade_class, settings, [0], command=f"python benchmarks/grading.py {number}")


@click.command()
@click.argument("number", default=60)
@click.option("--again", is_flag=True, help="Measure what is stored too.")
def main(number, again):
    """Compare the two graders on classes of NUMBER, and print a table."""
    if again:
        (RESULTS / f"{NAME}.json").unlink(missing_ok=True)
    os.environ["RNN_COURSE_GRADING"] = ""
    measure(number)
    Console(width=160).print(Markdown(measured.speed()._repr_markdown_()))


if __name__ == "__main__":
    main()
