"""Asks whether a symbol occurs, not how often.

breaks: bag_baseline
"""

import numpy as np


# %% bag_baseline
def bag_baseline(tokens, labels, symbols):
    groups = {}
    for sequence, label in zip(tokens.T, labels, strict=True):
        bag = tuple((sequence == symbol).any() for symbol in symbols)
        groups.setdefault(bag, []).append(label)
    right = sum(max(np.bincount(answers)) for answers in groups.values())
    return right / len(labels)
