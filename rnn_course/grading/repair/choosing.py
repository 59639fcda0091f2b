"""Choose the notebook among the files that a student handed in.

``SLUG.ipynb`` counts if it answers anything. Else the notebook that answers most parts counts, whatever its name and
folder; of equal ones, the one with the right name, then the last by name.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from nbformat.notebooknode import NotebookNode

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.repair import files
from rnn_course.grading.repair.matching import Repair, bare, is_answer
from rnn_course.grading.repair.reading import LARGEST
from rnn_course.grading.repair.rebuilding import rebuild

ENDINGS = (".ipynb", ".ipynb.txt", ".ipynb.json", ".json")  # browsers add the second and third
TRIED = 10  # notebooks that are looked into


@dataclass(frozen=True)
class Chosen:
    """A file, what it was rebuilt into, and what was repaired; or the reason why there is none."""

    name: str
    data: bytes
    notebook: NotebookNode | None
    repairs: tuple[Repair, ...]
    reason: str = ""


def choose(folder: int, slug: str, released: NotebookNode) -> Chosen:
    """Return the notebook that counts in an open directory, rebuilt."""
    try:
        paths = files.names(folder)
    except CourseError as error:
        return Chosen("", b"", None, (), sentence(error))
    right = (f"{slug}.ipynb",)
    wanted = [path for path in paths if _may_be(path)]
    wanted.sort(key=lambda path: (path == right, slug in path[-1], -len(path), path), reverse=True)
    tried = []
    for path in wanted[:TRIED]:
        tried.append(_try(folder, path, released))
        if path == right and _answered(tried[-1].notebook, released):
            break
    readable = [one for one in tried if one.notebook is not None]
    if readable:
        best = max(readable, key=lambda one: _answered(one.notebook, released))  # the first of equal ones
        return best if best.name == right[0] else _misnamed(best, right[0])
    return tried[0] if tried else Chosen("", b"", None, (), _missing(right[0], paths))


def sentence(error: Exception | str) -> str:
    """Return an error's message as a sentence for people."""
    text = notebooks.one_line(error)
    return text[:1].upper() + text[1:].rstrip(".") + "."


def _may_be(path: files.Parts) -> bool:
    return path[-1].lower().endswith(ENDINGS) and not any(part.startswith((".", "__MACOSX")) for part in path)


def _try(folder: int, path: files.Parts, released: NotebookNode) -> Chosen:
    name, data = files.shown(path), b""
    try:
        data = files.read(folder, path, LARGEST)
        notebook, repairs = rebuild(released, data)
    except (CourseError, OSError) as error:
        kept = data if len(data) <= LARGEST else b""  # the whole of a larger file is set aside
        return Chosen(name, kept, None, (), sentence(f"the file {name} cannot be graded: {error}"))
    return Chosen(name, data, notebook, tuple(repairs))


def _answered(notebook: NotebookNode | None, released: NotebookNode) -> int:
    """Return how many parts differ from what was given out."""
    if notebook is None:
        return 0
    given = {notebooks.grade_id(cell): bare(cell.source) for cell in released.cells if is_answer(cell)}
    return sum(bare(cell.source) != given.get(notebooks.grade_id(cell), bare(cell.source)) for cell in notebook.cells)


def _misnamed(chosen: Chosen, right: str) -> Chosen:
    repair = Repair("name", f"The notebook was called {chosen.name}, not {right}.")
    return Chosen(chosen.name, chosen.data, chosen.notebook, (repair, *chosen.repairs))


def _missing(right: str, paths: Sequence[files.Parts]) -> str:
    there = [files.shown(path) for path in paths[:5]]
    return f"Expected {right}, received {', '.join(there) or 'an empty folder'}."
