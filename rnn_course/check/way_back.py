"""Follow a student's backpropagation through time step by step, so that a check can say where its first fault is."""

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from rnn_course.bptt import unroll
from rnn_course.check.core import CheckFailed, call, describe, expect, expect_array, expect_close, expect_tuple
from rnn_course.elman_jordan import elman_step_backward

Array = np.ndarray
Student = Callable[..., Any]
Grads = dict[str, Array]
SIGN = "the sign is turned round. The minus of gradient descent belongs to the update, not to the gradient."
MEAN = "this is a mean. Sum: what the loss divides by is already in the gradient that arrives."


def problem(sizes: tuple[int, int, int, int], seed: int) -> tuple[Array, Array, list[Any], Grads]:
    """Return d_output, the states h_1 to h_T, the caches of the steps, and the parameters."""
    n_steps, batch_size, n_inputs, n_hidden = sizes
    rng = np.random.default_rng(seed)
    shapes = {
        "weight_ih": (n_hidden, n_inputs),
        "weight_hh": (n_hidden, n_hidden),
        "bias_ih": n_hidden,
        "bias_hh": n_hidden,
    }
    params: Grads = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    x, h_0 = rng.normal(size=(n_steps, batch_size, n_inputs)), rng.normal(size=(batch_size, n_hidden))
    hidden, caches = unroll(x, h_0, params)
    return rng.normal(size=hidden.shape), hidden, caches, params


def expect_grads(name: str, received: Any, keys: Any) -> Grads:
    """Expect a dict with these keys, and return it."""
    expect(isinstance(received, dict), name, "a dict", describe(received))
    missing = sorted(set(keys) - set(received))
    hint = f"the gradient of {missing[0]} is missing." if missing else ""
    expect(set(received) == set(keys), name, f"the keys {sorted(keys)}", sorted(received, key=str), hint)
    return received


def bptt_at(student: Student, sizes: tuple[int, int, int, int], seed: int) -> None:
    """Follow ``bptt`` step by step at one size (T, B, I, H), and name the first fault and its place."""
    d_output, _, caches, _ = problem(sizes, seed)
    watch = Watch(d_output.copy(), caches)
    try:
        received = call(student, d_output, caches, watch.step_backward)
    except CheckFailed as failed:  # a fault that was found inside a step is its own message, not an error of theirs
        raise (watch.found or failed) from None
    count, hint = f"{len(watch.steps)} calls", "each step has to be gone through."
    expect(len(watch.steps) == len(caches), "step_backward", f"{len(caches)} calls", count, hint)
    watch.expect_nothing_changed()
    _expect_returned(received, watch.steps, watch.d_output)


class Step(NamedTuple):
    """One call of ``step_backward``: where it went, what it was given, and copies of what it returned."""

    t: int
    d_h: Array
    dx: Array
    d_h_prev: Array
    grads: Grads


class Watch:
    """Hands out a ``step_backward`` that expects the right step and the right gradient at each call."""

    def __init__(self, d_output: Array, caches: list[Any]) -> None:
        self.d_output = d_output
        self.places = {id(cache): t for t, cache in enumerate(caches)}
        self.steps: list[Step] = []
        self.returned: list[tuple[Array, Grads]] = []
        self.found: CheckFailed | None = None

    def step_backward(self, d_h: Array, cache: Any) -> tuple[Array, Array, Grads]:
        """Go back through one step, and remember a fault for `bptt_at`: the student's function may wrap it."""
        try:
            self._expect_step(d_h, cache)
        except CheckFailed as failed:
            self.found = self.found or failed
            raise
        d_h = np.array(d_h)
        dx, d_h_prev, grads = elman_step_backward(d_h, cache)
        grads = {f"parameter {name}": gradient for name, gradient in grads.items()}
        self.returned.append((d_h_prev, grads))
        copies = {name: gradient.copy() for name, gradient in grads.items()}
        self.steps.append(Step(self.places[id(cache)], d_h, dx.copy(), d_h_prev.copy(), copies))
        return dx, d_h_prev, grads

    def expect_nothing_changed(self) -> None:
        """Expect that the arrays that were handed out are what they were."""
        hint = "+= changes an array that is not yours. Make a new one."
        for step, (d_h_prev, grads) in zip(self.steps, self.returned, strict=True):
            same = all(np.array_equal(step.grads[name], grads[name]) for name in grads)
            same = same and np.array_equal(step.d_h_prev, d_h_prev)
            expect(same, f"step {step.t}", "what step_backward returned, unchanged", "arrays changed in place", hint)

    def _expect_step(self, d_h: Any, cache: Any) -> None:
        """Expect the next step back, with its own error and what the step after it has sent."""
        d_output, due = self.d_output, len(self.d_output) - 1 - len(self.steps)
        expect(id(cache) in self.places, "step_backward", "one of the caches", type(cache).__name__)
        t, call_name = self.places[id(cache)], f"call {len(self.steps) + 1} of step_backward"
        hint = f"the caches and d_output are out of step: {abs(t - due)} too {'late' if t > due else 'early'}."
        if not self.steps and t == 0:
            hint = "begin at the end: only the last state's gradient is known at once."
        expect(t == due, call_name, f"the cache of step {due}", f"that of step {t}", hint)
        expect(np.shape(d_h) == d_output.shape[1:], "d_h", f"shape {d_output.shape[1:]}", f"shape {np.shape(d_h)}")
        sent = self.steps[-1].d_h_prev if self.steps else np.zeros_like(d_output[0])
        hints = [
            (d_output[t], f"what step {t + 1} sends back is lost: h acts on the loss through later steps too."),
            (sent, "the error of the step's own output is missing."),
            (d_output[t] - sent, "the two parts of the gradient are added, not subtracted."),
        ]
        for other in {t - 1, t + 1} & set(range(len(d_output))):
            hints.append((d_output[other] + sent, f"off by one in time: this is the error of step {other}'s output."))
        if self.steps:
            past, through = (
                self.steps[-1].d_h,
                f"this passes on δ of step {t + 1} itself. It has to go through that step first.",
            )
            hints += [(d_output[t] + past, through), (past, through)]
        expect_close(f"d_h at step {t}", d_h, d_output[t] + sent, hints)


def _expect_returned(received: Any, steps: list[Step], d_output: Array) -> None:
    dx, d_hidden, d_h_0, grads = expect_tuple("bptt", received, ("dx", "d_hidden", "d_h_0", "grads"))
    inputs, states = (np.stack([getattr(s, name) for s in steps[::-1]]) for name in ("dx", "d_h"))
    before = np.stack([s.d_h_prev for s in steps[::-1]])
    turned = "this is in the order of the way back. Step 0 comes first."
    early = "off by one in time: entry t is the gradient of the state *before* step t."
    expect_close("dx", expect_array("dx", dx), inputs, [(inputs[::-1], turned)])
    own = "these are the errors of the own steps. What comes from later steps belongs to it."
    hints = [(states[::-1], turned), (before, early), (before[::-1], early), (d_output, own)]
    expect_close("d_hidden", expect_array("d_hidden", d_hidden), states, hints)
    first = "this is the gradient of the state after step 0. The initial state lies one step further back."
    expect_close("d_h_0", expect_array("d_h_0", d_h_0), steps[-1].d_h_prev, [(states[0], first)])
    grads = expect_grads("grads", grads, steps[0].grads)
    for name in grads:
        parts = np.stack([s.grads[name] for s in steps[::-1]])
        total = parts.sum(axis=0)
        hints = [
            (parts[0], "only step 0 is in it: each step has overwritten the one before. Add."),
            (parts[-1], "only the last step is in it. Each parameter is used at every step: add."),
            (total - parts[0], "step 0 is missing from the sum."),
            (total - parts[-1], "the last step is missing from the sum."),
            (total + parts[-1], "the last step is in the sum twice."),
            (total / len(steps), MEAN),
            (-total, SIGN),
        ]
        expect_close(f"grads['{name}']", expect_array(f"grads['{name}']", grads[name]), total, hints)
