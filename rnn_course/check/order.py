"""Visible checks of the assignment ``order``: one function per part, each with hints that name the likely fault."""

import numbers
from collections.abc import Callable
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
from rnn_course.tasks.temporal_order import DISTRACTORS, END, START, SYMBOLS, X, Y

Array = np.ndarray
Student = Callable[..., Any]

LENGTH, BATCH_SIZE = 100, 400

SAMPLE = (
    ("YaXXabaabb", 1),
    ("YbXbabbbYb", 0),
    ("bXYabbaXbb", 2),
    ("XbbaabXbYb", 0),
    ("XaXbbabYaa", 2),
    ("bbaaYXaaba", 0),
    ("YaXbabaaYb", 0),
    ("bbbbYabYXb", 1),
    ("aXYaabbXbb", 1),
    ("YbXXaababa", 1),
)
ALL_SYMBOLS = "all symbols were counted. Count only the listed ones."
SHARE_HINTS = [
    (0.7, ALL_SYMBOLS),
    (0.8, "the order of the symbols came in. A bag knows how often each symbol occurs, and not the order."),
    (0.9, "the steps at which the symbols stand came in. A bag knows how often each symbol occurs, and not where."),
    (1.0, "were the symbols counted in each step, over the batch? A sequence is a column: its steps run along axis 0."),
    (
        0.5,
        "XX, XY and YY were one bag. Keep a count for each listed symbol, do not add the counts of different symbols.",
    ),
    (0.4, "X and XX were one bag, or all sequences were. How often a symbol occurs matters, not only whether it does."),
    (13 / 18, "this is the mean of the groups' accuracies. A group of four sequences counts four times."),
    (6.0, "this is the number of sequences with the right label. Accuracy is their share."),
    (60.0, "accuracy is a share between 0 and 1, not a percentage."),
    (0.75, "this is the ceiling that the chapter derives for infinitely many sequences. Measure it on this sample."),
    (0.3, "this is the number of groups over the number of sequences. Count the right answers in each group."),
]


def make_temporal_order(student: Student) -> None:
    """Check part 1 on a batch of 400 sequences of 100 symbols."""
    tokens, labels = _draw(student, seed=1)
    _check_symbols(tokens)
    _check_positions(tokens)
    _check_distractors(tokens)
    _check_labels(tokens, labels)
    _check_randomness(student, tokens)
    passed("make_temporal_order", f"{BATCH_SIZE} sequences of {LENGTH} symbols are as they should be.")


def bag_baseline(student: Student) -> None:
    """Check part 2 on ten sequences whose result differs for each classic fault."""
    tokens = np.array([[SYMBOLS.index(symbol) for symbol in sequence] for sequence, _ in SAMPLE]).T
    labels = np.array([label for _, label in SAMPLE])
    fixed = "X and Y were counted. Count the symbols in the argument."
    cases = {
        "(X, Y)": ((X, Y), 0.6, SHARE_HINTS),
        "(b,)": ((SYMBOLS.index("b"),), 0.5, [(0.6, fixed), (0.7, ALL_SYMBOLS)]),
        "()": ((), 0.4, [(0.6, fixed), (0.7, ALL_SYMBOLS)]),
    }
    for shown, (symbols, expected, hints) in cases.items():
        name = f"accuracy for ten sequences and symbols = {shown}"
        received = call(student, tokens, labels, symbols)
        hint = "one number for the whole sample: the share of sequences that get the right label."
        is_number = isinstance(received, numbers.Real) or (isinstance(received, np.ndarray) and received.ndim == 0)
        expect(is_number, name, "a number between 0 and 1", describe(received), hint)
        expect_close(name, received, expected, hints)
    passed("bag_baseline", "the accuracy is right for the counts of X and Y, of b, and of nothing.")


def time_split(student: Student) -> None:
    """Check part 3: two splits without a gap, two with one, and arguments that cannot be used."""
    _check_parts(student, (100,), [(0, 80), (80, 90), (90, 100)])
    _check_parts(student, (200, (0.7, 0.2, 0.1)), [(0, 140), (140, 180), (180, 200)])
    _check_parts(student, (200, (0.5, 0.3, 0.2), 7), [(0, 100), (107, 160), (167, 200)])
    _check_parts(student, (60, (0.75, 0.25), 5), [(0, 45), (50, 60)])
    for case, arguments in {
        "fractions (0.8, 0.3), which sum to 1.1": (100, (0.8, 0.3)),
        "fractions (1.2, -0.2), of which one is negative": (100, (1.2, -0.2)),
        "a gap of -1": (100, (0.8, 0.2), -1),
        "a gap of 10 steps and a part of 10 steps, of which nothing is left": (100, (0.8, 0.1, 0.1), 10),
    }.items():
        expect_raises(ValueError, f"time_split with {case}", student, *arguments)
    passed("time_split", "the parts follow each other in time, the gap is kept, bad arguments are refused.")


def _draw(student: Student, seed: int) -> tuple[Array, Array]:
    received = call(student, BATCH_SIZE, np.random.default_rng(seed), length=LENGTH)
    tokens, labels = expect_tuple("make_temporal_order", received, ("tokens", "labels"))
    for name, array in (("tokens", tokens), ("labels", labels)):
        expect_array(name, array)
        hint = (
            "token ids and labels are whole numbers. np.zeros, np.empty and np.ones make floats if no dtype is given."
        )
        expect(np.issubdtype(array.dtype, np.integer), name, "an array of integers", describe(array), hint)
    axes = "time is the first axis and the batch the second: tokens[t, b] is the symbol at step t of sequence b."
    expect_shape("tokens", tokens, (LENGTH, BATCH_SIZE), axes if tokens.shape == (BATCH_SIZE, LENGTH) else "")
    rows = "the label is the number of the class, without a second axis."
    expect_shape("labels", labels, (BATCH_SIZE,), rows if labels.ndim == 2 else "")
    return tokens, labels


def _check_symbols(tokens: Array) -> None:
    ids = f"ids from {tokens.min()} to {tokens.max()}"
    expect(tokens.min() >= 0 and tokens.max() < len(SYMBOLS), "tokens", f"ids from 0 to {len(SYMBOLS) - 1}", ids)
    swapped = (tokens[0] == END).all() and (tokens[-1] == START).all()
    hint = "START and END are exchanged." if swapped else "is it written before the distractors, and then written over?"
    for name, row, token in (("tokens[0]", tokens[0], START), ("tokens[-1]", tokens[-1], END)):
        expect(bool((row == token).all()), name, f"{token} ({SYMBOLS[token]}) in all sequences", _ids(row), hint)
    marked = np.isin(tokens, (X, Y))
    n_marks = marked.sum(axis=0)
    received = f"from {n_marks.min()} to {n_marks.max()}" if n_marks.min() < n_marks.max() else n_marks[0]
    hint = "with t1 of shape (B,), tokens[t1, np.arange(B)] is one step in each sequence, and tokens[t1] whole rows."
    if n_marks.max() > 2 and not marked.all(axis=1).any():
        hint = "X and Y must not be among the symbols that the distractors are drawn from."
    expect(bool((n_marks == 2).all()), "number of X and Y in each sequence", "2", received, hint)


def _check_positions(tokens: Array) -> None:
    marked = np.isin(tokens, (X, Y))
    first, second = marked.argmax(axis=0), LENGTH - 1 - marked[::-1].argmax(axis=0)
    wanted = (LENGTH // 10, LENGTH // 5), (LENGTH // 2, 3 * LENGTH // 5)
    for name, steps, (low, high) in zip(("t1", "t2"), (first, second), wanted, strict=True):
        seen = np.unique(steps)
        hint = ""
        if len(seen) == 1:
            hint = f"all sequences have the same {name}. Draw one for each."
        elif (seen[0], seen[-1]) == (low, high - 1):
            hint = "the upper end is missing. By default rng.integers stops one short of its second argument."
        elif (seen[0], seen[-1]) in ((low - 1, high - 1), (low + 1, high + 1)):
            hint = "all are off by one. Steps are counted from 0, and E stands at step 0."
        elif seen[-1] > high:
            hint = "is the upper end one too far?" if seen[-1] == high + 1 else ""
        received = (
            f"{len(seen)} different steps from {seen[0]} to {seen[-1]}" if len(seen) > 1 else f"step {seen[0]} only"
        )
        fine = np.array_equal(seen, np.arange(low, high + 1))
        expected = f"all {high - low + 1} steps from {low} to {high} in {BATCH_SIZE} sequences"
        expect(
            fine, f"{name}, the step of the {'first' if name == 't1' else 'second'} X or Y", expected, received, hint
        )


def _check_distractors(tokens: Array) -> None:
    strange = np.isin(tokens[1:-1], (START, END)).any()
    hint = "distractors are a, b, c and d only."
    expect(not strange, "steps between the first and the last", "no E and no B", "some", hint)
    between = tokens[LENGTH // 5 + 1 : LENGTH // 2]  # no X or Y there
    shares = {SYMBOLS[token]: float((between == token).mean()) for token in DISTRACTORS}
    received = ", ".join(f"{symbol} {share:.2f}" for symbol, share in shares.items())
    hint = "by default rng.integers stops one short of its second argument." if min(shares.values()) == 0 else ""
    even = all(abs(share - 0.25) < 0.05 for share in shares.values())
    expect(even, "shares of the distractors", "about 0.25 each", received, hint)
    same = (between == between[:, :1]).all()
    expect(not same, "distractors", "others in each sequence", "the same in all", "draw an array of shape (T, B).")
    same = (between == between[:1]).all()
    expect(not same, "distractors", "others at each step", "the same at all", "draw an array of shape (T, B).")


def _check_labels(tokens: Array, labels: Array) -> None:
    marks = tokens.T[np.isin(tokens.T, (X, Y))].reshape(BATCH_SIZE, 2) == Y
    expected = marks @ np.array([2, 1])
    hints = [
        (marks @ np.array([1, 2]), "XY and YX are exchanged. XY means that X comes first."),
        (3 - expected, "X and Y are exchanged."),
        (expected + 1, "classes are counted from 0."),
        (marks.sum(axis=1), "this is the number of Y. XY and YX are two classes."),
    ]
    expect_close("labels", labels, expected, hints)
    shares = (labels == np.arange(4)[:, None]).mean(axis=1)
    received = ", ".join(f"{share:.2f}" for share in shares)
    hint = (
        "the second symbol is drawn independently of the first. It may be the same."
        if shares[[0, 3]].sum() == 0
        else ""
    )
    expect(bool((abs(shares - 0.25) < 0.13).all()), "shares of the classes 0 to 3", "about 0.25 each", received, hint)


def _check_randomness(student: Student, tokens: Array) -> None:
    name = "tokens of two calls whose generators have"
    same = np.array_equal(tokens, _draw(student, seed=1)[0])
    hint = "take all random numbers from rng. np.random.… and random.… are other generators."
    expect(same, f"{name} the same seed", "equal", "different ones", hint)
    same = np.array_equal(tokens, _draw(student, seed=2)[0])
    hint = "the function makes or seeds a generator of its own. Use the rng that is passed in."
    expect(not same, f"{name} different seeds", "different", "equal ones", hint)


def _check_parts(student: Student, arguments: tuple[Any, ...], expected: list[tuple[int, int]]) -> None:
    n_steps, gap = arguments[0], arguments[2] if len(arguments) == 3 else 0
    names = ("train", "validation", "test") if len(expected) == 3 else ("train", "test")
    shown = f"time_split({', '.join(map(str, arguments))})"
    parts = expect_tuple(shown, call(student, *arguments), names)
    received = [_steps(f"{name} of {shown}", part, n_steps) for name, part in zip(names, parts, strict=True)]
    hint = _split_hint(received, expected, gap)
    for name, (start, stop), got in zip(names, expected, received, strict=True):
        fine = got == (start, stop)
        expect(fine, f"{name} of {shown}", f"steps {start} to {stop - 1}", f"steps {got[0]} to {got[1] - 1}", hint)


def _steps(name: str, part: Any, n_steps: int) -> tuple[int, int]:
    if not isinstance(part, slice):
        hint = "a part is a run of neighbouring steps, slice(start, stop)."
        if isinstance(part, np.ndarray | list):
            hint += " A shuffled split lets the model learn the neighbours of the steps that it is tested on."
        raise CheckFailed(f"{name}: expected a slice, received {describe(part)}. Hint: {hint}")
    try:
        steps = range(n_steps)[part]
    except TypeError:
        hint = "the ends of a slice are whole numbers."
        raise CheckFailed(f"{name}: expected a slice of whole numbers, received {part}. Hint: {hint}") from None
    expect(len(steps) > 0 and steps.step == 1, name, "a slice of neighbouring steps", describe(part))
    return steps.start, steps.stop


def _split_hint(received: list[tuple[int, int]], expected: list[tuple[int, int]], gap: int) -> str:
    between = [right[0] - left[1] for left, right in pairwise(received)]
    if sorted(received) == sorted(expected) or min(between) < -1:
        return "the parts come in order of time, and the fractions in the same order."
    if min(between) < 0:
        return "two parts share a step. A slice leaves out its second number."
    if max(between) > gap:
        return "steps are lost between two parts. A slice already leaves out its second number."
    if max(between) < gap:
        return "the gap is missing."
    if min(between) < gap:
        return "the gap belongs between all neighbouring parts."
    if any(left[1] == right[1] - 1 for left, right in zip(received, expected, strict=True)):
        return "was the number of steps truncated? Sums of decimal fractions are not exact, so it must be rounded."
    if received[-1][1] != expected[-1][1]:
        return "the last part ends at the end of the series."
    if gap and received[0] != expected[0]:
        return "the gap is taken from the start of the later part. Where the earlier one ends does not depend on it."
    return ""


def _ids(row: Array) -> str:
    return f"the ids {', '.join(str(token) for token in np.unique(row))}"
