"""Writes every sum as a loop.

breaks: nothing
"""

import numpy as np

from rnn_course.tasks.reber import REBER


# %% lstm_step
def lstm_step(x, state, params):
    h, c = state
    rows, units = h.shape
    blocks = np.zeros((4, rows, units), x.dtype)
    for gate in range(4):
        for unit in range(units):
            k = gate * units + unit
            blocks[gate, :, unit] = params["bias_ih"][k] + params["bias_hh"][k]
            for row in range(rows):
                blocks[gate, row, unit] += x[row] @ params["weight_ih"][k] + h[row] @ params["weight_hh"][k]
    cache = {"x": x, "h": h, "c": c, "params": params}
    for name, block in zip("ifgo", blocks, strict=True):
        if name == "g":
            cache[name] = np.tanh(block)
        else:
            small = np.exp(-np.abs(block))
            cache[name] = np.where(block > 0, 1 / (1 + small), small / (1 + small))
    cache["c_new"] = cache["f"] * c + cache["i"] * cache["g"]
    return (cache["o"] * np.tanh(cache["c_new"]), cache["c_new"]), cache


# %% lstm_step_backward
def lstm_step_backward(d_state, cache):
    params = cache["params"]
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    dx, d_h, d_c = (np.zeros_like(cache[name]) for name in ("x", "h", "c"))
    rows, units = cache["h"].shape
    for row in range(rows):
        for unit in range(units):
            i, f, g, o, c, c_new = (cache[name][row, unit] for name in ("i", "f", "g", "o", "c", "c_new"))
            d_h_new, d_c_new = d_state[0][row, unit], d_state[1][row, unit]
            d_cell = d_c_new + d_h_new * o * (1 - np.tanh(c_new) ** 2)
            d_c[row, unit] = d_cell * f
            slopes = (d_cell * g * i * (1 - i), d_cell * c * f * (1 - f), d_cell * i * (1 - g * g))
            slopes += (d_h_new * np.tanh(c_new) * o * (1 - o),)
            for gate, d_z in enumerate(slopes):
                k = gate * units + unit
                grads["weight_ih"][k] += d_z * cache["x"][row]
                grads["weight_hh"][k] += d_z * cache["h"][row]
                grads["bias_ih"][k] += d_z
                grads["bias_hh"][k] += d_z
                dx[row] += d_z * params["weight_ih"][k]
                d_h[row] += d_z * params["weight_hh"][k]
    return dx, (d_h, d_c), grads


# %% reber_strings
def reber_strings(n, rng, embedded=True):
    strings = []
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


# %% reber_legal_next
def reber_legal_next(prefix, embedded=True):
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


# %% adding_batch
def adding_batch(batch_size, rng, length=100):
    x, target = np.zeros((length, batch_size, 2)), np.zeros((batch_size, 1))
    for b in range(batch_size):
        for t in range(length):
            x[t, b, 0] = rng.random()
        for low, high in ((0, length // 2), (length // 2, length)):
            step = rng.integers(low, high)
            x[step, b, 1] = 1
            target[b, 0] += x[step, b, 0]
    return x, target
