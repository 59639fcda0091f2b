"""No index arrays: masks from comparisons, unique rows, a difference of boundaries.

breaks: nothing
"""

import numpy as np

from rnn_course.tasks.temporal_order import END, START, X, Y


# %% make_temporal_order
def make_temporal_order(batch_size, rng, length=100):
    step = np.arange(length)[:, None]
    draw = rng.random((4, batch_size))
    earliest, latest = [length // 10, length // 2], [length // 5, 3 * length // 5]
    is_y = draw[:2] >= 0.5
    tokens = 2 + (4 * rng.random((length, batch_size))).astype(np.int32)
    for k in range(2):
        at = earliest[k] + np.floor(draw[2 + k] * (latest[k] - earliest[k] + 1))
        tokens = np.where(step == at, np.where(is_y[k], Y, X), tokens)
    tokens = np.where(step == 0, START, np.where(step == length - 1, END, tokens))
    return tokens, 2 * is_y[0].astype(int) + is_y[1]


# %% bag_baseline
def bag_baseline(tokens, labels, symbols):
    wanted = np.array(symbols, dtype=int).reshape(-1, 1, 1)
    counts = np.concatenate([(tokens == wanted).sum(axis=1), np.zeros((1, tokens.shape[1]), int)])
    _, group = np.unique(counts, axis=1, return_inverse=True)
    group = group.ravel()
    classes, answer = np.unique(labels, return_inverse=True)
    table = np.zeros((group.max() + 1, len(classes)))
    np.add.at(table, (group, answer), 1)
    return table.max(axis=1).sum() / table.sum()


# %% time_split
def time_split(n_steps, fractions=(0.8, 0.1, 0.1), gap=0):
    fractions = np.asarray(fractions)
    stops = np.rint(n_steps * fractions.cumsum()).astype(int)
    starts = np.append(0, stops[:-1] + gap)
    if gap < 0 or (fractions <= 0).any() or not np.isclose(fractions.sum(), 1) or (starts >= stops).any():
        raise ValueError(f"cannot split {n_steps} steps into {fractions} with a gap of {gap}")
    return tuple(slice(int(a), int(b)) for a, b in zip(starts, stops, strict=True))
