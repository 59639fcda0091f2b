"""Three cells with equally many parameters on three tasks: how good they get, and how fast.

In a run, the three cells see the same data in the same order, and Adam's learning rate falls in a straight line to
zero. Where it starts is chosen for each cell and task by a pilot, on validation data: it has seeds of its own, and
never sees a test part.
"""

import time
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_course.experiments.cells import build, train_step
from rnn_course.experiments.problems import TASKS
from rnn_course.experiments.store import Result, Row, interval, load, run_grid
from rnn_course.functional import cross_entropy
from rnn_course.optim import Adam

Array = NDArray[np.floating]

CELLS = ("Elman", "GRU", "LSTM")
RATES = (0.001, 0.003, 0.01, 0.03, 0.1)
# seeds, and updates of each: on the text a pilot is shorter than a run
PILOTS = {"digits": (range(100, 105), 1500), "dyck": (range(100, 102), 1000), "shakespeare": (range(100, 101), 600)}
MEASURED = 10  # times in a run
LONGER = 3000  # updates, on brackets: does the order of the cells depend on how long they train?


def main() -> None:
    """Run what is not stored yet; about twenty minutes of one core in all."""
    run_grid(
        "comparison_baselines", lambda task, seed: TASKS[task].baselines(), [{"task": task} for task in TASKS], [0]
    )
    for task, (seeds, updates) in PILOTS.items():
        grid = [{"cell": cell, "lr": lr} for cell in CELLS for lr in RATES]
        run = partial(train, task, final=False, updates=updates, measured=1)
        run_grid(f"comparison_pilot-{task}", run, grid, seeds)
        run_grid(f"comparison_{task}", partial(train, task), chosen(task), range(TASKS[task].seeds))
    run_grid("comparison_long", partial(train, "dyck", updates=LONGER), chosen("dyck"), range(5))


def train(
    task: str,
    cell: str,
    lr: float,
    seed: int,
    final: bool = True,
    updates: int | None = None,
    measured: int = MEASURED,
) -> Result:
    """Train a network on a task, and measure it as it learns.

    Parameters
    ----------
    task, cell : str, of `TASKS` and `CELLS`
    lr : float, what Adam's learning rate falls from
    seed : int
    final : bool, learn from all that is not test data and measure on that; else measure on validation data
    updates : int, by default the task's
    measured : int, how many times, at even distances

    Returns
    -------
    dict: ``quality``, each time; ``seconds`` of the processor that the updates until then took, on one core;
    ``hidden_size``; ``parameters``
    """
    updates = updates or TASKS[task].updates
    weights, order = np.random.default_rng(seed).spawn(2)  # the data do not depend on how many weights are drawn
    problem = TASKS[task].prepare(order, final)
    sizes = (problem.input_size, problem.out_features, TASKS[task].lstm_size)
    model = build(cell, *sizes, weights, last=problem.last)
    optimizer, state = Adam(model.parameters(), lr=lr), None
    quality, seconds, spent = [], [], 0.0
    for done in range(1, updates + 1):
        x, target, mask = next(problem.batches)
        began = time.process_time()
        _, last = train_step(model, optimizer, x, target, cross_entropy, mask, state)
        optimizer.lr, state = lr * (1 - done / updates), last if problem.carry else None
        spent += time.process_time() - began
        if done * measured % updates < measured:
            quality.append(round(problem.quality(model), 4))
            seconds.append(round(spent, 2))
    hidden_size = model.parameters()["linear.weight"].shape[1]
    counts = {"hidden_size": hidden_size, "parameters": model.count_parameters()}
    return {"quality": quality, "seconds": seconds, **counts}


def pilot(task: str, cell: str) -> dict[float, float]:
    """Return the mean quality on validation data at the end, for each learning rate."""
    runs = [run for run in load(f"comparison_pilot-{task}") if run["cell"] == cell]
    return {lr: float(np.mean([run["result"]["quality"][-1] for run in runs if run["lr"] == lr])) for lr in RATES}


def best_rate(task: str, cell: str) -> float:
    """Return the learning rate that did best in the pilot."""
    scores = pilot(task, cell)
    return (max if TASKS[task].percent else min)(scores, key=scores.__getitem__)


def chosen(task: str) -> list[dict[str, Any]]:
    """Return the settings of the runs: each cell with its learning rate."""
    return [{"cell": cell, "lr": best_rate(task, cell)} for cell in CELLS]


def results(task: str, cell: str, quantity: str) -> list[Any]:
    """Return one quantity of a cell's stored runs on a task, or in the ``"long"`` ones on brackets, seed by seed."""
    return [run["result"][quantity] for run in load(f"comparison_{task}") if run["cell"] == cell]


def curves(task: str, cell: str) -> tuple[Array, Array, Array]:
    """Return how a cell learns: updates (K,), seconds (S, K) and quality (S, K), for S seeds."""
    updates = TASKS[task].updates * np.arange(1, MEASURED + 1) / MEASURED
    return updates, np.array(results(task, cell, "seconds")), np.array(results(task, cell, "quality"))


def final(task: str, cell: str) -> Array:
    """Return the quality at the end, for each seed."""
    return np.array(results(task, cell, "quality"))[:, -1]


def difference(task: str, a: str = "LSTM", b: str = "GRU") -> tuple[float, float, float]:
    """Mean of the differences ``a - b`` of two cells with the same seed, and its 95 % interval."""
    return interval(final(task, a) - final(task, b))


def baselines(task: str) -> dict[str, float]:
    """Return the stored qualities of models that are no recurrent networks, by name."""
    return next(run["result"] for run in load("comparison_baselines") if run["task"] == task)


def summary(task: str) -> list[dict[str, Any]]:
    """Return a line for each cell: its sizes, its learning rate, its quality at the end, the mean seconds of a run."""
    lines = []
    for cell in CELLS:
        sizes = {name: results(task, cell, name)[0] for name in ("hidden_size", "parameters")}
        quality = dict(zip(("mean", "low", "high"), interval(final(task, cell)), strict=True))
        seconds = float(np.mean([spent[-1] for spent in results(task, cell, "seconds")]))
        lines.append({"cell": cell, **sizes, "lr": best_rate(task, cell), **quality, "seconds": seconds})
    return lines


def in_words(task: str, mean: float, low: float, high: float, points: bool = False) -> str:
    """Write a quality and its interval as text, shares in percent, else in bits; ``points`` for a difference."""
    if TASKS[task].percent:
        return f"{100 * mean:.1f} {'points' if points else '%'} [{100 * low:.1f}, {100 * high:.1f}]"
    return f"{mean:.3f} bits [{low:.3f}, {high:.3f}]"


def rows() -> list[Row]:
    """Return the table *published / obtained here*: what each cell reached, and by how much two of them differ."""
    source, table = "{cite:t}`chung2014`, on music and speech", []
    for task, (title, measure, *_, seeds, _, _) in TASKS.items():
        for line in summary(task):
            quantity = f"{title}, {measure}: {line['cell']}, {line['parameters']:,} parameters"
            obtained = in_words(task, line["mean"], line["low"], line["high"])
            table.append(Row(quantity, "", "", obtained, seeds))
        for a, b, published in (("GRU", "Elman", "better than tanh units"), ("LSTM", "GRU", "comparable")):
            obtained = in_words(task, *difference(task, a, b), points=True)
            table.append(Row(f"{title}, {measure}: {a} less {b}, by seed", published, source, obtained, seeds))
    for cell in CELLS:
        quality = final("long", cell)
        obtained = in_words("dyck", *interval(quality))
        table.append(Row(f"Brackets, after {LONGER:,} updates: {cell}", "", "", obtained, len(quality)))
    return table
