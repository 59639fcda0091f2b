"""Slices the blocks, and walks an embedded graph that is built once.

breaks: nothing
"""

import numpy as np

from rnn_course.tasks.reber import REBER


# %% lstm_step
def lstm_step(x, state, params):
    hidden_size = state[0].shape[1]
    z = np.matmul(x, np.transpose(params["weight_ih"])) + np.matmul(state[0], np.transpose(params["weight_hh"]))
    z = z + (params["bias_ih"] + params["bias_hh"])
    cache = {"x": x, "h": state[0], "c": state[1], "params": params}
    for place, name in enumerate("ifgo"):
        block = z[:, place * hidden_size : (place + 1) * hidden_size]
        cache[name] = np.tanh(block) if name == "g" else 1 / (1 + np.exp(-block))
    cache["c_new"] = cache["f"] * cache["c"] + cache["i"] * cache["g"]
    return (cache["o"] * np.tanh(cache["c_new"]), cache["c_new"]), cache


# %% lstm_step_backward
def lstm_step_backward(d_state, cache):
    params, squashed = cache["params"], np.tanh(cache["c_new"])
    d_o = d_state[0] * squashed
    d_squashed = d_state[0] * cache["o"]
    d_cell = d_state[1] + d_squashed - d_squashed * squashed**2
    d_z = np.empty((d_cell.shape[0], 4 * d_cell.shape[1]), d_cell.dtype)
    upstream = {"i": d_cell * cache["g"], "f": d_cell * cache["c"], "g": d_cell * cache["i"], "o": d_o}
    for block, name in zip(np.split(d_z, 4, axis=1), "ifgo", strict=True):
        gate = cache[name]
        block[...] = upstream[name] * ((1 - gate) * (1 + gate) if name == "g" else gate - gate**2)
    grads = {"bias_ih": np.sum(d_z, axis=0), "bias_hh": np.sum(d_z, axis=0)}
    grads["weight_ih"], grads["weight_hh"] = d_z.T @ cache["x"], d_z.T @ cache["h"]
    return d_z @ params["weight_ih"], (d_z @ params["weight_hh"], cache["f"] * d_cell), grads


# %% reber_strings
def reber_strings(n, rng, embedded=True):
    def go_on(node):
        if node == "end":
            return ""
        symbol = rng.choice(list(REBER[node]))
        return str(symbol) + go_on(REBER[node][str(symbol)])

    def one():
        if not embedded:
            return go_on("start")
        outer = "T" if rng.random() < 0.5 else "P"
        return "".join(["B", outer, go_on("start"), outer, "E"])

    return [one() for _ in range(n)]


# %% reber_legal_next
def reber_legal_next(prefix, embedded=True):
    graph = {("inner", node): leaving for node, leaving in REBER.items()}
    place, outer = (("inner", "start") if not embedded else "first"), None
    for symbol in prefix:
        if place == "first" and symbol == "B":
            place = "second"
        elif place == "second" and symbol in "TP":
            place, outer = ("inner", "start"), symbol
        elif place == ("inner", "end") and embedded and symbol == outer:
            place = "last"
        elif place == "last" and symbol == "E":
            place = "over"
        elif place in graph and symbol in graph[place]:
            place = ("inner", graph[place][symbol])
        else:
            raise ValueError(f"{symbol} in {prefix}")
    if place == ("inner", "end") and embedded:
        return {outer}
    named = {"first": {"B"}, "second": {"T", "P"}, "last": {"E"}, "over": set()}
    return named[place] if isinstance(place, str) else set(graph[place])


# %% adding_batch
def adding_batch(batch_size, rng, length=100):
    half, sequences = length // 2, np.arange(batch_size)
    numbers, marks = rng.uniform(size=(length, batch_size)), np.zeros((length, batch_size))
    first, second = rng.integers(0, half, batch_size), rng.integers(half, length, batch_size)
    marks[first, sequences] = 1
    marks[second, sequences] = 1
    target = (numbers * marks).sum(axis=0)
    return np.stack([numbers, marks], axis=2), target[:, np.newaxis]
