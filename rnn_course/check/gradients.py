"""Visible checks of the assignment ``gradients``: one function per part, each with hints that name the likely fault."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnn_course import gradients
from rnn_course.bptt import unroll
from rnn_course.check.core import (
    CheckFailed,
    call,
    expect,
    expect_array,
    expect_close,
    expect_raises,
    expect_shape,
    expect_tuple,
    passed,
)
from rnn_course.module import Parameters

Array = np.ndarray
Student = Callable[..., Any]


def clip_grad_norm(student: Student) -> None:
    """Check part 1: a long gradient, a short one, one of zeros, and a bound that cannot be."""
    rng = np.random.default_rng(71)
    shapes = {"weight": (3, 2), "bias": (3,)}
    for what, size in {"": 3.0, " of a short gradient": 0.01}.items():
        grads = {name: size * rng.normal(size=shape) for name, shape in shapes.items()}
        before = {name: value.copy() for name, value in grads.items()}
        arrays = dict(grads)
        returned = call(student, grads, 1.0)
        _expect_clipped(what, before, arrays)
        if any(grads[name] is not arrays[name] for name in grads):
            raise CheckFailed("grads: the dictionary holds new arrays. Change the old ones in place.")
        norm = _norm(before)
        after = (_norm(arrays), "this is the norm after clipping. Return it as it was before.")
        expect_close("the norm that is returned" + what, returned, norm, [after])
    grads = {"weight": np.zeros((2, 2))}
    call(student, grads, 1.0)
    expect_close("weight of a gradient of zeros", grads["weight"], np.zeros((2, 2)))
    expect_raises(ValueError, "max_norm = 0", student, {"weight": np.ones(2)}, 0.0)
    passed("clip_grad_norm", "long gradients are shortened and keep their direction, short ones stay as they are.")


def _norm(grads: dict[str, Array]) -> float:
    return float(np.sqrt(sum((g**2).sum() for g in grads.values())))


def _expect_clipped(what: str, before: dict[str, Array], after: dict[str, Array]) -> None:
    """Compare each array with the clipped one; the hints are what other ways of clipping would make of it."""
    norm = _norm(before)
    sums = sum(np.linalg.norm(g) for g in before.values())
    for name, value in before.items():
        hints = [
            (
                value / max(1.0, np.linalg.norm(value)),
                "each array is clipped by its own norm. Take all arrays together.",
            ),
            (np.clip(value, -1, 1), "each entry is clipped by itself, which turns the direction. Scale by one factor."),
            (value / norm, "a gradient that is short enough stays as it is."),
            (value / norm**2, "the square root is missing in the norm."),
            (value / max(1.0, sums), "the norms of the arrays are added. Add the squares, then take the root."),
            (value, "it has not changed. Change the arrays in place."),
        ]
        expect_close(name + what, after[name], value * min(1.0, 1 / norm), hints)


def init_recurrent(student: Student) -> None:
    """Check part 2: shape, radius and the property of each kind, and that the generator is used."""
    size, radius = 6, 1.3
    for kind in ("identity", "orthogonal", "normal"):
        weight, again, other = (call(student, kind, size, np.random.default_rng(seed), radius) for seed in (72, 72, 73))
        expect_shape(f"{kind} matrix", expect_array(f"{kind} matrix", weight), (size, size))
        hint = "draw with the rng that is passed in, and with nothing else."
        same = np.array_equal(weight, again)
        expect(same, f"{kind} matrix of one seed, drawn twice", "the same", "two that differ", hint)
        if kind == "identity":
            expect_close(f"{kind} matrix", weight, radius * np.eye(size), [(np.eye(size), "the radius is not used.")])
        else:
            expect(not np.allclose(weight, other), f"{kind} matrices of two seeds", "two that differ", "the same", hint)
            _expect_radius(kind, weight, radius)
    expect_raises(ValueError, 'kind = "zeros"', student, "zeros", size, np.random.default_rng(0), radius)
    passed("init_recurrent", "all three kinds have the right radius, and another kind is refused.")


def _expect_radius(kind: str, weight: Array, radius: float) -> None:
    eigenvalues = np.linalg.eigvals(weight)
    found = np.abs(eigenvalues).max()
    if kind == "orthogonal":
        product = weight @ weight.T
        faults = [(np.eye(len(weight)), "the radius is not used.")]
        if np.allclose(np.diag(product), radius**2):
            faults.append((product, "its rows have the right length, and are not at right angles."))
        expect_close("Q Qᵀ of the orthogonal matrix", product, radius**2 * np.eye(len(weight)), faults, atol=1e-8)
    singular = np.linalg.norm(weight, 2)
    hints = {
        1.0: "the radius is not used.",
        found * radius / singular: "the largest singular value was scaled. Scale the largest absolute eigenvalue.",
        found * radius / eigenvalues.real.max(): "a real part was scaled. An eigenvalue's size is its absolute value.",
    }
    expect_close(f"spectral radius of the {kind} matrix", found, radius, list(hints.items()))


def omega_penalty(student: Student) -> None:
    """Check part 3: value and gradient on random numbers, then with steps that have no gradient."""
    rng = np.random.default_rng(73)
    weight, d_hidden, hidden = rng.normal(size=(3, 3)), rng.normal(size=(5, 2, 3)), np.tanh(rng.normal(size=(5, 2, 3)))
    without = d_hidden.copy()
    without[2] = 0
    for what, d in {"": d_hidden, " where δ is 0 at a step": without}.items():
        received = expect_tuple("omega_penalty", call(student, weight, d, hidden), ("omega", "d_weight_hh"))
        expected = gradients.omega_penalty(weight, d, hidden)
        hints = _omega_hints(weight, d, hidden, expected)
        expect_close("omega" + what, received[0], expected[0], hints["omega"])
        expect_close("d_weight_hh" + what, expect_array("d_weight_hh", received[1]), expected[1], hints["d_weight_hh"])
    dead = call(student, np.zeros((3, 3)), d_hidden, hidden)
    expect_close("omega of weights that are 0", dead[0], 5.0)
    expect_close("d_weight_hh of weights that are 0", dead[1], np.zeros((3, 3)))
    passed("omega_penalty", "Ω and its gradient are right, also where no gradient arrives.")


def _omega_hints(
    weight: Array, d_hidden: Array, hidden: Array, expected: tuple[float, Array]
) -> dict[str, list[tuple[Any, str]]]:
    """Wrong penalties and gradients, and the faults that make them."""
    linear = gradients.omega_penalty(weight, d_hidden, np.zeros_like(hidden))
    turned = gradients.omega_penalty(weight.T, d_hidden, hidden)
    before = np.linalg.norm(d_hidden, axis=-1)
    after = np.linalg.norm((d_hidden * (1 - hidden**2)) @ weight, axis=-1)
    ratio = np.divide(after, before, out=np.ones_like(after), where=before > 0)
    slope = "the slope of tanh, 1 - h², is missing."
    side = "the Jacobian is turned round: δ is a row, so it is multiplied by W_hh from the left."
    (n_steps, batch_size), (omega, d_weight) = before.shape, expected
    total = "this is a sum over the batch. Take the mean over it."
    return {
        "omega": [
            (omega * batch_size, total),
            (omega / n_steps, "this is a mean over the steps. Ω is a sum over them."),
            (linear[0], slope),
            (turned[0], side),
            (((ratio**2 - 1) ** 2).sum() / batch_size, "the norms are squared. Compare the norms themselves."),
            (omega + (before == 0).sum() / batch_size, "a step whose δ is 0 counts nothing."),
        ],
        "d_weight_hh": [
            (d_weight.T, "its axes are swapped: the first axis of W_hh is that of δ."),
            (-d_weight, "the sign is turned round. The minus of gradient descent belongs to the update."),
            (d_weight / 2, "the 2 of the square's derivative is missing."),
            (d_weight * batch_size, total),
            (linear[1], slope),
            (turned[1], side),
        ],
    }


def recurrent_dropout(student: Student) -> None:
    """Check part 4: the mask, the states that follow from it, a rate of 0, and rates that cannot be."""
    rng = np.random.default_rng(74)
    params: Parameters = {"weight_ih": rng.normal(size=(8, 2)), "weight_hh": rng.normal(size=(8, 8)) / 2}
    params |= {"bias_ih": rng.normal(size=8), "bias_hh": rng.normal(size=8)}
    x, h_0 = rng.normal(size=(4, 50, 2)), rng.normal(size=(50, 8))
    for rate in (0.25, 0.0):
        given = call(student, x, h_0, params, rate, np.random.default_rng(1))
        hidden, mask = expect_tuple("recurrent_dropout", given, ("hidden", "mask"))
        hint = "a mask has a row for each sequence, and is the same at all steps."
        expect_shape("mask", expect_array("mask", mask), h_0.shape, hint)
        _expect_mask(mask, rate)
        expected = gradients.dropped_layer(x, h_0, params, mask)[0]
        hints = _dropout_hints(x, h_0, params, mask, expected)
        if np.shape(hidden) == expected.shape:
            before = np.concatenate([h_0[np.newaxis], hidden[:-1]])
            follows = [gradients.dropped_layer(x[[t]], before[t], params, mask)[0][0] for t in range(len(x))]
            if [np.allclose(*pair) for pair in zip(hidden, follows, strict=True)].count(True) == 1:
                hints.append((hidden, "the mask fits one step alone. Draw one, and keep it for all steps."))
        expect_close(f"hidden at a rate of {rate}", expect_array("hidden", hidden), expected, hints)
    for wrong in (-0.1, 1.0):
        expect_raises(ValueError, f"rate = {wrong}", student, x, h_0, params, wrong, np.random.default_rng(1))
    passed("recurrent_dropout", "one mask for all steps, scaled, on the context alone.")


def _expect_mask(mask: Array, rate: float) -> None:
    columns, dropped = (mask == 0).mean(axis=0), float((mask == 0).mean())
    shared = rate > 0 and np.isin(columns, (0, 1)).all()
    expect(not shared, "mask", "a row of its own for each sequence", "the same row for all")
    turned = "is a unit dropped with probability p, or kept with it?" if abs(dropped + rate - 1) < 0.1 else ""
    near = f"about {rate} of its entries 0"
    expect(abs(dropped - rate) < 0.1, f"mask at a rate of {rate}", near, f"{dropped:.2f} of them", turned)
    kept = mask[mask != 0]
    faults = [
        (np.ones_like(kept), "the units that stay are not scaled, so the context shrinks on average."),
        (np.full_like(kept, 1 - rate), "the units that stay are scaled down. The mean of the mask has to be 1."),
    ]
    expect_close("entries of the mask that are not 0", kept, np.full_like(kept, 1 / (1 - rate)), faults)


def _dropout_hints(x: Array, h_0: Array, params: Parameters, mask: Array, expected: Array) -> list[tuple[Any, str]]:
    def layer(h_0: Array = h_0, mask: Array = mask, **change: Array) -> Array:
        return gradients.dropped_layer(x, h_0, {**params, **change}, mask)[0]

    once = np.divide(h_0, mask, out=np.zeros_like(h_0), where=mask > 0)
    whole = "the mask belongs to the context alone. The states that are returned are whole."
    late = unroll(x[:1], h_0, params)[0]
    late = np.concatenate([late, gradients.dropped_layer(x[1:], late[0], params, mask)[0]])
    return [
        (unroll(x, h_0, params)[0], "the mask is not used."),
        (expected * mask, whole),
        (mask * layer(once, mask**2), whole),
        (late, "the mask acts on h_0 too."),
        (layer(bias_ih=0 * params["bias_ih"]), "bias_ih is missing."),
        (layer(bias_hh=0 * params["bias_hh"]), "bias_hh is missing."),
        (layer(weight_hh=params["weight_hh"].T), "weight_hh is turned round: multiply the context by its transpose."),
    ]


_CANCEL = "the absolute value is taken of the sum, where weights of both signs cancel. Take it of each weight."


def l1_penalty(student: Student) -> None:
    """Check part 5: value and gradients, on a matrix whose entries cancel too."""
    rng = np.random.default_rng(75)
    cancels = {"weight": np.array([[5.0, -5.0], [-5.0, 5.0]])}
    mixed = {"weight_ih": rng.normal(size=(3, 2)), "bias": rng.normal(size=3), "weight_hh": rng.normal(size=(3, 3))}
    for what, params in {" of a matrix that sums to 0": cancels, "": mixed}.items():
        copies = {name: value.copy() for name, value in params.items()}
        penalty, grads = expect_tuple("l1_penalty", call(student, params, 0.1), ("penalty", "grads"))
        for name, value in copies.items():
            expect(np.array_equal(value, params[name]), name, "the parameter as it was", "another: it was changed")
        weights = [value for name, value in params.items() if "weight" in name]
        expected = sum(0.1 * np.abs(value).sum() for value in weights)
        hints = [
            (sum(0.1 * abs(value.sum()) for value in weights), _CANCEL),
            (sum(0.1 * abs(value.sum()) for value in params.values()), _CANCEL),
            (sum(0.1 * np.abs(value).sum() for value in params.values()), "biases are free."),
            (10 * expected, "λ is missing."),
            (sum(0.1 * (value**2).sum() for value in weights), "these are squares: that is an L2 penalty."),
        ]
        expect_close("penalty" + what, penalty, expected, hints)
        expect(isinstance(grads, dict) and grads.keys() == params.keys(), "grads", "a dict with all names", grads)
        for name, value in params.items():
            wanted = 0.1 * np.sign(value) * ("weight" in name)
            faults = [
                (0.1 * np.sign(value.sum()) * np.ones_like(value), _CANCEL),
                (0.1 * np.sign(value), "biases are free: their gradient is 0."),
                (np.sign(value), "λ is missing."),
                (0.1 * value, "this is the gradient of an L2 penalty."),
                (-wanted, "the sign is turned round. The minus of gradient descent belongs to the update."),
            ]
            expect_close(f"gradient of {name}{what}", expect_array(name, grads[name]), wanted, faults)
    passed("l1_penalty", "every weight counts by its size, whatever the others are.")
