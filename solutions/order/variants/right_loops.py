"""Spells everything out: one random number at a time, dictionaries, while.

breaks: nothing
"""

import numpy as np

from rnn_course.tasks.temporal_order import DISTRACTORS, END, START, X, Y


# %% make_temporal_order
def make_temporal_order(batch_size, rng, length=100):
    tokens = np.zeros((length, batch_size), dtype=int)
    labels = np.zeros(batch_size, dtype=int)
    for b in range(batch_size):
        for t in range(1, length - 1):
            tokens[t, b] = DISTRACTORS[rng.integers(4)]
        first = X if rng.random() < 0.5 else Y
        second = X if rng.random() < 0.5 else Y
        tokens[rng.integers(length // 10, length // 5 + 1), b] = first
        tokens[rng.integers(length // 2, 3 * length // 5 + 1), b] = second
        tokens[0, b] = START
        tokens[length - 1, b] = END
        if first == Y:
            labels[b] += 2
        if second == Y:
            labels[b] += 1
    return tokens, labels


# %% bag_baseline
def bag_baseline(tokens, labels, symbols):
    n_steps, batch_size = tokens.shape
    groups = {}
    for b in range(batch_size):
        counts = dict.fromkeys(symbols, 0)
        for t in range(n_steps):
            if tokens[t, b] in counts:
                counts[tokens[t, b]] += 1
        key = tuple(counts.values())
        if key not in groups:
            groups[key] = {}
        groups[key][labels[b]] = groups[key].get(labels[b], 0) + 1
    right = 0
    for answers in groups.values():
        right += max(answers.values())
    return right / batch_size


# %% time_split
def time_split(n_steps, fractions=(0.8, 0.1, 0.1), gap=0):
    total = 0.0
    for fraction in fractions:
        if fraction <= 0:
            raise ValueError("a fraction is not positive")
        total += fraction
    if abs(total - 1) > 1e-9:
        raise ValueError("the fractions do not sum to 1")
    if gap < 0:
        raise ValueError("the gap is negative")
    parts = []
    start = 0
    share = 0.0
    k = 0
    while k < len(fractions):
        share += fractions[k]
        stop = int(n_steps * share + 0.5)
        if stop - start < 1:
            raise ValueError("a part is empty")
        parts.append(slice(start, stop))
        start = stop + gap
        k += 1
    return tuple(parts)
