"""What a fair comparison of networks needs: equal parameters, and an interval around every mean."""

from bisect import bisect_left
from collections.abc import Iterable

import numpy as np

GATES = {"Elman": 1, "GRU": 3, "LSTM": 4}  # blocks of hidden_size rows in each weight


def count_parameters(
    gates: int, input_size: int, hidden_size: int, num_layers: int = 1, out_features: int | None = None
) -> int:
    """Count the parameters of a recurrent network, before it is built.

    A layer has, for each gate, a weight for every input and every hidden unit, and torch's two biases.

    Parameters
    ----------
    gates : int, from `GATES`: 1 for an Elman network, 3 for a GRU, 4 for an LSTM
    input_size, hidden_size, num_layers : int
    out_features : int, optional, outputs of the linear layer on top, if there is one

    Returns
    -------
    int

    Examples
    --------
    >>> count_parameters(4, input_size=7, hidden_size=6, out_features=7)
    409
    """
    total, inputs = 0, input_size
    for _ in range(num_layers):
        total += gates * hidden_size * (inputs + hidden_size + 2)
        inputs = hidden_size
    return total if out_features is None else total + out_features * (hidden_size + 1)


def match_hidden_size(
    budget: int, gates: int, input_size: int, num_layers: int = 1, out_features: int | None = None
) -> int:
    """Return the hidden size whose `count_parameters` is nearest to ``budget``; of two, the smaller.

    Raises
    ------
    ValueError
        If not even one hidden unit fits into the budget.

    Examples
    --------
    >>> {name: match_hidden_size(10_000, gates, input_size=8) for name, gates in GATES.items()}
    {'Elman': 95, 'GRU': 53, 'LSTM': 45}
    """

    def count(hidden_size: int) -> int:
        return count_parameters(gates, input_size, hidden_size, num_layers, out_features)

    if count(1) > budget:
        raise ValueError(
            f"budget: expected at least {count(1)} parameters, those of one hidden unit, received {budget}"
        )
    above = bisect_left(range(budget + 1), budget, lo=1, key=count)  # the count grows with the size
    return min(max(above - 1, 1), above, key=lambda size: abs(count(size) - budget))


def bootstrap_interval(
    values: Iterable[float], rng: np.random.Generator, level: float = 0.95, resamples: int = 10_000
) -> tuple[float, float, float]:
    """Mean of some runs and an interval for it, by the bootstrap's percentile method (Efron & Tibshirani 1993).

    The runs are drawn again with replacement, as many as there are, and each draw has its mean. The interval holds the
    middle ``level`` of these means.

    Parameters
    ----------
    values : numbers, one of each run
    rng : numpy Generator, draws the runs again
    level : float between 0 and 1
    resamples : int

    Returns
    -------
    mean, low, high : float

    Raises
    ------
    ValueError
        If there are no values, or ``level`` is not between 0 and 1.

    Examples
    --------
    >>> mean, low, high = bootstrap_interval([1.0, 2.0, 3.0, 4.0], np.random.default_rng(0))
    >>> mean, low, high
    (2.5, 1.5, 3.5)
    """
    sample = np.asarray(list(values), float)
    if sample.size == 0 or not 0 < level < 1:
        raise ValueError(f"expected values and a level between 0 and 1, received {sample.size} values and {level}")
    means = rng.choice(sample, (resamples, sample.size)).mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(sample.mean()), float(low), float(high)
