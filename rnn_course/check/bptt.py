"""Visible checks of the assignment ``bptt``: one function per part, each with hints that name the likely fault."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnn_course import bptt as reference
from rnn_course.check.core import call, expect, expect_array, expect_close, expect_raises, expect_tuple, passed
from rnn_course.check.way_back import MEAN, SIGN, Array, Grads, Student, bptt_at, expect_grads, problem
from rnn_course.elman_jordan import elman_step_backward

T, B, I, H = 6, 2, 3, 4  # noqa: E741 - the course's letters


def rnn_step_backward(student: Student) -> None:
    """Check part 1: both gradients that travel on, then each parameter's."""
    d_outputs, _, caches, params = problem((2, B, I, H), 51)
    d_h, (x, h_prev, h, *_) = d_outputs[1], caches[1]
    received = call(student, d_h, x, h_prev, h, params)
    dx, d_h_prev, grads = expect_tuple("rnn_step_backward", received, ("dx", "d_h_prev", "grads"))
    wanted_dx, wanted_d_h_prev, right = elman_step_backward(d_h, caches[1])
    wanted: Grads = {"dx": wanted_dx, "d_h_prev": wanted_d_h_prev}
    for name, gradient, weight in (("dx", dx, "weight_ih"), ("d_h_prev", d_h_prev, "weight_hh")):
        matrix, hints = params[weight], [(-wanted[name], SIGN)]
        hints += [(d_z @ matrix, hint) for d_z, hint in _wrong_slopes(d_h, h_prev, h)]
        if name == "d_h_prev":
            hints.append(
                (d_h * (1 - h**2) @ matrix.T, "weight_hh is transposed. Forwards it was h_prev @ weight_hh.T.")
            )
        expect_close(name, expect_array(name, gradient), wanted[name], hints)
    grads = expect_grads("grads", grads, params)
    for name, gradient in right.items():
        hints = _step_hints(name, d_h, x, h_prev, h, gradient)
        expect_close(f"grads['{name}']", expect_array(f"grads['{name}']", grads[name]), gradient, hints)
    shared = np.shares_memory(grads["bias_ih"], grads["bias_hh"])
    expect(not shared, "the gradients of the biases", "two arrays", "one array under two names")
    passed("rnn_step_backward", "dx, d_h_prev and the four gradients of the parameters are right.")


def _wrong_slopes(d_h: Array, h_prev: Array, h: Array) -> list[tuple[Array, str]]:
    """Wrong gradients of z and the faults that make them."""
    return [
        (d_h, "the slope of tanh is missing: z lies before the activation, h behind it."),
        (d_h * (1 - h_prev**2), "the slope is taken at the state before. Which state did this step's tanh put out?"),
        (d_h * (1 - np.tanh(h) ** 2), "tanh is applied twice: h is already tanh(z)."),
        (d_h * (1 - h), "the slope of tanh is 1 - h², not 1 - h."),
    ]


def _step_hints(name: str, d_h: Array, x: Array, h_prev: Array, h: Array, right: Array) -> list[tuple[Any, str]]:
    d_z = d_h * (1 - h**2)
    seen = {"weight_ih": x, "weight_hh": h_prev}.get(name)
    hints = [(-right, SIGN), (right / len(d_h), MEAN)]
    if seen is None:
        shared = "all sequences share one bias. Sum over the batch."
        return [*hints, (d_z, shared), (2 * right, "each bias is added once: its gradient is not doubled.")]
    hints += [(wrong.T @ seen, hint) for wrong, hint in _wrong_slopes(d_h, h_prev, h)]
    hints.append((right.T, "this is the transpose: a gradient has the shape of its parameter."))
    if name == "weight_hh":
        hints.append((d_z.T @ h, "weight_hh met the state before the step, not the new one: off by one in time."))
    return hints


def bptt(student: Student) -> None:
    """Check part 2: each step of the way back, then what is returned."""
    bptt_at(student, (T, B, I, H), 52)
    passed("bptt", "every step back is right, and so are the sums over time.")


def truncated_bptt(student: Student) -> None:
    """Check part 3: windows that fit the blocks, longer ones, a last block that is shorter, and bad windows."""
    d_output, _, caches, _ = problem((7, B, I, H), 53)
    for k1, k2 in ((3, 3), (1, 1), (2, 3), (1, 4), (3, 20)):
        name = f"k1 = {k1}, k2 = {k2}"
        grads = call(student, d_output, caches, k1, k2, reference.bptt)
        right = reference.truncated_bptt(d_output, caches, k1, k2)
        received = expect_grads(f"truncated_bptt, {name}", grads, right)
        faults = _window_faults(d_output, caches, k1, k2)
        for key, gradient in right.items():
            what = f"grads['{key}'], {name}"
            hints = [(wrong[key], hint) for wrong, hint in faults]
            expect_close(what, expect_array(what, received[key]), gradient, hints)
    for k1, k2 in ((3, 2), (0, 2)):
        expect_raises(ValueError, f"k1 = {k1}, k2 = {k2}", student, d_output, caches, k1, k2, reference.bptt)
    passed("truncated_bptt", "each error counts once, and goes as far back as its window.")


def _window_faults(d_output: Array, caches: list[Any], k1: int, k2: int) -> list[tuple[Grads, str]]:
    """Wrong sums over the blocks and the faults that make them."""

    def right(first: int, last: int) -> int:
        return last - k2

    def blocks(start: Callable[[int, int], int] = right, again: bool = False, parts: slice = slice(None)) -> Grads:
        total: Grads = {}
        for first in range(0, len(caches), k1)[parts]:
            last = min(first + k1, len(caches))
            begin = max(0, start(first, last))
            errors = d_output[begin:last].copy()
            errors[: 0 if again else first - begin] = 0
            for name, gradient in reference.bptt(errors, caches[begin:last])[3].items():
                total[name] = total.get(name, 0) + gradient
        return total

    return [
        (blocks(again=True), "errors before the block count again. They have had their visit: set them to 0."),
        (
            blocks(lambda first, last: last - k2 - 1),
            "the window is one step too long: k2 counts the block's last step too.",
        ),
        (blocks(lambda first, last: first), "the gradient stops at the block's border: k2 is not used."),
        (blocks(lambda first, last: min(last - k2 + 1, first)), "the window is one step too short."),
        (blocks(lambda first, last: first - k2), "k2 is counted from the block's first step. Count from its last one."),
        (reference.bptt(d_output, caches)[3], "this is the whole gradient: nothing is cut off."),
        (blocks(parts=slice(len(caches) // k1)), "the last block is shorter than k1, and it is missing."),
        (blocks(parts=slice(-1, None)), "only the last block is in it. Add the gradients of all blocks."),
    ]


def gradient_norm_by_lag(student: Student) -> None:
    """Check part 4: a known case, then random states."""
    rng = np.random.default_rng(54)
    d_state, hidden = rng.normal(size=(B, H)), np.tanh(rng.normal(size=(T, B, H)))
    weight_hh = rng.normal(size=(H, H))
    received = expect_array("norms", call(student, d_state, hidden, weight_hh))
    right = reference.gradient_norm_by_lag(d_state, hidden, weight_hh)

    def norms(slopes: Array, weight: Array = weight_hh) -> Array:
        """Norms with these slopes, the last step's first."""
        found, d = [d_state], d_state
        for slope in slopes:
            d = d * slope @ weight
            found.append(d)
        return np.linalg.norm(found, axis=-1)

    slope = 1 - hidden[::-1] ** 2
    shape = "both ends count: lag 0 is the last state itself, lag T the initial one."
    hints = [
        (norms(np.ones_like(slope)), "the slope of tanh is missing."),
        (norms(slope, weight_hh.T), "weight_hh is transposed. Forwards it was h @ weight_hh.T."),
        (norms(slope[::-1]), "the states are read from the first to the last. The way back begins at the last."),
        (
            norms(np.append(slope[1:], np.ones_like(slope[:1]), axis=0)),
            "off by one in time: the first slope on the way is that of h_T.",
        ),
        (norms(1 - hidden[::-1]), "the slope of tanh is 1 - h², not 1 - h."),
        (right**2, "this is the square of the norm. Take the root."),
        (right[::-1], "the lags are in the reverse order. Entry 0 belongs to the last state."),
        (right / right[0], "these are ratios to lag 0. Return the norms themselves."),
        (right[:-1], shape),
        (right[1:], shape),
        (right.T, "the axes are (lag, sequence)."),
        (np.sqrt((right**2).sum(axis=1)), "each sequence of the batch has a norm of its own."),
    ]
    expect_close("norms", received, right, hints)
    passed("gradient_norm_by_lag", "the norms are right at every lag, for each sequence.")
