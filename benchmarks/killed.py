"""Kill the grader again and again, start it again, and compare: python benchmarks/killed.py [--help].

A class is graded twice. Once nobody disturbs it. The other time the same command gets SIGKILL at random moments, and is
started again each time, until the class is graded. This prints what was alive when each signal came, what was left of it
a second later, and how the two gradebooks and the two folders of graded notebooks compare. It ends with 1 if they differ,
if work that had a grade was graded again, or if a process was left.

Most of the class handed in the known answers of an assignment. Among the others is everything that a stop could spoil: a
daemon that outlives its cell, an answer that takes its time, a file that cannot be read, a student without a file, and a
grade that was given by hand.
"""

import argparse
import contextlib
import ctypes
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from classroom import OURS, graded, make_root, start
from rnn_course.grading import notebooks
from rnn_course.grading.collect import Filed, store
from rnn_course.grading.course import Course
from rnn_course.grading.engine import gradebook
from rnn_course.grading.grade import is_graded
from rnn_course.grading.release import release
from rnn_course.grading.sandbox import engines
from rnn_course.grading.variants import Variant, graft, variants

SLUG = "ffnn"
ADOPT = 36  # PR_SET_CHILD_SUBREAPER: a process whose parent was killed becomes a child of this one, and is seen
DAEMON = "import os, time\nif os.fork() == 0:\n    os.setsid()\n    time.sleep(600)\n    os._exit(0)\n"
SLOW = "import time\ntime.sleep(2)\n"


def hand_in(course, slug, number):
    """Hand in for a class of this size, enrol one more, and give one grade by hand."""
    answers = variants(course, slug)
    right = next(answer for answer in answers if not answer.breaks)
    first = next(iter(right.cells))
    hostile = {i: Variant("", "", frozenset(), {**right.cells, first: text + right.cells[first]})
               for i, text in ((3, DAEMON), (5, SLOW))}  # fmt: skip
    for i in range(number):
        data = notebooks.text(graft(course, slug, hostile.get(i, answers[i % len(answers)]))).encode()
        store(course, slug, f"student-{i:03d}", data if i != 7 else data[:-500], Filed())
    course.submitted(slug, f"student-{number:03d}").parent.mkdir(parents=True)
    with gradebook(course) as opened:
        opened.add_student("enrolled-only")
        opened.add_student("student-001")
        notebook = opened.add_submission(slug, "student-001").notebooks[0]
        notebook.grades[0].manual_score = 1.5
        notebook.comments[0].manual_comment = "Seen."
        opened.db.commit()


def stamps(course, slug):
    """Return when each student's graded notebook was written, in nanoseconds, of those that are graded to the end."""
    students = [path.parent.parent.name for path in course.grading.glob(f"autograded/*/{slug}/{slug}.ipynb")]
    return {
        student: course.autograded(slug, student).stat().st_mtime_ns
        for student in students
        if is_graded(course, slug, student)
    }


def family():
    """Return every process that was started from here, also those whose parent was killed."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
    alive = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if process.status() != psutil.STATUS_ZOMBIE:
                alive.append(process)
    return alive


def kill(course, slug, grades, seconds):
    """Start the command, and kill it so many seconds after that many new grades; if none, at the first one at the latest.

    Returns
    -------
    int, the processes that were alive then, 0 if the run had ended; list, those that were left a second later
    """

    def new():
        return graded(course.grading, slug) - known

    known = graded(course.grading, slug)
    ran, began = start(OURS, course, slug), time.monotonic()
    while ran.poll() is None and (new() < grades or (not grades and not new() and time.monotonic() < began + seconds)):
        time.sleep(0.05)
    with contextlib.suppress(subprocess.TimeoutExpired):
        ran.wait(seconds if grades else 0)
        return 0, family()
    alive = len(family())
    ran.kill()
    ran.wait()
    time.sleep(1)
    return alive, family()


def gradebook_of(course, slug):
    """Return all that a gradebook says, without its random ids: rows by student, and the size of every table."""
    with gradebook(course) as opened:
        rows = {
            (work.student_id, notebook.name): (
                [(g.name, g.auto_score, g.manual_score, g.extra_credit, g.needs_manual_grade) for g in notebook.grades],
                [(c.name, c.auto_comment, c.manual_comment) for c in notebook.comments],
                (work.timestamp, notebook.late_submission_penalty, notebook.score, notebook.max_score),
            )
            for work in opened.assignment_submissions(slug)
            for notebook in work.notebooks
        }
    with contextlib.closing(sqlite3.connect(course.gradebook)) as base:
        tables = [name for (name,) in base.execute("select name from sqlite_master where type = 'table'")]
        sizes = {name: base.execute(f"select count(*) from {name}").fetchone()[0] for name in tables}
        assert base.execute("pragma integrity_check").fetchone() == ("ok",)
    return rows, sizes


def files_of(course):
    """Return the content of every file of the class but the gradebook."""
    files = (path for path in course.grading.rglob("*") if path.is_file() and path != course.gradebook)
    return {str(path.relative_to(course.grading)): path.read_bytes() for path in files}


def moments(course, slug, began, kills, rng):
    """Return random moments: so many seconds after that many new grades.

    A third comes before the first new grade, and all together before the class is graded.
    """
    times = sorted(stamp / 1e9 - began for stamp in stamps(course, slug).values())
    first, pace = times[len(times) // 4], (times[-1] - times[0]) / len(times)
    most = max(1, round(1.2 * len(times) / kills))
    early = [(0, rng.uniform(0, first)) for _ in range(kills // 3)]
    late = [(rng.randint(1, most), rng.uniform(0, pace)) for _ in range(kills - len(early))]
    return rng.sample(early + late, kills)


def compare(root, students, kills, rng):
    """Grade a class twice, and tell what happened; the course's first assignment is taken.

    Returns
    -------
    dict of kills, students, graded notebooks that were lost or written again, what else differs, processes left
    """
    if ctypes.CDLL(None).prctl(ADOPT, 1, 0, 0, 0):
        sys.exit("orphans cannot be adopted: this needs Linux")
    quiet, stopped = Course(root, root / "quiet"), Course(root, root / "stopped")
    slug = quiet.slugs()[0]
    release(quiet, slug)
    engines.close()  # the release tried the solutions out
    hand_in(quiet, slug, students)
    shutil.copytree(quiet.grading, stopped.grading)

    began = time.time()
    assert start(OURS, quiet, slug).wait() == 0
    print(
        f"{slug}: {students} submissions, undisturbed: {len(stamps(quiet, slug))} graded in {time.time() - began:.1f} s"
    )

    hit, lost, left, before = 0, [], [], {}
    for number, (grades, seconds) in enumerate(moments(quiet, slug, began, kills, rng), start=1):
        alive, remaining = kill(stopped, slug, grades, seconds)
        now = stamps(stopped, slug)
        hit += alive > 0
        left += map(str, remaining)
        lost += [student for student, stamp in before.items() if now.get(student) != stamp]
        said = f"SIGKILL to {alive:2d} processes, {len(remaining)} left" if alive else "the run had ended"
        print(f"{number:2d}  {seconds:5.2f} s after {grades} new grades: {said}; "
              f"{len(now):2d} graded, {len(now) - len(before)} of them new", flush=True)  # fmt: skip
        before = now

    assert start(OURS, stopped, slug).wait() == 0
    last = stamps(stopped, slug)
    lost += [student for student in before if last[student] != before[student]]
    (rows, sizes), (rows_too, sizes_too) = gradebook_of(quiet, slug), gradebook_of(stopped, slug)
    files, files_too = files_of(quiet), files_of(stopped)
    print(f"the last run graded {len(last) - len(before)} more. Compared: {len(rows)} rows, "
          f"{sum(sizes.values())} entries of {len(sizes)} tables, {len(files)} files")  # fmt: skip
    pairs = ((rows, rows_too), (sizes, sizes_too), (files, files_too))
    differ = [str(key) for one, two in pairs for key in one.keys() | two.keys() if one.get(key) != two.get(key)]
    return {"kills": hit, "students": students, "lost": lost, "differ": differ, "left": left}


def main():
    """Grade a class twice, and compare."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--students", type=int, default=60)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1997)
    parser.add_argument(
        "--course", type=Path, help=f"a course whose first assignment is taken, instead of {SLUG} of this one"
    )
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "course"
        shutil.copytree(wanted.course, root) if wanted.course else make_root(root, SLUG)
        found = compare(root, wanted.students, wanted.kills, random.Random(wanted.seed))
    faults = [f"{name}: {one}" for name in ("lost", "differ", "left") for one in found[name]]
    print("\n".join(faults) or "identical; no grade lost, none twice, no process left")
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
