"""Looks at the last symbol alone: what may follow it anywhere.

breaks: reber_legal_next
"""


# %% reber_legal_next
def reber_legal_next(prefix, embedded=True):
    follows = {"": "B", "B": "TP", "T": "TVSX", "P": "TVXS", "S": "SXE", "X": "XSTV", "V": "PVE", "E": ""}
    if embedded:
        follows |= {"B": "TPB", "T": "TVSXBE", "P": "TVXSBE", "E": "TP"}
    if not prefix.startswith("B") and prefix:
        raise ValueError(prefix)
    for end in range(1, len(prefix)):
        if prefix[end] not in follows[prefix[end - 1]]:
            raise ValueError(prefix)
    return set(follows[prefix[-1:]])
