# %% [markdown]
# # Long short-term memory
#
# You write one step of an LSTM and its gradients, and two tasks that made it known: the embedded Reber grammar and the adding
# problem. Together the functions train a network that adds two numbers it has seen long ago.
#
# | part | function | points |
# |---|---|---|
# | 1 | `lstm_step`: one step forwards | 25 |
# | 2 | `lstm_step_backward`: one step back | 30 |
# | 3 | `reber_strings`: draw strings of a grammar | 15 |
# | 4 | `reber_legal_next`: what may come next | 15 |
# | 5 | `adding_batch`: the adding problem | 15 |
#
# The last section is not graded. It measures how far a gradient reaches, and trains a network with your functions.
#
# **Time:** 60 to 90 minutes. **Before you start:** the chapter "Long short-term memory".
#
# **How it works.** Replace each line `raise NotImplementedError()` with your code. The cell below each function checks
# it. A check that fails says what it expected, what it received and, where it can, which fault is likely. A check may be
# run as often as you like. Grading runs the same checks and some more: other shapes, other numbers, and the edge cases
# that the text names. The parts do not depend on each other: a part can earn its points when the one before it does not.
#
# **To try something,** insert a cell below your function and run it there (press `Esc`, then `B`). Added cells are not
# graded.
#
# **To install,** run `pip install .` in a clone of the course's repository. Nothing else is needed: numpy comes with it.

# %%
import numpy as np

from rnn_course.check import lstm as check

# %% [markdown]
# ## Part 1: one step
#
# The state is a pair, $h$ and $c$. From the input $x$ and the state before, one step makes
#
# $$z = x\, W_{ih}^\top + b_{ih} + h\, W_{hh}^\top + b_{hh} \quad (B \times 4H),$$
#
# $$i = \sigma(z_i), \quad f = \sigma(z_f), \quad g = \tanh(z_g), \quad o = \sigma(z_o), \qquad
# c_{\text{new}} = f \odot c + i \odot g, \qquad h_{\text{new}} = o \odot \tanh(c_{\text{new}}) .$$
#
# - The columns of $z$ are four blocks of width $H$, in the order i, f, g, o.
# - $\sigma(z) = 1 / (1 + e^{-z})$. A gate that is held shut by a bias of -1000 is 0, and one held open by 1000 is 1: no NaN.
# - The forget gate's bias is in `bias_ih` and `bias_hh` already. Nothing is added to it.
# - Return `((h_new, c_new), cache)`. The cache is a dict with the keys `x`, `h`, `c` (the state *before* the step), `i`, `f`,
#   `g`, `o`, `c_new` and `params`: what the way back needs.
# - The arguments stay as they are, and everything has the dtype of `x`: float32 in, float32 out.
#
# **Example.** With all weights and biases 0, the three gates are ½ and $g$ is 0. A cell of 1 becomes 0.5, and the new $h$ is
# ½ tanh(0.5) ≈ 0.2311.


# %% solution="lstm_step"
def lstm_step(x, state, params):
    """One step of an LSTM.

    Parameters
    ----------
    x : ndarray of shape (B, I), the input of the step
    state : tuple (h, c), ndarrays of shape (B, H)
    params : dict of ndarrays: weight_ih (4H, I), weight_hh (4H, H), bias_ih (4H,), bias_hh (4H,), rows in order i, f, g, o

    Returns
    -------
    state : tuple (h_new, c_new), ndarrays of shape (B, H)
    cache : dict with x, h, c, i, f, g, o, c_new, params
    """
    ### BEGIN SOLUTION
    h, c = state
    z = x @ params["weight_ih"].T + params["bias_ih"] + h @ params["weight_hh"].T + params["bias_hh"]
    z_i, z_f, z_g, z_o = np.split(z, 4, axis=1)
    i, f, o = (
        0.5 + 0.5 * np.tanh(z / 2) for z in (z_i, z_f, z_o)
    )  # the same as 1 / (1 + exp(-z)), and cannot overflow
    g = np.tanh(z_g)
    c_new = f * c + i * g
    cache = {"x": x, "h": h, "c": c, "i": i, "f": f, "g": g, "o": o, "c_new": c_new, "params": params}
    return (o * np.tanh(c_new), c_new), cache
    ### END SOLUTION


# %% test="lstm_step" points=25
check.lstm_step(lstm_step)
### BEGIN HIDDEN TESTS


def hidden_tests():
    rng = np.random.default_rng(801)
    for b, n_in, n in ((1, 1, 1), (1, 3, 2), (4, 1, 3), (3, 2, 1), (3, 3, 3), (2, 5, 4)):
        where = f"B = {b}, I = {n_in}, H = {n}"
        params = {"weight_ih": rng.normal(size=(4 * n, n_in)), "weight_hh": rng.normal(size=(4 * n, n))}
        params |= {"bias_ih": rng.normal(size=4 * n), "bias_hh": rng.normal(size=4 * n)}
        x, h, c = rng.normal(size=(b, n_in)), rng.normal(size=(b, n)), 2 * rng.normal(size=(b, n))
        before = [a.copy() for a in (x, h, c, *params.values())]
        (h_new, c_new), cache = lstm_step(x, (h, c), params)
        for kept, now in zip(before, (x, h, c, *params.values()), strict=True):
            assert np.array_equal(kept, now), f"an argument was changed in place ({where})"
        for name, array in (("h", h_new), ("c", c_new)):
            assert np.shape(array) == (b, n), f"{name}: shape {np.shape(array)} ({where})"
        for row, unit in np.ndindex(b, n):
            z = []
            for gate in range(4):
                k = gate * n + unit
                total = params["bias_ih"][k] + params["bias_hh"][k]
                total += sum(x[row, j] * params["weight_ih"][k, j] for j in range(n_in))
                z.append(total + sum(h[row, j] * params["weight_hh"][k, j] for j in range(n)))
            i, f, o = (1 / (1 + np.exp(-z[gate])) for gate in (0, 1, 3))
            g, cell = np.tanh(z[2]), f * c[row, unit] + i * np.tanh(z[2])
            found = {"c": c_new[row, unit], "h": h_new[row, unit]}
            found |= {name: cache[name][row, unit] for name in "ifgo"}
            expected = {"c": cell, "h": o * np.tanh(cell), "i": i, "f": f, "g": g, "o": o}
            for name, value in expected.items():
                assert np.isclose(found[name], value, rtol=1e-9, atol=1e-12), f"{name} of unit {unit} ({where})"
        for name, array in (("x", x), ("h", h), ("c", c), ("c_new", c_new)):
            assert np.array_equal(cache[name], array), f"cache: {name} ({where})"
    single = {name: value.astype(np.float32) for name, value in params.items()}
    (h_new, c_new), cache = lstm_step(x.astype(np.float32), (h.astype(np.float32), c.astype(np.float32)), single)
    for name, array in {"h": h_new, "c": c_new, **{name: cache[name] for name in "ifgo"}}.items():
        assert array.dtype == np.float32, f"{name}: float32 in, {array.dtype} out"


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 2: one step back
#
# Given the gradients $\delta_h$ and $\delta_c$ of the loss with respect to the *new* $h$ and $c$, return those of everything
# that went in. The cache is as part 1 describes it. It comes from a step that works, whatever your part 1 does.
#
# - The new cell acts on the loss in two ways: through later steps ($\delta_c$ arrives with these), and through the new $h$.
# - $\sigma' = \sigma (1 - \sigma)$ and $\tanh' = 1 - \tanh^2$, each taken where the forward step has taken the function.
# - `grads` has the keys of `params`. All sequences of the batch share the parameters. The two biases get equal gradients, in
#   two arrays of their own.
# - The arguments stay as they are, and the gradients have the dtype of `x`.
#
# **Example.** One unit, all weights and biases 0, $x = 3$, $h = 2$, $c = 1$. So $i = f = o = ½$, $g = 0$, $c_{\text{new}} = 0.5$. Let
# $\delta_h = 0$ and $\delta_c = 8$. Then `d_c` is 4, the gradient of the biases is (0, 2, 4, 0), that of `weight_ih` three times and
# that of `weight_hh` twice as much. `dx` and `d_h` are 0, because the weights are.


# %% solution="lstm_step_backward"
def lstm_step_backward(d_state, cache):
    """Gradients of one step of an LSTM.

    Parameters
    ----------
    d_state : tuple (d_h_new, d_c_new), ndarrays of shape (B, H)
    cache : dict with x, h, c, i, f, g, o, c_new, params, as lstm_step returns it

    Returns
    -------
    dx : ndarray of shape (B, I)
    d_state_prev : tuple (d_h, d_c), ndarrays of shape (B, H), gradients of the state before the step
    grads : dict with the names of params, each gradient in the shape of its parameter
    """
    ### BEGIN SOLUTION
    d_h_new, d_c_new = d_state
    x, h, c, i, f, g, o, c_new, params = (cache[name] for name in ("x", "h", "c", *"ifgo", "c_new", "params"))
    tanh_c = np.tanh(c_new)
    d_cell = d_c_new + d_h_new * o * (1 - tanh_c**2)  # (B, H)
    d_z_i = d_cell * g * i * (1 - i)
    d_z_f = d_cell * c * f * (1 - f)
    d_z_g = d_cell * i * (1 - g**2)
    d_z_o = d_h_new * tanh_c * o * (1 - o)
    d_z = np.concatenate([d_z_i, d_z_f, d_z_g, d_z_o], axis=1)  # (B, 4H)
    grads = {
        "weight_ih": d_z.T @ x,
        "weight_hh": d_z.T @ h,
        "bias_ih": d_z.sum(axis=0),
        "bias_hh": d_z.sum(axis=0),
    }
    return d_z @ params["weight_ih"], (d_z @ params["weight_hh"], d_cell * f), grads
    ### END SOLUTION


# %% test="lstm_step_backward" points=30
check.lstm_step_backward(lstm_step_backward)
### BEGIN HIDDEN TESTS


def hidden_tests():
    rng = np.random.default_rng(802)

    def step(values):
        """Every gate from the equations, with the state before and the weights in one dict."""
        z = np.einsum("bi,ki->bk", values["x"], values["weight_ih"]) + values["bias_ih"] + values["bias_hh"]
        z = z + np.einsum("bh,kh->bk", values["h"], values["weight_hh"])
        n = values["h"].shape[1]
        i, f, o = (1 / (1 + np.exp(-z[:, k * n : (k + 1) * n])) for k in (0, 1, 3))
        g = np.tanh(z[:, 2 * n : 3 * n])
        c_new = f * values["c"] + i * g
        return o * np.tanh(c_new), {"i": i, "f": f, "g": g, "o": o, "c_new": c_new}

    for b, n_in, n in ((1, 1, 1), (1, 3, 2), (4, 1, 3), (3, 2, 1), (2, 3, 4)):
        where = f"B = {b}, I = {n_in}, H = {n}"
        params = {"weight_ih": rng.normal(size=(4 * n, n_in)), "weight_hh": rng.normal(size=(4 * n, n))}
        params |= {"bias_ih": rng.normal(size=4 * n), "bias_hh": rng.normal(size=4 * n)}
        values = {"x": rng.normal(size=(b, n_in)), "h": rng.normal(size=(b, n)), "c": 2 * rng.normal(size=(b, n))}
        values |= params
        d_h, d_c = rng.normal(size=(b, n)), rng.normal(size=(b, n))
        cache = {name: values[name] for name in ("x", "h", "c")} | step(values)[1] | {"params": params}
        given = [d_h, d_c, *(array for name, array in cache.items() if name != "params"), *params.values()]
        before = [a.copy() for a in given]
        dx, d_state, grads = lstm_step_backward((d_h, d_c), cache)
        for kept, now in zip(before, given, strict=True):
            assert np.array_equal(kept, now), f"an argument was changed in place ({where})"
        assert set(grads) == set(params), f"grads has the keys {sorted(grads)} ({where})"
        received = {"x": dx, "h": d_state[0], "c": d_state[1], **grads}
        for name, value in values.items():
            assert np.shape(received[name]) == value.shape, f"{name}: shape {np.shape(received[name])} ({where})"
            for index in np.ndindex(value.shape):
                around = []
                for shift in (1e-5, -1e-5):
                    moved = {key: array.copy() for key, array in values.items()}
                    moved[name][index] += shift
                    h_new, gates = step(moved)
                    around.append((d_h * h_new).sum() + (d_c * gates["c_new"]).sum())
                expected = (around[0] - around[1]) / 2e-5
                assert np.isclose(received[name][index], expected, rtol=1e-6, atol=1e-8), f"{name} ({where})"
        assert not np.shares_memory(grads["bias_ih"], grads["bias_hh"]), "the two biases share one array"
    single = {name: array.astype(np.float32) for name, array in cache.items() if name != "params"}
    single["params"] = {name: array.astype(np.float32) for name, array in params.items()}
    dx, d_state, grads = lstm_step_backward((d_h.astype(np.float32), d_c.astype(np.float32)), single)
    for name, gradient in {"dx": dx, "d_h": d_state[0], "d_c": d_state[1], **grads}.items():
        assert gradient.dtype == np.float32, f"{name}: float32 in, {gradient.dtype} out"


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 3: strings of a grammar
#
# The Reber grammar is a graph. A string is a walk from `start` to `end`, and writes down the symbol of each arrow. Where two
# arrows leave a node, a coin decides.

# %%
REBER = {  # node -> symbol on the arrow -> next node
    "start": {"B": "1"},
    "1": {"T": "2", "P": "3"},
    "2": {"S": "2", "X": "4"},
    "3": {"T": "3", "V": "5"},
    "4": {"X": "3", "S": "6"},
    "5": {"P": "4", "V": "6"},
    "6": {"E": "end"},
    "end": {},
}

# %% [markdown]
# An *embedded* string is longer: a B, then T or P (a coin decides), then a whole Reber string, then the same T or P again, then
# an E. Whoever predicts its last but one symbol has to remember the second.
#
# - Draw every choice with `rng`, and with nothing else. The two sides of a coin are equally likely.
# - Return a list of `n` strings, drawn independently.
#
# **Example.** `BTXSE` and `BPTVPSE` are Reber strings. `BTBTXSETE` and `BPBPTVPSEPE` are embedded ones. `BTBTXSEPE` is not.


# %% solution="reber_strings"
def reber_strings(n, rng, embedded=True):
    """Draw strings of the Reber grammar, or of the embedded one.

    Parameters
    ----------
    n : int, number of strings
    rng : numpy Generator
    embedded : bool, the grammar

    Returns
    -------
    list of n strings
    """
    ### BEGIN SOLUTION
    strings = []
    for coin in rng.integers(2, size=n):
        node, string = "start", ""
        while node != "end":
            symbol = sorted(REBER[node])[rng.integers(len(REBER[node]))]
            node, string = REBER[node][symbol], string + symbol
        outer = "TP"[coin]
        strings.append(f"B{outer}{string}{outer}E" if embedded else string)
    return strings
    ### END SOLUTION


# %% test="reber_strings" points=15
check.reber_strings(reber_strings)
### BEGIN HIDDEN TESTS


def hidden_tests():
    def inner_is_legal(string):
        node = "start"
        for symbol in string:
            if symbol not in REBER[node]:
                return False
            node = REBER[node][symbol]
        return node == "end"

    for embedded, n in ((True, 500), (False, 500), (True, 1), (False, 0)):
        strings = reber_strings(n, np.random.default_rng(803), embedded)
        assert len(strings) == n, f"{len(strings)} strings, not {n}"
        assert all(isinstance(string, str) for string in strings), "the list holds something else than str"
        again = reber_strings(n, np.random.default_rng(803), embedded)
        assert list(strings) == list(again), "the same seed gives other strings"
        for string in strings:
            if embedded:
                ends = string[0], string[-1], string[1] in "TP", string[1] == string[-2]
                assert ends == ("B", "E", True, True), f"{string} is no embedded string"
            assert inner_is_legal(string[2:-2] if embedded else string), f"{string} is no string of the grammar"
        if n == 500:
            inner = [string[2:-2] if embedded else string for string in strings]
            assert 0.4 < np.mean([string[1] == "T" for string in inner]) < 0.6, "the first coin is not fair"
            assert 7 < np.mean([len(string) for string in inner]) < 9, "the mean length of a Reber string is 8"
            assert len(set(inner)) > 100, "the strings are not drawn independently"
    first = reber_strings(40, np.random.default_rng(1))
    assert list(first) != list(reber_strings(40, np.random.default_rng(2))), "another seed gives the same strings"
    default = [string[1] == string[-2] and string[2] == "B" for string in first]
    assert all(default), "without a third argument the strings are embedded"


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 4: what may come next
#
# Given the beginning of a string, return the symbols that may follow it: one or two, as the grammar has it. The network that
# reads these strings is right if it ranks these symbols above all others.
#
# - Return a `set` of symbols. After a whole string nothing may come: the set is empty.
# - The empty beginning counts too: every string begins with B.
# - If no string begins like that, raise `ValueError`.
# - The dict `REBER` above is at hand. Part 3 is not.
#
# **Example.** After `BTBTXSE` only T may come, after `BPBTXSE` only P. After `BT` comes S or X in the Reber grammar, and B in the
# embedded one.


# %% solution="reber_legal_next"
def reber_legal_next(prefix, embedded=True):
    """Return the symbols that may follow the beginning of a string.

    Parameters
    ----------
    prefix : str
    embedded : bool, the grammar

    Returns
    -------
    set of str

    Raises
    ------
    ValueError
        If no string of the grammar begins with prefix.
    """
    ### BEGIN SOLUTION
    graph = REBER
    if embedded:
        graph = {"start": {"B": "choice"}, "choice": {"T": "T start", "P": "P start"}, "last": {"E": "end"}, "end": {}}
        for outer in "TP":
            for node, leaving in REBER.items():
                graph[f"{outer} {node}"] = {symbol: f"{outer} {following}" for symbol, following in leaving.items()}
            graph[f"{outer} end"] = {outer: "last"}
    node = "start"
    for symbol in prefix:
        if symbol not in graph[node]:
            raise ValueError(f"no string of the grammar begins with {prefix!r}")
        node = graph[node][symbol]
    return set(graph[node])
    ### END SOLUTION


# %% test="reber_legal_next" points=15
check.reber_legal_next(reber_legal_next)
### BEGIN HIDDEN TESTS


def hidden_tests():
    rng = np.random.default_rng(804)
    inner = []
    for _ in range(30):
        node, string = "start", ""
        while node != "end":
            symbol = sorted(REBER[node])[rng.integers(len(REBER[node]))]
            node, string = REBER[node][symbol], string + symbol
        inner.append(string)

    def after(string):
        node = "start"
        for symbol in string:
            node = REBER[node].get(symbol, "nowhere")
            if node == "nowhere":
                return None
        return set(REBER[node])

    for string in inner:
        for end in range(len(string) + 1):
            assert reber_legal_next(string[:end], False) == after(string[:end]), f"after {string[:end]!r}"
        for outer in "TP":
            whole = f"B{outer}{string}{outer}E"
            cases = {"": {"B"}, "B": {"T", "P"}, whole[:-2]: {outer}, whole[:-1]: {"E"}, whole: set()}
            for end in range(len(string)):
                cases[whole[: end + 2]] = after(string[:end])
            for prefix, expected in cases.items():
                assert reber_legal_next(prefix) == expected, f"after {prefix!r}, embedded"
    for prefix, embedded in (("BTE", False), ("T", True), ("BB", True), ("BTBTXSEP", True), ("BTXSEB", False)):
        try:
            reber_legal_next(prefix, embedded)
        except ValueError:
            continue
        raise AssertionError(f"{prefix!r}: expected ValueError")


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 5: the adding problem
#
# Each step of a sequence holds a number and a mark. The numbers are drawn uniformly from 0 to 1. The mark is 1 at two steps and
# 0 at all others: one of them is a step of the first half, 0 to $\lfloor T/2 \rfloor - 1$, the other one of the second half,
# $\lfloor T/2 \rfloor$ to $T - 1$. All steps of a half are equally likely, and the two marks are independent. The target is the sum of
# the two marked numbers.
#
# - `x` has shape (T, B, 2): the number, then the mark. `target` has shape (B, 1). Both are float64.
# - Draw with `rng`, and with nothing else.
# - `length` is at least 2.
#
# **Example.** With $T = 4$ one sequence may be (0.27, 0), (0.04, 1), (0.02, 0), (0.81, 1). Its target is 0.85.


# %% solution="adding_batch"
def adding_batch(batch_size, rng, length=100):
    """Draw sequences of the adding problem.

    Parameters
    ----------
    batch_size : int, B
    rng : numpy Generator
    length : int, T

    Returns
    -------
    x : float64 ndarray of shape (T, B, 2)
    target : float64 ndarray of shape (B, 1)
    """
    ### BEGIN SOLUTION
    rows = np.arange(batch_size)
    first = rng.integers(length // 2, size=batch_size)
    second = rng.integers(length // 2, length, size=batch_size)
    x = np.zeros((length, batch_size, 2))
    x[..., 0] = rng.random((length, batch_size))
    x[first, rows, 1] = x[second, rows, 1] = 1
    return x, (x[first, rows, 0] + x[second, rows, 0])[:, None]
    ### END SOLUTION


# %% test="adding_batch" points=15
check.adding_batch(adding_batch)
### BEGIN HIDDEN TESTS


def hidden_tests():
    for batch, length in ((1, 2), (3, 2), (2000, 5), (2000, 8), (50, 101)):
        x, target = adding_batch(batch, np.random.default_rng(805), length)
        where = f"B = {batch}, T = {length}"
        assert (np.shape(x), np.shape(target)) == ((length, batch, 2), (batch, 1)), f"shapes ({where})"
        assert x.dtype == target.dtype == np.float64, f"dtypes {x.dtype} and {target.dtype} ({where})"
        numbers, marks = x[..., 0], x[..., 1]
        assert np.isin(marks, (0, 1)).all(), f"marks are 0 or 1 ({where})"
        half = length // 2
        assert (marks[:half].sum(axis=0) == 1).all(), f"one mark in the first half ({where})"
        assert (marks[half:].sum(axis=0) == 1).all(), f"one mark in the second half ({where})"
        assert 0 <= numbers.min() <= numbers.max() <= 1, f"numbers from 0 to 1 ({where})"
        assert np.allclose(target[:, 0], (numbers * marks).sum(axis=0), rtol=1e-12), f"targets ({where})"
        again = adding_batch(batch, np.random.default_rng(805), length)
        assert np.array_equal(x, again[0]), f"the same seed gives other sequences ({where})"
        assert not np.array_equal(x, adding_batch(batch, np.random.default_rng(806), length)[0]), "other seed"
        if batch == 2000:
            shares = marks.mean(axis=1)
            assert abs(shares[:half] * half - 1).max() < 0.15, f"steps of the first half: {shares[:half]}"
            assert abs(shares[half:] * (length - half) - 1).max() < 0.15, f"steps of the second: {shares[half:]}"
            assert abs(numbers.mean() - 0.5) < 0.02, "the mean of the numbers is 1/2"
            assert abs(numbers.var() - 1 / 12) < 0.005, "the variance of the numbers is 1/12"
            pairs = np.corrcoef(marks[:half].argmax(axis=0), marks[half:].argmax(axis=0))[0, 1]
            assert abs(pairs) < 0.1, "the two marks are not independent"


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## All together: a memory that is trained
#
# This section is not graded. First a gradient goes back through 50 steps of an untrained LSTM, with forget biases of 0, 1 and
# 4. Then an LSTM of 8 units learns to add two of 10 numbers with your functions. The best constant has a mean squared error of 1/6.
#
# What do you expect: how much of the gradient is left after 50 steps, with each bias? Write down your guess before you run it.


# %%
def start(hidden_size, bias, rng):
    """Small random weights, and forget gates that start with a bias."""
    params = {"weight_ih": rng.normal(size=(4 * hidden_size, 2)) / 3}
    params["weight_hh"] = rng.normal(size=(4 * hidden_size, hidden_size)) / 6
    params |= {"bias_ih": np.zeros(4 * hidden_size), "bias_hh": np.zeros(4 * hidden_size)}
    params["bias_ih"][hidden_size : 2 * hidden_size] = bias
    return params


def run(x, params):
    """Last state of the LSTM, and the caches of its steps."""
    zeros = np.zeros((x.shape[1], len(params["weight_hh"]) // 4))
    state, caches = (zeros, zeros), []
    for x_t in x:
        state, cache = lstm_step(x_t, state, params)
        caches.append(cache)
    return state, caches


def left_after(steps, bias):
    """How much of a cell's gradient is left after some steps back."""
    rng = np.random.default_rng(0)
    (_, c), caches = run(adding_batch(10, rng, steps)[0], start(8, bias, rng))
    d_state = np.zeros_like(c), rng.normal(size=c.shape)
    arriving = np.linalg.norm(d_state)
    for cache in reversed(caches):
        _, d_state, _ = lstm_step_backward(d_state, cache)
    return np.linalg.norm(d_state) / arriving


def train(updates=80, length=10, rate=0.03):
    """Train by Adam; return the mean squared error on new sequences."""
    rng = np.random.default_rng(1)
    params = start(8, 3.0, rng)
    params["bias_ih"][:8] = -1.0
    readout = rng.normal(size=(8, 1)) / 3
    means = {name: [0.0, 0.0] for name in (*params, "readout", "offset")}  # of the gradient, and of its square
    offset = np.ones(1)

    def descend(name, value, gradient, step):
        mean, square = means[name]
        means[name] = [0.9 * mean + 0.1 * gradient, 0.99 * square + 0.01 * gradient**2]
        mean, square = (m / (1 - beta**step) for m, beta in zip(means[name], (0.9, 0.99), strict=True))
        return value - rate * mean / (np.sqrt(square) + 1e-8)

    for step in range(1, updates + 1):
        x, target = adding_batch(32, rng, length)
        (h, c), caches = run(x, params)
        d_said = (h @ readout + offset - target) / len(target)
        d_state, grads = (d_said @ readout.T, np.zeros_like(c)), dict.fromkeys(params, 0.0)
        for cache in reversed(caches):
            _, d_state, step_grads = lstm_step_backward(d_state, cache)
            grads = {name: grads[name] + step_grads[name] for name in params}
        params = {name: descend(name, value, grads[name], step) for name, value in params.items()}
        readout = descend("readout", readout, h.T @ d_said, step)
        offset = descend("offset", offset, d_said.sum(axis=0), step)
    x, target = adding_batch(500, rng, length)
    return float(((run(x, params)[0][0] @ readout + offset - target) ** 2).mean())


try:
    with np.errstate(all="ignore"):
        left = {bias: left_after(50, bias) for bias in (0.0, 1.0, 4.0)}
        error = train()
    for bias, share in left.items():
        print(f"forget bias {bias:.0f}: {share:.1e} of a gradient is left after 50 steps")
    print(f"adding two of 10 numbers: mean squared error {error:.4f}, the best constant {1 / 6:.4f}")
    if left[4.0] > 0.1 > left[1.0] > left[0.0] and error < 0.1:
        print("An open forget gate carries the gradient, and the LSTM learns to add.")
    else:
        print("The network does not behave yet. Are the checks of parts 1, 2 and 5 passed?")
    strings = reber_strings(100, np.random.default_rng(2))
    choices = np.mean([len(reber_legal_next(string[:-2])) for string in strings])
    print(f"the last but one symbol of an embedded string: {choices:.0f} possibility, if the second one is remembered")
except Exception as problem:
    print(f"The network cannot run yet ({type(problem).__name__}). Are the checks of all five parts passed?")
