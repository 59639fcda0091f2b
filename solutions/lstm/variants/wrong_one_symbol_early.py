"""Returns what may stand in the place of the last symbol.

breaks: reber_legal_next
"""

from rnn_course.tasks.reber import REBER


# %% reber_legal_next
def reber_legal_next(prefix, embedded=True):
    prefix = prefix[:-1]
    inner = prefix
    if embedded:
        if not prefix:
            return {"B"}
        if prefix[0] != "B":
            raise ValueError(prefix)
        if len(prefix) == 1:
            return {"T", "P"}
        if prefix[1] not in "TP":
            raise ValueError(prefix)
        inner = prefix[2:]
    node = "start"
    for position, symbol in enumerate(inner):
        if node == "end" and embedded:
            rest = inner[position:]
            if rest == prefix[1]:
                return {"E"}
            if rest == prefix[1] + "E":
                return set()
            raise ValueError(prefix)
        if symbol not in REBER[node]:
            raise ValueError(prefix)
        node = REBER[node][symbol]
    if node == "end" and embedded:
        return {prefix[1]}
    return set(REBER[node])
