# %% [markdown]
# # Backpropagation through time
#
# You send a gradient back through a recurrent network: one step, a whole sequence, a window of it. Then you measure what is
# left of it after a number of steps. Together the functions train a network to remember.
#
# | part | function | points |
# |---|---|---|
# | 1 | `rnn_step_backward`: through one step | 25 |
# | 2 | `bptt`: through a whole sequence | 35 |
# | 3 | `truncated_bptt`: through a window | 20 |
# | 4 | `gradient_norm_by_lag`: what is left of it | 20 |
#
# The last section is not graded. It trains networks with your functions.
#
# **Time:** 60 to 90 minutes. **Before you start:** the chapter "Backpropagation through time".
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
from functools import partial

import numpy as np

from rnn_course.check import bptt as check

# %% [markdown]
# ## Part 1: through one step
#
# One step of the network makes a new state $h$ from the input $x$ and the state before, $h_{\text{prev}}$:
#
# $$h = \tanh(z), \qquad z = x\, W_{ih}^\top + b_{ih} + h_{\text{prev}}\, W_{hh}^\top + b_{hh} .$$
#
# Given $\delta_h = \partial L / \partial h$, return the gradients of everything that went in.
#
# - $\tanh'(z) = 1 - \tanh^2(z)$, and $\tanh(z)$ is at hand: it is $h$.
# - All sequences of the batch share the parameters. The two biases get equal gradients, in two arrays of their own: whoever
#   clips one in place must not change the other.
# - The arguments stay as they are, and the gradients have the dtype of `x`: float32 in, float32 out.
#
# **Example.** With $B = I = H = 1$, let `x` be 3, `h_prev` 2, `h` 0.5, $W_{ih}$ = 4 and $W_{hh}$ = 10, and let 8 arrive as
# `d_h`. The slope is 1 - 0.25 = 0.75, so $\delta_z$ = 6. Then `dx` is 24, `d_h_prev` is 60, and the gradients of $W_{ih}$,
# $W_{hh}$ and of each bias are 18, 12 and 6.


# %% solution="rnn_step_backward"
def rnn_step_backward(d_h, x, h_prev, h, params):
    """Gradients of one step of a tanh network.

    Parameters
    ----------
    d_h : ndarray of shape (B, H), gradient of the loss with respect to the new state
    x : ndarray of shape (B, I), the input of the step
    h_prev : ndarray of shape (B, H), the state before the step
    h : ndarray of shape (B, H), the state after it
    params : dict of ndarrays: weight_ih (H, I), weight_hh (H, H), bias_ih (H,), bias_hh (H,)

    Returns
    -------
    dx : ndarray of shape (B, I)
    d_h_prev : ndarray of shape (B, H)
    grads : dict with the names of params, each gradient in the shape of its parameter
    """
    ### BEGIN SOLUTION
    d_z = d_h * (1 - h**2)  # (B, H)
    grads = {
        "weight_ih": d_z.T @ x,
        "weight_hh": d_z.T @ h_prev,
        "bias_ih": d_z.sum(axis=0),
        "bias_hh": d_z.sum(axis=0),
    }
    return d_z @ params["weight_ih"], d_z @ params["weight_hh"], grads
    ### END SOLUTION


# %% test="rnn_step_backward" points=25
check.rnn_step_backward(rnn_step_backward)
### BEGIN HIDDEN TESTS


def hidden_tests():
    rng = np.random.default_rng(501)
    for b, i, n in ((1, 1, 1), (1, 3, 2), (4, 1, 3), (3, 2, 1), (3, 3, 3), (2, 5, 4)):
        sizes = f"B = {b}, I = {i}, H = {n}"
        params = {"weight_ih": rng.normal(size=(n, i)), "weight_hh": rng.normal(size=(n, n))}
        params |= {"bias_ih": rng.normal(size=n), "bias_hh": rng.normal(size=n)}
        inputs = {"x": rng.normal(size=(b, i)), "h_prev": np.tanh(rng.normal(size=(b, n)))}
        d_h = rng.normal(size=(b, n))

        def state(values):
            z = np.einsum("bi,hi->bh", values["x"], values["weight_ih"]) + values["bias_ih"]
            return np.tanh(z + np.einsum("bk,hk->bh", values["h_prev"], values["weight_hh"]) + values["bias_hh"])

        values = {**inputs, **params}
        given = (d_h, inputs["x"], inputs["h_prev"], state(values))
        before = [a.copy() for a in (*given, *params.values())]
        dx, d_h_prev, grads = rnn_step_backward(*given, params)
        for kept, now in zip(before, (*given, *params.values()), strict=True):
            assert np.array_equal(kept, now), f"an argument was changed in place ({sizes})"
        assert set(grads) == set(params), f"grads has the keys {sorted(grads)} ({sizes})"
        received = {"x": dx, "h_prev": d_h_prev, **grads}
        for name, value in values.items():
            assert np.shape(received[name]) == value.shape, f"{name}: shape {np.shape(received[name])} ({sizes})"
            for index in np.ndindex(value.shape):
                around = []
                for step in (1e-5, -1e-5):
                    moved = {key: array.copy() for key, array in values.items()}
                    moved[name][index] += step
                    around.append((d_h * state(moved)).sum())
                expected = (around[0] - around[1]) / 2e-5
                assert np.isclose(received[name][index], expected, rtol=1e-6, atol=1e-8), f"{name} ({sizes})"
        assert not np.shares_memory(grads["bias_ih"], grads["bias_hh"]), "the two biases share one array"
    single = {name: value.astype(np.float32) for name, value in params.items()}
    dx, d_h_prev, grads = rnn_step_backward(*(a.astype(np.float32) for a in given), single)
    for name, gradient in {"dx": dx, "d_h_prev": d_h_prev, **grads}.items():
        assert gradient.dtype == np.float32, f"{name}: float32 in, {gradient.dtype} out"


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 2: through a whole sequence
#
# The forward pass has kept a cache for each step. You are handed a function that goes back through one step,
# `step_backward(d_h, cache) -> (dx, d_h_prev, grads)`. It works, whatever your part 1 does, and the network behind it may be
# of any kind. The loss looks at every state: `d_output[t]` is the gradient that $h_t$ gets from the output of its own step.
# Apart from that, $h_t$ acts on the loss through all later steps.
#
# - Return the gradient of each input, the *whole* gradient of each state (from its own step and from all later ones), the
#   gradient of the initial state, and those of the parameters.
# - Each parameter is used at every step.
# - The caches are in the order of time; so are `dx` and `d_hidden`. Call `step_backward` once for each step.
# - `grads` of the steps have the same keys. Which they are is none of your business.
# - Nothing that you are handed may change: not `d_output`, and not the arrays that `step_backward` returns. It may keep them.
#
# **Example.** Let each step multiply the state by 0.5, and let `d_output` hold 0, 0, 1. Then `d_hidden` holds 0.25, 0.5, 1,
# and the gradient of the initial state is 0.125. If `d_output` holds 1, 1, 1, then `d_hidden` holds 1.75, 1.5, 1.


# %% solution="bptt"
def bptt(d_output, caches, step_backward):
    """Backpropagation through time.

    Parameters
    ----------
    d_output : ndarray of shape (T, B, H), gradient of each state from the output of its own step
    caches : list of T caches, the first step first
    step_backward : callable ``(d_h, cache) -> (dx, d_h_prev, grads)``, with d_h and d_h_prev of shape (B, H),
        dx of shape (B, I), and a dict of arrays

    Returns
    -------
    dx : ndarray of shape (T, B, I)
    d_hidden : ndarray of shape (T, B, H), the whole gradient of each state
    d_h_0 : ndarray of shape (B, H)
    grads : dict with the keys of the steps' dicts
    """
    ### BEGIN SOLUTION
    dx, d_hidden, grads = [], [], {}
    from_future = np.zeros_like(d_output[0])
    for d_own, cache in zip(d_output[::-1], caches[::-1], strict=True):
        d_hidden.append(d_own + from_future)
        d_x_t, from_future, step_grads = step_backward(d_hidden[-1], cache)
        dx.append(d_x_t)
        for name, gradient in step_grads.items():
            grads[name] = grads.get(name, 0) + gradient
    return np.stack(dx[::-1]), np.stack(d_hidden[::-1]), from_future, grads
    ### END SOLUTION


# %% test="bptt" points=35
check.bptt(bptt)
### BEGIN HIDDEN TESTS
# each of these says at which step the first fault is, and which fault would do just that
for seed, sizes in enumerate(((1, 1, 1, 1), (2, 3, 1, 2), (3, 1, 2, 1), (5, 2, 2, 2), (9, 4, 3, 5)), start=511):
    check.bptt_at(bptt, sizes, seed)
### END HIDDEN TESTS

# %% [markdown]
# ## Part 3: through a window
#
# A long sequence is cut into blocks of `k1` steps. After each block the errors of *its* steps go back, `k2` steps in all,
# counted from the block's last one. What lies before the window is taken as given. The gradients of all blocks are added.
#
# - You are handed `backward(d_output, caches) -> (dx, d_hidden, d_h_0, grads)`, which goes back through all steps that it is
#   given. It works, whatever your part 2 does. You have to choose the steps, and the errors.
# - Every error counts once. A window longer than the block reaches into steps whose errors have had their visit.
# - The last block may be shorter. A window does not reach before the first step.
# - If not 1 ≤ k1 ≤ k2, raise `ValueError`: some errors would never be used.
# - `d_output` stays as it is.
#
# **Example.** Let T be 5, k1 be 2 and k2 be 3. The blocks are steps 0–1, 2–3 and 4. Their windows are 0–1, 1–3 and 2–4. In the
# window 1–3, step 1 passes on what comes from steps 2 and 3, but its own error does not count again.


# %% solution="truncated_bptt"
def truncated_bptt(d_output, caches, k1, k2, backward):
    """Truncated backpropagation through time: every ``k1`` steps, go ``k2`` steps back.

    Parameters
    ----------
    d_output : ndarray of shape (T, B, H), gradient of each state from the output of its own step
    caches : list of T caches, the first step first
    k1, k2 : int
    backward : callable ``(d_output, caches) -> (dx, d_hidden, d_h_0, grads)`` for any run of successive steps

    Returns
    -------
    dict with the keys of the dict ``grads``

    Raises
    ------
    ValueError
        If not 1 <= k1 <= k2.
    """
    ### BEGIN SOLUTION
    if not 1 <= k1 <= k2:
        raise ValueError(f"expected 1 <= k1 <= k2, received k1 = {k1}, k2 = {k2}")
    total = {}
    for first in range(0, len(caches), k1):
        last = min(first + k1, len(caches))
        start = max(0, last - k2)
        errors = d_output[start:last].copy()
        errors[: first - start] = 0
        grads = backward(errors, caches[start:last])[3]
        total = {name: total.get(name, 0) + gradient for name, gradient in grads.items()}
    return total
    ### END SOLUTION


# %% test="truncated_bptt" points=20
check.truncated_bptt(truncated_bptt)
### BEGIN HIDDEN TESTS


def hidden_tests():
    rng = np.random.default_rng(503)

    def backward(d_output, caches):
        """A linear unit, h ← w h + x: cache = (w, x, state before)."""
        d_h, d_hidden, d_w = np.zeros_like(d_output[0]), [], 0.0
        for d_own, (w, _, before) in zip(d_output[::-1], caches[::-1], strict=True):
            d_h = d_own + d_h
            d_hidden.append(d_h)
            d_w += (d_h * before).sum()
            d_h = d_h * w
        return np.stack(d_hidden[::-1]), np.stack(d_hidden[::-1]), d_h, {"w": np.array(d_w)}

    for t, b, k1, k2 in (
        (1, 1, 1, 1),
        (1, 2, 3, 5),
        (6, 1, 1, 1),
        (6, 2, 1, 4),
        (7, 2, 2, 2),
        (7, 3, 3, 4),
        (8, 2, 2, 7),
        (9, 1, 9, 9),
        (9, 2, 4, 20),
    ):
        w, x, h = 0.8, rng.normal(size=(t, b, 1)), rng.normal(size=(b, 1))
        caches = []
        for x_t in x:
            caches.append((w, x_t, h))
            h = w * h + x_t
        d_output = rng.normal(size=(t, b, 1))
        before = d_output.copy()
        grads = truncated_bptt(d_output, caches, k1, k2, backward)
        where = f"T = {t}, B = {b}, k1 = {k1}, k2 = {k2}"
        assert np.array_equal(before, d_output), f"d_output was changed in place ({where})"
        expected = 0.0
        for error in range(t):  # one error at a time
            end = min((error // k1 + 1) * k1, t)  # its block ends before this step
            for step in range(max(0, end - k2), error + 1):
                expected += (d_output[error] * w ** (error - step) * caches[step][2]).sum()
        assert list(grads) == ["w"], f"grads has the keys {list(grads)} ({where})"
        assert np.isclose(grads["w"], expected, rtol=1e-9, atol=1e-12), f"{grads['w']}, not {expected} ({where})"
    for k1, k2 in ((0, 3), (2, 1), (-1, 2), (3, 2)):
        try:
            truncated_bptt(d_output, caches, k1, k2, backward)
        except ValueError:
            continue
        raise AssertionError(f"k1 = {k1}, k2 = {k2}: expected ValueError")


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 4: what is left of it
#
# A gradient $\delta$ arrives at the last state $h_T$ of a tanh network and travels back, with no other errors on its way.
# Return its norm at every state it comes to:
#
# $$\delta_{h_{t-1}} = \big(\delta_{h_t} \odot (1 - h_t^2)\big)\, W_{hh}, \qquad \text{norm}_k = \lVert \delta_{h_{T-k}} \rVert, \qquad k = 0, \dots, T .$$
#
# - The norm is taken for each sequence of the batch: the root of the sum of the squares over the H units.
# - Entry 0 belongs to $h_T$ itself, entry $T$ to $h_0$.
# - The arguments stay as they are, and the norms have the dtype of `hidden`.
#
# **Example.** With $H = 2$, let all states be 0, let $W_{hh}$ be the identity times 0.5, and let (3, 4) arrive. The norms are
# 5, 2.5, 1.25, …


# %% solution="gradient_norm_by_lag"
def gradient_norm_by_lag(d_state, hidden, weight_hh):
    """Norm of a gradient on its way back from the last state of a tanh network.

    Parameters
    ----------
    d_state : ndarray of shape (B, H), gradient of the loss with respect to the last state
    hidden : ndarray of shape (T, B, H), the states h_1 to h_T
    weight_hh : ndarray of shape (H, H)

    Returns
    -------
    ndarray of shape (T + 1, B); entry k is the norm k steps before the last state
    """
    ### BEGIN SOLUTION
    norms = [np.linalg.norm(d_state, axis=1)]
    for h in hidden[::-1]:
        d_state = d_state * (1 - h**2) @ weight_hh
        norms.append(np.linalg.norm(d_state, axis=1))
    return np.stack(norms)
    ### END SOLUTION


# %% test="gradient_norm_by_lag" points=20
check.gradient_norm_by_lag(gradient_norm_by_lag)
### BEGIN HIDDEN TESTS


def hidden_tests():
    rng = np.random.default_rng(504)
    for t, b, n in ((1, 1, 1), (1, 3, 2), (5, 1, 1), (4, 4, 4), (6, 2, 3), (30, 2, 5)):
        hidden, weight_hh = np.tanh(rng.normal(size=(t, b, n))), rng.normal(size=(n, n))
        d_state = rng.normal(size=(b, n))
        given = d_state, hidden, weight_hh
        before = [a.copy() for a in given]
        norms = gradient_norm_by_lag(*given)
        where = f"T = {t}, B = {b}, H = {n}"
        for kept, now in zip(before, given, strict=True):
            assert np.array_equal(kept, now), f"an argument was changed in place ({where})"
        assert np.shape(norms) == (t + 1, b), f"shape {np.shape(norms)} ({where})"
        for j in range(b):
            product = np.eye(n)
            for lag in range(t + 1):
                expected = np.sqrt(((d_state[j] @ product) ** 2).sum())
                assert np.isclose(norms[lag, j], expected, rtol=1e-8, atol=1e-14), f"lag {lag} ({where})"
                if lag < t:
                    product = product @ (np.diag(1 - hidden[t - 1 - lag, j] ** 2) @ weight_hh)
    single = [a.astype(np.float32) for a in given]
    assert gradient_norm_by_lag(*single).dtype == np.float32, "float32 in, float32 out"


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## All four together: what can it learn to remember?
#
# This section is not graded. A network of 10 units reads a stream of coin flips, written as -1 and 1. At each step it is to
# say the flip of three steps ago. It is trained with your functions, twice from the same start: once in blocks of 3 steps,
# once in blocks of 12. Then your last function measures how much of a gradient comes through.
#
# What do you expect: are blocks of 3 enough to learn what lies three steps back? Write down your guess and your reason before
# you run it.


# %%
LAG = 3


def run(x, params):
    """States of the network and the caches of its steps."""
    h, hidden, caches = np.zeros((x.shape[1], 10)), [], []
    for x_t in x:
        z = x_t @ params["weight_ih"].T + params["bias_ih"] + h @ params["weight_hh"].T + params["bias_hh"]
        before, h = h, np.tanh(z)
        hidden.append(h)
        caches.append((x_t, before, h))
    return np.stack(hidden), caches


def step_back(d_h, cache, params):
    """Your first function, in the form that the second one calls."""
    return rnn_step_backward(d_h, *cache, params)


def errors_of(x, hidden, readout):
    """What the readout says, and the gradient of half the mean squared error with respect to that."""
    said = hidden @ readout  # (T, B, 1)
    d_said = np.zeros_like(said)
    d_said[LAG:] = (said[LAG:] - x[:-LAG]) / said[LAG:].size
    return said, d_said


def train(k2, updates=150, rate=0.02):
    """Train with errors that go k2 steps back; return the accuracy on new flips, and the norms of a gradient by lag."""
    rng = np.random.default_rng(0)
    params = {"weight_ih": rng.normal(size=(10, 1)) / 3, "weight_hh": rng.normal(size=(10, 10)) / 5}
    params |= {"bias_ih": np.zeros(10), "bias_hh": np.zeros(10)}
    readout = rng.normal(size=(10, 1)) / 3
    means = {name: [0.0, 0.0] for name in (*params, "readout")}  # Adam: of the gradient, and of its square

    def descend(name, value, gradient, step):
        mean, square = means[name]
        means[name] = [0.9 * mean + 0.1 * gradient, 0.999 * square + 0.001 * gradient**2]
        mean, square = (m / (1 - beta**step) for m, beta in zip(means[name], (0.9, 0.999), strict=True))
        return value - rate * mean / (np.sqrt(square) + 1e-8)

    for step in range(1, updates + 1):
        x = rng.choice([-1.0, 1.0], size=(12, 16, 1))
        hidden, caches = run(x, params)
        _, d_said = errors_of(x, hidden, readout)
        d_readout = np.einsum("tbh,tbo->ho", hidden, d_said)
        step_backward = partial(step_back, params=params)
        grads = truncated_bptt(d_said @ readout.T, caches, k2, k2, partial(bptt, step_backward=step_backward))
        params = {name: descend(name, value, grads[name], step) for name, value in params.items()}
        readout = descend("readout", readout, d_readout, step)
    x = rng.choice([-1.0, 1.0], size=(60, 50, 1))
    hidden, _ = run(x, params)
    said, _ = errors_of(x, hidden, readout)
    right = np.mean((said[LAG:] > 0) == (x[:-LAG] > 0))
    norms = gradient_norm_by_lag(np.tile(readout.T, (50, 1)), hidden, params["weight_hh"])
    return float(right), (norms / norms[0]).mean(axis=1)


try:
    with np.errstate(all="ignore"):
        results = {k2: train(k2) for k2 in (3, 12)}
    for k2, (right, norms) in results.items():
        print(f"blocks of {k2:2}: {right:.0%} right; {norms[LAG]:.2f} of a gradient is left after {LAG} steps")
    if results[12][0] > 0.9 > results[3][0]:
        print("It learns to carry a flip only where an error can reach the step that must store it.")
    else:
        print("The networks do not behave yet. Are the checks of all four parts passed?")
except Exception as problem:
    print(f"The networks cannot run yet ({type(problem).__name__}). Are the checks of all four parts passed?")
