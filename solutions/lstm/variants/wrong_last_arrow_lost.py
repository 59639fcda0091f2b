"""Leaves the loop before the last arrow is written down.

breaks: reber_strings
"""

from rnn_course.tasks.reber import REBER


# %% reber_strings
def reber_strings(n, rng, embedded=True):
    strings = []
    for _ in range(n):
        node, string = "start", ""
        while node != "6":
            symbols = list(REBER[node])
            symbol = symbols[rng.integers(len(symbols))]
            node, string = REBER[node][symbol], string + symbol
        if embedded:
            outer = "TP"[rng.integers(2)]
            string = "B" + outer + string + outer + "E"
        strings.append(string)
    return strings
