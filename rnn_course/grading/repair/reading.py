"""Take the cells out of the bytes that a student handed in: any encoding, any notebook format, cut off or damaged.

Of each cell only what grading needs is kept: its text, and the marks that say which cell of the release it was. Time and
memory are bounded by the number of bytes, whatever they are.
"""

import codecs
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from rnn_course.grading import CourseError
from rnn_course.grading.notebooks import one_line
from rnn_course.grading.repair.heavy import cut

LARGEST = 64_000_000  # bytes of a file that are read at all
LARGE = 1_000_000  # bytes from which outputs are cut out before the file is parsed
PARSED = 16_000_000  # bytes that are parsed
PIECES = 8_000_000  # strings, lists and objects in a file that is looked at
MEMORY = 200_000_000  # bytes that parsing may take
LONGEST = 200_000  # characters of a cell: the text of a book's chapter
CELL = re.compile(r'\{\s*"(?:attachments|cell_type)"\s*:')
CELLS = re.compile(r'"cells"\s*:\s*\[')
CONTROL = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160), 0xFEFF])
SOURCES = ("source", "input", "code")  # today, and in formats 3 and 2


class Repair(NamedTuple):
    """What was mended: a word for counting, and a sentence for people."""

    kind: str
    said: str


@dataclass(frozen=True)
class Piece:
    """One cell as it was handed in: its type and text, and the names, tags and points that it claims."""

    kind: str
    source: str
    name: str = ""
    id: str = ""
    tags: tuple[str, ...] = ()
    points: object = None


def read(data: bytes) -> tuple[list[Piece], list[Repair]]:
    """Return the cells of a notebook, in their order, and what had to be mended to get at them.

    Raises
    ------
    CourseError
        If no cell can be read. The message says why, in plain words.
    """
    if len(data) > LARGEST:
        raise CourseError(f"expected a notebook of at most {LARGEST // 10**6} MB, received {len(data) // 10**6} MB")
    data = data.strip(b" \t\r\n") if data[-1:].isspace() else data
    if not data.strip(b"\0"):
        raise CourseError("expected a notebook, received an empty file")
    repairs: list[Repair] = []
    text = _decode(data, repairs)
    try:
        content = _decoder().decode(text)
    except (ValueError, RecursionError) as error:
        cells = _salvage(text, error, repairs)
    else:
        cells = _cells(content, repairs)
    return [_piece(cell, repairs) for cell in cells], repairs


def _decode(data: bytes, repairs: list[Repair]) -> str:
    coding = json.detect_encoding(data)
    if coding not in ("utf-8", "utf-8-sig"):
        repairs.append(Repair("encoding", f"The file was in {coding.upper()}, not in UTF-8."))
        data = data[:PARSED].decode(coding, "replace").encode("utf-8", "replace")
    elif data.startswith(codecs.BOM_UTF8):
        repairs.append(Repair("encoding", "The file began with a byte order mark."))
    data = data.removeprefix(codecs.BOM_UTF8)
    if len(data) > LARGE:
        data = _light(data, repairs)
    text = data.decode("utf-8", "replace")
    wrong = text.count("\ufffd")
    if wrong and wrong > data.count("\ufffd".encode()):
        if wrong > len(text) - wrong - len(data.decode("ascii", "ignore")):  # more than the longer characters of UTF-8
            text = data.decode("cp1252", "replace")
        repairs.append(Repair("encoding", "The file was not in UTF-8; letters with accents may be wrong."))
    return text


def _light(data: bytes, repairs: list[Repair]) -> bytes:
    """Return a large file without outputs, if the rest can be parsed in bounded time and memory."""
    size = len(data)
    if sum(map(data.count, (b'"', b"[", b"{"))) > PIECES:
        raise CourseError(f"expected a notebook, received {size / 1e6:.0f} MB of more than {PIECES:,} pieces")
    data = cut(data)
    if size > PARSED:
        repairs.append(Repair("size", f"The file had {size / 1e6:.0f} MB. Its outputs were left out."))
    objects, lists, items = map(data.count, (b"{", b"[", b","))
    if len(data) > PARSED or 6 * len(data) + 300 * objects + 100 * lists + 45 * items > MEMORY:
        raise CourseError(f"expected a notebook, received {len(data) / 1e6:.0f} MB even without its outputs")
    return data


def _decoder() -> json.JSONDecoder:
    """Return a decoder that takes control characters in strings, and no number that takes time or memory."""
    return json.JSONDecoder(
        strict=False,
        parse_int=lambda digits: int(digits) if len(digits) < 16 else 0,
        parse_float=lambda digits: float(digits) if len(digits) < 64 else 0.0,
        parse_constant=lambda _: 0.0,
    )


def _cells(content: Any, repairs: list[Repair]) -> list[dict[str, Any]]:
    if not isinstance(content, dict):
        raise CourseError("expected a notebook, received JSON of another kind")
    if "cells" not in content and isinstance(content.get("worksheets"), list):
        repairs.append(Repair("format", "The notebook was in an older format."))
        sheets = [sheet for sheet in content["worksheets"] if isinstance(sheet, dict)]
        found = [cell for sheet in sheets for cell in _list(sheet.get("cells"))]
    elif isinstance(content.get("cells"), list):
        found = content["cells"]
    else:
        raise CourseError("expected a notebook, received JSON without cells")
    cells = [cell for cell in found if isinstance(cell, dict)]
    if len(cells) < len(found):
        repairs.append(Repair("damaged", f"{len(found) - len(cells)} cells were damaged, and were left out."))
    return cells


def _salvage(text: str, error: Exception, repairs: list[Repair]) -> list[dict[str, Any]]:
    """Return the cells that can still be read in a file that is no JSON: cut off, or with a conflict of git in it."""
    cells = list(_islands(text))
    if not cells:
        raise CourseError(f"expected a notebook, received a file that is not JSON ({one_line(error)})")
    repairs.append(
        Repair("damaged", f"The file is damaged or cut off ({one_line(error)}). {len(cells)} cells could be read.")
    )
    return cells


def _islands(text: str) -> Iterator[dict[str, Any]]:
    decoder, effort = _decoder(), 4 * len(text)
    start = CELLS.search(text)
    at = start.end() if start else 0
    while effort > 0 and (found := CELL.search(text, at)):
        try:
            cell, at = decoder.raw_decode(text, found.start())
            yield cell
        except (ValueError, RecursionError) as error:
            effort -= max(getattr(error, "pos", len(text)) - found.start(), 1000)
            at = found.end()


def _piece(cell: dict[str, Any], repairs: list[Repair]) -> Piece:
    source = next((_joined(cell[key]) for key in SOURCES if key in cell), "")
    if len(source) > LONGEST:
        repairs.append(Repair("size", f"A cell of {len(source):,} characters was left out."))
        source = ""
    metadata = _dict(cell.get("metadata"))
    mark = _dict(metadata.get("nbgrader"))
    return Piece(
        kind=_word(cell.get("cell_type")),
        source=clean(source),
        name=_word(mark.get("grade_id")),
        id=_word(cell.get("id")),
        tags=tuple(filter(None, map(_word, _list(metadata.get("tags"))[:20]))),
        points=mark.get("points"),
    )


def clean(source: str) -> str:
    r"""Return text that Python, a database and a page can hold: line ends as here, and no control characters.

    Examples
    --------
    >>> clean("x = 1\r\ny = '\x00\ud800'")
    "x = 1\ny = '�'"
    """
    source = source.replace("\r\n", "\n").replace("\r", "\n").translate(CONTROL)
    return source.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _joined(source: Any) -> str:
    return source if isinstance(source, str) else "".join(line for line in _list(source) if isinstance(line, str))


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _word(value: Any) -> str:
    """Return a name that somebody else wrote, if it is one that can be shown and compared."""
    return clean(value) if isinstance(value, str) and len(value) <= 200 else ""
