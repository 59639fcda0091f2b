# %% [markdown]
# # Vanishing and exploding gradients
#
# You write four cures for sick gradients, and repair a fifth that somebody else wrote. Together three of them teach a network
# to remember which of two symbols came first.
#
# | part | function | points |
# |---|---|---|
# | 1 | `clip_grad_norm`: shorten a step and keep its direction | 20 |
# | 2 | `init_recurrent`: three good ways to begin | 20 |
# | 3 | `omega_penalty`: reward a gradient that keeps its length | 25 |
# | 4 | `recurrent_dropout`: one mask for all steps | 20 |
# | 5 | `l1_penalty`: find the bug | 15 |
#
# The last section is not graded. It trains a network with your functions.
#
# **Time:** 60 to 90 minutes. **Before you start:** the chapter "Vanishing and exploding gradients".
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

from rnn_course.check import gradients as check
from rnn_course.tasks.temporal_order import make_temporal_order

# %% [markdown]
# ## Part 1: shorten a step and keep its direction
#
# Before an update, all gradients of a model together are one long vector $g$. If it is longer than a bound $c$, scale it down
# to that length:
#
# $$g \leftarrow g \cdot \min\left(1, \frac{c}{\lVert g \rVert}\right), \qquad
# \lVert g \rVert = \sqrt{\sum_{\text{arrays}} \sum_{\text{entries}} g^2} .$$
#
# - Change the arrays in the dictionary *in place*: an optimizer holds on to them. Return the norm as it was before, a float.
# - A vector that is short enough stays as it is, to the last digit. The gradient may be zero everywhere.
# - If `max_norm` is not positive, raise `ValueError`.
#
# **Example.** The gradients `{"weight": [3.0], "bias": [4.0]}` have the joint norm 5. With `max_norm=1` they become 0.6 and
# 0.8, and 5.0 is returned.


# %% solution="clip_grad_norm"
def clip_grad_norm(grads, max_norm):
    """Scale all gradients together, in place, so that their joint norm is at most max_norm.

    Parameters
    ----------
    grads : dict from name to float ndarray, of any shapes
    max_norm : float, positive

    Returns
    -------
    float, the norm before clipping

    Raises
    ------
    ValueError
        If max_norm is not positive.
    """
    ### BEGIN SOLUTION
    if not max_norm > 0:
        raise ValueError(f"max_norm: expected a positive number, received {max_norm}")
    norm = float(np.sqrt(sum((gradient**2).sum() for gradient in grads.values())))
    if norm > max_norm:
        for gradient in grads.values():
            gradient *= max_norm / norm
    return norm
    ### END SOLUTION


# %% test="clip_grad_norm" points=20
check.clip_grad_norm(clip_grad_norm)
### BEGIN HIDDEN TESTS


def hidden_tests():
    rng = np.random.default_rng(701)
    for shapes in ([(1,)], [(3, 4), (3,)], [(2, 3), (2, 2), (2,), (2,)], [(5, 1, 2), ()]):
        for size in (1e-3, 1.0, 1e6):
            for max_norm in (0.5, 7.0):
                grads = {f"p{i}": np.asarray(size * rng.normal(size=shape)) for i, shape in enumerate(shapes)}
                arrays, before = list(grads.values()), np.concatenate([g.ravel().copy() for g in grads.values()])
                norm = clip_grad_norm(grads, max_norm)
                where = f"shapes {shapes}, max_norm {max_norm}"
                assert np.isclose(norm, np.linalg.norm(before), rtol=1e-12), f"the norm that is returned ({where})"
                assert all(a is b for a, b in zip(arrays, grads.values(), strict=True)), f"in place ({where})"
                after = np.concatenate([g.ravel() for g in arrays])
                expected = before * min(1.0, max_norm / np.linalg.norm(before))
                assert np.allclose(after, expected, rtol=1e-9, atol=0), where
                if np.linalg.norm(before) <= max_norm:
                    assert np.array_equal(after, before), f"a short gradient stays as it is ({where})"
    grads = {"weight": np.zeros((2, 2))}
    assert clip_grad_norm(grads, 1.0) == 0, "the norm of a gradient of zeros"
    assert not grads["weight"].any(), "a gradient of zeros stays as it is"
    single = {"weight": np.full((2, 2), 3, np.float32)}
    clip_grad_norm(single, 1.0)
    assert single["weight"].dtype == np.float32, "float32 stays float32"
    for wrong in (0.0, -1.0):
        try:
            clip_grad_norm({"weight": np.ones(2)}, wrong)
        except ValueError:
            continue
        raise AssertionError(f"max_norm = {wrong}: expected ValueError")


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 2: three good ways to begin
#
# In the long run, $W^k$ grows like $\rho^k$, where $\rho$ is the *spectral radius*: the largest absolute value of an
# eigenvalue. Return a recurrent weight matrix of shape $(H, H)$ whose spectral radius is `radius`:
#
# | `kind` | the matrix |
# |---|---|
# | `"identity"` | `radius` times the identity |
# | `"orthogonal"` | `radius` times a random orthogonal matrix $Q$, so $Q Q^\top = I$ |
# | `"normal"` | independent normal entries of mean 0, all scaled by one factor to reach the radius |
#
# - Draw with `rng` alone, so that one seed gives one matrix, and two generators two.
# - Eigenvalues may be complex, and may be negative. `np.linalg.eigvals` and `np.linalg.qr` help.
# - If `kind` is none of the three, raise `ValueError`.
#
# **Example.** `init_recurrent("identity", 2, rng, 0.9)` is `[[0.9, 0], [0, 0.9]]`.


# %% solution="init_recurrent"
def init_recurrent(kind, hidden_size, rng, radius=1.0):
    """Draw a recurrent weight matrix with a given spectral radius.

    Parameters
    ----------
    kind : "identity", "orthogonal" or "normal"
    hidden_size : int, H
    rng : numpy Generator
    radius : float, positive, the spectral radius

    Returns
    -------
    float64 ndarray of shape (H, H)

    Raises
    ------
    ValueError
        If kind is unknown.
    """
    ### BEGIN SOLUTION
    if kind == "identity":
        return radius * np.eye(hidden_size)
    entries = rng.normal(size=(hidden_size, hidden_size))
    if kind == "orthogonal":
        q, r = np.linalg.qr(entries)
        return radius * q * np.sign(np.diag(r))  # the signs make all orthogonal matrices equally likely
    if kind == "normal":
        return radius * entries / np.abs(np.linalg.eigvals(entries)).max()
    raise ValueError(f"kind: expected identity, orthogonal or normal, received {kind}")
    ### END SOLUTION


# %% test="init_recurrent" points=20
check.init_recurrent(init_recurrent)
### BEGIN HIDDEN TESTS


def hidden_tests():
    for seed, (size, radius) in enumerate(((1, 0.7), (2, 1.0), (3, 1.0), (7, 2.5), (20, 0.95))):
        for kind in ("identity", "orthogonal", "normal"):
            weight = init_recurrent(kind, size, np.random.default_rng(seed), radius)
            where = f"{kind}, H = {size}, radius {radius}"
            assert np.shape(weight) == (size, size), f"shape {np.shape(weight)} ({where})"
            assert np.isclose(np.abs(np.linalg.eigvals(weight)).max(), radius, rtol=1e-9), f"spectral radius ({where})"
            again = init_recurrent(kind, size, np.random.default_rng(seed), radius)
            assert np.array_equal(weight, again), f"the same seed gives another matrix ({where})"
            if kind == "identity":
                assert np.allclose(weight, np.diag([radius] * size), rtol=1e-12, atol=0), where
            if kind == "orthogonal":
                assert np.allclose(weight @ weight.T, radius**2 * np.eye(size), atol=1e-9), where
            if kind != "identity" and size > 1:
                other = init_recurrent(kind, size, np.random.default_rng(seed + 100), radius)
                assert not np.allclose(weight, other), f"another seed gives the same matrix ({where})"
    entries = init_recurrent("normal", 200, np.random.default_rng(9)).ravel()
    assert abs(entries.mean()) < 0.02 * entries.std(), "the mean of normal entries is 0"
    assert 2.8 < ((entries / entries.std()) ** 4).mean() < 3.2, "the entries are not normal"
    for wrong in ("zeros", "", "Identity matrix"):
        try:
            init_recurrent(wrong, 3, np.random.default_rng(0))
        except ValueError:
            continue
        raise AssertionError(f"kind = {wrong!r}: expected ValueError")


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 3: reward a gradient that keeps its length
#
# Let $\delta_t$ be the loss's gradient at the state $h_t$. One step back it becomes $\delta_t J_t$, with the Jacobian
# $J_t = \operatorname{diag}(1 - h_t^2)\, W_{hh}$ of a tanh unit. Pascanu's penalty asks that its length stay:
#
# $$\Omega = \frac{1}{B} \sum_{n=1}^{B} \sum_{t=1}^{T}
# \left( \frac{\lVert \delta_{tn} J_{tn} \rVert}{\lVert \delta_{tn} \rVert} - 1 \right)^2 .$$
#
# Return $\Omega$ and its gradient by $W_{hh}$, with $\delta$ and $h$ held fixed.
#
# - Write $u_{tn} = \delta_{tn} \odot (1 - h_{tn}^2)$ and $v_{tn} = u_{tn} W_{hh}$. The derivative of a norm
#   $\lVert v \rVert$ by $v$ is $v / \lVert v \rVert$, and that of $u W$ by $W_{ij}$ is $u_i$ in the $j$-th entry.
# - Where $\delta_{tn} = 0$ there is no direction to keep: the step counts nothing. Where $\delta_{tn} \neq 0$ but
#   $v_{tn} = 0$, it counts 1 in $\Omega$ and nothing in the gradient.
#
# **Example.** One unit, one step, $W_{hh} = 0.5$, $\delta = 1$, $h = 0$: the ratio is 0.5, so $\Omega = 0.25$, and the
# gradient is $2 \cdot (0.5 - 1) = -1$.


# %% solution="omega_penalty"
def omega_penalty(weight_hh, d_hidden, hidden):
    """Pascanu's penalty for a tanh layer, and its gradient by the recurrent weights.

    Parameters
    ----------
    weight_hh : ndarray of shape (H, H)
    d_hidden : ndarray of shape (T, B, H), the whole gradient of each state
    hidden : ndarray of shape (T, B, H), the states

    Returns
    -------
    omega : float
    d_weight_hh : ndarray of shape (H, H)
    """
    ### BEGIN SOLUTION
    u = d_hidden * (1 - hidden**2)
    v = u @ weight_hh
    before, after = (np.linalg.norm(d, axis=-1, keepdims=True) for d in (d_hidden, v))
    counts = before > 0
    excess = np.where(counts, after / np.where(counts, before, 1) - 1, 0)
    length = np.where(before * after > 0, before * after, 1)  # v is 0 where the product is
    d_v = 2 * excess * v / length / hidden.shape[1]
    return float((excess**2).sum() / hidden.shape[1]), np.einsum("tbi,tbj->ij", u, d_v)
    ### END SOLUTION


# %% test="omega_penalty" points=25
check.omega_penalty(omega_penalty)
### BEGIN HIDDEN TESTS


def hidden_tests():
    rng = np.random.default_rng(703)

    def by_loops(weight, d_hidden, hidden):
        total = 0.0
        for t, n in np.ndindex(hidden.shape[:2]):
            before = np.linalg.norm(d_hidden[t, n])
            if before > 0:
                jacobian = np.diag(1 - hidden[t, n] ** 2) @ weight
                total += (np.linalg.norm(d_hidden[t, n] @ jacobian) / before - 1) ** 2
        return total / hidden.shape[1]

    for t, b, h in ((1, 1, 1), (1, 3, 2), (4, 1, 3), (3, 2, 5), (6, 4, 2)):
        weight, d_hidden = rng.normal(size=(h, h)), rng.normal(size=(t, b, h))
        hidden = np.tanh(rng.normal(size=(t, b, h)))
        if t > 3:
            d_hidden[1, 0] = 0
        where = f"T = {t}, B = {b}, H = {h}"
        before = [a.copy() for a in (weight, d_hidden, hidden)]
        omega, d_weight = omega_penalty(weight, d_hidden, hidden)
        for kept, now in zip(before, (weight, d_hidden, hidden), strict=True):
            assert np.array_equal(kept, now), f"an argument was changed in place ({where})"
        assert np.isclose(omega, by_loops(weight, d_hidden, hidden), rtol=1e-9), f"omega ({where})"
        assert np.shape(d_weight) == (h, h), f"shape {np.shape(d_weight)} ({where})"
        for index in np.ndindex(h, h):
            around = []
            for step in (1e-6, -1e-6):
                moved = weight.copy()
                moved[index] += step
                around.append(by_loops(moved, d_hidden, hidden))
            expected = (around[0] - around[1]) / 2e-6
            assert np.isclose(d_weight[index], expected, rtol=1e-5, atol=1e-7), f"gradient {index} ({where})"
    zeros = np.zeros((3, 2, 4))
    omega, d_weight = omega_penalty(rng.normal(size=(4, 4)), zeros, zeros)
    assert (omega, np.any(d_weight)) == (0, False), "no gradient, nothing to keep"
    omega, d_weight = omega_penalty(np.zeros((4, 4)), zeros + 1, zeros)
    assert np.isclose(omega, 3), "a gradient that dies in one step counts 1 in omega"
    assert not np.any(d_weight), "a gradient that dies in one step has no direction"


with np.errstate(all="ignore"):
    hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 4: one mask for all steps
#
# Dropout on the recurrence multiplies the context by a mask $m$. With a new mask at each step, every memory would be dropped
# sooner or later. So one mask is drawn for each sequence, and kept from the first step to the last:
#
# $$h_t = \tanh\left(x_t W_{ih}^\top + b_{ih} + (m \odot h_{t-1})\, W_{hh}^\top + b_{hh}\right), \qquad
# m_{nj} = \begin{cases} 0 & \text{with probability } p \\ 1 / (1 - p) & \text{else.} \end{cases}$$
#
# - The mask has a row for each sequence and is drawn with `rng` alone. It acts on $h_0$ too, and on nothing but the context:
#   the states that are returned are whole.
# - With a rate of 0 the mask is all ones. If `rate` is not from 0 to below 1, raise `ValueError`.


# %% solution="recurrent_dropout"
def recurrent_dropout(x, h_0, params, rate, rng):
    """Run a tanh layer whose context is dropped, by one mask for all steps.

    Parameters
    ----------
    x : ndarray of shape (T, B, I)
    h_0 : ndarray of shape (B, H)
    params : dict with weight_ih (H, I), weight_hh (H, H), bias_ih (H,), bias_hh (H,)
    rate : float, the probability p that a unit is dropped
    rng : numpy Generator

    Returns
    -------
    hidden : ndarray of shape (T, B, H), the states h_1 to h_T
    mask : ndarray of shape (B, H)

    Raises
    ------
    ValueError
        If rate is not from 0 to below 1.
    """
    ### BEGIN SOLUTION
    if not 0 <= rate < 1:
        raise ValueError(f"rate: expected a number from 0 to below 1, received {rate}")
    mask = (rng.random(h_0.shape) >= rate) / (1 - rate)
    h, hidden = h_0, []
    for x_t in x:
        z = x_t @ params["weight_ih"].T + params["bias_ih"]
        h = np.tanh(z + (mask * h) @ params["weight_hh"].T + params["bias_hh"])
        hidden.append(h)
    return np.stack(hidden), mask
    ### END SOLUTION


# %% test="recurrent_dropout" points=20
check.recurrent_dropout(recurrent_dropout)
### BEGIN HIDDEN TESTS


def hidden_tests():
    rng = np.random.default_rng(704)
    for t, b, i, h, rate in ((1, 1, 1, 1, 0.5), (4, 2, 3, 5, 0.3), (6, 3, 1, 4, 0.8), (3, 4, 2, 2, 0.0)):
        params = {"weight_ih": rng.normal(size=(h, i)), "weight_hh": rng.normal(size=(h, h))}
        params |= {"bias_ih": rng.normal(size=h), "bias_hh": rng.normal(size=h)}
        x, h_0 = rng.normal(size=(t, b, i)), rng.normal(size=(b, h))
        before = x.copy(), h_0.copy()
        hidden, mask = recurrent_dropout(x, h_0, params, rate, np.random.default_rng(t))
        where = f"T = {t}, B = {b}, I = {i}, H = {h}, rate {rate}"
        for kept, now in zip(before, (x, h_0), strict=True):
            assert np.array_equal(kept, now), f"an argument was changed in place ({where})"
        assert (np.shape(hidden), np.shape(mask)) == ((t, b, h), (b, h)), f"shapes ({where})"
        assert np.allclose(mask[mask != 0], 1 / (1 - rate)), f"units that stay are scaled ({where})"
        state = h_0
        for step in range(t):
            z = x[step] @ params["weight_ih"].T + params["bias_ih"] + params["bias_hh"]
            state = np.tanh(z + (mask * state) @ params["weight_hh"].T)
            assert np.allclose(hidden[step], state, rtol=1e-9, atol=1e-12), f"step {step + 1} ({where})"
        again = recurrent_dropout(x, h_0, params, rate, np.random.default_rng(t))[1]
        assert np.array_equal(mask, again), f"the same seed gives another mask ({where})"
    zeros = {"weight_ih": np.zeros((50, 1)), "weight_hh": np.zeros((50, 50)), "bias_ih": np.zeros(50)}
    zeros["bias_hh"] = np.zeros(50)
    for rate in (0.1, 0.6):
        _, mask = recurrent_dropout(np.zeros((2, 400, 1)), np.zeros((400, 50)), zeros, rate, rng)
        assert abs((mask == 0).mean() - rate) < 0.02, f"{(mask == 0).mean():.3f} dropped at a rate of {rate}"
        assert (mask == 0).mean(axis=0).std() < 0.06, "all sequences share a mask"
    for wrong in (-0.1, 1.0, 1.5):
        try:
            recurrent_dropout(np.zeros((1, 1, 1)), np.zeros((1, 50)), zeros, wrong, rng)
        except ValueError:
            continue
        raise AssertionError(f"rate = {wrong}: expected ValueError")


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 5: find the bug
#
# An *L1 penalty* adds $\lambda \sum_{ij} |W_{ij}|$ to the loss for each weight matrix. It pulls every weight towards zero by
# the same amount. A colleague has written this:
#
# ```python
# def l1_penalty(params, l1):
#     total, slopes = 0.0, {}
#     for key, W in params.items():
#         total += l1 * abs(W.sum())
#         slopes[key] = l1 * np.sign(W.sum()) * np.ones_like(W)
#     return total, slopes
# ```
#
# Its gradient agrees with finite differences, and it trains without an error. Yet the weights do not become small. Try it by
# hand on the matrix with the rows $(5, -5)$ and $(-5, 5)$. Then write the penalty as it was meant, with its gradient.
#
# - Biases are free: only parameters with `weight` in their name count. The others have a gradient of zeros.
# - At a weight of exactly 0 take 0 as the derivative.
# - The arguments stay as they are.
#
# **Example.** For `{"weight": [[2, -3]], "bias": [7]}` and $\lambda = 0.1$ the penalty is 0.5. The gradients are
# `[[0.1, -0.1]]` and `[0]`.


# %% solution="l1_penalty"
def l1_penalty(params, l1):
    """Sum of the absolute weights, times l1, and its gradients.

    Parameters
    ----------
    params : dict from name to float ndarray
    l1 : float, the strength λ

    Returns
    -------
    penalty : float
    grads : dict with the names and shapes of params
    """
    ### BEGIN SOLUTION
    strengths = {name: l1 if "weight" in name else 0.0 for name in params}
    penalty = sum(strengths[name] * float(np.abs(parameter).sum()) for name, parameter in params.items())
    return penalty, {name: strengths[name] * np.sign(parameter) for name, parameter in params.items()}
    ### END SOLUTION


# %% test="l1_penalty" points=15
check.l1_penalty(l1_penalty)
### BEGIN HIDDEN TESTS


def hidden_tests():
    rng = np.random.default_rng(705)
    for h, i, l1 in ((1, 1, 1.0), (4, 3, 0.01), (6, 2, 0.5)):
        params = {"rnn.weight_ih_l0": rng.normal(size=(h, i)), "rnn.weight_hh_l0": rng.normal(size=(h, h))}
        params |= {"rnn.bias_ih_l0": rng.normal(size=h), "linear.weight": rng.normal(size=(2, h))}
        params["linear.bias"] = rng.normal(size=2)
        before = {name: value.copy() for name, value in params.items()}
        penalty, grads = l1_penalty(params, l1)
        expected = sum(l1 * abs(w) for n, value in params.items() if "weight" in n for w in value.ravel())
        assert np.isclose(penalty, expected, rtol=1e-12), f"penalty {penalty}, not {expected}"
        assert grads.keys() == params.keys(), f"names {sorted(grads)}"
        for name, value in params.items():
            assert np.array_equal(before[name], value), f"{name} was changed in place"
            assert np.shape(grads[name]) == value.shape, f"{name}: shape {np.shape(grads[name])}, not {value.shape}"
            sign = np.where(value > 0, 1.0, -1.0) if "weight" in name else np.zeros(value.shape)
            assert np.allclose(grads[name], l1 * sign, rtol=1e-12, atol=0), f"gradient of {name}"
    penalty, grads = l1_penalty({"weight": np.zeros((2, 2))}, 1.0)
    assert (penalty, np.any(grads["weight"])) == (0, False), "at 0 the derivative is 0"


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Which came first?
#
# This section is not graded. A sequence of 20 symbols holds an X or a Y near its beginning and another in its middle; the rest
# means nothing. The class is XX, XY, YX or YY. A network of 30 tanh units starts from `init_recurrent`, and its steps are
# large. The cell trains it with and without your clipping, and with your clipping and your penalty. Each has 300 updates.
# Chance is 25 %.
#
# Which of the three will be right? Write down your guess and your reason before you run it.


# %%
def gradients_of(x, labels, params):
    """Backpropagation through time: all gradients of the cross-entropy, the states and their gradients."""
    h, states = np.zeros((x.shape[1], 30)), []
    for x_t in x:
        h = np.tanh(x_t @ params["weight_ih"].T + h @ params["weight_hh"].T + params["bias"])
        states.append(h)
    d_logits = softmax(h @ params["weight_out"].T)
    d_logits[np.arange(len(labels)), labels] -= 1
    d_logits /= len(labels)
    grads = {name: np.zeros_like(value) for name, value in params.items()}
    grads["weight_out"] += d_logits.T @ h
    d_h, d_hidden = d_logits @ params["weight_out"], []
    for t in reversed(range(len(x))):
        d_hidden.append(d_h)
        d_z = d_h * (1 - states[t] ** 2)
        grads["weight_ih"] += d_z.T @ x[t]
        grads["bias"] += d_z.sum(axis=0)
        if t:
            grads["weight_hh"] += d_z.T @ states[t - 1]
        d_h = d_z @ params["weight_hh"]
    return grads, np.stack(states), np.stack(d_hidden[::-1])


def softmax(logits):
    """Probabilities of the classes."""
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def train(max_norm, strength):
    """Share of 500 new sequences that are named right after 300 updates, with these cures."""
    rng = np.random.default_rng(1)
    params = {"weight_hh": init_recurrent("normal", 30, rng, 0.95), "weight_ih": 0.1 * rng.normal(size=(30, 8))}
    params |= {"weight_out": 0.1 * rng.normal(size=(4, 30)), "bias": np.zeros(30)}
    for _ in range(300):
        tokens, labels = make_temporal_order(20, rng, length=20)
        grads, hidden, d_hidden = gradients_of(np.eye(8)[tokens], labels, params)
        if strength:
            grads["weight_hh"] += strength * omega_penalty(params["weight_hh"], d_hidden, hidden)[1]
        if max_norm:
            clip_grad_norm(grads, max_norm)
        for name, gradient in grads.items():
            params[name] -= 0.2 * gradient
    tokens, labels = make_temporal_order(500, rng, length=20)
    _, hidden, _ = gradients_of(np.eye(8)[tokens], labels, params)
    return float(np.mean((hidden[-1] @ params["weight_out"].T).argmax(axis=1) == labels))


try:
    with np.errstate(all="ignore"):
        results = {"no cure": train(0, 0), "clipping": train(1, 0), "clipping and Ω": train(1, 1)}
    for name, share in results.items():
        print(f"{name}: {share:.0%} right")
    if results["clipping and Ω"] > 0.9 > results["no cure"]:
        print("The network remembers which came first, where plain descent does not.")
    else:
        print("The network does not learn yet. Are the checks of parts 1 to 3 passed?")
except Exception as problem:
    print(f"The network cannot run yet ({type(problem).__name__}). Are the checks of parts 1 to 3 passed?")
