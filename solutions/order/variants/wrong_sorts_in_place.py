"""Sorts the caller's tokens: sort() works in place.

breaks: bag_baseline
"""

import numpy as np


# %% bag_baseline
def bag_baseline(tokens, labels, symbols):
    tokens.sort(axis=0)
    groups = {}
    for sequence, label in zip(tokens.T, labels, strict=True):
        bag = tuple(token for token in sequence if token in symbols)
        groups.setdefault(bag, []).append(label)
    right = sum(max(np.bincount(answers)) for answers in groups.values())
    return right / len(labels)
