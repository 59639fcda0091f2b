"""Packs the counts into one decimal number: ten of one symbol look like one of the next.

breaks: bag_baseline
"""

import numpy as np


# %% bag_baseline
def bag_baseline(tokens, labels, symbols):
    groups = {}
    for sequence, label in zip(tokens.T, labels, strict=True):
        bag = sum(10**k * (sequence == symbol).sum() for k, symbol in enumerate(symbols))
        groups.setdefault(bag, []).append(label)
    right = sum(max(np.bincount(answers)) for answers in groups.values())
    return right / len(labels)
