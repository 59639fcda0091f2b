"""Draws from numpy's global generator.

breaks: reber_strings
"""

import numpy as np

from rnn_course.tasks.reber import REBER


# %% reber_strings
def reber_strings(n, rng, embedded=True):
    strings = []
    for _ in range(n):
        node, string = "start", ""
        while node != "end":
            symbols = list(REBER[node])
            symbol = symbols[np.random.randint(len(symbols))]  # noqa: NPY002
            node, string = REBER[node][symbol], string + symbol
        if embedded:
            outer = "TP"[rng.integers(2)]
            string = "B" + outer + string + outer + "E"
        strings.append(string)
    return strings
