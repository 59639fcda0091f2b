"""Experiments of the chapter on feed-forward networks: XOR, XOR in time, and two claims put to the test."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_course.experiments.order import negation_ceiling
from rnn_course.experiments.store import Result, Row, interval, load, rate, run_grid
from rnn_course.ffnn import MLP, sliding_windows
from rnn_course.functional import cross_entropy, identity, log_softmax, mse_loss, relu, sigmoid, tanh
from rnn_course.gradcheck import gradcheck
from rnn_course.optim import SGD, Adam, clip_grad_norm
from rnn_course.order import ngram_counts
from rnn_course.tasks.negation import VOCABULARY, make_negation
from rnn_course.tasks.xor import make_xor_sequence, next_bit_targets, window_ceiling
from rnn_course.training import fit, minibatches

ACTIVATIONS = {"identity": identity, "sigmoid": sigmoid, "tanh": tanh, "relu": relu}
WIDTHS = (1, 2, 3, 4, 6, 8, 10)
HIDDEN = (2, 4, 8, 16, 32)
TREATMENTS = (
    {"l2": 0.0, "max_norm": None},
    {"l2": 0.01, "max_norm": None},
    {"l2": 0.1, "max_norm": None},
    {"l2": 1.0, "max_norm": None},
    {"l2": 0.0, "max_norm": 1.0},
    {"l2": 0.1, "max_norm": 1.0},
)
XOR_X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
XOR_Y = np.array([[0.0], [1.0], [1.0], [0.0]])


def main() -> None:
    """Run what is not stored yet; about five minutes in all."""
    run_grid("ffnn_gradcheck", check_gradients, [{"activation": name} for name in ACTIVATIONS], range(20))
    run_grid("ffnn_xor", static_xor, [{"hidden": hidden} for hidden in HIDDEN], range(100))
    run_grid("ffnn_bounded", bounded_xor, [{"hidden": 2}, {"hidden": 32}], range(50))
    run_grid("ffnn_negation", negation_from_bigrams, [{"hidden": 0}, {"hidden": 32}], range(20))
    run_grid("ffnn_time", xor_in_time, [{"width": width} for width in WIDTHS], range(20))
    depths = [{"scale": scale, **treatment} for scale in (0.5, 1.0, 1.5) for treatment in TREATMENTS]
    run_grid("ffnn_depth", regularised_depth, depths, range(20))


def check_gradients(activation: str, seed: int) -> Result:
    """Largest relative error of an MLP's gradients against central differences."""
    rng = np.random.default_rng(seed)
    model = MLP([4, 6, 5, 3], rng, ACTIVATIONS[activation])
    return {"error": max(gradcheck(model, rng.standard_normal((3, 2, 4)), rng).values())}


def static_xor(hidden: int, seed: int, sweeps: int = 10_000) -> Result:
    """Train a 2-H-1 network of sigmoid units on the four patterns of XOR, all four in each step.

    Squared error, learning rate 0.5 on its mean over the patterns (0.25 on the half sum of Rumelhart et al.),
    momentum 0.9. Training stops when every pattern's squared error is below 0.01.

    Returns
    -------
    dict: ``sweeps`` to the criterion, or None; ``outputs`` for the four patterns; ``saturated``, for how many patterns
    every hidden unit is within 0.02 of 0 or 1; ``outside``, the share of weights outside [0, 1].
    """
    model = MLP([2, hidden, 1], np.random.default_rng(seed), sigmoid, sigmoid)
    optimizer = SGD(model.parameters(), lr=0.5, momentum=0.9)
    taken = None
    for sweep in range(1, sweeps + 1):
        output, _, cache = model.forward(XOR_X)
        if ((output - XOR_Y) ** 2).max() < 0.01:
            taken = sweep
            break
        optimizer.step(model.backward(mse_loss(output, XOR_Y)[1], cache)[2])
    output, _, cache = model.forward(XOR_X)
    units = cache[0][1]  # (4, H)
    return {
        "sweeps": taken,
        "outputs": [round(float(value), 2) for value in output[:, 0]],
        "saturated": int((np.minimum(units, 1 - units) < 0.02).all(axis=1).sum()),
        "outside": _share_outside(model),
    }


def bounded_xor(hidden: int, seed: int, sweeps: int = 2_000) -> Result:
    """Train as `static_xor`, but put every weight back into [0, 1] after each step; biases stay free."""
    model = MLP([2, hidden, 1], np.random.default_rng(seed), sigmoid, sigmoid)
    optimizer = SGD(model.parameters(), lr=0.5, momentum=0.9)
    weights = [value for name, value in model.parameters().items() if name.endswith("weight")]
    for _ in range(sweeps):
        for weight in weights:
            np.clip(weight, 0, 1, out=weight)
        output, _, cache = model.forward(XOR_X)
        optimizer.step(model.backward(mse_loss(output, XOR_Y)[1], cache)[2])
    for weight in weights:
        np.clip(weight, 0, 1, out=weight)
    return {"correct": int(((model.forward(XOR_X)[0] > 0.5) == (XOR_Y > 0.5)).sum())}


def negation_from_bigrams(hidden: int, seed: int, epochs: int = 30) -> Result:
    """Classify the negation sentences of the chapter `order` from counts of neighbouring pairs of words.

    Trained on 4,000 sentences. With ``hidden`` 0 there is no hidden layer.

    Returns
    -------
    dict: the ``accuracy`` on 2,000 new sentences, and of always answering the commoner class, ``majority``.
    """
    rng = np.random.default_rng(seed)
    (tokens, labels), (test, test_labels) = make_negation(4000, rng), make_negation(2000, rng)
    x, x_test = (ngram_counts(part, len(VOCABULARY), n=2) for part in (tokens, test))
    model = MLP([x.shape[1], *[hidden] * (hidden > 0), 2], rng, tanh)
    data = minibatches(x, labels, batch_size=100, batch_axis=0)
    fit(model, data, cross_entropy, Adam(model.parameters(), lr=0.01), epochs, rng, progress=False)
    return {
        "accuracy": _rounded((model.forward(x_test)[0].argmax(axis=1) == test_labels).mean()),
        "majority": _rounded((test_labels == np.bincount(labels.astype(np.intp)).argmax()).mean()),
    }


def xor_in_time(width: int, seed: int, n_triples: int = 1000, epochs: int = 40) -> Result:
    """Predict the next bit of XOR in time from a window, beside a lookup table of the same window.

    Returns
    -------
    dict with accuracy and cross-entropy (nats) on 10,000 new triples, in all and for each phase of the target; the
    same for the table (add-one counts); the accuracy of always saying the commoner bit; the share of weights outside
    [0, 1].
    """
    rng = np.random.default_rng(seed)
    train, test = make_xor_sequence(n_triples, rng), make_xor_sequence(10_000, rng)
    model = MLP([width, 16, 2], rng, tanh)
    target, _ = next_bit_targets(train, width)
    data = minibatches(_signed_windows(train, width), target, batch_size=50, batch_axis=0)
    fit(model, data, cross_entropy, Adam(model.parameters(), lr=0.01), epochs, rng, progress=False)
    test_target, phase = next_bit_targets(test, width)
    network = _scores(log_softmax(model.forward(_signed_windows(test, width))[0]), test_target, phase)
    table = _scores(_table(train, width)[_codes(test, width)], test_target, phase)
    return {
        **network,
        **{f"table_{name}": table[name] for name in ("accuracy", "loss")},
        "majority_accuracy": _rounded((test_target == np.bincount(target.astype(np.intp)).argmax()).mean()),
        "outside": _share_outside(model),
    }


def regularised_depth(
    scale: float, l2: float, max_norm: float | None, seed: int, steps: int = 500, depth: int = 16, width: int = 32
) -> Result:
    """Train a deep ReLU network whose first weights are ``scale`` times He's, with an L2 penalty and clipping.

    Returns
    -------
    dict: the gradient norms of five layers' weights (penalty not counted) at the ``start`` and at the ``end``, the
    final ``loss`` (predicting the mean scores 1) or None if it passed 10¹² or left the float range, the ``step``
    reached.
    """
    rng = np.random.default_rng(seed)
    model = MLP([2, *[width] * depth, 1], rng, relu)
    for name, value in model.parameters().items():
        is_weight = name.endswith("weight")
        value[...] = scale * np.sqrt(2 / value.shape[1]) * rng.standard_normal(value.shape) if is_weight else 0
    x = rng.uniform(-1, 1, (64, 2))
    y = np.sin(3 * x[:, :1]) * x[:, 1:]
    y = (y - y.mean()) / y.std()
    optimizer = SGD(model.parameters(), lr=0.01)
    norms: list[list[float]] = []
    loss: float | None = None
    step = 0
    with np.errstate(over="ignore", invalid="ignore"):  # divergence is a result here, not a fault
        for step in range(steps + 1):
            output, _, cache = model.forward(x)
            value, d_output = mse_loss(output, y)
            loss = value if np.isfinite(value) and value < 1e12 else None
            if loss is None:
                break
            _, _, grads = model.backward(d_output, cache)
            if step in (0, steps):
                norms.append([_rounded(np.linalg.norm(grads[f"layers.{i}.weight"])) for i in range(0, depth + 1, 4)])
            _penalised_step(optimizer, grads, l2, max_norm)
    return {"start": norms[0], "end": norms[1:] and norms[1], "loss": loss and _rounded(loss), "step": step}


def _penalised_step(optimizer: SGD, grads: dict[str, Any], l2: float, max_norm: float | None) -> None:
    """Clip the gradient of the loss, add that of λ/2 · ‖W‖², and update."""
    clip_grad_norm(grads, np.inf if max_norm is None else max_norm)
    for name, gradient in grads.items():
        if name.endswith("weight"):
            gradient += l2 * optimizer.parameters[name]
    optimizer.step(grads)


def rows() -> list[Row]:
    """Read the stored runs into the chapter's table."""
    checked = [run["result"]["error"] for run in load("ffnn_gradcheck")]
    table = [
        Row(
            "Largest relative gradient error, ε = 10⁻⁵",
            "< 1e-7",
            "threshold of the course",
            f"{max(checked):.1e}",
            len(checked),
        ),
    ]
    bound = f"at most {negation_ceiling(2):.3f}"
    for hidden in (0, 32):
        runs = [run["result"] for run in load("ffnn_negation") if run["hidden"] == hidden]
        place = f"{hidden} hidden units" if hidden else "no hidden layer"
        obtained = mean_and_interval(runs, "accuracy")
        table.append(Row(f"Negation from bigrams, {place}: accuracy", bound, "derived", obtained, len(runs)))
    for width in (1, 2):
        accuracy, loss = (f"{best:.3f}" for best in window_ceiling(width))
        runs = [run["result"] for run in load("ffnn_time") if run["width"] == width]
        place, n = f"XOR in time, window of {width}", len(runs)
        table.append(Row(f"{place}: accuracy", accuracy, "derived", mean_and_interval(runs, "accuracy"), n))
        table.append(Row(f"{place}: nats per bit", loss, "derived", mean_and_interval(runs, "loss"), n))
    stuck, n = stuck_at(2)
    source = "{cite:t}`rumelhart1986`"
    table.append(Row("XOR, 2-2-1: runs that get stuck", "2 of hundreds", source, rate(stuck, n), n))
    for hidden, published in ((2, "about 245"), (32, "about 120")):
        taken = [r for r in sweeps_at(hidden) if r is not None]
        quantity = f"XOR, 2-{hidden}-1: sweeps to learn, stuck runs left out"
        table.append(Row(quantity, published, source, f"median {np.median(taken):.0f}", len(taken)))
    return table


def mean_and_interval(runs: list[Result], name: str) -> str:
    """Mean of a result over the seeds, with its 95 % bootstrap interval."""
    mean, low, high = interval(run[name] for run in runs)
    return f"{mean:.3f} [{low:.3f}, {high:.3f}]"


def sweeps_at(hidden: int) -> list[int | None]:
    """Sweeps that each seed needed on static XOR; None where it got stuck."""
    return [run["result"]["sweeps"] for run in load("ffnn_xor") if run["hidden"] == hidden]


def stuck_at(hidden: int) -> tuple[int, int]:
    """How many seeds got stuck on static XOR, and of how many."""
    taken = sweeps_at(hidden)
    return sum(sweeps is None for sweeps in taken), len(taken)


def _signed_windows(bits: NDArray[np.int64], width: int) -> NDArray[np.float64]:
    return 2.0 * sliding_windows(bits[:-1], width) - 1


def _codes(bits: NDArray[np.int64], width: int) -> NDArray[np.int64]:
    """Each window as one number, its bits read in binary."""
    return sliding_windows(bits[:-1], width) @ (1 << np.arange(width))


def _table(bits: NDArray[np.int64], width: int) -> NDArray[np.float64]:
    """Log-probability of each next bit after each window, from add-one counts."""
    counts = np.ones((1 << width, 2))
    np.add.at(counts, (_codes(bits, width), next_bit_targets(bits, width)[0]), 1)
    return np.log(counts / counts.sum(axis=1, keepdims=True))


def _scores(log_probability: NDArray[Any], target: NDArray[np.int64], phase: NDArray[np.int64]) -> Result:
    loss = -np.take_along_axis(log_probability, target[:, np.newaxis], axis=1)[:, 0]
    # two equal probabilities are a coin flip: half a point
    correct = (log_probability.argmax(axis=1) == target).astype(float)
    correct[log_probability[:, 0] == log_probability[:, 1]] = 0.5
    return {
        "accuracy": _rounded(correct.mean()),
        "loss": _rounded(loss.mean()),
        "phase_accuracy": [_rounded(correct[phase == p].mean()) for p in range(3)],
        "phase_loss": [_rounded(loss[phase == p].mean()) for p in range(3)],
    }


def _share_outside(model: MLP) -> float:
    """Share of weights below 0 or above 1, biases not counted."""
    weights = np.concatenate([value.ravel() for name, value in model.parameters().items() if name.endswith("weight")])
    return _rounded(((weights < 0) | (weights > 1)).mean())


def _rounded(value: Any) -> float:
    """Five significant digits: the stored files stay small."""
    return float(f"{float(value):.5g}")
