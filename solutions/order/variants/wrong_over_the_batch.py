"""Counts over the batch instead of over time.

breaks: bag_baseline
"""

import numpy as np


# %% bag_baseline
def bag_baseline(tokens, labels, symbols):
    groups = {}
    for sequence, label in zip(tokens, labels, strict=False):
        bag = tuple((sequence == symbol).sum() for symbol in symbols)
        groups.setdefault(bag, []).append(label)
    right = sum(max(np.bincount(answers)) for answers in groups.values())
    return right / len(labels)
