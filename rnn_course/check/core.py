"""What all checks are made of: call the student's function safely, compare, and explain a difference."""

import traceback
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Hints = Sequence[tuple[Any, str]]


class CheckFailed(AssertionError):  # noqa: N818 - read by students: what happened, in plain words
    """A check that did not pass. In a notebook only its message is shown, without a traceback."""

    def _render_traceback_(self) -> list[str]:
        return [f"✗ {self}"]


class ArgumentChanged(CheckFailed):
    """The student's function changed one of its arguments in place."""


def passed(part: str, what: str) -> None:
    """Say that a part's checks passed."""
    print(f"✓ {part}: {what}")


def call(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Call the student's function, and say plainly what went wrong in it.

    Raises
    ------
    CheckFailed
        If the function is not written yet, raises an error, returns None, or (`ArgumentChanged`) changes its arguments
        in place.
    """
    if not callable(function):
        raise CheckFailed(f"expected a function to check, received {describe(function)}. Run its cell first.")
    name = getattr(function, "__name__", "your function")
    originals = [np.copy(a) if isinstance(a, np.ndarray) else a for a in args]
    try:
        with np.errstate(all="ignore"):  # overflow shows in the result, where it can be explained
            result = function(*args, **kwargs)
    except NotImplementedError:
        raise CheckFailed(f"{name} is not written yet. Replace the line that raises NotImplementedError.") from None
    except Exception as error:
        frame = _last_frame(error, function)
        inputs = ", ".join([describe(a) for a in originals] + [f"{k}={describe(v)}" for k, v in kwargs.items()])
        place = "" if frame is None else f" It happened at: {frame.line or frame.name}"
        raise CheckFailed(
            f"{name}({inputs}) stopped with {type(error).__name__}: {str(error).rstrip('.')}.{place}"
        ) from None
    if result is None:
        raise CheckFailed(f"{name} returned None. Is there a return statement?")
    for i, (before, after) in enumerate(zip(originals, args, strict=True)):
        if isinstance(before, np.ndarray) and not np.array_equal(before, after, equal_nan=before.dtype.kind == "f"):
            raise ArgumentChanged(
                f"{name} changed its argument number {i + 1} in place. The caller still needs that array: "
                "make a new one, or copy it first."
            )
    return result


def expect_tuple(name: str, received: Any, parts: Sequence[str]) -> tuple[Any, ...]:
    """Expect a tuple with one entry for each name in ``parts``, and return it."""
    wanted = f"a tuple ({', '.join(parts)})"
    if not isinstance(received, tuple | list):
        raise CheckFailed(f"{name}: expected {wanted}, received {describe(received)}.")
    if len(received) != len(parts):
        raise CheckFailed(f"{name}: expected {wanted}, received {len(received)} values.")
    return tuple(received)


def expect_shape(name: str, received: Any, shape: tuple[int, ...], hint: str = "") -> np.ndarray:
    """Expect an array of ``shape`` with numbers in it, and return it."""
    array = _numbers(received)
    if array is None:
        raise CheckFailed(f"{name}: expected an array of numbers, received {describe(received)}.")
    if array.shape != shape:
        raise CheckFailed(f"{name}: expected shape {shape}, received {array.shape}.{_sentence(hint)}")
    return array


def expect_array(name: str, received: Any) -> np.ndarray:
    """Expect a numpy array, not a list or a single number, and return it."""
    if not isinstance(received, np.ndarray):
        raise CheckFailed(f"{name}: expected a numpy array, received {describe(received)}.")
    return received


def expect_close(
    name: str, received: Any, expected: Any, hints: Hints = (), rtol: float = 1e-6, atol: float = 1e-9
) -> None:
    """Expect an array (or number) equal to ``expected`` up to rounding.

    Parameters
    ----------
    name : str, the quantity
    received : what the student's function returned
    expected : ndarray or number
    hints : pairs of a wrong result and the fault that makes it. The first that matches is named.
    rtol, atol : float, tolerances as in ``numpy.allclose``
    """
    expected = np.asarray(expected)
    array = expect_shape(name, received, expected.shape, _matching_hint(received, hints, rtol, atol))
    if np.isnan(array.astype(float)).any() and not np.isnan(expected.astype(float)).any():
        raise CheckFailed(
            f"{name}: expected finite numbers, received NaN. Is something divided by zero, or overflowing?"
        )
    off = ~np.isclose(array, expected, rtol=rtol, atol=atol, equal_nan=True)
    if off.any():
        index = tuple(int(i) for i in np.argwhere(off)[0])
        where = f"{name}[{', '.join(map(str, index))}]" if index else name
        count = f" ({np.count_nonzero(off)} of {off.size} entries differ)" if off.size > 1 else ""
        raise CheckFailed(
            f"{where}: expected {_pair(expected[index], array[index])}{count}."
            f"{_sentence(_matching_hint(array, hints, rtol, atol))}"
        )


def expect(condition: bool, name: str, expected: str, received: Any, hint: str = "") -> None:
    """Expect ``condition``; else say what was expected of ``name`` and what was received."""
    if not condition:
        raise CheckFailed(f"{name}: expected {expected}, received {received}.{_sentence(hint)}")


def expect_raises(error: type[Exception], name: str, function: Callable[..., Any], *args: Any, **kwargs: Any) -> None:
    """Expect ``function`` to refuse these arguments with an exception of type ``error``."""
    try:
        function(*args, **kwargs)
    except error:
        return
    except Exception as other:
        raise CheckFailed(f"{name}: expected {error.__name__}, received {type(other).__name__}: {other}.") from None
    raise CheckFailed(f"{name}: expected {error.__name__}, but no exception was raised.")


def describe(value: Any) -> str:
    """Name a value in a few words: an array by its type and shape, a number or a short tuple as it is written.

    Examples
    --------
    >>> describe(np.zeros((2, 3))), describe((0.5, 0.5)), describe([0] * 99), describe(np.float64(2))
    ('float64 array of shape (2, 3)', '(0.5, 0.5)', 'a list of 99 values', '2.0')
    """
    if isinstance(value, np.ndarray):
        return f"{value.dtype} array of shape {value.shape}"
    if isinstance(value, tuple) and len(value) <= 4 and all(isinstance(v, int | float | np.number) for v in value):
        return repr(tuple(v.item() if isinstance(v, np.number) else v for v in value))
    if isinstance(value, tuple | list):
        return f"a {type(value).__name__} of {len(value)} {'value' if len(value) == 1 else 'values'}"
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, str) and len(value) > 40:
        return f"{value[:40]!r}…"
    return repr(value) if isinstance(value, int | float | str | bool | slice | None) else type(value).__name__


def _last_frame(error: Exception, function: Callable[..., Any]) -> traceback.FrameSummary | None:
    """Return the last line that ran in the student's own cell or file, not one deep inside numpy.

    None if no line of theirs ran, as when the function does not take these arguments.
    """
    frames = traceback.extract_tb(error.__traceback__)[1:]
    own = getattr(getattr(function, "__code__", None), "co_filename", None)
    return next((frame for frame in reversed(frames) if frame.filename == own), frames[-1] if frames else None)


def _pair(expected: Any, received: Any) -> str:
    """Write two different numbers with as many digits as it takes to tell them apart."""
    for digits in (6, 9, 17):
        left, right = f"{float(expected):.{digits}g}", f"{float(received):.{digits}g}"
        if left != right:
            break
    return f"{left}, received {right}"


def _numbers(value: Any) -> np.ndarray | None:
    """Return ``value`` as a real array, or None if it is not one: ragged, text, objects, complex."""
    try:
        array = np.asarray(value)
    except (TypeError, ValueError, RuntimeError):
        return None
    return array if array.dtype.kind in "biuf" else None


def _matching_hint(received: Any, hints: Hints, rtol: float, atol: float) -> str:
    array = _numbers(received)
    if array is None:
        return ""
    for wrong, hint in hints:
        wrong = np.asarray(wrong)
        if wrong.shape == array.shape and np.allclose(array, wrong, rtol=rtol, atol=atol, equal_nan=True):
            return hint
    return ""


def _sentence(hint: str) -> str:
    return f" Hint: {hint}" if hint else ""
