"""Our steps in nbgrader's pipelines: copied cells, a receipt for what was graded, feedback that keeps secrets."""

import hashlib
import json
from pathlib import Path
from typing import Any

from nbformat.notebooknode import NotebookNode
from nbgrader import utils
from nbgrader.api import Gradebook
from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor

import rnn_course.check

RECEIPT = "rnn_course"  # key in the metadata of a graded notebook


class ForgetCopies(NbGraderPreprocessor):
    """Make a copy of a marked cell an ordinary cell.

    Who copies a cell copies its mark. nbgrader empties the mark of the copy, and then takes the notebook for damaged.
    """

    def preprocess_cell(self, cell: NotebookNode, resources: Any, cell_index: int) -> tuple[NotebookNode, Any]:
        """Return the cell without an empty mark."""
        if not cell.metadata.get("nbgrader", True):
            del cell.metadata["nbgrader"]
        return cell, resources


class Receipt(NbGraderPreprocessor):
    """Note in a graded notebook which submission was graded, with which tests.

    It is the last step, so a notebook without a receipt was not graded to its end: nbgrader was stopped.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Add the digests of the submission and of the tests."""
        names = resources["nbgrader"]
        converter: Any = getattr(self.parent, "parent", None)
        course = converter.coursedir
        folder = course.format_path(course.submitted_directory, names["student"], names["assignment"])
        submission = Path(folder) / f"{names['notebook']}.ipynb"
        tests = digest_of_tests(names["db_url"], names["assignment"])
        nb.metadata[RECEIPT] = {"submission": digest(submission.read_bytes()), "tests": tests}
        return nb, resources


class ForStudents(ClearHiddenTests):
    """Make a graded notebook into what its student may see: answers, own cells, and what the tests said.

    Hidden tests are taken out. So is a traceback in a test cell, down to its message: it quotes the line that raised,
    which may be a hidden test. Of the assignment's own text only the headings stay.
    """

    def preprocess(self, nb: NotebookNode, resources: Any) -> tuple[NotebookNode, Any]:
        """Return the notebook without secrets, and without the text that students know."""
        for cell in nb.cells:
            if utils.is_grade(cell):
                self._show_test(cell)
        nb.cells = [cell for cell in map(_heading, nb.cells) if cell is not None]
        return nb, resources

    def _show_test(self, cell: NotebookNode) -> None:
        if self._remove_hidden_test_region(cell):
            cell.source = cell.source.rstrip() + "\n# The hidden tests of this part ran here."
        outputs = cell.get("outputs", [])
        for output in outputs:
            if output.output_type == "error":
                output.traceback = [message(output)]
        faults = [output.traceback[0].removeprefix("✗ ") for output in outputs if output.output_type == "error"]
        cell.metadata.nbgrader["said"] = faults[0] if faults else "All tests pass."


def _heading(cell: NotebookNode) -> NotebookNode | None:
    """Return a cell of the assignment's own text as its first heading, if it has one; any other cell as it is."""
    if not utils.is_locked(cell) or utils.is_grade(cell):
        return cell
    lines = cell.source.splitlines() if cell.cell_type == "markdown" else []
    headings = [line for line in lines if line.startswith("##")]
    return NotebookNode({**cell, "source": headings[0]}) if headings else None


def message(output: NotebookNode) -> str:
    """Return an error output as one sentence: a check's own message, or the exception's name and text."""
    if output.ename in ("CheckFailed", "AssertionError") and output.evalue:
        return f"✗ {output.evalue}"
    if output.ename in ("CellTimeoutError", "KeyboardInterrupt"):
        return "✗ The cell did not finish in time. Is there a loop that never ends?"
    if output.ename == "Died":
        return f"✗ {output.evalue}"
    if output.ename == "NotImplementedError":
        return "✗ This part is not written yet."
    return f"✗ {output.ename}: {output.evalue}" if output.evalue else f"✗ {output.ename}"


def digest(data: bytes) -> str:
    """Return a short name for a file's content."""
    return hashlib.sha256(data).hexdigest()[:32]


def digest_of_tests(db_url: str, slug: str) -> str:
    """Return a short name for all that decides a grade: the gradebook's cells, and the checks that they call."""
    with Gradebook(db_url) as gradebook:
        cells = [
            (cell.name, cell.source, cell.locked)
            for cell in gradebook.find_notebook(slug, slug).source_cells
            if cell.locked
        ]
        points = [(cell.name, cell.max_score) for cell in gradebook.find_notebook(slug, slug).grade_cells]
    folder = Path(rnn_course.check.__file__).parent
    code = [path.read_text() for path in (folder / "core.py", folder / f"{slug}.py") if path.is_file()]
    return digest(json.dumps([sorted(cells), sorted(points), code]).encode())
