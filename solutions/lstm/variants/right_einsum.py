"""Stacks the gates along an axis of their own, and looks every prefix up among the strings' walks.

breaks: nothing
"""

import numpy as np

from rnn_course.tasks.reber import REBER


# %% lstm_step
def lstm_step(x, state, params):
    h, c = state
    weights = [params[name].reshape(4, h.shape[1], -1) for name in ("weight_ih", "weight_hh")]
    z = np.einsum("bi,ghi->gbh", x, weights[0]) + np.einsum("bk,ghk->gbh", h, weights[1])
    z += (params["bias_ih"] + params["bias_hh"]).reshape(4, 1, -1)
    opened = np.tanh(z * np.array([0.5, 0.5, 1, 0.5], x.dtype)[:, None, None])
    i, f, o = (1 + opened[[0, 1, 3]]) / 2
    g = opened[2]
    c_new = np.einsum("gbh,gbh->bh", np.stack([f, i]), np.stack([c, g]))
    cache = {"x": x, "h": h, "c": c, "i": i, "f": f, "g": g, "o": o, "c_new": c_new, "params": params}
    return (o * np.tanh(c_new), c_new), cache


# %% lstm_step_backward
def lstm_step_backward(d_state, cache):
    i, f, g, o = (cache[name] for name in "ifgo")
    tanh_c, params = np.tanh(cache["c_new"]), cache["params"]
    d_cell = d_state[1] + d_state[0] * o / np.cosh(cache["c_new"]) ** 2
    d_gates = np.stack([d_cell * g, d_cell * cache["c"], d_cell * i, d_state[0] * tanh_c])
    d_z = d_gates * np.stack([i * (1 - i), f * (1 - f), 1 - g**2, o * (1 - o)])
    grads, back = {}, []
    for name, seen in (("weight_ih", cache["x"]), ("weight_hh", cache["h"])):
        grads[name] = np.einsum("gbh,bi->ghi", d_z, seen).reshape(params[name].shape)
        back.append(np.einsum("gbh,ghi->bi", d_z, params[name].reshape(4, i.shape[1], -1)))
    for name in ("bias_ih", "bias_hh"):
        grads[name] = np.einsum("gbh->gh", d_z).ravel()
    return back[0], (back[1], d_cell * f), grads


# %% reber_strings
def reber_strings(n, rng, embedded=True):
    graph = {node: sorted(leaving.items()) for node, leaving in REBER.items()}
    strings, nodes = [""] * n, ["start"] * n
    while any(node != "end" for node in nodes):
        for k, toss in enumerate(rng.integers(2, size=n)):
            if nodes[k] != "end":
                symbol, nodes[k] = graph[nodes[k]][toss % len(graph[nodes[k]])]
                strings[k] += symbol
    if embedded:
        sides = ["TP"[toss] for toss in rng.integers(2, size=n)]
        strings = ["B" + side + inner + side + "E" for side, inner in zip(sides, strings, strict=True)]
    return strings


# %% reber_legal_next
def reber_legal_next(prefix, embedded=True):
    nodes = {("", "start")} if not embedded else {("outer", "start")}
    outer = prefix[1:2]

    def leaving(place):
        side, node = place
        if side == "outer":
            walk = {"start": {"B": ("outer", "side")}, "side": dict.fromkeys("TP", ("inner", "start"))}
            walk |= {"last": {"E": ("outer", "over")}, "over": {}}
            return walk[node]
        if side == "inner" and node == "end":
            return {outer: ("outer", "last")}
        return {symbol: (side, following) for symbol, following in REBER[node].items()}

    for symbol in prefix:
        nodes = {leaving(place)[symbol] for place in nodes if symbol in leaving(place)}
    if not nodes:
        raise ValueError("no such string")
    return {symbol for place in nodes for symbol in leaving(place)}


# %% adding_batch
def adding_batch(batch_size, rng, length=100):
    half = length // 2
    numbers = rng.random((length, batch_size, 1))
    noise = rng.random((length, batch_size, 1))
    marks = np.concatenate([part == part.max(axis=0) for part in (noise[:half], noise[half:])]).astype(float)
    return np.concatenate([numbers, marks], axis=2), np.einsum("tbk,tbk->bk", numbers, marks)
