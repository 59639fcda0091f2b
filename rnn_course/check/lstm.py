"""Visible checks of the assignment ``lstm``: one function per part, each with hints that name the likely fault."""

from itertools import permutations
from typing import Any

import numpy as np

from rnn_course.check.core import (
    ArgumentChanged,
    CheckFailed,
    call,
    expect,
    expect_array,
    expect_close,
    expect_tuple,
    passed,
)
from rnn_course.check.lstm_tasks import adding_batch, reber_legal_next, reber_strings
from rnn_course.check.way_back import MEAN, SIGN, Array, Grads, Student, expect_grads
from rnn_course.functional import sigmoid, sigmoid_derivative, tanh_derivative
from rnn_course.lstm import lstm_step as right_step

__all__ = ["adding_batch", "lstm_step", "lstm_step_backward", "reber_legal_next", "reber_strings"]

B, I, H = 2, 3, 4  # noqa: E741 - the course's letters
LETTERS = ("i", "f", "g", "o")
KEYS = ("x", "h", "c", *LETTERS, "c_new", "params")


def problem(seed: int) -> tuple[Array, tuple[Array, Array], Grads]:
    """Return an input, a state that is not zero, and parameters."""
    rng = np.random.default_rng(seed)
    shapes = {"weight_ih": (4 * H, I), "weight_hh": (4 * H, H), "bias_ih": 4 * H, "bias_hh": 4 * H}
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return rng.normal(size=(B, I)), (rng.normal(size=(B, H)), 1.5 * rng.normal(size=(B, H))), params


def expect_unchanged(name: str, before: Grads, after: Grads) -> None:
    """Expect that arrays which the student got inside a tuple or dict are what they were."""
    for key, array in before.items():
        if not np.array_equal(array, after[key]):
            raise ArgumentChanged(f"{name} changed {key} in place. The caller still needs that array: make a new one.")


def lstm_step(student: Student) -> None:
    """Check part 1: the new state, the cache, and gates that are held open or shut."""
    x, (h, c), params = problem(81)
    given = {"h of the state": h, "c of the state": c, **params}
    before = {name: array.copy() for name, array in given.items()}
    new, cache = _returned(call(student, x, (h, c), params))
    expect_unchanged("lstm_step", before, given)
    hints = _step_hints(x, h, c, params)
    (right_h, right_c), (*_, i, f, g, o, _tanh, _params) = right_step(x, (h, c), params)
    exchanged = "h and c are exchanged: the state is the tuple (h, c)."
    expect_close("c_new", new[1], right_c, [*((wrong[1], hint) for wrong, hint in hints), (right_h, exchanged)])
    expect_close("h_new", new[0], right_h, [(wrong[0], hint) for wrong, hint in hints])
    _expect_cache(cache, {"x": x, "h": h, "c": c, "i": i, "f": f, "g": g, "o": o, "c_new": right_c}, (right_h, h))
    _expect_held(student, x, (h, c), params)
    passed("lstm_step", "the new state is right, and the cache holds what the way back needs.")


def _returned(received: Any) -> tuple[tuple[Any, ...], Any]:
    state, cache = expect_tuple("lstm_step", received, ("state", "cache"))
    new = expect_tuple("the state that lstm_step returns", state, ("h_new", "c_new"))
    for name, array in zip(("h_new", "c_new"), new, strict=True):
        expect_array(name, array)
    return new, cache


def _step_hints(x: Array, h: Array, c: Array, params: Grads) -> list[tuple[tuple[Array, Array], str]]:
    """Wrong states, and the faults that make them."""

    def gates(without: str = "", order: tuple[int, ...] = (0, 1, 2, 3), plus: float = 0.0) -> list[Array]:
        used = params | ({without: np.zeros_like(params[without])} if without else {})
        z = x @ used["weight_ih"].T + used["bias_ih"] + h @ used["weight_hh"].T + used["bias_hh"]
        blocks = np.split(z, 4, axis=1)
        z_i, z_f, z_g, z_o = (blocks[place] for place in order)
        return [sigmoid(z_i), sigmoid(z_f + plus), np.tanh(z_g), sigmoid(z_o)]

    def state(i: Array, f: Array, g: Array, o: Array) -> tuple[Array, Array]:
        c_new = f * c + i * g
        return o * np.tanh(c_new), c_new

    i, f, g, o = gates()
    right = state(i, f, g, o)
    logistic = sigmoid(np.arctanh(g))
    hints = [
        (state(i, 1 - f, g, o), "the forget gate is turned round: at 1 it keeps, at 0 it forgets."),
        (state(*gates(plus=1.0)), "1 is added to the forget gate's z. Its bias is in bias_ih and bias_hh already."),
        (state(i, np.ones_like(f), g, o), "nothing is forgotten: that is the cell of 1997. Use f."),
        (state(i, 1 - i, g, o), "the forget gate has rows of its own. It is not 1 - i."),
        (state(i, f, logistic, o), "g is a candidate, not a gate: it has a tanh."),
        (state(np.ones_like(i), f, g, o), "the input gate is not used."),
        ((o * right[1], right[1]), "tanh is missing where h looks at the cell."),
        ((o * np.tanh(c), right[1]), "h looks at the cell of the step before. It looks at the new one."),
        ((np.tanh(right[1]), right[1]), "the output gate is not used."),
        ((o * c, c), "the cell has not changed."),
    ]
    hints += [(state(*gates(without=name)), f"{name} is missing.") for name in ("bias_ih", "bias_hh")]
    for order in permutations(range(4)):
        if order != (0, 1, 2, 3):
            found = ", ".join(LETTERS[order.index(place)] for place in range(4))
            hints.append((state(*gates(order=order)), f"the blocks are read in the order {found}. It is i, f, g, o."))
    return hints


def _expect_cache(cache: Any, right: Grads, h_pair: tuple[Array, Array]) -> None:
    expect(isinstance(cache, dict), "cache", "a dict", type(cache).__name__)
    missing = [key for key in KEYS if key not in cache]
    expect(not missing, "cache", f"the keys {', '.join(KEYS)}", ", ".join(map(str, cache)))
    late = "the cache holds the new one under this name. The way back needs the one before the step."
    hints = {"h": [(h_pair[0], late)], "c": [(right["c_new"], late)], "c_new": [(right["c"], "this is the old cell.")]}
    for name, array in right.items():
        expect_close(f"cache['{name}']", expect_array(f"cache['{name}']", cache[name]), array, hints.get(name, ()))


def _expect_held(student: Student, x: Array, state: tuple[Array, Array], params: Grads) -> None:
    """Expect a cell that keeps its value if the input gate is held shut and the forget gate open."""
    held = {name: np.zeros_like(array) for name, array in params.items()}
    held["bias_ih"][:H], held["bias_ih"][H : 2 * H] = -1000, 1000
    new, _ = _returned(call(student, x, state, held))
    expect_close("c_new with biases of -1000 for i and 1000 for f", new[1], state[1])


def lstm_step_backward(student: Student) -> None:
    """Check part 2: first what arrives through the cell alone, then through h alone, then both."""
    x, state, params = problem(82)
    rng = np.random.default_rng(83)
    both = rng.normal(size=(B, H)), rng.normal(size=(B, H))
    (_, c_new), (_, h, c, i, f, g, o, _, _) = right_step(x, state, params)
    cache = {"x": x, "h": h, "c": c, "i": i, "f": f, "g": g, "o": o, "c_new": c_new}
    for what, d_state in {"": both, " if only c_new gets a gradient": (0 * both[0], both[1])}.items():
        given = dict(zip(("d_h_new", "d_c_new"), d_state, strict=True)) | cache
        before = {name: array.copy() for name, array in given.items()}
        received = call(student, d_state, cache | {"params": params})
        expect_unchanged("lstm_step_backward", before, given)
        _expect_gradients(what, received, d_state, cache, params)
    passed("lstm_step_backward", "dx, both gradients of the state and those of the parameters are right.")


def _expect_gradients(what: str, received: Any, d_state: tuple[Array, Array], cache: Grads, params: Grads) -> None:
    dx, d_prev, grads = expect_tuple("lstm_step_backward", received, ("dx", "d_state_prev", "grads"))
    d_h, d_c = expect_tuple("d_state_prev", d_prev, ("d_h", "d_c"))
    right, faults = _gradients(d_state, cache, params), _faults(d_state, cache, params)
    found = {"d_c": d_c, "dx": dx, "d_h": d_h} | expect_grads("grads", grads, params)
    for name in right:
        label = name if name in ("d_c", "dx", "d_h") else f"grads['{name}']"
        hints = [(wrong[name], hint) for wrong, hint in faults]
        hints += [(-right[name], SIGN), (right[name] / B, MEAN), (right[name].T, "this is the transpose.")]
        if name == "d_c":
            hints.insert(0, (right["d_h"], "d_h and d_c are exchanged: the state is the tuple (h, c)."))
        if name.startswith("bias"):
            hints.append((right["d_z"], "all sequences share one bias. Sum over the batch."))
            hints.append((2 * right[name], "each bias is added once: its gradient is not doubled."))
        if name != "d_z":
            expect_close(label + what, expect_array(label, found[name]), right[name], hints)
    if np.shares_memory(grads["bias_ih"], grads["bias_hh"]):
        raise CheckFailed("the gradients of the biases: expected two arrays, received one array under two names.")


def _gradients(d_state: tuple[Array, Array], cache: Grads, params: Grads, **wrong: Any) -> Grads:
    """Return all gradients, and that of z; each keyword puts another array in the place of a right one."""
    i, f, g, o, c, c_new = (cache[name] for name in (*LETTERS, "c", "c_new"))
    tanh_c = np.tanh(c_new)
    through_h = wrong.get("through_h", d_state[0] * o * tanh_derivative(tanh_c))
    d_cell = wrong.get("arriving", d_state[1]) + through_h
    slopes = wrong.get("slopes", [sigmoid_derivative(i), sigmoid_derivative(f), tanh_derivative(g)])
    d_gates = [d_cell * g, d_cell * wrong.get("forgotten", c), d_cell * i]
    d_z_o = d_state[0] * wrong.get("read", tanh_c) * wrong.get("slope_o", sigmoid_derivative(o))
    blocks = [*(d * slope for d, slope in zip(d_gates, slopes, strict=True)), d_z_o]
    d_z = np.concatenate([blocks[place] for place in wrong.get("order", range(4))], axis=1)
    d_bias = d_z.sum(axis=0)
    return {
        "d_c": d_cell * wrong.get("kept", f),
        "dx": d_z @ params["weight_ih"],
        "d_h": d_z @ params["weight_hh"],
        "weight_ih": d_z.T @ cache["x"],
        "weight_hh": d_z.T @ wrong.get("met", cache["h"]),
        "bias_ih": d_bias,
        "bias_hh": d_bias,
        "d_z": d_z,
    }


def _faults(d_state: tuple[Array, Array], cache: Grads, params: Grads) -> list[tuple[Grads, str]]:
    """Wrong gradients and the faults that make them."""
    i, f, g, o, c, c_new = (cache[name] for name in (*LETTERS, "c", "c_new"))
    d_h, d_c = d_state
    one = np.ones_like(c)
    squares = [1 - i**2, 1 - f**2, 1 - g**2]
    sigmoids = [sigmoid_derivative(i), sigmoid_derivative(f), sigmoid_derivative(g)]
    faults: dict[str, dict[str, Any]] = {
        "the path through the cell is lost: later steps use c_new too, and d_c_new arrives from there.": {
            "arriving": 0 * d_c
        },
        "the path through h is lost: the new h looks at the new cell.": {"through_h": 0 * d_h},
        "tanh is differentiated at the old cell. The forward step took it at the new one.": {
            "through_h": d_h * o * tanh_derivative(np.tanh(c))
        },
        "the slope of tanh is 1 - tanh², not 1 - c².": {"through_h": d_h * o * (1 - c_new**2)},
        "the slope of tanh is taken at tanh(c_new). Take it at c_new.": {
            "through_h": d_h * o * tanh_derivative(np.tanh(np.tanh(c_new)))
        },
        "the slope of tanh is missing between h and the cell.": {"through_h": d_h * o},
        "the output gate is missing between h and the cell.": {"through_h": d_h * tanh_derivative(np.tanh(c_new))},
        "the gradient of the old cell goes through the forget gate.": {"kept": one},
        "the forget gate met the cell before the step, not the new one.": {"forgotten": c_new},
        "weight_hh met the h before the step, not the new one.": {"met": o * np.tanh(c_new)},
        "the slopes of the gates are missing: z lies before the activation.": {"slopes": [one] * 3, "slope_o": one},
        "1 - σ² is no slope of a sigmoid. A tanh has 1 - tanh².": {"slopes": squares, "slope_o": 1 - o**2},
        "g came out of a tanh, not out of a sigmoid.": {"slopes": sigmoids},
        "the output gate met tanh of the cell.": {"read": c_new},
        "the output gate met the new cell, not the old one.": {"read": np.tanh(c)},
    }
    found = [(_gradients(d_state, cache, params, **wrong), hint) for hint, wrong in faults.items()]
    for order in permutations(range(4)):
        if order != (0, 1, 2, 3):
            names = ", ".join(LETTERS[place] for place in order)
            hint = f"the blocks of the gradient are in the order {names}. It is i, f, g, o."
            found.append((_gradients(d_state, cache, params, order=order), hint))
    return found
