"""Groups by the steps at which the listed symbols stand.

breaks: bag_baseline
"""

import numpy as np


# %% bag_baseline
def bag_baseline(tokens, labels, symbols):
    groups = {}
    for sequence, label in zip(tokens.T, labels, strict=True):
        bag = tuple(np.flatnonzero(np.isin(sequence, symbols)))
        groups.setdefault(bag, []).append(label)
    right = sum(max(np.bincount(answers)) for answers in groups.values())
    return right / len(labels)
