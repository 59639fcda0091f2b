"""Classes of growing size, by this course's grader: python benchmarks/classes.py [SIZE ...].

Without sizes, 10, 100 and 1,000 students with small notebooks. 10,000 work too, and take twenty minutes on two cores. A
run that was stopped goes on where it was, and what is stored in book/results/grading_classes.json is not measured again,
unless --again is given.
"""

import json
import os
import shutil
import tempfile
from pathlib import Path

import click
from rich.console import Console
from rich.markdown import Markdown
from tqdm import tqdm

from classroom import OURS, graded, make_class, watch
from rnn_course.experiments.store import RESULTS, load, run_grid
from rnn_course.grading import measured
from rnn_course.grading.course import Course

NAME = "grading_classes"
KEPT = Path(tempfile.gettempdir()) / "rnn-course-classes"  # classes that are not graded to the end


def grade_class(students, seed):
    """Return the seconds that a class takes, over all attempts, and the memory of the grading process in its course."""
    folder = KEPT / str(students)
    notes = folder / "seconds.json"
    if not notes.is_file():
        shutil.rmtree(folder, ignore_errors=True)
        make_class(folder / "course", "tiny", students)
        notes.write_text("[]")
    made = Course(folder / "course", folder / "course" / "grading")
    earlier = json.loads(notes.read_text())
    with tqdm(total=students, initial=graded(made.grading, "tiny"), desc=f"{students} students", leave=False) as bar:

        def tick(watched):
            bar.update(watched.course[-1][0] - bar.n)
            notes.write_text(json.dumps([*earlier, watched.seconds]))

        watched = watch(OURS, made, "tiny", tick=tick)
    assert graded(made.grading, "tiny") == students
    shutil.rmtree(folder)
    begun = [held for count, held in watched.course if count]
    quarters = [begun[len(begun) * i // 4] for i in range(4)] + [begun[-1]] if begun else []
    return {"seconds": sum(earlier) + watched.seconds, "memory": watched.memory, "quarters": quarters}


@click.command()
@click.argument("sizes", nargs=-1, type=click.IntRange(2))
@click.option("--again", is_flag=True, help="Measure what is stored too.")
def main(sizes, again):
    """Grade classes of SIZES, and print what a submission costs."""
    os.environ["RNN_COURSE_GRADING"] = ""
    stored = [] if again or not (RESULTS / f"{NAME}.json").is_file() else [run["students"] for run in load(NAME)]
    if again:
        (RESULTS / f"{NAME}.json").unlink(missing_ok=True)
    settings = [{"students": size} for size in sorted({*stored, *(sizes or (10, 100, 1000))})]
    run_grid(NAME, grade_class, settings, [0], command="python benchmarks/classes.py")
    Console(width=160).print(Markdown(measured.classes()._repr_markdown_()))


if __name__ == "__main__":
    main()
