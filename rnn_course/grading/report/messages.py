"""What the tests said: of a class's work, and of the wrong variants, whose faults have a description.

The variants' messages are found once, by running their cells with all tests, hidden ones too, and are kept beside the
gradebook until a variant or a test changes. Variants are the instructor's own code, and run as that.
"""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbformat.notebooknode import NotebookNode

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.course import Course, write
from rnn_course.grading.preprocessors import digest, digest_of_tests, message
from rnn_course.grading.variants import variants

SECONDS = 60  # for one cell of a variant
NOT_WRITTEN = "This part is not written yet."


def of_work(path: Path) -> dict[str, str]:
    """Return what the tests said of a graded notebook, by part; nothing for a part that passed."""
    notebook = nbformat.read(path, as_version=4)
    return {part: _said(cell) for part, cell in notebooks.tests(notebook).items()}


def of_variants(course: Course, slug: str) -> dict[tuple[str, str], list[str]]:
    """Return which known faults provoke a message, by the part and the message."""
    known = [variant for variant in variants(course, slug) if variant.breaks]
    cells = {variant.name: _cells(course, slug, variant.cells) for variant in known}
    now = digest(json.dumps([cells, digest_of_tests(course.db_url, slug)]).encode())
    kept = course.grading / "messages" / f"{slug}.json"
    stored = json.loads(kept.read_text(encoding="utf-8")) if kept.is_file() else {}
    if stored.get("digest") != now:
        stored = {"digest": now, "said": _provoked(cells)}
        write(kept, json.dumps(stored, indent=1, ensure_ascii=False) + "\n")
    named: dict[tuple[str, str], list[str]] = {}
    for variant in known:
        for part, said in stored["said"][variant.name].items():
            if part in variant.breaks and said != NOT_WRITTEN:
                named.setdefault((part, said), []).append(variant.about)
    return named


def _said(cell: NotebookNode) -> str:
    faults = [message(output) for output in cell.get("outputs", []) if output.output_type == "error"]
    return faults[0].removeprefix("✗ ") if faults else ""


def _cells(course: Course, slug: str, answers: dict[str, str]) -> list[tuple[str, str]]:
    """Return the code of the assignment with a variant's answers: the part that each cell tests, or nothing, and its text."""
    notebook = nbformat.read(course.source_notebook(slug), as_version=4)
    tests = {notebooks.grade_id(cell): part for part, cell in notebooks.tests(notebook).items()}
    return [
        (tests.get(notebooks.grade_id(cell), ""), answers.get(notebooks.grade_id(cell), str(cell.source)))
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def _provoked(cells: dict[str, list[tuple[str, str]]]) -> dict[str, dict[str, str]]:
    """Run the variants in a Python of their own, and return what the tests said of each."""
    command = [sys.executable, "-m", "rnn_course.grading.report.messages"]
    limit = 60 + SECONDS * len(cells)
    try:
        ran = subprocess.run(
            command, input=json.dumps(cells), capture_output=True, text=True, timeout=limit, check=True
        )
        return json.loads(ran.stdout.splitlines()[-1])
    except (subprocess.SubprocessError, ValueError, IndexError) as error:
        raise CourseError(f"the variants cannot be run ({notebooks.one_line(error)})") from None


def _run(cells: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Run cells as a notebook does, and yield what each failing test said."""
    from IPython.core.inputtransformer2 import TransformerManager

    names: dict[str, Any] = {"__name__": "__main__"}
    for part, source in cells:
        if hasattr(signal, "alarm"):
            signal.alarm(SECONDS)
        try:
            exec(compile(TransformerManager().transform_cell(source), "cell", "exec"), names)
        except BaseException as error:  # as a kernel does, whatever it is
            if part:
                output = NotebookNode(ename=type(error).__name__, evalue=str(error))
                yield part, message(output).removeprefix("✗ ")


def _stop(*_: object) -> None:
    raise TimeoutError


if __name__ == "__main__":
    import contextlib
    import io
    import warnings

    warnings.simplefilter("ignore")
    if hasattr(signal, "alarm"):
        signal.signal(signal.SIGALRM, _stop)
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
        said = {name: dict(_run(cells)) for name, cells in json.load(sys.stdin).items()}
    print(json.dumps(said))
