"""Refuses a window as wide as the sequence. The visible check does not try one.

breaks: sliding_windows
"""

import numpy as np


# %% sliding_windows
def sliding_windows(x, width):
    if not 1 <= width < len(x):
        raise ValueError(f"width: expected less than {len(x)}, received {width}")
    return np.stack([x[start : start + width] for start in range(len(x) - width + 1)])
