"""Why order matters: models and baselines that cannot see it, splits that respect it, texts that have lost it."""

import re
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_course.module import Module, Parameters

Array = NDArray[np.floating]
Tokens = NDArray[np.integer]


def one_hot(tokens: Tokens, vocabulary_size: int) -> Array:
    """Replace token ids, an int ndarray of shape (...), by vectors with a single one, float64 of shape (..., V).

    Raises ValueError if an id is not between 0 and V - 1.

    Examples
    --------
    >>> one_hot(np.array([2, 0]), 3).tolist()
    [[0.0, 0.0, 1.0], [1.0, 0.0, 0.0]]
    """
    _expect_ids(tokens, vocabulary_size)
    return np.eye(vocabulary_size)[tokens]


def bag_of_words(tokens: Tokens, vocabulary_size: int) -> Array:
    """Count how often each symbol occurs in each sequence; where it occurs is lost. See `ngram_counts`.

    Examples
    --------
    >>> dog_bites_man, man_bites_dog = [0, 1, 2], [2, 1, 0]
    >>> bag_of_words(np.array([dog_bites_man, man_bites_dog]).T, 3).tolist()
    [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]
    """
    return ngram_counts(tokens, vocabulary_size, n=1)


def ngram_counts(tokens: Tokens, vocabulary_size: int, n: int) -> Array:
    """Count how often each run of ``n`` neighbouring symbols occurs in each sequence.

    Parameters
    ----------
    tokens : int ndarray of shape (T, B)
    vocabulary_size : int, V
    n : int, length of the runs, from 1 to T

    Returns
    -------
    float64 ndarray of shape (B, V**n). The run i, j, k has index (i V + j) V + k.

    Raises
    ------
    ValueError
        If ``tokens`` is not (T, B), an id is out of range, or ``n`` does not fit.

    Examples
    --------
    >>> ngram_counts(np.array([[0], [1], [0], [1]]), vocabulary_size=2, n=2).tolist()
    [[0.0, 2.0, 1.0, 0.0]]
    """
    if tokens.ndim != 2 or not 1 <= n <= tokens.shape[0]:
        raise ValueError(f"expected tokens of shape (T, B) with T of at least n = {n} > 0, received {tokens.shape}")
    _expect_ids(tokens, vocabulary_size)
    n_runs, batch_size, n_features = tokens.shape[0] - n + 1, tokens.shape[1], vocabulary_size**n
    index = np.zeros((n_runs, batch_size), np.int64)
    for k in range(n):
        index = index * vocabulary_size + tokens[k : k + n_runs]
    index += n_features * np.arange(batch_size)  # a block of counters for each sequence: one bincount does the batch
    index = index.ravel().astype(np.intp)  # 32 bits in a browser, and bincount takes no wider ones
    counts = np.bincount(index, minlength=batch_size * n_features)
    return counts.reshape(batch_size, n_features).astype(np.float64)


def bag_baseline(tokens: Tokens, labels: Tokens, symbols: Iterable[int]) -> float:
    """Highest accuracy that any function of the counts of ``symbols`` can reach on this sample.

    Sequences with the same counts form a group. A function of the counts gives one answer to the whole group, and the
    best one is the label that is most frequent in it.

    Parameters
    ----------
    tokens : int ndarray of shape (T, B)
    labels : int ndarray of shape (B,), class ids
    symbols : token ids to count; with none, the result is the accuracy of always answering the majority class

    Returns
    -------
    float, between 0 and 1. It is a ceiling for this sample. With many symbols almost every sequence is a group of its
    own, and the ceiling says nothing about new sequences.

    Raises
    ------
    ValueError
        If the shapes do not fit, or there is no sequence.

    Examples
    --------
    >>> tokens = np.array([[6, 6, 7, 7], [6, 7, 6, 7]])  # XX, XY, YX, YY
    >>> bag_baseline(tokens, np.array([0, 1, 2, 3]), symbols=[6, 7])
    0.75
    """
    if tokens.ndim != 2 or tokens.shape[1] == 0 or labels.shape != tokens.shape[1:]:
        raise ValueError(
            f"expected tokens of shape (T, B) and labels of shape (B,), received {tokens.shape} and {labels.shape}"
        )
    group = np.zeros(labels.size, np.intp)
    for symbol in symbols:
        count = (tokens == symbol).sum(axis=0)
        _, group = np.unique(group * (len(tokens) + 1) + count, return_inverse=True)
    classes, label = np.unique(labels, return_inverse=True)
    table = np.bincount(group * classes.size + label, minlength=(group.max() + 1) * classes.size)
    return float(table.reshape(-1, classes.size).max(axis=1).sum() / labels.size)


def time_split(n_steps: int, fractions: Sequence[float] = (0.8, 0.1, 0.1), gap: int = 0) -> tuple[slice, ...]:
    """Cut a series into consecutive parts: the past to learn from, the future to be tested on.

    Parameters
    ----------
    n_steps : int, length of the series
    fractions : positive floats that sum to 1, the share of each part, earliest first
    gap : int, steps left out before each part but the first; w - 1, if the steps are starts of windows of w steps

    Returns
    -------
    tuple of slices, one for each part. A part ends at round(n_steps · sum of the fractions so far), and the next
    begins ``gap`` steps later.

    Raises
    ------
    ValueError
        If the fractions are not positive or do not sum to 1, ``gap`` is negative, or a part would be empty.

    Examples
    --------
    >>> time_split(100)
    (slice(0, 80, None), slice(80, 90, None), slice(90, 100, None))
    >>> time_split(100, fractions=(0.5, 0.5), gap=4)
    (slice(0, 50, None), slice(54, 100, None))
    """
    if min(fractions, default=0) <= 0 or not np.isclose(sum(fractions), 1):
        raise ValueError(f"fractions: expected positive numbers that sum to 1, received {tuple(fractions)}")
    if gap < 0:
        raise ValueError(f"gap: expected 0 or more steps, received {gap}")
    stops = [round(n_steps * float(share)) for share in np.cumsum(fractions)]
    starts = [0, *(stop + gap for stop in stops[:-1])]
    parts = tuple(slice(start, stop) for start, stop in zip(starts, stops, strict=True))
    if any(part.start >= part.stop for part in parts):
        raise ValueError(f"n_steps: {n_steps} steps with a gap of {gap} leave an empty part in {parts}")
    return parts


def shuffle_words(text: str, rng: np.random.Generator) -> str:
    """Put the words of ``text`` in a random order. Spaces and line ends stay where they are.

    Examples
    --------
    >>> shuffle_words("to be or not to be", np.random.default_rng(0))
    'not or be to to be'
    """
    words = iter(rng.permutation(re.findall(r"\S+", text)).tolist())
    return re.sub(r"\S+", lambda _: next(words), text)


def shuffle_letters(text: str, rng: np.random.Generator) -> str:
    """Put the characters inside each word in a random order. The words stay where they are.

    Examples
    --------
    >>> shuffle_letters("to be or not to be", np.random.default_rng(0))
    'ot be or ton to eb'
    """
    characters = np.array(list(text), dtype="U1")
    is_space = np.char.isspace(characters)
    # odd at a space, even between two: characters with equal numbers form a word
    word = np.cumsum(is_space) * 2 - is_space
    return "".join(characters[np.lexsort((rng.random(len(text)), word))])


def shuffle_characters(text: str, rng: np.random.Generator) -> str:
    """Put all characters of ``text`` in a random order, spaces and line ends too.

    Examples
    --------
    >>> sorted(shuffle_characters("to be", np.random.default_rng(0)))
    [' ', 'b', 'e', 'o', 't']
    """
    return "".join(rng.permutation(list(text)).tolist())


class BagOfNgrams(Module):
    """Softmax regression on the counts of n-grams; with ``n=1``, on a bag of words.

    Parameters
    ----------
    vocabulary_size : int, V
    n_classes : int, C
    n : int, length of the runs of symbols that are counted

    Notes
    -----
    ``params`` has ``weight`` of shape (C, V**n) and ``bias`` of shape (C,). Both start at zero: the loss is convex, so
    there is no symmetry to break.
    """

    def __init__(self, vocabulary_size: int, n_classes: int, n: int = 1) -> None:
        super().__init__()
        self.vocabulary_size, self.n = vocabulary_size, n
        self.params = {"weight": np.zeros((n_classes, vocabulary_size**n)), "bias": np.zeros(n_classes)}

    def forward(self, x: Tokens, state: None = None) -> tuple[Array, None, Array]:
        """Score each sequence of token ids ``x``, (T, B), for each class: logits, (B, C).

        There is no state. The cache holds the counts, (B, V**n).
        """
        weight = self.params["weight"]
        counts = ngram_counts(x, self.vocabulary_size, self.n).astype(weight.dtype)
        return counts @ weight.T + self.params["bias"], None, counts

    def backward(self, d_output: Array, cache: Array, d_state: Any = None) -> tuple[None, None, Parameters]:
        """Gradients of the parameters from ``d_output``, (B, C). Token ids have none: ``dx`` is None."""
        d_weight = d_output.T @ cache  # (C, V**n)
        d_bias = d_output.sum(axis=0)  # (C,)
        return None, None, {"weight": d_weight, "bias": d_bias}


def _expect_ids(tokens: Tokens, vocabulary_size: int) -> None:
    if not np.issubdtype(tokens.dtype, np.integer):
        raise ValueError(f"tokens: expected integer ids, received {tokens.dtype}")
    if tokens.size and not 0 <= tokens.min() <= tokens.max() < vocabulary_size:
        raise ValueError(
            f"tokens: expected ids from 0 to {vocabulary_size - 1}, received {tokens.min()} to {tokens.max()}"
        )
