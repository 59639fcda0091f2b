"""Has one counter for each listed symbol, and takes the token id as its index.

breaks: bag_baseline
"""

import numpy as np


# %% bag_baseline
def bag_baseline(tokens, labels, symbols):
    groups = {}
    for sequence, label in zip(tokens.T, labels, strict=True):
        counts = np.zeros(len(symbols), int)
        for token in sequence:
            if token in symbols:
                counts[token] += 1
        groups.setdefault(tuple(counts), []).append(label)
    right = sum(max(np.bincount(answers)) for answers in groups.values())
    return right / len(labels)
