"""Visible checks of the assignment ``elman_jordan``: one function per part, with hints that name the likely fault."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnn_course import elman_jordan as reference
from rnn_course.check.core import call, expect, expect_array, expect_close, expect_tuple, passed
from rnn_course.functional import sigmoid

Array = np.ndarray
Params = dict[str, Array]
Student = Callable[..., Any]
B, I, H, O = 2, 3, 4, 2  # noqa: E741 - the course's letters
T, LENGTHS = 6, np.array([6, 2, 4])


def elman_step(student: Student) -> None:
    """Check part 1: the new state, and that the parameters stay as they are."""
    rng = np.random.default_rng(51)
    shapes = {"weight_ih": (H, I), "weight_hh": (H, H), "bias_ih": (H,), "bias_hh": (H,)}
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    x, state = rng.normal(size=(B, I)), rng.normal(size=(B, H))
    received = expect_array("state", _with_params(student, x, state, params))
    expected, _ = reference.elman_step(x, state, params)
    expect_close("state", received, expected, _elman_hints(x, state, params))
    passed("elman_step", "the new state is right, and what was handed in is unchanged.")


def _elman_hints(x: Array, state: Array, params: Params) -> list[tuple[Any, str]]:
    """Wrong states and the faults that make them."""
    from_input = x @ params["weight_ih"].T + params["bias_ih"]
    from_context = state @ params["weight_hh"].T + params["bias_hh"]
    z = from_input + from_context
    one = "one of the two biases is missing."
    return [
        (z, "the tanh is missing."),
        (sigmoid(z), "the activation is a sigmoid here. The text asks for tanh."),
        (np.tanh(z - params["bias_hh"]), one),
        (np.tanh(z - params["bias_ih"]), one),
        (np.tanh(z - params["bias_ih"] - params["bias_hh"]), "both biases are missing."),
        (np.tanh(from_input), "the state is not used: this is a feed-forward network."),
        (np.tanh(from_context), "the input is not used."),
        (np.tanh(from_input + state), "the state is added as it is. It passes through weight_hh, like any input."),
        (np.tanh(from_input) + np.tanh(from_context), "there is one tanh, of the sum of both parts."),
        (np.tanh(z + state @ (params["weight_hh"] - params["weight_hh"].T)), _turned("weight_hh")),
    ]


def _turned(name: str) -> str:
    return f"{name} is the wrong way round. Row i of a weight leads to unit i, so a batch of rows meets its transpose."


def jordan_step(student: Student) -> None:
    """Check part 2: the output, then the context, with decay and without."""
    rng = np.random.default_rng(52)
    shapes = {"weight_ih": (H, I), "weight_ch": (H, O), "bias_h": (H,), "weight_ho": (O, H), "bias_o": (O,)}
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    x, context = rng.normal(size=(B, I)), rng.normal(size=(B, O))
    for decay in (0.6, 0.0):
        returned = _with_params(student, x, context, params, decay)
        output, after = expect_tuple("jordan_step", returned, ("output", "context"))
        what = f", decay {decay}"
        right_output, right_context, cache = reference.jordan_step(x, context, params, decay)
        hidden = cache[2]
        hints = _jordan_hints(x, context, params, decay, hidden)
        expect_close("output" + what, expect_array("output", output), right_output, hints)
        hints = [
            (right_output, "the decay is not used: the old context is lost."),
            (context + decay * right_output, "the decay multiplies the old context, not the new output."),
            (
                decay * context + (1 - decay) * right_output,
                "the output enters in full: it is not weighted with 1 - decay.",
            ),
            (decay * (context + right_output), "the decay multiplies the old context only, not the new output."),
            (context + right_output, "the decay is not used: the old context stays in full."),
            (decay * context, "the new output does not enter the context."),
            (context, "this is the context before the step."),
            (hidden, "this is the hidden layer. A Jordan network's context is made of outputs."),
        ]
        expect_close("context" + what, expect_array("context", after), right_context, hints)
    passed("jordan_step", "output and context are right, with decay and without.")


def _jordan_hints(x: Array, context: Array, params: Params, decay: float, hidden: Array) -> list[tuple[Any, str]]:
    """Wrong outputs and the faults that make them."""

    def output(**change: Array) -> Array:
        return reference.jordan_step(x, change.pop("context", context), params | change, decay)[0]

    right = output()
    return [
        (hidden, "this is the hidden layer. The output is one layer further."),
        (np.tanh(right), "the output is linear: only the hidden layer has a tanh."),
        (output(bias_o=0 * params["bias_o"]), "bias_o is missing."),
        (output(bias_h=0 * params["bias_h"]), "bias_h is missing."),
        (output(weight_ch=0 * params["weight_ch"]), "the context is not used."),
        (
            output(context=decay * context),
            "the hidden layer reads the context as it was before the step, without decay.",
        ),
    ]


def _with_params(student: Student, x: Array, state: Array, params: Params, *rest: float) -> Any:
    """Call the student's step, and see that it leaves the parameters alone."""
    before = {name: value.copy() for name, value in params.items()}
    result = call(student, x, state, params, *rest)
    for name, value in before.items():
        same = name in params and np.array_equal(params[name], value)
        expect(same, f'params["{name}"]', "the values that were handed in", "others", "it was changed in place.")
    return result


def run_sequence(student: Student) -> None:
    """Check part 3: full sequences, then shorter ones, then NaN after their ends."""
    rng = np.random.default_rng(53)
    into, back, out = rng.normal(size=(I, H)), rng.normal(size=(H, H)), rng.normal(size=(H, O))

    def step(x_t: Array, state: Array) -> tuple[Array, Array]:
        state = np.tanh(x_t @ into + state @ back)
        return state @ out, state

    x, state = rng.normal(size=(T, len(LENGTHS), I)), rng.normal(size=(len(LENGTHS), H))
    ended = np.arange(T)[:, np.newaxis] >= LENGTHS
    broken = np.where(ended[..., np.newaxis], np.nan, x)
    for what, data, lengths in (
        ("", x, np.full(len(LENGTHS), T)),
        (" with shorter sequences", x, LENGTHS),
        (" with NaN after the ends", broken, LENGTHS),
    ):
        returned = expect_tuple("run_sequence", call(student, step, data, state, lengths), ("outputs", "state"))
        outputs, last = (expect_array(name, part) for name, part in zip(("outputs", "state"), returned, strict=True))
        right_outputs, right_last = _run(step, x, state, lengths)
        leak = "NaN from after an end has leaked. NaN times 0 is NaN: choose, do not multiply."
        for name, part in (("outputs", outputs), ("state", last)):
            if what.endswith("ends") and part.dtype.kind == "f":
                expect(not np.isnan(part).any(), name + what, "finite numbers", "nan", leak)
        expect_close("outputs" + what, outputs, right_outputs, _output_hints(step, x, state, lengths))
        expect_close("state" + what, last, right_last, _state_hints(step, x, state, lengths))
    passed("run_sequence", "outputs and states are right, and nothing after the end of a sequence matters.")


def _run(
    step: Student, x: Array, state: Array, lengths: Array, carry: bool = True, cut: bool = True
) -> tuple[Array, Array]:
    outputs, start = [], state
    for t, x_t in enumerate(x):
        output, after = step(x_t, state if carry else start)
        runs = (t < lengths)[:, np.newaxis]
        outputs.append(np.where(runs, output, 0) if cut else output)
        state = np.where(runs, after, state)
    return np.stack(outputs), state


def _output_hints(step: Student, x: Array, state: Array, lengths: Array) -> list[tuple[Any, str]]:
    right, full = _run(step, x, state, lengths)[0], np.full(len(lengths), len(x))
    after = "the outputs after the end of a sequence are not 0."
    return [
        (
            _run(step, x, state, lengths, carry=False)[0],
            "every step gets the first state. It needs what the last returned.",
        ),
        (_run(step, x, 0 * state, lengths)[0], "the initial state is not used."),
        (_run(step, x[::-1], state, full)[0], "the steps run from the last to the first."),
        (_run(step, x, state, full)[0], after),
        (_run(step, x, state, lengths, cut=False)[0], after),
        (_run(step, x, state, np.minimum(lengths + 1, len(x)))[0], "each sequence runs one step too long."),
        (_run(step, x, state, lengths - 1)[0], "the last step of each sequence is missing."),
        (right.transpose(1, 0, 2), "the axes are (time, sequence, output). Time comes first."),
        (right[-1], "this is the last output only. Return those of all steps."),
    ]


def _state_hints(step: Student, x: Array, state: Array, lengths: Array) -> list[tuple[Any, str]]:
    full = np.full(len(lengths), len(x))
    return [
        (_run(step, x, state, full)[1], "the state runs on after the end of a sequence."),
        (_run(step, x, state, lengths - 1)[1], "the state is one step too old: it is wanted after the last step."),
        (_run(step, x, state, np.minimum(lengths + 1, len(x)))[1], "the state is taken one step too late."),
        (_run(step, x, state, lengths)[0][-1], "these are outputs. The second value is the state."),
        (state, "this is the initial state."),
    ]


def error_by_phase(student: Student) -> None:
    """Check part 4: a plain stream, another first phase, another period, a batch, and a phase that does not occur."""
    rng = np.random.default_rng(54)
    for shape, period, first in (((11,), 3, 0), ((11,), 3, 1), ((10,), 2, 1), ((8, 3, 2), 3, 2), ((2,), 4, 1)):
        prediction, target = rng.normal(size=shape), rng.normal(size=shape)
        name = f"errors for shape {shape}, period {period}, first phase {first}"
        received = expect_array(name, call(student, prediction, target, period, first))
        expect_close(
            name, received, _errors(prediction, target, period, first), _phase_hints(prediction, target, period, first)
        )
    passed("error_by_phase", "each phase has its own error, whatever the first phase, the period and the shape.")


def _errors(prediction: Array, target: Array, period: int, first: int) -> Array:
    squared = (prediction - target) ** 2
    phase = (first + np.arange(len(squared))) % period
    return np.array([np.sqrt(squared[phase == p].mean()) if (phase == p).any() else np.nan for p in range(period)])


def _phase_hints(prediction: Array, target: Array, period: int, first: int) -> list[tuple[Any, str]]:
    right = _errors(prediction, target, period, first)
    size = np.abs(prediction - target)
    cut = len(size) - len(size) % period
    hints = [
        (right**2, "the root is missing."),
        (
            _errors(np.sqrt(size), 0 * size, period, first) ** 2,
            "this is the mean of the sizes. Square first, take the root last.",
        ),
        (np.nan_to_num(right), "a phase that does not occur has no error. Return NaN for it, not 0."),
        (_errors(prediction, target, 3, first)[:period], "the period is not used."),
    ]
    if cut:
        hints.append(
            (
                _errors(prediction[:cut], target[:cut], period, first),
                "the steps after the last whole cycle are missing.",
            )
        )
    if first:
        hints.append((_errors(prediction, target, period, 0), "the first phase is not used."))
        hints.append(
            (_errors(prediction, target, period, -first), "step 0 has phase first, step 1 has phase first + 1.")
        )
    if size.ndim > 1:
        start = (slice(None),) + (0,) * (size.ndim - 1)
        hints.append((_errors(prediction[start], target[start], period, first), "only the first sequence is in it."))
        columns = zip(prediction.reshape(len(size), -1).T, target.reshape(len(size), -1).T, strict=True)
        roots = np.array([_errors(said, wanted, period, first) for said, wanted in columns])
        hints.append((roots.mean(axis=0), "this is a mean of roots. Take the mean of all squares, then the root."))
    return hints
