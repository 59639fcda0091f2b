"""From counts to probabilities: maximum likelihood, and three ways to leave room for what was never seen."""

from dataclasses import dataclass
from typing import ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


@dataclass(frozen=True)
class Evidence:
    """What was counted that bears on the probability of a token after a context, for n such queries.

    Attributes
    ----------
    count : ndarray of shape (n,), how often the token followed the context
    total : ndarray of shape (n,), how often any token did; 0 where the context was never seen
    kinds : ndarray of shape (3, n), how many different tokens followed it once, twice, and three times or more
    counts_of_counts : tuple of 4 ints, how many n-grams of this length were counted 1, 2, 3 and 4 times
    vocabulary_size : int, V
    """

    count: NDArray[np.integer]
    total: Array
    kinds: Array
    counts_of_counts: tuple[int, ...]
    vocabulary_size: int


class Smoothing(Protocol):
    """A rule that turns counts into probabilities.

    ``continuation`` says what the shorter contexts count: occurrences, or how many different tokens stood before.
    """

    continuation: ClassVar[bool]

    def mix(self, evidence: Evidence, lower: Array) -> Array:
        """Probability of each token, float64 of shape (n,), where ``lower`` is that from the next shorter context."""
        ...


@dataclass(frozen=True)
class AddK:
    """Pretend that every token was seen ``k`` more times after every context. ``AddK(0)`` is maximum likelihood.

    With ``k`` 0, all tokens are equally likely after a context that was never seen.

    Raises
    ------
    ValueError
        If ``k`` is negative.
    """

    k: float
    continuation: ClassVar[bool] = False

    def __post_init__(self) -> None:
        if self.k < 0:
            raise ValueError(f"k: expected 0 or more, received {self.k}")

    def mix(self, evidence: Evidence, lower: Array) -> Array:
        """Return (N(hc) + k) / (N(h) + k V). The shorter context is not used."""
        total = evidence.total + self.k * evidence.vocabulary_size
        probability = np.full_like(lower, 1 / evidence.vocabulary_size)
        return np.divide(evidence.count + self.k, total, out=probability, where=total > 0)


@dataclass(frozen=True)
class WittenBell:
    """Mix in the shorter context, the more so the more different tokens followed (Witten & Bell 1991, method C)."""

    continuation: ClassVar[bool] = False

    def mix(self, evidence: Evidence, lower: Array) -> Array:
        """Return (N(hc) + D(h) p(c | h')) / (N(h) + D(h)), and p(c | h') where h was never seen."""
        distinct = evidence.kinds.sum(axis=0)
        total = evidence.total + distinct
        return np.divide(evidence.count + distinct * lower, total, out=lower.copy(), where=total > 0)


@dataclass(frozen=True)
class KneserNey:
    """Take a discount off every count, and give it to the shorter context: modified, interpolated Kneser-Ney.

    There are three discounts, for counts of 1, 2, and 3 or more, estimated from the counts of counts (Chen & Goodman
    1999, equations 26 and 27). A shorter context counts in how many surroundings a token was seen, not how often
    (Kneser & Ney 1995).
    """

    continuation: ClassVar[bool] = True

    def mix(self, evidence: Evidence, lower: Array) -> Array:
        """Return (N(hc) - d(N(hc)) + γ(h) p(c | h')) / N(h), and p(c | h') where h was never seen."""
        discount = discounts(evidence.counts_of_counts)
        kept = evidence.count - np.array([0.0, *discount])[evidence.count.clip(max=3)]
        taken = np.array(discount) @ evidence.kinds  # γ(h), all that the discounts took from h
        return np.divide(kept + taken * lower, evidence.total, out=lower.copy(), where=evidence.total > 0)


def discounts(counts_of_counts: tuple[int, ...]) -> tuple[float, float, float]:
    """Estimate what to take off a count of 1, of 2, and of 3 or more (Chen & Goodman 1999, equation 26).

    Parameters
    ----------
    counts_of_counts : tuple of 4 ints n1, … n4; ``ni`` n-grams were counted i times

    Returns
    -------
    three floats d1, d2, d3 with 0 ≤ di ≤ i. They are ½, 1 and 1½ where n1, n2 or n3 is 0 or an estimate is out of
    bounds, as happens with very little text, or when every n-gram is frequent.

    Examples
    --------
    >>> [round(d, 2) for d in discounts((1000, 400, 200, 120))]
    [0.56, 1.17, 1.67]
    >>> discounts((0, 0, 0, 0))
    (0.5, 1.0, 1.5)
    """
    n1, n2, n3, n4 = counts_of_counts
    if min(n1, n2, n3) > 0:
        share = n1 / (n1 + 2 * n2)
        estimated = (1 - 2 * share * n2 / n1, 2 - 3 * share * n3 / n2, 3 - 4 * share * n4 / n3)
        if min(estimated) >= 0:
            return estimated
    return 0.5, 1.0, 1.5
