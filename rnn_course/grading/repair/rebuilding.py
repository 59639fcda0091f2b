"""Rebuild a submission from the release: the release's own cells, the student's answers in them, and nothing else.

Locked and test cells, their order, marks, points and tags, and the notebook's metadata are the release's, whatever was
handed in. Of an answer only the text is taken. What students wrote besides stays at its place as ordinary code cells;
text becomes comments, so that no page ever renders it.
"""

import copy
from collections.abc import Iterable, Sequence

import nbformat
from nbformat.notebooknode import NotebookNode

from rnn_course.grading import CourseError
from rnn_course.grading.repair.matching import Match, Release, bare, is_answer, match
from rnn_course.grading.repair.reading import Piece, Repair, read

CELLS = 2_000  # of a submission that are looked at
OWN = 300  # of a student's own cells that are kept, and the characters in all of them
CHARACTERS = 1_000_000


def rebuild(released: NotebookNode, data: bytes) -> tuple[NotebookNode, list[Repair]]:
    r"""Return a notebook that is safe to grade, and what was repaired.

    Parameters
    ----------
    released : NotebookNode, what students were given. It is not changed.
    data : bytes, what was handed in

    Raises
    ------
    CourseError
        If no cell of the assignment can be found in the bytes. The message says why, in plain words.

    Examples
    --------
    >>> mark = {"grade_id": "square", "solution": True, "locked": False, "grade": False}
    >>> stub = nbformat.v4.new_code_cell("...", id="square", metadata={"nbgrader": mark})
    >>> damaged = b'\xef\xbb\xbf{"cells": [{"cell_type": "raw", "id": "square", "source": "x = 2"}, {"cell_'
    >>> notebook, repairs = rebuild(nbformat.v4.new_notebook(cells=[stub]), damaged)
    >>> notebook.cells[0].source, [repair.kind for repair in repairs]
    ('x = 2', ['encoding', 'damaged', 'type'])
    """
    pieces, repairs = read(data)
    if len(pieces) > CELLS:
        repairs.append(Repair("size", f"It has {len(pieces):,} cells. The first {CELLS:,} were looked at."))
        pieces = pieces[:CELLS]
    release = Release(released.cells)
    matched = match(release, pieces)
    if not any(place in matched.chosen for answer in release.answers for place in (answer, release.test_of(answer))):
        raise CourseError("expected the notebook of this assignment, received one without any of its parts")
    repairs += matched.repairs
    repairs += _changes(release, matched, pieces)
    own = _own(matched, pieces, repairs)
    notebook = _assemble(released, release, matched, pieces, own)
    nbformat.validate(notebook)
    return notebook, repairs


def blank(released: NotebookNode, reason: str) -> NotebookNode:
    """Return the released notebook, with a reason why nothing else could be graded at its top."""
    notebook = copy.deepcopy(released)
    notebook.cells.insert(0, _cell(_comment(f"Not graded: {reason}"), 1, {cell.get("id") for cell in notebook.cells}))
    return notebook


def _assemble(
    released: NotebookNode, release: Release, matched: Match, pieces: Sequence[Piece], own: dict[int, list[str]]
) -> NotebookNode:
    """Put the answers into the release, and own cells behind the cells that they stood behind."""
    after = _after(release, matched, own)
    notebook = copy.deepcopy(released)
    taken = {cell.get("id") for cell in notebook.cells}
    cells, number = [], 0
    for place in range(-1, len(notebook.cells)):
        if place >= 0:
            cells.append(notebook.cells[place])
        if place in release.answers and place in matched.chosen:
            source = pieces[matched.chosen[place]].source
            cells[-1].source = source if source.strip() else cells[-1].source
        for source in after.get(place, []):
            number += 1
            cells.append(_cell(source, number, taken))
    notebook.cells = cells
    return notebook


def _own(matched: Match, pieces: Sequence[Piece], repairs: list[Repair]) -> dict[int, list[str]]:
    """Return the texts of the student's own cells by their positions, as many as can be kept."""
    kept: dict[int, list[str]] = {}
    room = CHARACTERS
    for at in matched.own:
        source = pieces[at].source
        if source.strip() and len(kept) < OWN and len(source) <= room:
            kept[at] = [source if pieces[at].kind == "code" else _comment(source)]
            room -= len(source)
    lost = sum(bool(pieces[at].source.strip()) for at in matched.own) - len(kept)
    if lost:
        repairs.append(Repair("size", f"{lost} of the student's own cells were left out, for there are too many."))
    return kept


def _after(release: Release, matched: Match, own: dict[int, list[str]]) -> dict[int, list[str]]:
    """Return the texts of own cells by the position of the released cell that each follows.

    An own cell follows the released cell above it. If the one below is an answer that was moved down, the own cell
    goes with the answer, which may need it. Where a part's cell was deleted, the blank one comes first, so that what the
    student wrote in its place counts.
    """
    place_of = {at: place for place, at in matched.chosen.items()}
    texts: dict[int, list[str]] = {}
    for at in sorted(own):
        above = max((other for other in place_of if other < at), default=None)
        below = min((other for other in place_of if other > at), default=None)
        place = -1 if above is None else place_of[above]
        if below is not None and place_of[below] < place and place_of[below] in release.answers:
            place = place_of[below] - 1
        while place + 1 in release.answers and place + 1 not in matched.chosen:
            place += 1
        texts.setdefault(place, []).extend(own[at])
    return texts


def _changes(release: Release, matched: Match, pieces: Sequence[Piece]) -> Iterable[Repair]:
    """Say what was changed, deleted, moved or forged."""
    changed, retyped, missing, points = [], [], [], []
    for place, cell in enumerate(release.cells):
        name = release.names[place] or f"cell {place + 1}"
        if place not in matched.chosen:
            missing.append(name)
            continue
        piece = pieces[matched.chosen[place]]
        if not is_answer(cell) and bare(piece.source) != bare(cell.source):
            changed.append(name)
        if piece.kind != cell.cell_type:
            retyped.append(name)
        worth = cell.metadata.get("nbgrader", {}).get("points")
        if piece.points is not None and piece.points != worth:
            points.append(name)
    order = [at for _, at in sorted(matched.chosen.items())]
    tags = sorted({tag for piece in pieces for tag in piece.tags})
    strange = {piece.name for piece in pieces} - {"", *release.names}
    yield from _said("changed", "Locked cells were changed, and were put back: {}.", changed)
    yield from _said("type", "Cells had another type, and got their own back: {}.", retyped)
    yield from _said("missing", "Cells were missing, and were put back as they were given out: {}.", missing)
    yield from _said("points", "The points of cells were changed, and were put back: {}.", points)
    yield from _said(
        "moved", "Cells stood in another order, and were put back.{}", [""] if order != sorted(order) else []
    )
    yield from _said("tags", "Tags were taken off: {}.", tags)
    yield from _said("marks", "Marks that the assignment does not know were taken off: {}.", sorted(strange))


def _said(kind: str, sentence: str, names: Sequence[str]) -> Iterable[Repair]:
    if names:
        listed = ", ".join(name[:60] for name in names[:8]) + (f" and {len(names) - 8} more" if len(names) > 8 else "")
        yield Repair(kind, sentence.format(listed))


def _comment(text: str) -> str:
    return "\n".join(f"# {line}".rstrip() for line in text.splitlines())


def _cell(source: str, number: int, taken: set[str]) -> NotebookNode:
    name = f"own-{number}"
    while name in taken:
        name += "-"
    return NotebookNode(
        id=name, cell_type="code", source=source, metadata=NotebookNode(), outputs=[], execution_count=None
    )
