"""Exceptions that cross: by the name of a built-in type and a message, and with the student's own line."""

import ast
import builtins
import contextlib
import linecache
from typing import Any, NoReturn

import numpy as np

from rnn_course.grading.sandbox.shell import MESSAGE, cell_lines, message

ODD = (
    StopIteration,
    StopAsyncIteration,
    UnicodeError,
    BaseExceptionGroup,
)  # mean something else, or need more to be made
KNOWN: dict[str, type[Exception]] = {
    **{
        name: kind
        for name, kind in vars(builtins).items()
        if isinstance(kind, type)
        and issubclass(kind, Exception)
        and kind is not Exception
        and not issubclass(kind, ODD)
    },
    "LinAlgError": np.linalg.LinAlgError,
}
FILE = "<the student's cell>"


class StudentError(Exception):
    """What the student's code raised, if it was none of Python's own errors."""


def told(error: BaseException) -> list[Any]:
    """Return what the other side is told of an exception: its name, the built-in type it is, message, and own line."""
    kinds = type(error).__mro__
    base = next((k.__name__ for k in kinds if KNOWN.get(k.__name__) is k), "")
    lines = cell_lines(error.__traceback__)
    return [type(error).__name__[:100], base, message(error), lines[-1] if lines else None]


def heard(fields: Any) -> Exception:
    """Return the exception that the other side tells of. It is marked as the student's."""
    name, base, text, line = fields if isinstance(fields, list) and len(fields) == 4 else ("", "", "", None)
    name, base, text = (str(part)[: MESSAGE + 50] for part in (name, base, text))
    kind = KNOWN.get(base, StudentError)
    if kind is KeyError:  # shows its key as it is written
        with contextlib.suppress(ValueError, SyntaxError, MemoryError, RecursionError):
            key = ast.literal_eval(text)
            text = key if isinstance(key, str) else text
    if name != kind.__name__:
        text = f"{name}: {text}" if text else name
    error = kind(text) if text else kind()
    error.students_own = True  # pyright: ignore[reportAttributeAccessIssue]
    if isinstance(line, list) and len(line) == 2:
        error.line = str(line[1])[:300]  # pyright: ignore[reportAttributeAccessIssue]
    return error


def is_students(error: BaseException) -> bool:
    """Return whether an exception came from the student's code."""
    return getattr(error, "students_own", False) is True


def throw(error: Exception) -> NoReturn:
    """Raise an exception as if the student's own line did, so that who looks at its traceback finds that line."""
    line = getattr(error, "line", "")
    linecache.cache[FILE] = (len(line), None, [f"{line}\n"], FILE)
    exec(compile("raise error", FILE, "exec"), {"error": error.with_traceback(None)})
    raise error
