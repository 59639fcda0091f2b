"""The three tasks on which cells are compared: what a network reads, batch by batch, and how well it does."""

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from rnn_course.datasets import digits_by_row, shakespeare
from rnn_course.experiments import baselines, markov
from rnn_course.functional import cross_entropy
from rnn_course.markov import encode
from rnn_course.module import Module
from rnn_course.order import time_split
from rnn_course.tasks.dyck import CLOSING, SYMBOLS, make_dyck
from rnn_course.training import Batch, minibatches

Tokens = NDArray[np.integer]


class Problem(NamedTuple):
    """A task for one run."""

    input_size: int
    out_features: int
    last: bool  # the network is read at the last step only
    carry: bool  # each batch goes on where the one before ended, and so does the state
    batches: Iterator[Batch]
    quality: Callable[[Module], float]


class Task(NamedTuple):
    """What a page says of a task, and what training needs."""

    title: str
    measure: str  # what is on a figure's axis
    percent: bool  # a quality is a share, and the higher the better; else it is in bits, and the lower the better
    lstm_size: int  # all cells have as many parameters as an LSTM with so many units
    updates: int
    seeds: int
    prepare: Callable[[np.random.Generator, bool], Problem]
    baselines: Callable[[], dict[str, float]]


def dyck(rng: np.random.Generator, final: bool) -> Problem:
    """After each of 60 brackets, name the one that closes the innermost open bracket. No sequence comes twice.

    The quality is the share of 1,000 other sequences without one wrong answer. Validation needs no part of its own: a
    pilot has seeds of its own.
    """
    test, closing = _brackets(1000, rng)

    def batches() -> Iterator[Batch]:
        while True:
            tokens, target = _brackets(32, rng)
            yield Batch(_one_hot(tokens, len(SYMBOLS)), target, target >= 0)

    def quality(model: Module) -> float:
        return _all_right(model.forward(_one_hot(test, len(SYMBOLS)))[0].argmax(axis=2), closing)

    return Problem(len(SYMBOLS), len(SYMBOLS), False, False, batches(), quality)


def dyck_baselines() -> dict[str, float]:
    """Know the last symbol only: an open bracket's own partner is certain, all else a guess, best always the same."""
    tokens, closing = _brackets(10_000, np.random.default_rng(0))
    return {"the last symbol": _all_right(np.where(tokens % 2 == 0, tokens + 1, CLOSING[0]), closing)}


def _brackets(n: int, rng: np.random.Generator) -> tuple[Tokens, Tokens]:
    return make_dyck(n, rng, length=60, max_depth=8)


def _all_right(answers: Tokens, closing: Tokens) -> float:
    return float(((answers == closing) | (closing < 0)).all(axis=0).mean())


def digits(rng: np.random.Generator, final: bool) -> Problem:
    """Name a handwritten digit after its last row. The quality is the accuracy on the 597 test images.

    In a pilot, it is the accuracy on the last 300 of the 1,200 images for training, and the first 900 are learnt from.
    """
    x, labels, test_x, test_labels, classes = digits_by_row()
    if not final:
        x, labels, test_x, test_labels = x[:, :900], labels[:900], x[:, 900:], labels[900:]
    x, test_x = _grey(x), _grey(test_x)
    epoch = minibatches(x, labels, 32, target_batch_axis=0)

    def batches() -> Iterator[Batch]:
        while True:
            yield from epoch(rng)

    def quality(model: Module) -> float:
        return float((model.forward(test_x)[0].argmax(axis=1) == test_labels).mean())

    return Problem(x.shape[2], len(classes), True, False, batches(), quality)


def digits_baselines() -> dict[str, float]:
    """Return the accuracies of logistic regression, and of the label of the image at the least Euclidean distance."""
    x, labels, test_x, test_labels, _ = digits_by_row()
    answers = {
        "logistic regression": baselines.logistic(_grey(x), labels, _grey(test_x)),
        "nearest neighbour": labels[baselines.euclidean(test_x, x).argmin(axis=1)],
    }
    return {name: float((answer == test_labels).mean()) for name, answer in answers.items()}


def _grey(x: NDArray[Any]) -> NDArray[np.float32]:
    return (x / 8 - 1).astype(np.float32)  # from -1 to 1


def text(rng: np.random.Generator, final: bool, batch_size: int = 16, n_steps: int = 50) -> Problem:
    """Predict each next character of Shakespeare's tragedies. The quality is in bits per character on the last tenth.

    In a pilot, it is that on the tenth before, and the first eight are learnt from. The text is read in 16 places at
    once, 50 characters between two updates, and each pass over it begins a little later.
    """
    tokens, symbols = encode(shakespeare())
    train, validation, test = time_split(len(tokens))
    train, test = (slice(validation.stop), test) if final else (train, validation)

    def batches() -> Iterator[Batch]:
        while True:
            part = tokens[rng.integers(n_steps) : train.stop]
            rows = part[: len(part) // batch_size * batch_size].reshape(batch_size, -1).T  # (T, B)
            for start in range(0, len(rows) - n_steps, n_steps):
                piece = rows[start : start + n_steps + 1]
                yield Batch(_one_hot(piece[:-1], len(symbols)), piece[1:])

    return Problem(
        len(symbols), len(symbols), False, True, batches(), lambda model: bits(model, tokens, test, len(symbols))
    )


def bits(model: Module, tokens: Tokens, part: slice, n_symbols: int, places: int = 64, warm_up: int = 100) -> float:
    """Bits per character on a part of a text, each character predicted from at least ``warm_up`` before it.

    The part is read in many places at once, which is faster.
    """
    length = math.ceil((part.stop - part.start) / places)
    at = part.start + np.arange(places) * length + np.arange(-warm_up, length)[:, np.newaxis]  # (T, B)
    counts = (np.arange(len(at)) >= warm_up)[:, np.newaxis] & (at < part.stop)
    at = np.minimum(at, part.stop - 1)
    total, state = 0.0, None
    for start in range(0, len(at), warm_up):
        rows = slice(start, start + warm_up)
        output, state, _ = model.forward(_one_hot(tokens[at[rows] - 1], n_symbols), state)
        if counts[rows].any():
            total += cross_entropy(output, tokens[at[rows]], counts[rows])[0] * counts[rows].sum()
    return float(total / counts.sum() / np.log(2))


def text_baselines() -> dict[str, float]:
    """Return the stored result of the best n-gram model on the same split."""
    return {"n-grams, Kneser–Ney": float(markov.bits("Kneser–Ney").min())}


def _one_hot(tokens: Tokens, n_symbols: int) -> NDArray[np.float32]:
    return np.eye(n_symbols, dtype=np.float32)[tokens]


TASKS = {
    "dyck": Task("Brackets", "sequences all right", True, 16, 1000, 10, dyck, dyck_baselines),
    "digits": Task("Digits by row", "accuracy", True, 32, 1500, 20, digits, digits_baselines),
    "shakespeare": Task("Shakespeare", "bits per character", False, 96, 1500, 5, text, text_baselines),
}
