"""Returns how many sequences are right, not their share.

breaks: bag_baseline
"""

import numpy as np


# %% bag_baseline
def bag_baseline(tokens, labels, symbols):
    groups = {}
    for sequence, label in zip(tokens.T, labels, strict=True):
        bag = tuple((sequence == symbol).sum() for symbol in symbols)
        groups.setdefault(bag, []).append(label)
    return sum(max(np.bincount(answers)) for answers in groups.values())
