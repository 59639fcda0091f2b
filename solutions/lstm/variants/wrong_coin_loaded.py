"""Draws one of three, and takes the second arrow for two of them.

breaks: reber_strings
"""

from rnn_course.tasks.reber import REBER


# %% reber_strings
def reber_strings(n, rng, embedded=True):
    strings = []
    for _ in range(n):
        node, string = "start", ""
        while node != "end":
            symbols = list(REBER[node])
            symbol = symbols[min(rng.integers(3), len(symbols) - 1)]
            node, string = REBER[node][symbol], string + symbol
        if embedded:
            outer = "TP"[rng.integers(2)]
            string = "B" + outer + string + outer + "E"
        strings.append(string)
    return strings
