"""Adds the counts of the listed symbols into one number.

breaks: bag_baseline
"""

import numpy as np


# %% bag_baseline
def bag_baseline(tokens, labels, symbols):
    groups = {}
    for sequence, label in zip(tokens.T, labels, strict=True):
        bag = sum((sequence == symbol).sum() for symbol in symbols)
        groups.setdefault(bag, []).append(label)
    right = sum(max(np.bincount(answers)) for answers in groups.values())
    return right / len(labels)
