"""Python's own tools: comprehensions, Counter, accumulate, an open end for the last slice.

breaks: nothing
"""

import numpy as np

from rnn_course.tasks.temporal_order import DISTRACTORS, END, START, X, Y


# %% make_temporal_order
from itertools import product


def make_temporal_order(batch_size, rng, length=100):
    pairs = list(product((X, Y), repeat=2))

    def sequence(label):
        middle = rng.choice(DISTRACTORS, length - 2).tolist()
        symbols = [START, *middle, END]
        at = [
            rng.integers(a, b, endpoint=True) for a, b in ((length // 10, length // 5), (length // 2, length * 3 // 5))
        ]
        for t, symbol in zip(at, pairs[label], strict=True):
            symbols[t] = symbol
        return symbols

    labels = rng.integers(4, size=batch_size)
    return np.array([sequence(label) for label in labels]).T, labels


# %% bag_baseline
from collections import Counter


def bag_baseline(tokens, labels, symbols):
    bags = [Counter(token for token in sequence if token in symbols) for sequence in tokens.T.tolist()]
    together = Counter((frozenset(bag.items()), label) for bag, label in zip(bags, labels.tolist(), strict=True))
    best = {}
    for (bag, _), n in together.items():
        best[bag] = max(n, best.get(bag, 0))
    return float(sum(best.values()) / labels.size)


# %% time_split
from itertools import accumulate


def time_split(n_steps, fractions=(0.8, 0.1, 0.1), gap=0):
    if any(f <= 0 for f in fractions) or abs(1 - sum(fractions)) > 1e-6 or gap < 0:
        raise ValueError("bad fractions or gap")
    cuts = [0, *(round(n_steps * share) for share in accumulate(fractions))]
    starts = [0] + [cut + gap for cut in cuts[1:-1]]
    if any(a >= b for a, b in zip(starts, cuts[1:], strict=True)):
        raise ValueError("an empty part")
    return tuple(slice(a, b) for a, b in zip(starts, [*cuts[1:-1], None], strict=True))
