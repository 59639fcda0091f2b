"""Experiments of the chapter on long short-term memory: three tasks of 1997, the forget gate's bias, gates left out."""

import math
from typing import Any

import numpy as np

from rnn_course.experiments.cells import build, sequences_until_solved, train_step
from rnn_course.experiments.store import Result, Row, interval, load, run_grid
from rnn_course.functional import cross_entropy, mse_loss, softmax
from rnn_course.optim import Adam
from rnn_course.tasks import reber as grammar
from rnn_course.tasks.adding import make_adding
from rnn_course.tasks.temporal_order import CLASSES, make_temporal_order
from rnn_course.tasks.temporal_order import SYMBOLS as ORDER_SYMBOLS

REBER_CELLS = ("LSTM", "Elman", "GRU")
REBER_LIMIT = 51_200  # two hundred passes
ADDING_LIMIT = 100_000
BIASES = (0.0, 1.0)
WITHOUT = ("", "input", "forget", "output")


def main() -> None:
    """Run what is not stored yet; about an hour of one core in all."""
    run_grid("lstm_reber", reber, [{"cell": cell} for cell in REBER_CELLS], range(20))
    run_grid("lstm_adding", adding, [{"cell": cell, "length": 100} for cell in ("LSTM", "GRU")], range(20))
    run_grid("lstm_bias", forget_bias, [{"bias": bias} for bias in BIASES], range(10))
    run_grid("lstm_long", adding, [{"cell": cell, "length": 500} for cell in ("LSTM", "GRU")], range(5))
    run_grid("lstm_step", reber, [{"cell": "Elman, one step"}], range(20))
    run_grid("lstm_longest", adding, [{"cell": cell, "length": 1000} for cell in ("LSTM", "GRU")], range(5))
    gates = [{"task": task, "without": gate} for task in ("adding", "order", "reber") for gate in WITHOUT]
    run_grid("lstm_gates", ablation, gates, range(5))


def reber(cell: str, seed: int, without: str = "", batch_size: int = 4, limit: int = REBER_LIMIT) -> Result:
    """Learn to predict the next symbol of the embedded Reber grammar, as in experiment 1 of 1997.

    There are 256 strings to learn from and 256 others to test. After every pass over the first, all symbols of all 512
    are predicted; training ends when none is wrong. Each network has as many parameters as an LSTM of 10 units.

    Returns
    -------
    dict: ``sequences``, how many were seen until then, None if more than ``limit``; ``train`` and ``test``, shares of
    strings without an error at the end; ``parameters``
    """
    rng = np.random.default_rng(seed)
    train, test = [grammar.reber_string(rng) for _ in range(256)], []
    while len(test) < 256:
        string = grammar.reber_string(rng)
        test += [string] if string not in train else []
    tokens, following, legal = grammar.encode_reber(train + test)
    n_symbols, inside = len(grammar.SYMBOLS), following >= 0
    x = np.eye(n_symbols, dtype=np.float32)[tokens]
    model = build(cell, n_symbols, n_symbols, 10, rng, without=without)
    optimizer, seen, right = Adam(model.parameters(), lr=0.01), 0, np.zeros(512, bool)
    while seen < limit and not right.all():
        for chosen in rng.permutation(256).reshape(-1, batch_size):
            batch = (slice(inside[:, chosen].sum(axis=0).max()), chosen)
            train_step(model, optimizer, x[batch], following[batch], cross_entropy, inside[batch])
        seen += 256
        right = grammar.all_predicted(model.forward(x)[0], legal)
    return {
        "sequences": seen if right.all() else None,
        "train": rounded(right[:256].mean()),
        "test": rounded(right[256:].mean()),
        "parameters": model.count_parameters(),
    }


def adding(
    cell: str,
    length: int,
    seed: int,
    bias: float | None = None,
    tied: bool = True,
    without: str = "",
    limit: int = ADDING_LIMIT,
) -> Result:
    """Learn the adding problem in the convention of 1997, to the criterion of its experiment 4.

    A sequence is right if the error at its end is below 0.04. Training ends when the 2000 most recent ones were right,
    each seen once, in batches of 50. Then 2560 new ones are a test. Each network has as many parameters as an LSTM of
    16 units. If no bias is given, it is ln(length), so that the memory starts out to last about as long as a sequence
    (after Tallec & Ollivier 2018, who draw it at random up to that).

    Returns
    -------
    dict: ``sequences``, None if more than ``limit``; ``wrong`` of 2560; ``mse`` on them; ``parameters``
    """
    rng = np.random.default_rng(seed)
    bias = math.log(length) if bias is None else bias
    model = build(cell, 2, 1, 16, rng, bias, tied, without, last=True)

    def draw(n: int) -> tuple[Any, Any]:
        x, target = make_adding(n, rng, length, original=True)
        return x.astype(np.float32), target.astype(np.float32)

    seen = sequences_until_solved(model, draw, mse_loss, lambda output, target: abs(output - target) < 0.04, limit)
    x, target = draw(2560)
    error = model.forward(x)[0] - target
    return {
        "sequences": seen,
        "wrong": int((abs(error) >= 0.04).sum()),
        "mse": rounded((error**2).mean()),
        "parameters": model.count_parameters(),
    }


def temporal_order(seed: int, without: str = "", length: int = 100, limit: int = ADDING_LIMIT) -> Result:
    """Learn task 6a of 1997 with an LSTM of 16 units, until the 2000 most recent sequences were right.

    A sequence is right if the probabilities of all four classes are within 0.3 of 0 or 1.

    Returns
    -------
    dict: ``sequences``, None if more than ``limit``; ``wrong`` of 2560 new ones
    """
    rng, n_symbols = np.random.default_rng(seed), len(ORDER_SYMBOLS)
    model = build("LSTM", n_symbols, len(CLASSES), 16, rng, math.log(length), True, without, last=True)

    def draw(n: int) -> tuple[Any, Any]:
        tokens, labels = make_temporal_order(n, rng, length)
        return np.eye(n_symbols, dtype=np.float32)[tokens], labels

    def right(logits: Any, labels: Any) -> Any:
        return (abs(softmax(logits) - np.eye(len(CLASSES))[labels]) < 0.3).all(axis=1)

    seen = sequences_until_solved(model, draw, cross_entropy, right, limit)
    x, labels = draw(2560)
    return {"sequences": seen, "wrong": int((~right(model.forward(x)[0], labels)).sum())}


def forget_bias(bias: float, seed: int) -> Result:
    """Learn the adding problem of 30 steps with a forget gate that starts with ``bias``, and all else as torch draws it."""
    return adding("LSTM", 30, seed, bias, tied=False)


def ablation(task: str, without: str, seed: int) -> Result:
    """Learn a task with one gate of the LSTM held open for ever, or with all gates (``without`` is empty)."""
    if task == "reber":
        return reber("LSTM", seed, without, limit=25_600)
    if task == "adding":
        return adding("LSTM", 100, seed, without=without, limit=50_000)
    return temporal_order(seed, without, limit=50_000)


def solved(name: str, **setting: Any) -> tuple[int, int, str]:
    """How many stored runs of a setting met their criterion, of how many, and after how many sequences on average.

    Returns
    -------
    count, total, and the mean over the successful runs with its 95 % bootstrap interval, in words
    """
    runs = [run["result"]["sequences"] for run in load(f"lstm_{name}") if setting.items() <= run.items()]
    needed = [sequences for sequences in runs if sequences is not None]
    words = "{:,.0f} [{:,.0f}, {:,.0f}]".format(*interval(needed)) if needed else "-"
    return len(needed), len(runs), words


def rows() -> list[Row]:
    """Return the table *published / obtained here*: sequences until the criterion of 1997 was met."""
    source = "{cite:t}`hochreiter1997`"
    stored = [
        ("Embedded Reber grammar, LSTM", "8,440, 100 % of 30 trials", "reber", {"cell": "LSTM"}),
        ("Embedded Reber grammar, Elman with one-step gradients", "more than 200,000, 0 %", "step", {}),
        ("Embedded Reber grammar, Elman with BPTT", "", "reber", {"cell": "Elman"}),
        ("Embedded Reber grammar, GRU", "", "reber", {"cell": "GRU"}),
        ("Adding, T = 100, LSTM", "74,000", "adding", {"cell": "LSTM"}),
        ("Adding, T = 100, GRU", "", "adding", {"cell": "GRU"}),
        ("Adding, T = 500, LSTM", "209,000", "long", {"cell": "LSTM"}),
        ("Adding, T = 500, GRU", "", "long", {"cell": "GRU"}),
        ("Adding, T = 1000, LSTM", "853,000", "longest", {"cell": "LSTM"}),
        ("Adding, T = 1000, GRU", "", "longest", {"cell": "GRU"}),
        ("Adding, T = 30, forget bias 0", "", "bias", {"bias": 0.0}),
        ("Adding, T = 30, forget bias 1", "", "bias", {"bias": 1.0}),
    ]
    table = []
    for quantity, published, name, setting in stored:
        count, total, needed = solved(name, **setting)
        table.append(Row(quantity, published, source if published else "", f"{needed}; {count} of {total}", total))
    return table


def rounded(value: Any) -> float:
    """Four significant digits: the stored files stay small."""
    return float(f"{float(value):.4g}")


if __name__ == "__main__":
    main()
