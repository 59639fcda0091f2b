# %% [markdown]
# # Gated recurrent units, and a fair comparison
#
# You write one step of a GRU and its way back. Then you write what a fair comparison needs: a count of parameters, two
# networks of equal size, and an interval around a mean. At the end your functions compare networks.
#
# | part | function | points |
# |---|---|---|
# | 1 | `gru_step`: one step, with the reset gate in either place | 25 |
# | 2 | `gru_step_backward`: the gradients of a step | 30 |
# | 3 | `count_parameters`: before a network is built | 15 |
# | 4 | `match_hidden_size`: networks of equal size | 10 |
# | 5 | `bootstrap_interval`: how sure is a mean? | 20 |
#
# The last section is not graded. It compares networks of equal size with your functions.
#
# **Time:** 60 to 90 minutes. **Before you start:** the chapter "Gated recurrent units, and a fair comparison".
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

from rnn_course.check import gru as check
from rnn_course.elman_jordan import elman_step, elman_step_backward
from rnn_course.optim import Adam, clip_grad_norm

# %% [markdown]
# ## Part 1: one step, with the reset gate in either place
#
# A GRU has two gates and a candidate. The weights of all three are stacked in the order $r$, $z$, $n$: the first $H$ rows of
# `weight_ih` are $W_{ir}$, the next $W_{iz}$, the last $W_{in}$. `weight_hh` and both biases are cut in the same way.
#
# $$r = \sigma\left(x W_{ir}^\top + b_{ir} + h W_{hr}^\top + b_{hr}\right), \qquad
# z = \sigma\left(x W_{iz}^\top + b_{iz} + h W_{hz}^\top + b_{hz}\right),$$
#
# $$n = \begin{cases}
# \tanh\left(x W_{in}^\top + b_{in} + r \odot (h W_{hn}^\top + b_{hn})\right) & \text{reset after the product (torch)} \\
# \tanh\left(x W_{in}^\top + b_{in} + (r \odot h)\, W_{hn}^\top + b_{hn}\right) & \text{reset before it (Cho et al.)}
# \end{cases}$$
#
# $$h' = (1 - z) \odot n + z \odot h .$$
#
# - $\sigma(a) = 1 / (1 + e^{-a})$. An argument of $-1000$ has to give 0, without a warning that matters: numbers that overflow
#   to infinity inside are fine.
# - Return the new state and the gates. The arguments stay as they are, and float32 in means float32 out.
#
# **Example.** With $B = I = H = 1$ and all parameters 0, both gates are ½ and the candidate is 0. Half of the state is kept.


# %% solution="gru_step"
def gru_step(x, h, params, reset_after=True):
    """One step of a GRU.

    Parameters
    ----------
    x : ndarray of shape (B, I)
    h : ndarray of shape (B, H), the state before the step
    params : dict of ndarrays: weight_ih (3H, I), weight_hh (3H, H), bias_ih (3H,), bias_hh (3H,); rows in order r, z, n
    reset_after : bool, where the reset gate acts: after the product with the candidate's recurrent weights, or before it

    Returns
    -------
    h_new : ndarray of shape (B, H)
    gates : tuple (r, z, n) of ndarrays of shape (B, H)
    """
    ### BEGIN SOLUTION
    x_r, x_z, x_n = np.split(x @ params["weight_ih"].T + params["bias_ih"], 3, axis=1)
    w_r, w_z, w_n = np.split(params["weight_hh"], 3)
    b_r, b_z, b_n = np.split(params["bias_hh"], 3)
    r = 1 / (1 + np.exp(-(x_r + h @ w_r.T + b_r)))
    z = 1 / (1 + np.exp(-(x_z + h @ w_z.T + b_z)))
    n = np.tanh(x_n + (r * (h @ w_n.T + b_n) if reset_after else (r * h) @ w_n.T + b_n))
    return (1 - z) * n + z * h, (r, z, n)
    ### END SOLUTION


# %% test="gru_step" points=25
check.gru_step(gru_step)
### BEGIN HIDDEN TESTS


def hidden_tests():
    rng = np.random.default_rng(901)

    def sigmoid(a):
        return 0.5 + 0.5 * np.tanh(a / 2)

    for b, i, n_hidden in ((1, 1, 1), (1, 3, 2), (4, 1, 3), (3, 3, 3), (2, 5, 4)):
        shapes = {"weight_ih": (3 * n_hidden, i), "weight_hh": (3 * n_hidden, n_hidden)}
        shapes |= {"bias_ih": (3 * n_hidden,), "bias_hh": (3 * n_hidden,)}
        params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
        x, h = rng.normal(size=(b, i)), rng.normal(size=(b, n_hidden))
        parts = {name: value.reshape(3, n_hidden, *value.shape[1:]) for name, value in params.items()}
        into = np.einsum("bi,ghi->gbh", x, parts["weight_ih"]) + parts["bias_ih"][:, None]
        for after in (True, False):
            sizes = f"B = {b}, I = {i}, H = {n_hidden}, reset_after {after}"
            before = [a.copy() for a in (x, h, *params.values())]
            h_new, gates = gru_step(x, h, params, after)
            for kept, now in zip(before, (x, h, *params.values()), strict=True):
                assert np.array_equal(kept, now), f"an argument was changed in place ({sizes})"
            back = np.einsum("bk,ghk->gbh", h, parts["weight_hh"]) + parts["bias_hh"][:, None]
            r, z = sigmoid(into[0] + back[0]), sigmoid(into[1] + back[1])
            early = np.einsum("bk,bk,hk->bh", r, h, parts["weight_hh"][2]) + parts["bias_hh"][2]
            candidate = np.tanh(into[2] + (r * back[2] if after else early))
            for name, mine, right in zip("rzn", gates, (r, z, candidate), strict=True):
                assert np.shape(mine) == right.shape, f"{name}: shape {np.shape(mine)} ({sizes})"
                assert np.allclose(mine, right, rtol=1e-9, atol=1e-12), f"{name} ({sizes})"
            assert np.allclose(h_new, candidate + z * (h - candidate), rtol=1e-9, atol=1e-12), f"h_new ({sizes})"
    h_new, gates = gru_step(x, h, params)
    assert np.allclose(h_new, gru_step(x, h, params, True)[0]), "reset_after is True if nothing is said"
    single = {name: value.astype(np.float32) for name, value in params.items()}
    h_new, gates = gru_step(x.astype(np.float32), h.astype(np.float32), single, True)
    assert {a.dtype for a in (h_new, *gates)} == {np.dtype("float32")}, "float32 in, float32 out"
    params["bias_ih"] = np.repeat([-1000.0, 1000.0, 0.0], n_hidden)
    h_new, (r, z, _) = gru_step(x, h, params, True)
    assert np.allclose([r, z - 1, h_new - h], 0), "r is shut and z is open altogether: the state stays as it is"


with np.errstate(all="ignore"):
    hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 2: the gradients of a step
#
# Given $\delta_{h'} = \partial L / \partial h'$ of a step with the reset *after* the product, return the gradients of
# everything that went in.
#
# - $h$ acts on $h'$ in four ways: it is kept by $z \odot h$, and it is read by $r$, by $z$ and by $n$. All four add up.
# - The bias $b_{hn}$ stands inside the product with $r$, and $b_{in}$ outside it: their gradients differ.
# - $\sigma' = \sigma (1 - \sigma)$ and $\tanh' = 1 - \tanh^2$, and the gates that you are handed are the outputs.
# - The gates of the forward pass come with the call, so this part works whatever your part 1 does.
# - The arguments stay as they are; float32 in, float32 out.
#
# **Example.** With $B = I = H = 1$, let all parameters be 0, `x` 3, `h` 2, and let 8 arrive. The gates are ½, ½ and 0. Then
# $\delta$ before the tanh is $8 \cdot \tfrac12 = 4$, and before $z$'s sigmoid it is $8 \cdot (2 - 0) \cdot \tfrac14 = 4$. So
# `d_h` is 4, all of it through $z \odot h$; `bias_ih` gets 0, 4, 4 and `bias_hh` 0, 4, 2.


# %% solution="gru_step_backward"
def gru_step_backward(d_h_new, x, h, gates, params):
    """Gradients of one step of a GRU, reset after the product.

    Parameters
    ----------
    d_h_new : ndarray of shape (B, H), gradient of the loss with respect to the new state
    x : ndarray of shape (B, I)
    h : ndarray of shape (B, H), the state before the step
    gates : tuple (r, z, n) of ndarrays of shape (B, H), as the step put them out
    params : dict as in gru_step

    Returns
    -------
    dx : ndarray of shape (B, I)
    d_h : ndarray of shape (B, H), gradient of the state before the step
    grads : dict with the names of params, each gradient in the shape of its parameter
    """
    ### BEGIN SOLUTION
    r, z, n = gates
    h_n = h @ params["weight_hh"][-h.shape[1] :].T + params["bias_hh"][-h.shape[1] :]
    d_n = d_h_new * (1 - z) * (1 - n**2)
    d_r = d_n * h_n * r * (1 - r)
    d_z = d_h_new * (h - n) * z * (1 - z)
    d_input = np.concatenate([d_r, d_z, d_n], axis=1)
    d_recurrent = np.concatenate([d_r, d_z, d_n * r], axis=1)
    grads = {"weight_ih": d_input.T @ x, "weight_hh": d_recurrent.T @ h}
    grads |= {"bias_ih": d_input.sum(axis=0), "bias_hh": d_recurrent.sum(axis=0)}
    return d_input @ params["weight_ih"], d_h_new * z + d_recurrent @ params["weight_hh"], grads
    ### END SOLUTION


# %% test="gru_step_backward" points=30
check.gru_step_backward(gru_step_backward)
### BEGIN HIDDEN TESTS


def hidden_tests():
    rng = np.random.default_rng(902)
    for b, i, n_hidden in ((1, 1, 1), (1, 3, 2), (4, 1, 3), (3, 3, 3), (2, 4, 3)):
        sizes = f"B = {b}, I = {i}, H = {n_hidden}"
        values = {
            "weight_ih": rng.normal(size=(3 * n_hidden, i)),
            "weight_hh": rng.normal(size=(3 * n_hidden, n_hidden)),
        }
        values |= {"bias_ih": rng.normal(size=3 * n_hidden), "bias_hh": rng.normal(size=3 * n_hidden)}
        params = dict(values)
        values |= {"x": rng.normal(size=(b, i)), "h": rng.normal(size=(b, n_hidden))}
        d_h_new = rng.normal(size=(b, n_hidden))

        def forward(v, n_hidden=n_hidden):
            into = np.split(np.einsum("bi,hi->bh", v["x"], v["weight_ih"]) + v["bias_ih"], 3, axis=1)
            back = np.split(np.einsum("bk,hk->bh", v["h"], v["weight_hh"]) + v["bias_hh"], 3, axis=1)
            r, z = (0.5 + 0.5 * np.tanh((into[g] + back[g]) / 2) for g in (0, 1))
            n = np.tanh(into[2] + r * back[2])
            return (1 - z) * n + z * v["h"], (r, z, n)

        given = (d_h_new, values["x"], values["h"], *forward(values)[1], *params.values())
        before = [a.copy() for a in given]
        dx, d_h, grads = gru_step_backward(d_h_new, values["x"], values["h"], given[3:6], params)
        for kept, now in zip(before, given, strict=True):
            assert np.array_equal(kept, now), f"an argument was changed in place ({sizes})"
        assert set(grads) == set(params), f"grads has the keys {sorted(grads)} ({sizes})"
        received = {"x": dx, "h": d_h, **grads}
        for name, value in values.items():
            assert np.shape(received[name]) == value.shape, f"{name}: shape {np.shape(received[name])} ({sizes})"
            for index in np.ndindex(value.shape):
                around = []
                for step in (1e-5, -1e-5):
                    moved = {key: array.copy() for key, array in values.items()}
                    moved[name][index] += step
                    around.append((d_h_new * forward(moved)[0]).sum())
                expected = (around[0] - around[1]) / 2e-5
                assert np.isclose(received[name][index], expected, rtol=1e-6, atol=1e-8), f"{name} ({sizes})"
    single = {name: value.astype(np.float32) for name, value in params.items()}
    d_h_new, x, h, *gates = (a.astype(np.float32) for a in given[:6])
    dx, d_h, grads = gru_step_backward(d_h_new, x, h, tuple(gates), single)
    for name, gradient in {"dx": dx, "d_h": d_h, **grads}.items():
        assert gradient.dtype == np.float32, f"{name}: float32 in, {gradient.dtype} out"


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 3: count before you build
#
# A recurrent layer has `gates` blocks: 1 in a tanh network, 3 in a GRU, 4 in an LSTM. Each block has a weight for every input
# of the layer and for every hidden unit, and torch's *two* biases. Layers stand on top of each other: the second reads the
# hidden units of the first, and so on. If `out_features` is given, a linear layer with a bias reads the last layer.
#
# **Example.** A GRU of 2 hidden units on 5 inputs has $3 \cdot 2 \cdot (5 + 2 + 2) = 54$ parameters. With one output on top
# there are 3 more.


# %% solution="count_parameters"
def count_parameters(gates, input_size, hidden_size, num_layers=1, out_features=None):
    """Count the parameters of a recurrent network.

    Parameters
    ----------
    gates : int, blocks in each layer
    input_size, hidden_size, num_layers : int
    out_features : int, or None if there is no linear layer on top

    Returns
    -------
    int
    """
    ### BEGIN SOLUTION
    first = gates * hidden_size * (input_size + hidden_size + 2)
    total = first + (num_layers - 1) * gates * hidden_size * (2 * hidden_size + 2)
    return total if out_features is None else total + out_features * (hidden_size + 1)
    ### END SOLUTION


# %% test="count_parameters" points=15
check.count_parameters(count_parameters)
### BEGIN HIDDEN TESTS


def hidden_tests():
    rng = np.random.default_rng(903)
    for _ in range(60):
        gates, i, h, layers, o = (int(rng.integers(1, top)) for top in (6, 40, 60, 5, 9))
        arrays = []
        for layer in range(layers):
            arrays += [np.zeros((gates * h, h if layer else i)), np.zeros((gates * h, h))]
            arrays += [np.zeros(gates * h), np.zeros(gates * h)]
        where = f"gates {gates}, input_size {i}, hidden_size {h}, num_layers {layers}"
        expected = sum(a.size for a in arrays)
        received = count_parameters(gates, i, h, layers)
        assert received == expected, f"{where}: {received}, not {expected}"
        received = count_parameters(gates, i, h, layers, o)
        assert received == expected + o * h + o, f"{where}, out_features {o}: {received}, not {expected + o * h + o}"
    assert count_parameters(3, 4, 5) == 165, "one layer if nothing is said"


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 4: networks of equal size
#
# You are handed a budget of parameters, and a function `count` that says how many a network of a given hidden size has. It
# grows with the size. Return the hidden size whose count is *nearest* to the budget. Of two that are equally near, return the
# smaller one.
#
# - Sizes are whole numbers from 1 on. The answer may be in the thousands.
# - If even one hidden unit has more parameters than the budget, raise `ValueError`.
#
# **Example.** Let `count(h)` be $10 h$. A budget of 34 gives 3, one of 36 gives 4, and one of 35 gives 3.


# %% solution="match_hidden_size"
def match_hidden_size(budget, count):
    """Find the hidden size whose number of parameters is nearest to a budget.

    Parameters
    ----------
    budget : int
    count : callable, from a hidden size to a number of parameters; it grows with the size

    Returns
    -------
    int

    Raises
    ------
    ValueError
        If count(1) is larger than the budget.
    """
    ### BEGIN SOLUTION
    if count(1) > budget:
        raise ValueError(f"budget: expected at least {count(1)}, received {budget}")
    size = 1
    while count(size + 1) <= budget:
        size += 1
    return size + (count(size + 1) - budget < budget - count(size))
    ### END SOLUTION


# %% test="match_hidden_size" points=10
check.match_hidden_size(match_hidden_size)
### BEGIN HIDDEN TESTS


def hidden_tests():
    def grower(gates, inputs, outputs):
        return lambda h: gates * h * (inputs + h + 2) + outputs * (h + 1)

    rng = np.random.default_rng(904)
    for _ in range(25):
        count = grower(*(int(rng.integers(1, 9)) for _ in range(3)))
        budget = int(rng.integers(count(1), 9000))
        sizes = range(1, 120)
        distances = [abs(count(size) - budget) for size in sizes]
        expected = 1 + distances.index(min(distances))
        received = match_hidden_size(budget, count)
        assert received == expected, f"{received}, not {expected}, for a budget of {budget}"
    count = grower(3, 8, 2)
    for size in (1, 2, 57, 1200):
        received = match_hidden_size(count(size), count)
        assert received == size, f"{received} for the very count of {size} units"
    assert match_hidden_size(35, lambda h: 10 * h) == 3, "of two sizes that are equally near, the smaller"
    for budget in (0, 9):
        try:
            match_hidden_size(budget, lambda h: 10 * h)
        except ValueError:
            continue
        raise AssertionError(f"a budget of {budget} where one unit needs 10: expected ValueError")


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 5: how sure is a mean?
#
# You have trained a network with a few seeds. How far would the mean move with other seeds? The bootstrap answers from the
# runs at hand. Draw as many runs as there are, *with replacement*, and take their mean. Do this `resamples` times. The interval
# holds the middle `level` of these means: at a level of 0.9 a twentieth lies below it, and a twentieth above.
#
# - Return the mean of the runs themselves, and the two ends of the interval. All three are floats.
# - Draw with `rng` alone. The values stay as they are.
# - `np.quantile(means, q)` gives the value below which a share `q` of the means lies. Other ways of interpolating are fine.
# - If there are no values, or the level is not between 0 and 1, raise `ValueError`.
#
# **Example.** Of two values 0 and 1, a draw has the mean 0, ½ or 1, with probability ¼, ½ and ¼. At a level of 0.4 the
# interval is from ½ to ½; at 0.9 it is from 0 to 1.


# %% solution="bootstrap_interval"
def bootstrap_interval(values, rng, level=0.95, resamples=10_000):
    """Mean of some runs, and an interval around it by the bootstrap's percentile method.

    Parameters
    ----------
    values : ndarray of shape (runs,)
    rng : numpy Generator
    level : float between 0 and 1
    resamples : int

    Returns
    -------
    mean, low, high : float

    Raises
    ------
    ValueError
        If there are no values, or level is not between 0 and 1.
    """
    ### BEGIN SOLUTION
    if len(values) == 0 or not 0 < level < 1:
        raise ValueError(f"expected values and a level between 0 and 1, received {len(values)} values and {level}")
    means = rng.choice(values, (resamples, len(values))).mean(axis=1)
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(np.mean(values)), float(low), float(high)
    ### END SOLUTION


# %% test="bootstrap_interval" points=20
check.bootstrap_interval(bootstrap_interval)
### BEGIN HIDDEN TESTS


def hidden_tests():
    listed = np.stack(np.meshgrid(*[range(4)] * 4)).reshape(4, -1)
    for values, level in (((0.0, 2.0, 3.0, 11.0), 0.7), ((5.0, -1.0, 1.0, 1.0), 0.5), ((-8.0, 0.0, 1.0, 3.0), 0.85)):
        values = np.array(values)
        means = np.sort(values[listed].mean(axis=0))  # all 256 draws
        kept = values.copy()
        mean, low, high = bootstrap_interval(values, np.random.default_rng(905), level, 20_000)
        assert np.array_equal(kept, values), "the values were changed in place"
        assert np.isclose(mean, values.mean()), f"mean {mean}, not {values.mean()}"
        for name, end, q in (("low", low, (1 - level) / 2), ("high", high, (1 + level) / 2)):
            near = means[[round(255 * (q - 0.012)), round(255 * (q + 0.012))]]
            assert near[0] - 1e-9 <= end <= near[1] + 1e-9, f"{name} {end}, not between {near[0]} and {near[1]}"
    values = np.random.default_rng(906).normal(size=30)
    _, low, high = bootstrap_interval(values, np.random.default_rng(1))
    width, expected = high - low, 2 * 1.96 * values.std() / np.sqrt(30)
    assert abs(width / expected - 1) < 0.1, f"30 normal values: an interval of width {width:.3f}, not {expected:.3f}"
    again = bootstrap_interval(values, np.random.default_rng(1))
    assert (low, high) == again[1:], "the same seed gives another interval"
    assert (low, high) != bootstrap_interval(values, np.random.default_rng(2))[1:], (
        "another seed gives the same interval"
    )
    mean, low, high = bootstrap_interval(np.array([2.5]), np.random.default_rng(0))
    assert (mean, low, high) == (2.5, 2.5, 2.5), "one value leaves nothing to draw"
    for values, level in ((np.array([]), 0.9), (np.ones(3), 0.0), (np.ones(3), 1.0), (np.ones(3), 95)):
        try:
            bootstrap_interval(values, np.random.default_rng(0), level)
        except ValueError:
            continue
        raise AssertionError(f"{len(values)} values, level {level}: expected ValueError")


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Which of three equal networks?
#
# This section is not graded. A sequence of 12 numbers begins with a number between -1 and 1; noise follows. At the end the
# network has to say that first number. A tanh network and a GRU get the same budget of parameters, the same learning rate, the
# same sequences and the same four seeds. The GRU's step and its way back are yours, and so are the sizes and the intervals.
#
# A third network is the same GRU once more, but its update gate starts with a bias of 2: it keeps more of the old state.
#
# Which of the three has the smallest error? Write down your guess and your reason before you run it.


# %%
def gru(x, h, params):
    """One step of your GRU, and how to go back through it."""
    h_new, gates = gru_step(x, h, params)
    return h_new, lambda d_h_new: gru_step_backward(d_h_new, x, h, gates, params)


def tanh(x, h, params):
    """One step of a tanh network, and how to go back through it."""
    h_new, cache = elman_step(x, h, params)
    return h_new, lambda d_h_new: elman_step_backward(d_h_new, cache)


def make_batch(rng):
    """50 sequences of 12 numbers, and the first number of each."""
    x = 0.5 * rng.normal(size=(12, 50, 1))
    x[0] = rng.uniform(-1, 1, (50, 1))
    return x, x[0, :, 0].copy()


def run(step, params, x):
    """Output after the last step, the last state, and the ways back."""
    h, ways_back = np.zeros((x.shape[1], len(params["weight"]))), []
    for x_t in x:
        h, way_back = step(x_t, h, params)
        ways_back.append(way_back)
    return h @ params["weight"], h, ways_back


def train(step, gates, size, update_bias, rng):
    """Root of the mean squared error on 50 new sequences after 50 updates."""
    shapes = {"weight_ih": (gates * size, 1), "weight_hh": (gates * size, size)}
    shapes |= {"bias_ih": (gates * size,), "bias_hh": (gates * size,), "weight": (size,)}
    params = {name: rng.uniform(-1, 1, shape) / np.sqrt(size) for name, shape in shapes.items()}
    params["bias_ih"][size : 2 * size] += update_bias
    optimizer = Adam(params, lr=0.05)
    for _ in range(50):
        x, target = make_batch(rng)
        output, h, ways_back = run(step, params, x)
        d_output = 2 * (output - target) / len(target)
        grads = {name: np.zeros_like(value) for name, value in params.items()}
        grads["weight"] += d_output @ h
        d_h = np.outer(d_output, params["weight"])
        for way_back in reversed(ways_back):
            _, d_h, of_step = way_back(d_h)
            for name, gradient in of_step.items():
                grads[name] += gradient
        clip_grad_norm(grads, 1.0)
        optimizer.step(grads)
    x, target = make_batch(rng)
    return np.sqrt(np.mean((run(step, params, x)[0] - target) ** 2))


try:
    results = {}
    with np.errstate(all="ignore"):
        for name, step, gates, bias in (("tanh", tanh, 1, 0), ("GRU", gru, 3, 0), ("GRU, bias 2", gru, 3, 2)):
            size = match_hidden_size(300, lambda hidden_size, gates=gates: count_parameters(gates, 1, hidden_size))
            errors = np.array([train(step, gates, size, bias, np.random.default_rng(seed)) for seed in range(4)])
            results[name] = bootstrap_interval(errors, np.random.default_rng(0))
            print("{}: {} units, error {:.2f}, 95 % interval {:.2f} to {:.2f}".format(name, size, *results[name]))
    if results["GRU, bias 2"][2] < results["tanh"][1] and results["tanh"][0] < results["GRU"][0]:
        print(
            "With a bias of 2 the GRU beats the tanh network. Without it, it does not: one number of the start decides."
        )
    else:
        print("The GRU does not learn yet. Are the checks of all five parts passed?")
except Exception as problem:
    print(f"The networks cannot run yet ({type(problem).__name__}). Are the checks of all five parts passed?")
