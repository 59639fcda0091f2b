"""One training loop for every model that has the shared interface."""

import json
import os
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from rnn_course.functional import Loss
from rnn_course.module import Module
from rnn_course.optim import Optimizer, clip_grad_norm

Array = NDArray[Any]

if sys.platform == "emscripten":
    tqdm.monitor_interval = 0  # the bar's watchman is a thread, and a browser starts none


class Batch(NamedTuple):
    """One mini-batch: what goes in, what should come out, and which targets count (all, if ``None``)."""

    x: Array
    target: Array
    mask: NDArray[np.bool_] | None = None


Data = Callable[[np.random.Generator], Iterator[Batch]]
Metric = Callable[[Array, Batch], float]


def minibatches(
    x: Array,
    target: Array,
    batch_size: int,
    mask: NDArray[np.bool_] | None = None,
    batch_axis: int = 1,
    target_batch_axis: int | None = None,
) -> Data:
    """Mini-batches of arrays held in memory, in a new random order each epoch.

    Parameters
    ----------
    x : ndarray, batch on ``batch_axis`` (1 for time-major sequences, 0 for plain vectors)
    target : ndarray, batch on ``target_batch_axis`` (default: the same axis)
    batch_size : int; the last batch of an epoch may be smaller
    mask : bool ndarray with the layout of ``target``, optional

    Returns
    -------
    callable that takes a Generator and yields the batches of one epoch.

    Raises
    ------
    ValueError
        If the sizes of the batch axes differ, there is no data, or ``batch_size`` is not positive.
    """
    target_axis = batch_axis if target_batch_axis is None else target_batch_axis
    n = x.shape[batch_axis]
    if n == 0 or batch_size < 1:
        raise ValueError(f"expected at least one example and a positive batch_size, received {n} and {batch_size}")
    if target.shape[target_axis] != n:
        raise ValueError(f"target: expected {n} examples on axis {target_axis} as in x, received {target.shape}")
    if mask is not None and mask.shape != target.shape[: mask.ndim]:
        raise ValueError(f"mask: expected the leading shape of target {target.shape}, received {mask.shape}")

    def epoch(rng: np.random.Generator) -> Iterator[Batch]:
        order = rng.permutation(n)
        for start in range(0, n, batch_size):
            chosen = order[start : start + batch_size]
            part = None if mask is None else mask.take(chosen, target_axis)
            yield Batch(x.take(chosen, batch_axis), target.take(chosen, target_axis), part)

    return epoch


@dataclass
class History:
    """What happened in training: one entry an epoch in each list, NaN-free unless training diverged."""

    loss: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    metrics: dict[str, list[float]] = field(default_factory=dict)
    grad_norm: list[float] = field(default_factory=list)
    best_epoch: int | None = None
    stopped_early: bool = False

    @property
    def epochs(self) -> int:
        """Number of epochs that were completed."""
        return len(self.loss)


def evaluate(
    model: Module, data: Data, loss: Loss, rng: np.random.Generator, metrics: dict[str, Metric] | None = None
) -> dict[str, float]:
    """Mean loss and metrics over one epoch of ``data``, each target that counts weighing the same."""
    totals: dict[str, float] = {}
    weight = 0
    for batch in data(rng):
        output, _, _ = model.forward(batch.x)
        count = _count(batch)
        weight += count
        values = {"loss": loss(output, batch.target, batch.mask)[0]}
        values |= {name: metric(output, batch) for name, metric in (metrics or {}).items()}
        for name, value in values.items():
            totals[name] = totals.get(name, 0.0) + count * value
    return {name: total / weight for name, total in totals.items()}


def fit(
    model: Module,
    data: Data,
    loss: Loss,
    optimizer: Optimizer,
    epochs: int,
    rng: np.random.Generator,
    *,
    validation: Data | None = None,
    metrics: dict[str, Metric] | None = None,
    max_norm: float | None = None,
    patience: int | None = None,
    checkpoint: str | Path | None = None,
    progress: bool = True,
) -> History:
    """Train ``model`` with mini-batches.

    Parameters
    ----------
    model : Module; changed in place
    data : callable that yields the batches of one epoch, for example from `minibatches`
    loss : callable ``(output, target, mask) -> (loss, d_output)``, for example `functional.cross_entropy`
    optimizer : Optimizer over ``model.parameters()``
    epochs : int, how many passes in all, counted from the first start when a checkpoint is resumed
    rng : numpy Generator, orders the batches
    validation : batches that are only evaluated, optional
    metrics : dict from name to ``(output, batch) -> float``, evaluated on ``validation``
    max_norm : float, clip the joint gradient norm to it, optional
    patience : int, stop after so many epochs without a better validation loss and restore the best parameters
    checkpoint : path, optional
        Written after every epoch. If it exists, training resumes from it exactly: the result is the same as that of a
        run that was never interrupted.
    progress : bool, show a progress bar

    Returns
    -------
    History

    Raises
    ------
    ValueError
        If the settings do not fit together, or the checkpoint is of another model or is damaged.
    FloatingPointError
        If the loss becomes NaN or infinite. The message names the epoch and what to try.
    """
    if (patience is not None or metrics) and validation is None:
        raise ValueError("patience and metrics need validation data; pass validation=")
    path = None if checkpoint is None else Path(checkpoint)
    history = History(metrics={name: [] for name in metrics or {}})
    best = model.state_dict() if patience is not None else {}
    if path is not None and path.exists():
        history, best = load_checkpoint(path, model, optimizer, rng)
    with tqdm(total=epochs, initial=history.epochs, unit="epoch", disable=not progress) as bar:
        while history.epochs < epochs and not history.stopped_early:
            mean_loss, grad_norm = _train_epoch(model, data, loss, optimizer, rng, max_norm, history.epochs)
            history.loss.append(mean_loss)
            history.grad_norm.append(grad_norm)
            if validation is not None:
                # a generator of its own: evaluating must not change the order of the training batches
                scores = evaluate(model, validation, loss, np.random.default_rng(0), metrics)
                history.validation_loss.append(scores["loss"])
                for name in history.metrics:
                    history.metrics[name].append(scores[name])
            if patience is not None:
                if history.validation_loss[-1] < min(history.validation_loss[:-1], default=np.inf):
                    history.best_epoch, best = history.epochs - 1, model.state_dict()
                history.stopped_early = history.epochs - 1 - (history.best_epoch or 0) >= patience
            if path is not None:
                save_checkpoint(path, model, optimizer, rng, history, best)
            bar.set_postfix(loss=f"{mean_loss:.4f}", refresh=False)
            bar.update()
    if best:
        model.load_state_dict(best)
    return history


def _train_epoch(
    model: Module,
    data: Data,
    loss: Loss,
    optimizer: Optimizer,
    rng: np.random.Generator,
    max_norm: float | None,
    epoch: int,
) -> tuple[float, float]:
    """Update the model once per batch; return the mean loss and the mean gradient norm before clipping."""
    total, weight, norms = 0.0, 0, []
    for batch in data(rng):
        output, _, cache = model.forward(batch.x)
        value, d_output = loss(output, batch.target, batch.mask)
        if not np.isfinite(value):
            raise FloatingPointError(
                f"the loss became {value} in epoch {epoch + 1}. Try a smaller learning rate or max_norm=1.0, "
                "and look for NaN in the data."
            )
        _, _, grads = model.backward(d_output, cache)
        norms.append(clip_grad_norm(grads, np.inf if max_norm is None else max_norm))
        optimizer.step(grads)
        count = _count(batch)
        total, weight = total + count * value, weight + count
    if weight == 0:
        raise ValueError("data: expected at least one batch in an epoch, received none")
    return total / weight, float(np.mean(norms))


def _count(batch: Batch) -> int:
    """How many targets a batch's mean loss was taken over, up to a constant factor."""
    return int(np.count_nonzero(batch.mask)) if batch.mask is not None else batch.target.size


def save_checkpoint(
    path: Path, model: Module, optimizer: Optimizer, rng: np.random.Generator, history: History, best: dict[str, Array]
) -> None:
    """Write everything that `fit` needs to go on. A crash while writing leaves the previous checkpoint whole."""
    groups = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "best": best}
    arrays = {f"{group}/{name}": value for group, values in groups.items() for name, value in values.items()}
    meta = json.dumps({"history": asdict(history), "rng": rng.bit_generator.state})
    partial = path.with_name(path.name + ".partial")
    partial.parent.mkdir(parents=True, exist_ok=True)
    with partial.open("wb") as file:
        np.savez(file, meta=np.array(meta), **arrays)
    os.replace(partial, path)


def load_checkpoint(
    path: Path, model: Module, optimizer: Optimizer, rng: np.random.Generator
) -> tuple[History, dict[str, Array]]:
    """Restore ``model``, ``optimizer`` and ``rng`` from `save_checkpoint`; return the history and the best parameters.

    Raises
    ------
    ValueError
        If the file is damaged, or was written by another model, optimizer or kind of generator.
    """
    groups: dict[str, dict[str, Array]] = {"model": {}, "optimizer": {}, "best": {}}
    try:
        with path.open("rb") as stream, np.load(stream) as file:
            meta = json.loads(str(file["meta"]))
            for key in file.files:
                group, _, name = key.partition("/")
                if group in groups:
                    groups[group][name] = file[key]
        model.load_state_dict(groups["model"])
        optimizer.load_state_dict(groups["optimizer"])
        rng.bit_generator.state = meta["rng"]
    except (OSError, EOFError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ValueError(
            f"{path}: cannot resume from this checkpoint ({error}). Delete it, or pass the model it was made with."
        ) from error
    return History(**meta["history"]), groups["best"]
