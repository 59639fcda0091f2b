"""Predict the next token from the last few, by counting what followed them: n-gram models and their smoothing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rnn_course.markov.smoothing import Evidence, Smoothing

Array = NDArray[np.floating]
Tokens = NDArray[np.integer]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Counts:
    """How often each n-gram was counted, and what was counted after each context; sorted, so a search finds a row.

    Attributes
    ----------
    grams : int64 ndarray of shape (G,), codes of the n-grams. A context and its next token differ in the last digit.
    count : int64 ndarray of shape (G,)
    contexts : int64 ndarray of shape (C,), codes of the contexts
    total : float64 ndarray of shape (C,), sum of the counts after a context
    kinds : float64 ndarray of shape (3, C), how many different tokens followed once, twice, and three times or more
    counts_of_counts : tuple of 4 ints, how many n-grams were counted 1, 2, 3 and 4 times
    vocabulary_size : int, V
    """

    grams: Codes
    count: Codes
    contexts: Codes
    total: Array
    kinds: Array
    counts_of_counts: tuple[int, ...]
    vocabulary_size: int

    @classmethod
    def of(cls, grams: Codes, count: Codes, vocabulary_size: int) -> "Counts":
        """Sum the counts of sorted n-grams context by context."""
        contexts, context_of = np.unique(grams // vocabulary_size, return_inverse=True)
        context_of = context_of.astype(np.intp)  # 32 bits in a browser, and bincount takes no wider ones
        total = np.bincount(context_of, count).astype(np.float64)
        is_kind = (count == 1, count == 2, count >= 3)
        kinds = np.array([np.bincount(context_of[chosen], minlength=len(contexts)) for chosen in is_kind], float)
        counts_of_counts = tuple(int((count == times).sum()) for times in (1, 2, 3, 4))
        return cls(grams, count, contexts, total, kinds, counts_of_counts, vocabulary_size)

    def evidence(self, codes: Codes) -> Evidence:
        """Look up the counts that bear on each of the n-grams ``codes``, an int64 ndarray of shape (n,)."""
        gram, is_counted = _find(self.grams, codes)
        context, is_known = _find(self.contexts, codes // self.vocabulary_size)
        return Evidence(
            np.where(is_counted, self.count[gram], 0),
            np.where(is_known, self.total[context], 0.0),
            np.where(is_known, self.kinds[:, context], 0.0),
            self.counts_of_counts,
            self.vocabulary_size,
        )


def encode(text: str) -> tuple[Codes, str]:
    """Write a text as token ids, one a character.

    Returns
    -------
    tokens : int64 ndarray of shape (T,)
    symbols : str of V different characters, sorted; ``symbols[i]`` has id i

    Examples
    --------
    >>> tokens, symbols = encode("banana")
    >>> tokens.tolist(), symbols
    ([1, 0, 2, 0, 2, 0], 'abn')
    """
    points, tokens = np.unique(np.frombuffer(text.encode("utf-32-le"), np.uint32), return_inverse=True)
    return tokens.astype(np.int64), "".join(map(chr, points))


class NGramModel:
    """Probabilities of the next token, given the last 0, 1, … ``order`` ones.

    Parameters
    ----------
    vocabulary_size : int, V. Token ids go from 0 to V - 1.
    order : int, length of the longest context
    smoothing : how counts become probabilities: `AddK`, `WittenBell` or `KneserNey`

    Raises
    ------
    ValueError
        If the codes of V ** (order + 1) n-grams do not fit into 63 bits.

    Examples
    --------
    >>> from rnn_course.markov import WittenBell
    >>> model = NGramModel(vocabulary_size=2, order=1, smoothing=WittenBell())
    >>> model.fit(np.tile([0, 1], 500)).bits(np.tile([0, 1], 50)).round(2).tolist()
    [1.0, 0.01]
    """

    def __init__(self, vocabulary_size: int, order: int, smoothing: Smoothing) -> None:
        if vocabulary_size < 1 or order < 0 or vocabulary_size ** (order + 1) >= 2**63:
            raise ValueError(
                "expected a vocabulary of at least 1 token, an order of at least 0, and V ** (order + 1) below 2 ** 63; "
                f"received V = {vocabulary_size}, order = {order}. Take a lower order or a smaller vocabulary."
            )
        self.vocabulary_size, self.order, self.smoothing = vocabulary_size, order, smoothing
        self.counts: list[Counts] = []
        self.lower_counts: list[Counts] = []

    def fit(self, tokens: Tokens) -> "NGramModel":
        """Count the n-grams of ``tokens``, an int ndarray of shape (T,) with T above the order; return the model.

        Sorting does the counting: time grows with T log T and memory with T, whatever the vocabulary.
        """
        self._expect_ids(tokens)
        if len(tokens) <= self.order:
            raise ValueError(f"tokens: expected more than the order, {self.order}, received {len(tokens)}")
        V = self.vocabulary_size
        codes = enumerate(self._codes(tokens))
        self.counts = [Counts.of(*np.unique(code[k:], return_counts=True), V) for k, code in codes]
        self.lower_counts = self.counts[:-1]
        if self.smoothing.continuation:  # a shorter n-gram counts once for each token that was seen before it
            endings = (longer.grams % V**k for k, longer in enumerate(self.counts[1:], start=1))
            self.lower_counts = [Counts.of(*np.unique(ending, return_counts=True), V) for ending in endings]
        return self

    def probabilities(self, tokens: Tokens, start: int = 0) -> Array:
        """Probability of each token from ``start`` on, given those before it.

        Parameters
        ----------
        tokens : int ndarray of shape (T,)
        start : int, first token to predict. Those before it serve as context only.

        Returns
        -------
        float64 ndarray of shape (order + 1, T - start). Row k is from contexts of k tokens, or of all where there are
        fewer before.
        """
        self._expect_ids(tokens)
        self._expect_counts()
        begin = max(start - self.order, 0)  # nothing before it is seen
        tokens, start = tokens[begin:], start - begin
        place = np.arange(start, len(tokens))
        row = lower = np.full(len(place), 1 / self.vocabulary_size)
        rows = []
        for k, code in enumerate(self._codes(tokens)):
            whole = place >= k  # there are k tokens before it
            row, lower, shorter = row.copy(), lower.copy(), lower[whole]
            row[whole] = self.smoothing.mix(self.counts[k].evidence(code[start:][whole]), shorter)
            if k < self.order:
                lower[whole] = self.smoothing.mix(self.lower_counts[k].evidence(code[start:][whole]), shorter)
            rows.append(row)
        return np.array(rows)

    def bits(self, tokens: Tokens, start: int = 0) -> Array:
        """Cross-entropy in bits per token of ``tokens[start:]``, float64 of shape (order + 1,); see `probabilities`.

        A token that the model holds for impossible makes it infinite.
        """
        if not 0 <= start < len(tokens):
            raise ValueError(f"start: expected 0 to {len(tokens) - 1} for {len(tokens)} tokens, received {start}")
        with np.errstate(divide="ignore"):
            return -np.log2(self.probabilities(tokens, start)).mean(axis=1)

    def next_token(self, context: Sequence[int] | Tokens, order: int | None = None) -> Array:
        """Probability of each token after ``context``, float64 of shape (V,).

        Parameters
        ----------
        context : token ids, of which the last ``order`` are used
        order : int, at most the model's; by default the model's
        """
        order = self.order if order is None else order
        if not 0 <= order <= self.order:
            raise ValueError(f"order: expected 0 to {self.order}, received {order}")
        length = min(order, len(context))
        used = np.asarray(context, np.int64)[len(context) - length :]
        self._expect_ids(used)
        self._expect_counts()
        V = self.vocabulary_size
        probability = np.full(V, 1 / V)
        for k in range(length + 1):
            code = int(used[length - k :] @ V ** np.arange(k, 0, -1, dtype=np.int64)) + np.arange(V, dtype=np.int64)
            table = self.counts[k] if k == length else self.lower_counts[k]
            probability = self.smoothing.mix(table.evidence(code), probability)
        return probability

    def sample(
        self, length: int, rng: np.random.Generator, context: Sequence[int] = (), order: int | None = None
    ) -> Tokens:
        """Draw tokens one after the other, each from `next_token`; int64 of shape (length,), without the context."""
        tokens = list(context)
        for _ in range(length):
            probability = self.next_token(tokens, order)
            tokens.append(int(rng.choice(self.vocabulary_size, p=probability / probability.sum())))
        return np.array(tokens[len(context) :], np.int64)

    def _codes(self, tokens: Tokens) -> Iterator[Codes]:
        """Write each token and the k before it as one number in base V, for k = 0, … order. The first k have fewer."""
        code = np.zeros(len(tokens), np.int64)
        for k in range(self.order + 1):
            code[k:] += tokens[: len(tokens) - k].astype(np.int64) * self.vocabulary_size**k
            yield code

    def _expect_counts(self) -> None:
        if not self.counts:
            raise ValueError("expected a model with counts, received one without. Call fit first.")

    def _expect_ids(self, tokens: Tokens) -> None:
        if tokens.ndim != 1 or not np.issubdtype(tokens.dtype, np.integer):
            raise ValueError(f"tokens: expected integer ids of shape (T,), received {tokens.dtype} of {tokens.shape}")
        if tokens.size and not 0 <= tokens.min() <= tokens.max() < self.vocabulary_size:
            raise ValueError(
                f"tokens: expected ids from 0 to {self.vocabulary_size - 1}, received {tokens.min()} to {tokens.max()}"
            )


def _find(keys: Codes, queries: Codes) -> tuple[NDArray[np.intp], NDArray[np.bool_]]:
    """Place of each query among the sorted ``keys``, and whether it is there."""
    place = np.searchsorted(keys, queries).clip(max=len(keys) - 1)
    return place, keys[place] == queries
