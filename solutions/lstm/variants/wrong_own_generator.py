"""Makes a generator of its own.

breaks: reber_strings
"""

import numpy as np

from rnn_course.tasks.reber import REBER


# %% reber_strings
def reber_strings(n, rng, embedded=True):
    strings = []
    rng = np.random.default_rng(0)
    for _ in range(n):
        node, string = "start", ""
        while node != "end":
            symbols = list(REBER[node])
            symbol = symbols[rng.integers(len(symbols))]
            node, string = REBER[node][symbol], string + symbol
        if embedded:
            outer = "TP"[rng.integers(2)]
            string = "B" + outer + string + outer + "E"
        strings.append(string)
    return strings
