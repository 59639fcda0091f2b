"""The part of `rnn_course.check.lstm` that checks generated data: strings of the Reber grammar, and the adding problem."""

from itertools import pairwise
from typing import Any

import numpy as np

from rnn_course.check.core import (
    CheckFailed,
    call,
    describe,
    expect,
    expect_array,
    expect_close,
    expect_raises,
    expect_shape,
    expect_tuple,
    passed,
)
from rnn_course.check.way_back import Array, Student
from rnn_course.tasks.reber import legal_successors, reber_string

N_STRINGS = 400
BATCH, LENGTH = 1500, 11


def reber_strings(student: Student) -> None:
    """Check part 3: 400 strings of each grammar, and where their randomness comes from."""
    for embedded in (False, True):
        strings = _strings(student, embedded, seed=84)
        grammar = "embedded" if embedded else "Reber"
        for string in strings:
            _expect_string(string, embedded)
        _expect_fair(strings, embedded, f"{grammar} strings")
    default = _expect_list(call(student, 5, np.random.default_rng(84)), 5)
    fine = all(_is_legal(string, True) for string in default)
    hint = "embedded is True if it is not given."
    expect(fine, "strings without a third argument", "embedded ones", ", ".join(default), hint)
    _expect_seeds("strings", strings, _strings(student, True, seed=84), _strings(student, True, seed=85))
    passed("reber_strings", "800 strings are of their grammar, and the coins are fair.")


def _strings(student: Student, embedded: bool, seed: int) -> list[str]:
    return _expect_list(call(student, N_STRINGS, np.random.default_rng(seed), embedded), N_STRINGS)


def _expect_list(received: Any, n: int) -> list[str]:
    fine = isinstance(received, list) and all(isinstance(string, str) for string in received)
    expect(fine, "reber_strings", "a list of strings", describe(received))
    expect(len(received) == n, "reber_strings", f"{n} strings", len(received))
    return received


def _expect_string(string: str, embedded: bool) -> None:
    """Expect a whole string of the grammar; else name the first symbol that is wrong."""
    grammar = "an embedded string" if embedded else "a Reber string"
    for end in range(len(string)):
        legal = legal_successors(string[:end], embedded)
        if string[end] not in legal:
            expected = " or ".join(legal) if legal else "nothing"
            hint = _string_hint(string, end, embedded)
            expect(False, f"{string}: the symbol after {string[:end]!r}", expected, string[end], hint)
    more = legal_successors(string, embedded)
    hint = "the last arrow, an E, is not written down." if more == "E" else ""
    if embedded and _is_legal(string, False):
        hint = "this is a string of the Reber grammar itself. It has to be embedded."
    elif embedded and string.endswith("E") and more in tuple("TP"):
        hint = "the string stops at the E of the inner one."
    expect(not more, string or "an empty string", f"{grammar}, which goes on with {' or '.join(more)}", "its end", hint)


def _is_legal(string: str, embedded: bool) -> bool:
    try:
        return not legal_successors(string, embedded)
    except ValueError:
        return False


def _string_hint(string: str, end: int, embedded: bool) -> str:
    if not embedded:
        return "with embedded=False it is the inner string alone." if _is_legal(string, True) else ""
    if _is_legal(string, False):
        return "this is a string of the Reber grammar itself. It has to be embedded."
    if end == len(string) - 2 and end > 1 and string[end] in "TP":
        return "the last but one symbol repeats the second. It has no coin of its own."
    return ""


def _expect_fair(strings: list[str], embedded: bool, name: str) -> None:
    """Expect both arrows of every choice to be taken about equally often."""
    expect(len(set(strings)) > 20, name, "many different ones", f"{len(set(strings))} different in {N_STRINGS}")
    inner = [string[2:-2] if embedded else string for string in strings]
    shares = {"T, not P, as the first choice": np.mean([string[1] == "T" for string in inner])}
    if embedded:
        shares["T, not P, as the second symbol"] = np.mean([string[1] == "T" for string in strings])
        same = np.mean([whole[1] == string[1] for whole, string in zip(strings, inner, strict=True)])
        shares["an inner choice that equals the outer one"] = same
    for choice, fork in {"S, not X, after BT": "BT", "T, not V, after BP": "BP"}.items():
        after = [string[2] for string in inner if string.startswith(fork)]
        shares[choice] = np.mean([symbol == choice[0] for symbol in after])
    for what, share in shares.items():
        hint = "a coin decides: both arrows are equally likely, and every choice has a coin of its own."
        expect(bool(abs(share - 0.5) < 0.12), f"{name}, share with {what}", "about 0.5", f"{share:.2f}", hint)


def _expect_seeds(name: str, first: Any, again: Any, other: Any) -> None:
    name = f"{name} of two calls whose generators have"
    hint = "take all random numbers from rng. np.random.… and random.… are other generators."
    expect(np.array_equal(first, again), f"{name} the same seed", "equal", "different ones", hint)
    hint = "the function makes or seeds a generator of its own. Use the rng that is passed in."
    expect(not np.array_equal(first, other), f"{name} different seeds", "different", "equal ones", hint)


def reber_legal_next(student: Student) -> None:
    """Check part 4: every beginning of some strings, whole strings, and beginnings of none."""
    rng = np.random.default_rng(86)
    for embedded in (False, True):
        strings = ["BTSXXTVPSE", "BPTVPXVVE"] if not embedded else ["BTBTXSETE", "BPBTXSEPE", "BTBPVVETE"]
        strings += [reber_string(rng, embedded) for _ in range(20)]
        for prefix in dict.fromkeys(string[:end] for string in strings for end in range(len(string) + 1)):
            received = call(student, prefix, embedded)
            name = f"after {prefix!r}, {'embedded' if embedded else 'not embedded'}"
            expect(isinstance(received, set), name, "a set of symbols", describe(received))
            right = set(legal_successors(prefix, embedded))
            hint = _legal_hint(prefix, embedded, received, right)
            expect(received == right, name, _symbols(right), _symbols(received), hint)
    default = call(student, "BT")
    expect(default == {"B"}, "after 'BT', without a second argument", "B", _symbols(default), "embedded is True then.")
    for prefix, embedded in (("BS", False), ("T", False), ("BTBTXSEP", True), ("BTXSEE", False)):
        expect_raises(ValueError, f"{prefix!r}, which begins no string", student, prefix, embedded)
    passed(
        "reber_legal_next", "every beginning is followed by the right symbols, and what begins no string is refused."
    )


def _symbols(symbols: Any) -> str:
    return ", ".join(sorted(map(str, symbols))) or "nothing"


def _legal_hint(prefix: str, embedded: bool, received: set[Any], right: set[str]) -> str:
    if embedded and received == {"T", "P"} and right in ({"T"}, {"P"}):
        return "only one of the two repeats the second symbol. Which one it is stands far back in the prefix."
    if prefix and received == set(legal_successors(prefix[:-1], embedded)):
        return "off by one: these may stand where the prefix has its last symbol."
    if right < received and prefix and received == _after_symbol(prefix[-1], embedded):
        return "these may follow this symbol somewhere. What may follow it here depends on the way to it."
    other = {True: "embedded", False: "Reber"}
    try:
        if received == set(legal_successors(prefix, not embedded)):
            return f"this is right for the {other[not embedded]} grammar. Here it is the {other[embedded]} one."
    except ValueError:
        pass
    return ""


def _after_symbol(symbol: str, embedded: bool) -> set[str]:
    """Symbols that ever follow ``symbol``, collected from many strings."""
    rng = np.random.default_rng(87)
    found: set[str] = set()
    for _ in range(200):
        string = reber_string(rng, embedded)
        found |= {second for first, second in pairwise(string) if first == symbol}
    return found


def adding_batch(student: Student) -> None:
    """Check part 5: 1500 sequences of 11 steps, the shortest ones, and where their randomness comes from."""
    for batch, length in ((BATCH, LENGTH), (3, 2)):
        x, target = _draw(student, batch, length, seed=88)
        numbers, marks = x[..., 0], x[..., 1]
        _expect_marks(marks, length)
        _expect_targets(target, numbers, marks)
        if batch == BATCH:
            _expect_uniform(numbers)
            _expect_even(marks, length)
    again, other = (_draw(student, 3, 2, seed)[0] for seed in (88, 89))
    _expect_seeds("x", x, again, other)
    passed("adding_batch", "one mark in each half, every step equally likely, and the target is the sum.")


def _draw(student: Student, batch: int, length: int, seed: int) -> tuple[Array, Array]:
    received = call(student, batch, np.random.default_rng(seed), length)
    x, target = expect_tuple("adding_batch", received, ("x", "target"))
    turned = np.shape(x) == (batch, length, 2)
    hint = "time is the first axis and the batch the second." if turned else ""
    expect_shape("x", expect_array("x", x), (length, batch, 2), hint)
    flat = "a column: one target for each sequence, as the network's output has it." if np.ndim(target) == 1 else ""
    expect_shape("target", expect_array("target", target), (batch, 1), flat)
    if not np.isin(x[..., 1], (0, 1)).all():
        hint = "the number comes first, the mark second." if np.isin(x[..., 0], (0, 1)).all() else ""
        expect(False, "marks, x[..., 1]", "0 and 1 only", "other numbers", hint)
    return x, target


def _expect_marks(marks: Array, length: int) -> None:
    half = length // 2
    counts = marks[:half].sum(axis=0), marks[half:].sum(axis=0)
    received = "from {:.0f} to {:.0f} in the first half, from {:.0f} to {:.0f} in the second".format(
        *(end for count in counts for end in (count.min(), count.max()))
    )
    hint = ""
    if (counts[0] + counts[1] > 2).all():
        hint = "with one step for each sequence, x[first, rows, 1] marks one step in each, and x[first, :, 1] many."
    elif (marks[: half + 1].sum(axis=0) == 1).all() and (marks[half + 1 :].sum(axis=0) == 1).all():
        hint = "with an odd length, the step in the middle belongs to the second half."
    elif (counts[0] + counts[1] <= 2).all():
        hint = "both marks fall in one half of some sequences. Draw one step from each half."
    expect(all((count == 1).all() for count in counts), "marks in each half", "1", received, hint)


def _expect_targets(target: Array, numbers: Array, marks: Array) -> None:
    marked = np.where(marks == 1, numbers, 0)
    right = marked.sum(axis=0)[:, np.newaxis]
    product = np.where(marks == 1, numbers, 1).prod(axis=0)[:, np.newaxis]
    hints = [
        (right / 2, "this is the mean of the two. The target is their sum."),
        (product, "this is the product of the two. The target is their sum."),
        (0.5 + right / 4, "this is the target of 1997. Here it is the plain sum."),
        (numbers.sum(axis=0)[:, np.newaxis], "all numbers are added. Add the two that are marked."),
        (right + 2, "the marks are added too."),
    ]
    for rows in (slice(None, None, 1), slice(None, None, -1)):
        one = marked[rows][(marks[rows] == 1).argmax(axis=0), np.arange(marks.shape[1])][:, np.newaxis]
        hints.append((one, "only one of the two marked numbers is in it."))
    expect_close("target", target, right, hints)


def _expect_uniform(numbers: Array) -> None:
    low, high = float(numbers.min()), float(numbers.max())
    hint = "these are the numbers of 1997. Here they lie between 0 and 1." if -1 <= low < -0.9 and high <= 1 else ""
    expect(low >= 0 and high <= 1, "numbers, x[..., 0]", "between 0 and 1", f"from {low:.2f} to {high:.2f}", hint)
    expect(abs(numbers.mean() - 0.5) < 0.02, "mean of the numbers", "about 0.5", f"{numbers.mean():.2f}")
    same = (numbers == numbers[:, :1]).all() or (numbers == numbers[:1]).all()
    expect(not same, "numbers", "others at each step and in each sequence", "repeated ones", "draw an array (T, B).")
    variance = f"{numbers.var():.3f}"
    expect(abs(numbers.var() - 1 / 12) < 0.01, "variance of the numbers", "about 0.083, as uniform ones have", variance)


def _expect_even(marks: Array, length: int) -> None:
    """Expect all steps of a half to be marked about equally often."""
    half = length // 2
    for name, part in (("first", marks[:half]), ("second", marks[half:])):
        shares = part.mean(axis=1) * len(part)
        hint = ""
        if shares.max() == len(part):
            hint = "all sequences are marked at the same step. Draw one for each."
        elif shares[-1] == 0:
            hint = "the last step is never marked. By default rng.integers stops one short of its second argument."
        elif shares[0] == 0:
            hint = "the first step of the half is never marked."
        received = ", ".join(f"{share / len(part):.2f}" for share in shares)
        name = f"shares of the steps of the {name} half, T = {length}"
        expect(bool((abs(shares - 1) < 0.3).all()), name, f"about {1 / len(part):.2f} each", received, hint)
    steps = [part.argmax(axis=0) for part in (marks[:half], marks[half:])]
    if abs(np.corrcoef(*steps)[0, 1]) > 0.1:
        raise CheckFailed("marks: expected two independent steps, received two that depend on each other.")
