"""Visible checks of the assignment ``gru``: one function per part, each with hints that name the likely fault."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnn_course import comparison
from rnn_course import gru as reference
from rnn_course.check.core import call, expect, expect_array, expect_close, expect_raises, expect_tuple, passed
from rnn_course.check.way_back import MEAN, SIGN, expect_grads
from rnn_course.functional import sigmoid
from rnn_course.module import Parameters

Array = np.ndarray
Student = Callable[..., Any]
B, I, H = 2, 3, 4  # noqa: E741 - the course's letters
BIAS = "one of the two biases is missing."
GENERATOR = "draw with the rng that is passed in, and with nothing else."


def problem(seed: int) -> tuple[Array, Array, Parameters]:
    """Return x, h and the parameters of a step."""
    rng = np.random.default_rng(seed)
    shapes = {"weight_ih": (3 * H, I), "weight_hh": (3 * H, H), "bias_ih": (3 * H,), "bias_hh": (3 * H,)}
    params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
    return rng.normal(size=(B, I)), rng.normal(size=(B, H)), params


def gru_step(student: Student) -> None:
    """Check part 1: the gates, then the new state, with the reset after the product and before it."""
    x, h, params = problem(91)
    for after in (True, False):
        what = f", reset {'after' if after else 'before'} the product"
        before = {name: value.copy() for name, value in params.items()}
        h_new, gates = expect_tuple("gru_step", call(student, x, h, params, after), ("h_new", "gates"))
        for name, value in before.items():
            same = name in params and np.array_equal(params[name], value)
            expect(same, f'params["{name}"]', "the values that were handed in", "others", "it was changed in place.")
        received = expect_tuple("gates", gates, ("r", "z", "n"))
        right, cache = reference.gru_step(x, h, params, after)
        r, z, n = cache[2:5]
        for name, gate, wanted in zip("rzn", received, (r, z, n), strict=True):
            expect_close(name + what, expect_array(name, gate), wanted, _gate_hints(name, x, h, params, after))
        hints = [
            (z * n + (1 - z) * h, "z is the other way round: it says how much of the old state is kept."),
            (n, "this is the candidate. The update gate mixes it with the old state."),
            (z * h, "the candidate does not enter."),
            (n + z * h, "the candidate enters in full: it is not weighted with 1 - z."),
            ((1 - r) * n + r * h, "r and z have changed places: the update gate mixes old and new."),
        ]
        expect_close("h_new" + what, expect_array("h_new", h_new), right, hints)
    passed("gru_step", "gates and state are right, with the reset gate in either place.")


def _gate_hints(name: str, x: Array, h: Array, params: Parameters, after: bool) -> list[tuple[Any, str]]:
    """Wrong gates and candidates, and the faults that make them."""
    into = np.split(x @ params["weight_ih"].T + params["bias_ih"], 3, axis=1)
    weights, bias_ih, bias_hh = (np.split(params[key], 3) for key in ("weight_hh", "bias_ih", "bias_hh"))
    back = [h @ weight.T + bias for weight, bias in zip(weights, bias_hh, strict=True)]
    r, z = (sigmoid(into[g] + back[g]) for g in (0, 1))
    own = "rzn".index(name)
    if name != "n":
        total, other = into[own] + back[own], z if name == "r" else r
        return [
            (other, "r and z have changed places. The blocks of the weights stand in the order r, z, n."),
            (total, "the sigmoid is missing."),
            (np.tanh(total), "a gate is a sigmoid: between 0 and 1."),
            (sigmoid(total - bias_ih[own]), BIAS),
            (sigmoid(total - bias_hh[own]), BIAS),
            (sigmoid(total - bias_ih[own] - bias_hh[own]), "both biases are missing."),
            (sigmoid(into[own]), "the state is not used: a gate reads input and state."),
            (sigmoid(total + h @ (weights[own] - weights[own].T)), "weight_hh is the wrong way round."),
        ]
    x_n, w, b = into[2], weights[2], bias_hh[2]
    late, early = r * (h @ w.T + b), (r * h) @ w.T + b
    total = x_n + (late if after else early)
    return [
        (
            np.tanh(x_n + early),
            "the reset gate acts before the product with the recurrent weights here: wanted after it.",
        ),
        (
            np.tanh(x_n + late),
            "the reset gate acts after the product with the recurrent weights here: wanted before it.",
        ),
        (np.tanh(x_n + r * (h @ w.T) + b), "b_hn stands outside the product with r. The reset gate multiplies it too."),
        (np.tanh(x_n + (r * h) @ w.T + r * b), "b_hn stands inside the product with r: here the gate acts on h alone."),
        (np.tanh(x_n + back[2]), "the reset gate is not used."),
        (np.tanh(x_n + z * (h @ w.T + b)), "the candidate reads through the reset gate, not through the update gate."),
        (total, "the tanh is missing."),
        (sigmoid(total), "the candidate is a tanh, not a gate."),
        (np.tanh(total - bias_ih[2]), BIAS),
        (np.tanh(total - (r if after else 1) * b), BIAS),
        (np.tanh(x_n), "the state is not used."),
    ]


def gru_step_backward(student: Student) -> None:
    """Check part 2: both gradients that travel on, then each parameter's."""
    (x, h, params), (_, d_h_new, _) = problem(92), problem(93)
    _, cache = reference.gru_step(x, h, params)
    gates = tuple(gate.copy() for gate in cache[2:5])
    before = [a.copy() for a in (*gates, *params.values())]
    received = call(student, d_h_new, x, h, gates, params)
    for kept, now in zip(before, (*gates, *params.values()), strict=True):
        expect(
            np.array_equal(kept, now), "gates and params", "the values that were handed in", "others: changed in place"
        )
    dx, d_h, grads = expect_tuple("gru_step_backward", received, ("dx", "d_h", "grads"))
    right_dx, right_d_h, right_grads = reference.gru_step_backward(d_h_new, cache)
    expect_grads("grads", grads, params)
    faults = _backward_faults(d_h_new, cache)
    wanted = {"dx": right_dx, "d_h": right_d_h} | {f"grads['{name}']": value for name, value in right_grads.items()}
    found = {"dx": dx, "d_h": d_h} | {f"grads['{name}']": grads[name] for name in right_grads}
    for name, right in wanted.items():
        outside = [(wanted["grads['bias_ih']"], "b_hn stands inside the product with r, b_in outside it.")]
        hints = outside if name == "grads['bias_hh']" else []
        hints += [(fault[name], hint) for fault, hint in faults] + [(-right, SIGN), (right / B, MEAN)]
        expect_close(name, expect_array(name, found[name]), right, hints)
    passed("gru_step_backward", "dx, d_h and the four gradients of the parameters are right.")


def _backward_faults(d_h_new: Array, cache: tuple[Any, ...]) -> list[tuple[dict[str, Array], str]]:
    """Return all gradients as a fault would make them, with the fault's name."""
    x, h, r, z, n, h_n, params, _ = cache

    def gradients(
        d_n: Any = None, d_r: Any = None, d_z: Any = None, d_hn: Any = None, keep: Any = z
    ) -> dict[str, Array]:
        d_n = d_h_new * (1 - z) * (1 - n**2) if d_n is None else d_n
        d_r = d_n * h_n * r * (1 - r) if d_r is None else d_r + 0 * r
        d_z = d_h_new * (h - n) * z * (1 - z) if d_z is None else d_z + 0 * z
        d_hn = d_n * r if d_hn is None else d_hn + 0 * r
        d_input, d_back = np.concatenate([d_r, d_z, d_n], axis=1), np.concatenate([d_r, d_z, d_hn], axis=1)
        return {
            "dx": d_input @ params["weight_ih"],
            "d_h": d_h_new * keep + d_back @ params["weight_hh"],
            "grads['weight_ih']": d_input.T @ x,
            "grads['weight_hh']": d_back.T @ h,
            "grads['bias_ih']": d_input.sum(axis=0),
            "grads['bias_hh']": d_back.sum(axis=0),
        }

    d_n, slope_r, slope_z = d_h_new * (1 - z) * (1 - n**2), r * (1 - r), z * (1 - z)
    return [
        (gradients(keep=0), "the path of the kept state, z ⊙ h, is missing."),
        (gradients(d_r=0), "the path through the reset gate is missing."),
        (gradients(d_z=0), "the path through the update gate is missing."),
        (gradients(d_hn=0), "the path through the candidate's recurrent weights is missing."),
        (gradients(d_n=0 * d_n), "the path through the candidate is missing."),
        (gradients(d_hn=d_n), "what goes back through the candidate's recurrent weights is multiplied by r."),
        (gradients(d_n=d_h_new * (1 - z)), "the slope of tanh, 1 - n², is missing."),
        (gradients(d_n=d_h_new * z * (1 - n**2), keep=1 - z), "z is the other way round: n is weighted with 1 - z."),
        (gradients(d_n=d_h_new * (1 - n**2)), "the factor 1 - z of the candidate is missing."),
        (
            gradients(d_z=d_h_new * (n - h) * slope_z),
            "the sign at z is turned round: z multiplies h, and 1 - z multiplies n.",
        ),
        (gradients(d_z=d_h_new * h * slope_z), "z acts twice: on the kept state and, through 1 - z, on the candidate."),
        (gradients(d_z=d_h_new * (h - n)), "the slope of the sigmoid, z (1 - z), is missing."),
        (gradients(d_r=d_n * h_n), "the slope of the sigmoid, r (1 - r), is missing."),
        (gradients(d_r=d_n * h * slope_r), "the reset gate multiplies h W_hnᵀ + b_hn here, not h."),
    ]


def count_parameters(student: Student) -> None:
    """Check part 3: one layer, several, and a linear layer on top."""
    for gates, i, h, layers, o in ((3, 5, 2, 1, None), (4, 7, 6, 1, 3), (3, 5, 4, 3, None), (1, 2, 5, 2, 2)):
        name = f"gates {gates}, input_size {i}, hidden_size {h}, num_layers {layers}, out_features {o}"
        right = comparison.count_parameters(gates, i, h, layers, o)
        top = 0 if o is None else o * (h + 1)
        biases = gates * h * layers
        hints = [
            (right - biases, "torch has two biases for each block, one with the inputs and one with the state."),
            (right - 2 * biases, "the biases are not counted."),
            (right - 2 * biases + 2 * h * layers, "each block has biases of its own."),
            (right - top, "the linear layer on top is not counted."),
            (right - (o or 0), "the bias of the linear layer is not counted."),
            (
                layers * gates * h * (i + h + 2) + top,
                "the second layer reads the hidden units of the first, not the input.",
            ),
            (gates * h * (i + h + 2) + top, "only the first layer is counted."),
        ]
        expect_close(name, call(student, gates, i, h, layers, o), right, hints)
    passed("count_parameters", "weights, biases, layers and readout are counted.")


def match_hidden_size(student: Student) -> None:
    """Check part 4: above, below and between two sizes, and a budget that is too small."""

    def count(size: int) -> int:
        return 3 * size * (4 + size + 2)

    for budget in (count(17), count(17) + 5, count(17) - 5, count(1)):
        fits = max(size for size in range(1, 40) if count(size) <= budget)
        right = min(range(1, 40), key=lambda size: abs(count(size) - budget))
        above = fits if count(fits) == budget else fits + 1
        hints = [
            (fits, "this is the largest size that fits. The nearest may be one above the budget."),
            (above, "this is the first size that reaches the budget. The nearest may be one below it."),
            (count(right), "this is the count. Return the size."),
        ]
        expect_close(f"size for a budget of {budget}", call(student, budget, count), right, hints)
    tie = [(4, "of two sizes that are equally near, the smaller one is wanted.")]
    expect_close("size for a budget of 35 at 10 a unit", call(student, 35, lambda size: 10 * size), 3, tie)
    expect_raises(ValueError, "a budget below one unit", student, count(1) - 1, count)
    passed("match_hidden_size", "the nearest size is found, and a budget that is too small is refused.")


def bootstrap_interval(student: Student) -> None:
    """Check part 5: an interval that can be listed, then the generator, the number of draws, and bad input."""
    values, level = np.array([9.0, 0.0, 3.0, 1.0]), 0.7
    draws = values[np.stack(np.meshgrid(*[range(4)] * 4)).reshape(4, -1)].mean(axis=0)  # all 256
    ends = np.quantile(draws, [(1 - level) / 2, (1 + level) / 2])
    received = call(student, values, np.random.default_rng(94), level, 20_000)
    found = expect_tuple("bootstrap_interval", received, ("mean", "low", "high"))
    hints = [(np.median(values), "this is the median.")]
    if np.shape(found[0]) == () and abs(found[0] - values.mean()) < 0.1:
        hints.append((found[0], "this is the mean of the resamples. Return that of the runs."))
    expect_close("mean", found[0], values.mean(), hints)
    shares = {
        "the interval is that of another level: is 0.95 fixed?": (0.025, 0.975),
        "an interval that leaves out 1 - level at *each* end is too narrow: half of it lies below, half above.": (
            0.3,
            0.7,
        ),
        "this is an interval from 0 to the level: half of what is left out lies below it.": (0.0, 0.7),
    }
    for i, name in enumerate(("low", "high")):
        hints = [
            (values.mean(), "there is no spread. Draw *with* replacement: else every draw is the same runs."),
            (
                np.quantile(values, [(1 - level) / 2, (1 + level) / 2])[i],
                "these are quantiles of the runs. Take those of means.",
            ),
            (ends[1 - i], "low and high have changed places."),
            *((np.quantile(draws, pair)[i], hint) for hint, pair in shares.items()),
        ]
        expect_close(name, found[1 + i], ends[i], hints)
    runs = np.random.default_rng(95).normal(size=7)
    first, again, other = (call(student, runs, np.random.default_rng(seed), 0.9, 50) for seed in (96, 96, 97))
    expect(tuple(first) == tuple(again), "the intervals of one seed", "the same", "two that differ", GENERATOR)
    expect(tuple(first) != tuple(other), "the intervals of two seeds", "two that differ", "the same", GENERATOR)
    expect_close("mean of other runs", first[0], runs.mean(), rtol=1e-12)
    _, low, high = call(student, runs, np.random.default_rng(98), 0.9, 1)
    hint = "the number of resamples is not used."
    expect(low == high, "the interval of one resample", "one mean at both ends", (low, high), hint)
    for name, bad, share in (("no values", runs[:0], 0.9), ("a level of 95", runs, 95), ("a level of 0", runs, 0)):
        expect_raises(ValueError, name, student, bad, np.random.default_rng(0), share)
    passed("bootstrap_interval", "the interval is right, and so is its generator.")
