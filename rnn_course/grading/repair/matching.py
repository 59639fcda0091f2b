"""Say which cell of a submission answers which part of the release, whatever happened to names, order and types.

The first of these that applies decides:

1. The cell has the ``grade_id`` of a released cell; or, without one, its ``id``.
2. Its text is that of a released cell.
3. Its part has no cell so far, and its text defines what the released cell defines: the same function.

Several cells may be of one part, because somebody copied or split a cell. The last one above the part's test counts, for
it is the one that the test sees when the notebook runs from top to bottom; if none stands above, the last one. The
others stay where they are, as the student's own cells; untouched copies are left out.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from nbformat.notebooknode import NotebookNode

from rnn_course.grading import notebooks
from rnn_course.grading.repair.reading import Piece, Repair

DEFINES = re.compile(r"(?m)^(?:async[ \t]+)?(?:def|class)[ \t]+(\w+)")


@dataclass
class Match:
    """Which piece stands for which released cell, by their positions, and the pieces that are the student's own."""

    chosen: dict[int, int] = field(default_factory=dict)
    own: list[int] = field(default_factory=list)
    repairs: list[Repair] = field(default_factory=list)


class Release:
    """The released cells, and where each stands by its name, its id, its text and what it defines."""

    def __init__(self, cells: Sequence[NotebookNode]) -> None:
        self.cells = cells
        self.names = [notebooks.grade_id(cell) for cell in cells]
        self._by_name = {name: place for place, name in enumerate(self.names) if name}
        self._by_id = {cell.get("id"): place for place, cell in enumerate(cells) if cell.get("id")}
        self._by_text = {bare(cell.source): place for place, cell in enumerate(cells) if bare(cell.source)}
        self.answers = [place for place, cell in enumerate(cells) if is_answer(cell)]

    def place(self, piece: Piece) -> int | None:
        """Return the position of the released cell that a piece was, by its name, its id or its text."""
        if piece.name in self._by_name:
            return self._by_name[piece.name]
        return self._by_id.get(piece.id, self._by_text.get(bare(piece.source)))

    def test_of(self, place: int) -> int:
        """Return the position of the first test below an answer; past the end, if there is none."""
        graded = (
            at for at in range(place, len(self.cells)) if self.cells[at].metadata.get("nbgrader", {}).get("grade")
        )
        return next(graded, len(self.cells))

    def defining(self, places: Sequence[int]) -> dict[str, int]:
        """Return which of these answers defines which function or class."""
        return {name: place for place in places for name in DEFINES.findall(self.cells[place].source)}


def match(release: Release, pieces: Sequence[Piece]) -> Match:
    """Return what each piece of a submission is."""
    places = [release.place(piece) for piece in pieces]
    wanted = release.defining([place for place in release.answers if place not in places])
    for at, piece in enumerate(pieces):
        if places[at] is None:
            places[at] = next((wanted[name] for name in DEFINES.findall(piece.source) if name in wanted), None)
    copies: dict[int, list[int]] = {}
    for at, place in enumerate(places):
        if place is not None:
            copies.setdefault(place, []).append(at)
    matched = Match(own=[at for at, place in enumerate(places) if place is None])
    for place, found in copies.items():
        if place in release.answers:
            test = copies.get(release.test_of(place), [len(pieces)])[0]
            _choose(release, place, found, test, pieces, matched)
        else:
            matched.chosen[place] = found[0]
    matched.own.sort()
    return matched


def is_answer(cell: NotebookNode) -> bool:
    """Return whether students write this released cell."""
    mark = cell.metadata.get("nbgrader", {})
    return bool(mark.get("solution")) and not mark.get("locked")


def bare(text: str) -> tuple[str, ...]:
    """Return a text's lines without white space at their ends: what makes two cells the same."""
    return tuple(line.rstrip() for line in text.strip().splitlines())


def _choose(
    release: Release, place: int, copies: list[int], test: int, pieces: Sequence[Piece], matched: Match
) -> None:
    """Choose among the cells of one part, whose test stands at ``test``."""
    blank = ((), bare(release.cells[place].source))
    written = [at for at in copies if bare(pieces[at].source) not in blank]
    chosen = ([at for at in written if at < test] or written or copies)[-1]
    matched.chosen[place] = chosen
    matched.own += [at for at in written if at != chosen]
    if len(written) > 1:
        said = f"{len(written)} cells answer {release.names[place]}: cell {chosen + 1} counts, the last one above the tests."
        matched.repairs.append(Repair("duplicate", said))
