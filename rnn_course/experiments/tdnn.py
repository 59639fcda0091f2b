"""Experiments of the chapter on time-delay networks: the edge of the window, sunspots, motions, glides, chaos."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_course.datasets import basic_motions, standardise, sunspots
from rnn_course.experiments.baselines import autoregression, context_table, dtw, euclidean, logistic
from rnn_course.experiments.store import Result, Row, interval, load, run_grid
from rnn_course.ffnn import MLP, sliding_windows
from rnn_course.functional import cross_entropy, mse_loss, relu
from rnn_course.module import Module
from rnn_course.optim import Adam
from rnn_course.tasks.formant_glides import make_formant_glides
from rnn_course.tasks.mackey_glass import make_mackey_glass
from rnn_course.tdnn import TDNN, max_over_time, mean_over_time
from rnn_course.training import fit, minibatches

Array = NDArray[np.floating]
Labels = NDArray[np.int64]

STACKS = {
    "two layers of 3": ([3, 3], [1, 1]),
    "dilated, 3 layers": ([2] * 3, [1, 2, 4]),
    "dilated, 4 layers": ([2] * 4, [1, 2, 4, 8]),
}
LAGS = range(21)
PENALTIES = (0.003, 0.01, 0.03, 0.1)
PERIODS = {"1921–55": (1921, 1955), "1956–79": (1956, 1979)}
FOLDS = ((1821, 1870), (1871, 1920))
WINDOW = 12  # years
MODELS = ("TDNN", "TDNN, mean", "MLP", "MLP, shifted data")
ONSETS = range(2, 25)
TRAINED_ONSET = 10
MACKEY_LAGS = [0, 6, 12, 18]
MACKEY_HORIZON = 6


def main() -> None:
    """Run what is not stored yet; about ten minutes in all."""
    run_grid("tdnn_wall", wall, [{"stack": s, "lag": lag} for s in STACKS for lag in LAGS], range(10))
    run_grid("tdnn_sunspots", sunspot_network, [{"l2": l2} for l2 in PENALTIES], range(10))
    run_grid("tdnn_motions", motions, [{}], range(20))
    run_grid("tdnn_baselines", motion_baselines, [{}], [0])
    run_grid("tdnn_glides", glides, [{"model": model} for model in MODELS], range(10))
    run_grid("tdnn_mackey", mackey_glass, [{}], range(10))


def wall(stack: str, lag: int, seed: int, n_steps: int = 100) -> Result:
    """Train a causal network to repeat the bit of ``lag`` steps ago in a stream of coin flips.

    Returns
    -------
    dict: ``accuracy`` on 10,000 new bits; the same of a ``table`` that counts what followed each context as long as the
    receptive field.
    """
    kernel_sizes, dilations = STACKS[stack]
    rng = np.random.default_rng(seed)
    bits, test = rng.integers(0, 2, (n_steps, 40)), rng.integers(0, 2, (n_steps, 100))
    sizes = [1, *[8] * (len(kernel_sizes) - 1), 2]
    model = TDNN(sizes, kernel_sizes, rng, dilations=dilations, causal=True)
    target = np.roll(bits, lag, axis=0)
    mask = np.broadcast_to(np.arange(n_steps)[:, np.newaxis] >= lag, bits.shape)  # before, there is nothing to repeat
    data = minibatches(_signed(bits), target, batch_size=10, mask=mask)
    fit(model, data, cross_entropy, Adam(model.parameters(), lr=0.01), 40, rng, progress=False)
    said = model.forward(_signed(test))[0].argmax(axis=2)
    table = context_table(bits, test, lag, model.receptive_field)
    return {"accuracy": _rounded((said[lag:] == test[: n_steps - lag]).mean()), "table": _rounded(table)}


def sunspot_network(l2: float, seed: int) -> Result:
    """Predict next year's number from twelve years; train up to 1920, validate inside, test on two later periods.

    Returns
    -------
    dict: ``validation``, mean squared error over the two folds in units of the variance up to 1920; ``nmse`` and
    ``predictions`` for each period, from a network trained on all years up to 1920.
    """
    folds = []
    for first, last in FOLDS:
        model, x, y, years, (_, deviation) = _train_on_sunspots(first - 1, l2, seed)
        inside = (years >= first) & (years <= last)
        error = deviation * (model.forward(x[:, inside])[0] - y[:, inside])
        folds.append((error**2).mean())
    model, x, y, years, (mean, deviation) = _train_on_sunspots(1920, l2, seed)
    chosen = [(years >= first) & (years <= last) for first, last in PERIODS.values()]
    predictions = [mean + deviation * model.forward(x[:, inside])[0].ravel() for inside in chosen]
    return {
        "validation": _rounded(np.mean(folds) / deviation**2),
        "nmse": [_rounded(sunspot_nmse(p, period)) for p, period in zip(predictions, PERIODS, strict=True)],
        "predictions": [[round(float(value), 1) for value in part] for part in predictions],
    }


def sunspot_nmse(prediction: Array, period: str) -> float:
    """Mean squared error of a period in units of the variance of all the years 1700 to 1979."""
    years, numbers = sunspots()
    first, last = PERIODS[period]
    actual = numbers[(years >= first) & (years <= last)]
    return float(((prediction - actual) ** 2).mean() / numbers[years <= 1979].var())


def sunspot_baselines() -> dict[str, list[float]]:
    """Error of persistence and of linear autoregressions that were fitted up to 1920, in each period."""
    years, numbers = sunspots()
    scores: dict[str, list[float]] = {"persistence": [], "AR(2)": [], "AR(9)": [], "AR(12)": []}
    for period, (first, last) in PERIODS.items():
        before = np.flatnonzero((years >= first - 1) & (years < last))
        scores["persistence"].append(sunspot_nmse(numbers[before], period))
        for order in (2, 9, 12):
            fit_at = np.arange(order - 1, np.flatnonzero(years == 1920)[0])
            prediction = autoregression(numbers, list(range(order)), fit_at, before)
            scores[f"AR({order})"].append(sunspot_nmse(prediction, period))
    return scores


def chosen_penalty() -> float:
    """The penalty with the smallest validation error: the tests have no say in it."""
    return min(PENALTIES, key=lambda l2: np.mean(results("sunspots", "validation", l2=l2)))


def motions(seed: int) -> Result:
    """Classify BasicMotions with one layer of 16 features, nine steps wide, and the mean over time.

    Returns
    -------
    dict: ``accuracy`` on the test, ``validation``, the same in four-fold cross-validation of the training part.
    """
    split, folds = basic_motions(), []
    order = np.random.default_rng(seed).permutation(split.x.shape[1])
    for held in np.split(order, 4):
        kept = np.setdiff1d(order, held)
        folds.append(_motion_accuracy(split.x[:, kept], split.labels[kept], split.x[:, held], split.labels[held], seed))
    accuracy = _motion_accuracy(split.x, split.labels, split.test_x, split.test_labels, seed)
    return {"accuracy": accuracy, "validation": _rounded(np.mean(folds))}


def _motion_accuracy(x: Array, labels: Labels, test_x: Array, test_labels: Labels, seed: int) -> float:
    """Scale by the training part, train, and test."""
    x, test_x = standardise(x, test_x)
    rng = np.random.default_rng(seed)
    model = TDNN([6, 16, 4], [9, 1], rng, activation=relu, pool=mean_over_time)
    data = minibatches(x, labels, batch_size=10, target_batch_axis=0)
    fit(model, data, cross_entropy, Adam(model.parameters(), lr=0.01), 40, rng, progress=False)
    return _accuracy(model, test_x, test_labels)


def motion_baselines(seed: int = 0) -> dict[str, float]:
    """Accuracy of chance, nearest neighbours and logistic regression on the same split. No seed changes them."""
    split = basic_motions()
    x, test_x = standardise(split.x, split.test_x)
    predictions = {
        "nearest neighbour": split.labels[euclidean(split.test_x, split.x).argmin(axis=1)],
        "logistic regression": logistic(x, split.labels, test_x),
        "nearest neighbour, DTW": split.labels[dtw(split.test_x, split.x).argmin(axis=1)],
    }
    scores = {name: float((said == split.test_labels).mean()) for name, said in predictions.items()}
    return {"one class for all": float(np.bincount(split.test_labels).max() / len(split.test_labels)), **scores}


def glides(model: str, seed: int) -> Result:
    """Learn b, d, g from 1,000 glides that all begin at frame 10 (or, shifted, at 4 to 22); test at every onset.

    Returns
    -------
    dict: ``accuracy``, one for each of `ONSETS`, on 500 new glides each; ``parameters``, how many were trained.
    """
    rng = np.random.default_rng(seed)
    onsets = range(4, 24, 2) if model == "MLP, shifted data" else [TRAINED_ONSET] * 10
    parts = [make_formant_glides(100, rng, onset, noise=0.15) for onset in onsets]
    x, labels = np.concatenate([p[0] for p in parts], axis=1), np.concatenate([p[1] for p in parts])
    pools = {"TDNN": max_over_time, "TDNN, mean": mean_over_time}
    net = TDNN([16, 8, 3], [3, 5], rng, pool=pools[model]) if model in pools else MLP([30 * 16, 8, 3], rng)
    data = minibatches(_shown(net, x), labels, 50, batch_axis=1 if model in pools else 0, target_batch_axis=0)
    fit(net, data, cross_entropy, Adam(net.parameters(), lr=0.01), 40, rng, progress=False)
    tests = [make_formant_glides(500, rng, onset, noise=0.15) for onset in ONSETS]
    accuracies = [_accuracy(net, _shown(net, test_x), test_labels) for test_x, test_labels in tests]
    return {"accuracy": accuracies, "parameters": net.count_parameters()}


def mackey_glass(seed: int) -> Result:
    """Predict the signal six steps ahead from x(t), x(t - 6), x(t - 12) and x(t - 18): 500 pairs to learn, 500 to test.

    Returns
    -------
    dict of root mean squared errors in units of the test targets' standard deviation: ``network``, ``linear`` (least
    squares on the same inputs), ``persistence``.
    """
    series, rng = make_mackey_glass(1125), np.random.default_rng(seed)
    train, test = np.arange(118, 618), np.arange(618, 1118)
    mean, deviation = series[: train[-1]].mean(), series[: train[-1]].std()
    scaled = ((series - mean) / deviation)[:, np.newaxis, np.newaxis]
    model = TDNN([1, 16, 16, 1], [4, 1, 1], rng, dilations=[6, 1, 1], causal=True)
    x, y = (scaled[at[0] - 18 : at[-1] + 1] for at in (train, train + MACKEY_HORIZON))
    mask = np.arange(len(x))[:, np.newaxis] >= 18  # outputs whose window is whole
    data = minibatches(x, y, batch_size=1, mask=mask)
    for lr in (0.01, 0.003, 0.001):
        fit(model, data, mse_loss, Adam(model.parameters(), lr=lr), 1500, rng, progress=False)
    said = mean + deviation * model.forward(scaled[test[0] - 18 : test[-1] + 1])[0][18:].ravel()
    actual = series[test + MACKEY_HORIZON]
    linear = autoregression(series, MACKEY_LAGS, train, test, MACKEY_HORIZON)
    predictions = {"network": said, "linear": linear, "persistence": series[test]}
    return {name: _rounded(np.sqrt(((p - actual) ** 2).mean()) / actual.std()) for name, p in predictions.items()}


def results(name: str, quantity: str, **setting: Any) -> list[Any]:
    """Return one quantity of the stored runs that have this setting, seed by seed."""
    return [r["result"][quantity] for r in load(f"tdnn_{name}") if setting.items() <= r.items()]


def with_interval(values: Any, digits: int = 3) -> str:
    """Mean of a result over the seeds, with its 95 % bootstrap interval."""
    return "{:.{d}f} [{:.{d}f}, {:.{d}f}]".format(*interval(values), d=digits)


def rows() -> list[Row]:
    """Return the table *published / obtained here*."""
    table = []
    for stack, edge in (("two layers of 3", 5), ("dilated, 4 layers", 16)):
        for lag, best in ((edge - 1, "1.000"), (edge, "0.500")):
            found = results("wall", "accuracy", stack=stack, lag=lag)
            quantity = f"Repeat the bit of {lag} steps ago, receptive field {edge}: accuracy"
            table.append(Row(quantity, best, "derived", with_interval(found), len(found)))
    waibel = "{cite:t}`waibel1989`"
    for quantity, published in (("TDNN", "98.5 %"), ("best HMM", "93.7 %")):
        table.append(Row(f"b, d, g of real speech: {quantity}", published, waibel, "the speech is not public", 0))
    for model in ("TDNN", "MLP"):
        found = results("glides", "accuracy", model=model)
        for onset in (TRAINED_ONSET, 18):
            scores = [run[ONSETS.index(onset)] for run in found]
            quantity = f"b, d, g of synthetic glides, onset {onset}, trained on {TRAINED_ONSET}: {model}"
            table.append(Row(quantity, "", "", with_interval(scores), len(scores)))
    found = results("motions", "accuracy")
    table.append(Row("BasicMotions: TDNN, accuracy", "", "", with_interval(found), len(found)))
    for i, period in enumerate(PERIODS):
        found = [run[i] for run in results("sunspots", "nmse", l2=chosen_penalty())]
        table.append(Row(f"Sunspots {period}: TDNN, NMSE", "", "", with_interval(found), len(found)))
    return table


def _signed(bits: Labels) -> Array:
    return 2.0 * bits[..., np.newaxis] - 1  # (T, B, 1)


def _train_on_sunspots(last: int, l2: float, seed: int) -> tuple[TDNN, Array, Array, Labels, tuple[float, float]]:
    """Train on the targets up to year ``last``, all in each step, with the penalty λ/2 · ‖W‖².

    Returns
    -------
    model; all windows (12, N, 1) and targets (1, N, 1), scaled by the years up to ``last``; the targets' years; the scale
    """
    years, numbers = sunspots()
    mean, deviation = numbers[years <= last].mean(), numbers[years <= last].std()
    scaled = (numbers - mean) / deviation
    x, y = sliding_windows(scaled[:-1], WINDOW).T[..., np.newaxis], scaled[np.newaxis, WINDOW:, np.newaxis]
    years = years[WINDOW:]
    known = years <= last
    model = TDNN([1, 8, 1], [WINDOW, 1], np.random.default_rng(seed))
    optimizer = Adam(model.parameters(), lr=0.01)
    for _ in range(1000):
        output, _, cache = model.forward(x[:, known])
        _, _, grads = model.backward(mse_loss(output, y[:, known])[1], cache)
        for name, gradient in grads.items():
            if name.endswith("weight"):
                gradient += l2 * model.parameters()[name]
        optimizer.step(grads)
    return model, x, y, years, (float(mean), float(deviation))


def _shown(net: Module, x: Array) -> Array:
    """Sequences as they are for a TDNN, all frames in one row for an MLP."""
    return x if isinstance(net, TDNN) else x.transpose(1, 0, 2).reshape(x.shape[1], -1)


def _accuracy(net: Module, x: Array, labels: Labels) -> float:
    return _rounded((net.forward(x)[0].argmax(axis=1) == labels).mean())


def _rounded(value: Any) -> float:
    """Five significant digits: the stored files stay small."""
    return float(f"{float(value):.5g}")


if __name__ == "__main__":
    main()
