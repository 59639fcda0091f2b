"""Draws plain Reber strings whatever is asked for.

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
            symbol = symbols[rng.integers(len(symbols))]
            node, string = REBER[node][symbol], string + symbol
        strings.append(string)
    return strings
