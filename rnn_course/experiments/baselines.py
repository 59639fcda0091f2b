"""What a network on signals must beat: persistence is the last value; the rest is here."""

import numpy as np
from numpy.typing import NDArray

from rnn_course.ffnn import sliding_windows

Array = NDArray[np.floating]
Labels = NDArray[np.int64]


def autoregression(series: Array, lags: list[int], fit_at: Labels, predict_at: Labels, horizon: int = 1) -> Array:
    """Predict ``series[t + horizon]`` as a constant plus a weighted sum of ``series[t - lag]``, by least squares.

    Parameters
    ----------
    series : ndarray of shape (T,)
    lags : list of int, from 0 for the present
    fit_at, predict_at : int ndarrays, the t to fit the weights at, and those to predict from
    horizon : int, steps ahead

    Returns
    -------
    ndarray of the shape of ``predict_at``.

    Examples
    --------
    >>> series = 2.0 ** np.arange(6)
    >>> autoregression(series, [0], np.arange(4), np.array([4])).round(6).tolist()
    [32.0]
    """

    def inputs(at: Labels) -> Array:
        return np.column_stack([np.ones(len(at)), *(series[at - lag] for lag in lags)])

    weights = np.linalg.lstsq(inputs(fit_at), series[fit_at + horizon])[0]
    return inputs(predict_at) @ weights


def euclidean(a: Array, b: Array) -> Array:
    """Squared distance of each sequence of ``a``, (T, B, I), from each of ``b``, (T, B', I): (B, B')."""
    rows, others = (x.transpose(1, 0, 2).reshape(x.shape[1], -1) for x in (a, b))
    return ((rows[:, np.newaxis] - others) ** 2).sum(axis=2)


def dtw(a: Array, b: Array) -> Array:
    """Dynamic time warping: the least sum of squared distances over all ways to stretch two sequences onto each other.

    Each step of one sequence is matched with one or more of the other, in order (Sakoe & Chiba 1978, no window).

    Parameters
    ----------
    a, b : ndarrays of shape (T, B, I) and (T', B', I)

    Returns
    -------
    ndarray of shape (B, B').

    Examples
    --------
    >>> slow, fast = np.array([0.0, 0, 1, 1]).reshape(4, 1, 1), np.array([0.0, 1]).reshape(2, 1, 1)
    >>> dtw(slow, fast).tolist()
    [[0.0]]
    """
    best = np.full((len(b) + 1, a.shape[1], b.shape[1]), np.inf)  # least cost up to the last step of a, by step of b
    best[0] = 0
    for step in a:
        cost = ((step[:, np.newaxis] - b[:, np.newaxis]) ** 2).sum(axis=3)  # (T', B, B')
        row = np.full_like(best, np.inf)
        for j in range(len(b)):
            row[j + 1] = cost[j] + np.minimum(np.minimum(best[j], best[j + 1]), row[j])
        best = row
    return best[-1]


def logistic(x: Array, labels: Labels, test_x: Array) -> Labels:
    """Classify flattened sequences, (T, B, I), with scikit-learn's logistic regression (L2 penalty of strength 1)."""
    from sklearn.linear_model import LogisticRegression

    rows, test_rows = (part.transpose(1, 0, 2).reshape(part.shape[1], -1) for part in (x, test_x))
    return LogisticRegression(max_iter=5000).fit(rows, labels).predict(test_rows)


def context_table(bits: Labels, test: Labels, lag: int, width: int) -> float:
    """Repeat the bit of ``lag`` steps ago from counts of what followed each context of ``width`` bits.

    Parameters
    ----------
    bits, test : int ndarrays of shape (T, B), zeros and ones, to count and to score
    lag, width : int

    Returns
    -------
    float, the accuracy of the commoner target; a tie or an unseen context scores a half.
    """
    counts = np.zeros((1 << width, 2))
    codes, targets = _contexts(bits, lag, width)
    np.add.at(counts, (codes, targets), 1)
    codes, targets = _contexts(test, lag, width)
    ahead = np.take_along_axis(counts[codes], targets[:, np.newaxis], axis=1)[:, 0] - counts[codes].mean(axis=1)
    return float((0.5 + 0.5 * np.sign(ahead)).mean())


def _contexts(bits: Labels, lag: int, width: int) -> tuple[Labels, Labels]:
    """Each run of ``width`` bits read as a number, and the bit of ``lag`` steps before its end."""
    codes = np.einsum("twb,w->tb", sliding_windows(bits, width), 1 << np.arange(width))
    ends = np.arange(width - 1, len(bits))
    known = ends >= lag
    return codes[known].ravel(), bits[ends[known] - lag].ravel()
