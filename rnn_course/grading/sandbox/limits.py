"""What a submission may use. All limits of the grader are here; an assignment raises one in its source."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rnn_course.grading import CourseError

MB = 1 << 20
MARK = "limits"  # key in the metadata of an assignment's notebook


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Parameters
    ----------
    cell : seconds of one cell
    wall : seconds of the whole submission, restarts included
    memory : bytes that all processes of the student, or of the tests, may hold together
    address_space : bytes that one process may map; numerical libraries map much more than they use
    processes : processes and threads
    disk : bytes of all files together; they live in memory
    output : characters that one cell may show
    message : bytes of one message between the tests and the student's functions
    depth : levels of nesting in a message, and of calls that call back
    values : values in a message
    restarts : how often a student's process that died or hung is started again
    """

    cell: float = 60.0
    wall: float = 300.0
    memory: int = 2048 * MB
    address_space: int = 16384 * MB
    processes: int = 64
    disk: int = 64 * MB
    output: int = 100_000
    message: int = 64 * MB
    depth: int = 48
    values: int = 2_000_000
    restarts: int = 5

    @classmethod
    def of(cls, marks: Mapping[str, object]) -> "Limits":
        """Return the defaults, with those in ``marks`` changed.

        Raises
        ------
        CourseError
            If there is no such limit, or it is not a number above 0.

        Examples
        --------
        >>> Limits.of({"cell": 120}).cell
        120.0
        """
        known: dict[str, Any] = {field.name: type(field.default) for field in dataclasses.fields(cls)}
        for name, value in marks.items():
            if name not in known:
                raise CourseError(f"unknown limit {name!r}; there are {', '.join(sorted(known))}")
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e15:
                raise CourseError(f"limit {name!r}: expected a number above 0, received {value!r}")
        return cls(**{name: known[name](value) for name, value in marks.items()})
