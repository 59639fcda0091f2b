"""Accepts whatever begins no string, and says that nothing may follow.

breaks: reber_legal_next
"""

from rnn_course.tasks.reber import REBER


# %% reber_legal_next
def reber_legal_next(prefix, embedded=True):
    inner = prefix
    if embedded:
        if not prefix:
            return {"B"}
        if prefix[0] != "B":
            return set()
        if len(prefix) == 1:
            return {"T", "P"}
        if prefix[1] not in "TP":
            return set()
        inner = prefix[2:]
    node = "start"
    for position, symbol in enumerate(inner):
        if node == "end" and embedded:
            rest = inner[position:]
            if rest == prefix[1]:
                return {"E"}
            if rest == prefix[1] + "E":
                return set()
            return set()
        if symbol not in REBER[node]:
            return set()
        node = REBER[node][symbol]
    if node == "end" and embedded:
        return {prefix[1]}
    return set(REBER[node])
