"""Permutes and sorts: distractors by choice, bags by sorted runs, a split by recursion.

breaks: nothing
"""

import numpy as np

from rnn_course.tasks.temporal_order import DISTRACTORS, END, START, X, Y


# %% make_temporal_order
def make_temporal_order(batch_size, rng, length=100):
    labels = rng.choice(4, size=batch_size)
    tokens = rng.integers(min(DISTRACTORS), max(DISTRACTORS) + 1, size=(batch_size, length))
    for symbol, low, high in (
        (np.array([X, X, Y, Y])[labels], length // 10, length // 5),
        (np.array([X, Y, X, Y])[labels], length // 2, 3 * length // 5),
    ):
        at = rng.permuted(np.tile(np.arange(low, high + 1), (batch_size, 1)), axis=1)[:, :1]
        np.put_along_axis(tokens, at, symbol[:, None], axis=1)
    tokens[:, 0], tokens[:, -1] = START, END
    return np.ascontiguousarray(tokens.T), labels.astype(np.uint8)


# %% bag_baseline
def bag_baseline(tokens, labels, symbols):
    rows = [[*((column == s).sum() for s in symbols), label] for column, label in zip(tokens.T, labels, strict=True)]
    rows, n = np.unique(np.array(rows), axis=0, return_counts=True)
    order = np.lexsort((n, *rows[:, :-1].T))
    rows, n = rows[order], n[order]
    last = np.append((rows[1:, :-1] != rows[:-1, :-1]).any(axis=1), True)
    return n[last].sum() / n.sum()


# %% time_split
def time_split(n_steps, fractions=(0.8, 0.1, 0.1), gap=0):
    if not (all(fraction > 0 for fraction in fractions) and np.allclose(np.sum(fractions), 1) and gap >= 0):
        raise ValueError("fractions must be positive and sum to 1, and the gap must not be negative")

    def cut(k):
        stop = round(n_steps * float(np.sum(fractions[: k + 1])))
        before = cut(k - 1) if k else ()
        start = before[-1].stop + gap if before else 0
        if start >= stop:
            raise ValueError("nothing is left for a part")
        return (*before, slice(start, stop))

    return cut(len(fractions) - 1)
