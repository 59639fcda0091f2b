# %% [markdown]
# # Elman and Jordan networks
#
# You write two networks that remember: one reads its own hidden units again, the other its own output. Then you run them
# over sequences of different lengths, and measure at which steps they err. Together these repeat an experiment of 1990.
#
# | part | function | points |
# |---|---|---|
# | 1 | `elman_step`: a network that reads its own hidden units | 20 |
# | 2 | `jordan_step`: a network that reads its own output | 30 |
# | 3 | `run_sequence`: the same step again and again | 30 |
# | 4 | `error_by_phase`: where in its cycle a network errs | 20 |
#
# The last section is not graded. It trains a network with your functions on XOR in time.
#
# **Time:** 45 to 75 minutes. **Before you start:** the chapter "Elman and Jordan networks".
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

from rnn_course.check import elman_jordan as check
from rnn_course.optim import Adam
from rnn_course.tasks.xor import make_xor_sequence

# %% [markdown]
# ## Part 1: a network that reads its own hidden units
#
# One step of Elman's network. The *state* is a copy of the hidden layer, made one step earlier:
#
# $$h_t = \tanh\!\left(x_t W_{ih}^\top + b_{ih} + h_{t-1} W_{hh}^\top + b_{hh}\right) .$$
#
# - Rows are the sequences of a batch. $B$, $I$ and $H$ may be 1.
# - There are two biases, as in PyTorch. Both are added.
# - The arguments stay as they are, and the new state has the dtype of `x`: float32 in, float32 out.
#
# **Example.** Let `x` be `[[1]]`, `state` `[[0.5]]`, `weight_ih` `[[2]]`, `weight_hh` `[[-1]]`, `bias_ih` `[0.25]` and
# `bias_hh` `[0.25]`. The sum is 2 + 0.25 - 0.5 + 0.25 = 2, and the new state `[[0.964]]`, which is tanh 2.


# %% solution="elman_step"
def elman_step(x, state, params):
    """One step of an Elman network with tanh units.

    Parameters
    ----------
    x : ndarray of shape (B, I), the input of this step
    state : ndarray of shape (B, H), the hidden layer one step earlier
    params : dict with "weight_ih" (H, I), "weight_hh" (H, H), "bias_ih" (H,) and "bias_hh" (H,)

    Returns
    -------
    ndarray of shape (B, H), the hidden layer of this step
    """
    ### BEGIN SOLUTION
    from_input = x @ params["weight_ih"].T + params["bias_ih"]
    from_context = state @ params["weight_hh"].T + params["bias_hh"]
    return np.tanh(from_input + from_context)
    ### END SOLUTION


# %% test="elman_step" points=20
check.elman_step(elman_step)
### BEGIN HIDDEN TESTS


def hidden_tests():
    rng = np.random.default_rng(501)
    for b, i, h in ((1, 1, 1), (1, 3, 2), (4, 1, 3), (3, 2, 1), (2, 2, 2)):
        shapes = {"weight_ih": (h, i), "weight_hh": (h, h), "bias_ih": (h,), "bias_hh": (h,)}
        params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
        x, state = rng.normal(size=(b, i)), rng.normal(size=(b, h))
        before = [x.copy(), state.copy(), *(value.copy() for value in params.values())]
        received = elman_step(x, state, params)
        where = f"B = {b}, I = {i}, H = {h}"
        for kept, now in zip(before, [x, state, *params.values()], strict=True):
            assert np.array_equal(kept, now), f"an argument was changed in place ({where})"
        assert np.shape(received) == (b, h), f"shape {np.shape(received)}, not {(b, h)}"
        for row in range(b):
            for unit in range(h):
                z = params["bias_ih"][unit] + params["bias_hh"][unit]
                z += sum(params["weight_ih"][unit, j] * x[row, j] for j in range(i))
                z += sum(params["weight_hh"][unit, j] * state[row, j] for j in range(h))
                assert np.isclose(received[row, unit], np.tanh(z), rtol=1e-9, atol=1e-12), where
    single = {name: value.astype(np.float32) for name, value in params.items()}
    received = elman_step(x.astype(np.float32), state.astype(np.float32), single)
    assert received.dtype == np.float32, f"float32 in, {received.dtype} out"


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 2: a network that reads its own output
#
# One step of Jordan's network. Its *context* is made of past outputs, and each context unit also keeps a share $\alpha$, the
# *decay*, of itself:
#
# $$
# \begin{aligned}
# h_t &= \tanh\!\left(x_t W_{ih}^\top + c_{t-1} W_{ch}^\top + b_h\right) \\
# \hat y_t &= h_t W_{ho}^\top + b_o \\
# c_t &= \alpha\, c_{t-1} + \hat y_t .
# \end{aligned}
# $$
#
# - The hidden layer reads the context as it was *before* this step.
# - The outputs are linear: only the hidden layer has a tanh.
# - The arguments stay as they are, and both results have the dtype of `x`.
#
# **Example.** Let `x` be `[[0]]`, `context` `[[4]]`, `decay` 0.5, all weights 1 and both biases 0. The hidden unit is tanh 4
# = 0.999, and so is the output. The new context is 0.5 · 4 + 0.999 = 2.999.


# %% solution="jordan_step"
def jordan_step(x, context, params, decay):
    """One step of a Jordan network with tanh units and linear outputs.

    Parameters
    ----------
    x : ndarray of shape (B, I), the input of this step
    context : ndarray of shape (B, O), the context units before this step
    params : dict with "weight_ih" (H, I), "weight_ch" (H, O), "bias_h" (H,), "weight_ho" (O, H) and "bias_o" (O,)
    decay : float from 0 to 1

    Returns
    -------
    output : ndarray of shape (B, O)
    context : ndarray of shape (B, O), the context units after this step
    """
    ### BEGIN SOLUTION
    h = np.tanh(x @ params["weight_ih"].T + context @ params["weight_ch"].T + params["bias_h"])
    output = h @ params["weight_ho"].T + params["bias_o"]
    return output, decay * context + output
    ### END SOLUTION


# %% test="jordan_step" points=30
check.jordan_step(jordan_step)
### BEGIN HIDDEN TESTS


def hidden_tests():
    rng = np.random.default_rng(502)
    for b, i, h, o, decay in (
        (1, 1, 1, 1, 0.0),
        (3, 2, 4, 1, 0.5),
        (1, 3, 1, 2, 1.0),
        (4, 1, 2, 3, 0.9),
        (2, 2, 2, 2, 0.3),
    ):
        shapes = {"weight_ih": (h, i), "weight_ch": (h, o), "bias_h": (h,), "weight_ho": (o, h), "bias_o": (o,)}
        params = {name: rng.normal(size=shape) for name, shape in shapes.items()}
        x, context = rng.normal(size=(b, i)), rng.normal(size=(b, o))
        before = [x.copy(), context.copy(), *(value.copy() for value in params.values())]
        received = jordan_step(x, context, params, decay)
        where = f"B = {b}, I = {i}, H = {h}, O = {o}, decay {decay}"
        assert len(received) == 2, "expected (output, context)"
        for kept, now in zip(before, [x, context, *params.values()], strict=True):
            assert np.array_equal(kept, now), f"an argument was changed in place ({where})"
        for row in range(b):
            hidden = [
                np.tanh(params["weight_ih"][j] @ x[row] + params["weight_ch"][j] @ context[row] + params["bias_h"][j])
                for j in range(h)
            ]
            output = np.array([params["weight_ho"][k] @ hidden + params["bias_o"][k] for k in range(o)])
            for name, part, expected in zip(
                ("output", "context"), received, (output, output + decay * context[row]), strict=True
            ):
                assert np.shape(part) == (b, o), f"{name}: shape {np.shape(part)}, not {(b, o)}"
                assert np.allclose(part[row], expected, rtol=1e-9, atol=1e-12), f"{name} ({where})"
    single = {name: value.astype(np.float32) for name, value in params.items()}
    for part in jordan_step(x.astype(np.float32), context.astype(np.float32), single, 0.5):
        assert part.dtype == np.float32, f"float32 in, {part.dtype} out"


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 3: the same step again and again
#
# A recurrent network is one step, repeated. Let `step(x_t, state)` be any such step: it takes the inputs of one moment,
# `(B, I)`, and the states, `(B, S)`, and returns `(output, state)`, of shapes `(B, O)` and `(B, S)`. Run it over a batch.
#
# The sequences differ in length. The shorter ones are filled up at the end, and sequence $b$ is `lengths[b]` steps long.
#
# - The state that a step returns is what the next step gets.
# - After the end of a sequence its outputs are 0, and its state stays what it was after its own last step.
# - What was filled in may be anything: large numbers, or NaN. Each row of a step depends on the same row of its arguments
#   only, so NaN in one sequence does not reach another.
# - `x` and `state` stay as they are. Lengths run from 1 to $T$.
#
# **Example.** Let `step` return the sum of its arguments twice: as output and as state. For the inputs 1, 2, 4, an initial
# state of 10 and a length of 2 the outputs are 11, 13, 0, and the last state is 13.


# %% solution="run_sequence"
def run_sequence(step, x, state, lengths):
    """Run a step over a batch of sequences of different lengths.

    Parameters
    ----------
    step : function (x_t, state) -> (output, state)
    x : ndarray of shape (T, B, I), time first, filled up at the end
    state : ndarray of shape (B, S), the state before the first step
    lengths : int ndarray of shape (B,), from 1 to T

    Returns
    -------
    outputs : ndarray of shape (T, B, O), 0 after the end of a sequence
    state : ndarray of shape (B, S), of each sequence after its own last step
    """
    ### BEGIN SOLUTION
    outputs = []
    for t, x_t in enumerate(x):
        runs = (t < lengths)[:, np.newaxis]  # (B, 1)
        output, after = step(x_t, state)
        outputs.append(np.where(runs, output, 0))
        state = np.where(runs, after, state)
    return np.stack(outputs), state
    ### END SOLUTION


# %% test="run_sequence" points=30
check.run_sequence(run_sequence)
### BEGIN HIDDEN TESTS


def hidden_tests():
    rng = np.random.default_rng(503)

    for t, b, i, s in ((1, 1, 1, 1), (1, 3, 2, 2), (6, 1, 1, 3), (5, 4, 2, 1), (8, 3, 3, 2)):
        into, back, out = rng.normal(size=(i, s)), rng.normal(size=(s, s)), rng.normal(size=(s, 2))

        def step(x_t, state, into=into, back=back, out=out):
            state = np.tanh(x_t @ into + state @ back)
            return state @ out, state

        for filling in (0.0, 1e6, np.nan):
            x, state, lengths = rng.normal(size=(t, b, i)), rng.normal(size=(b, s)), rng.integers(1, t + 1, size=b)
            lengths[-1] = t
            for row, n in enumerate(lengths):
                x[n:, row] = filling
            before = x.copy(), state.copy(), lengths.copy()
            outputs, last = run_sequence(step, x, state, lengths)
            where = f"T = {t}, B = {b}, I = {i}, S = {s}, filled with {filling}"
            for kept, now in zip(before, (x, state, lengths), strict=True):
                assert np.array_equal(kept, now, equal_nan=True), f"an argument was changed in place ({where})"
            assert np.shape(outputs) == (t, b, 2), f"outputs: shape {np.shape(outputs)}, not {(t, b, 2)}"
            assert np.shape(last) == (b, s), f"state: shape {np.shape(last)}, not {(b, s)}"
            for row, n in enumerate(lengths):  # each sequence alone
                own = state[row : row + 1]
                for k in range(n):
                    output, own = step(x[k, row : row + 1], own)
                    assert np.allclose(outputs[k, row], output[0], rtol=1e-9, atol=1e-12), f"outputs ({where})"
                assert np.all(outputs[n:, row] == 0), f"outputs after the end ({where})"
                assert np.allclose(last[row], own[0], rtol=1e-9, atol=1e-12), f"state ({where})"


with np.errstate(all="ignore"):
    hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 4: where in its cycle a network errs
#
# Some streams have a cycle. In XOR in time it is 3 steps long: two coin flips, then a bit that follows from them. One mean
# error over all steps would hide that. Return the root mean squared error at each *phase*, the place in the cycle.
#
# - Entry 0 of `prediction` and `target` has phase `first`. The phase grows by 1 with each step, and after `period - 1` comes 0.
# - Take the mean of the squares over all steps of a phase, and over all other axes, then the root.
# - The number of steps need not be a multiple of the period. A phase that does not occur has the error NaN, without a
#   warning.
#
# **Example.** Let `prediction` be 1, 0, 0, 0, 3, `target` all 0, `period` 3 and `first` 2. The phases are 2, 0, 1, 2, 0. So
# the squares are 0 and 9 at phase 0, 0 at phase 1, 1 and 0 at phase 2, and the result is `[2.121, 0, 0.707]`.


# %% solution="error_by_phase"
def error_by_phase(prediction, target, period, first):
    """Root mean squared error at each phase of a cycle.

    Parameters
    ----------
    prediction, target : ndarrays of one shape (T, ...), time first
    period : int, steps in a cycle
    first : int, the phase of step 0

    Returns
    -------
    ndarray of shape (period,)
    """
    ### BEGIN SOLUTION
    squared = (prediction - target) ** 2
    phase = (first + np.arange(len(squared))) % period
    errors = np.full(period, np.nan)
    for p in np.unique(phase):
        errors[p] = np.sqrt(squared[phase == p].mean())
    return errors
    ### END SOLUTION


# %% test="error_by_phase" points=20
check.error_by_phase(error_by_phase)
### BEGIN HIDDEN TESTS


def hidden_tests():
    import warnings

    rng = np.random.default_rng(504)
    for shape, period, first in (
        ((9,), 3, 0),
        ((10, 2), 3, 1),
        ((7, 3, 2), 4, 3),
        ((5,), 1, 0),
        ((2, 4), 5, 4),
        ((1,), 2, 1),
    ):
        prediction, target = rng.normal(size=shape), rng.normal(size=shape)
        before = prediction.copy(), target.copy()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            received = error_by_phase(prediction, target, period, first)
        where = f"shape {shape}, period {period}, first {first}"
        assert np.array_equal(before[0], prediction), f"prediction was changed in place ({where})"
        assert np.array_equal(before[1], target), f"target was changed in place ({where})"
        assert np.shape(received) == (period,), f"shape {np.shape(received)}, not {(period,)} ({where})"
        squares = [[] for _ in range(period)]
        for t in range(shape[0]):
            squares[(first + t) % period].extend(np.ravel((prediction[t] - target[t]) ** 2))
        for p, values in enumerate(squares):
            expected = np.sqrt(np.mean(values)) if values else np.nan
            assert np.isclose(received[p], expected, rtol=1e-9, equal_nan=True), f"phase {p} ({where})"


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## All together: XOR in time
#
# This section is not graded. A stream of bits: two coin flips, then their XOR, and so on. The network reads one bit at a
# time and predicts the next. It learns as Elman's did in 1990, from the error of each step alone, with the context taken as
# given. Here 64 streams are read side by side, and there are 8 hidden units.
#
# At which phases will the error be low? And how low can it be, if the network cannot know where a triple begins? Write down
# your guess and your reason before you run the cell.


# %%
def predict(h, params):
    """What the network expects of the next bit."""
    return h @ params["weight"].T + params["bias"]


def train(n_hidden, n_updates, rng):
    """Learn from 64 streams at once, by the gradient of each step's own squared error."""
    shapes = {"weight_ih": (n_hidden, 1), "weight_hh": (n_hidden, n_hidden), "bias_ih": (n_hidden,)}
    shapes |= {"bias_hh": (n_hidden,), "weight": (1, n_hidden), "bias": (1,)}
    params = {name: rng.uniform(-1, 1, shape) for name, shape in shapes.items()}
    optimizer = Adam(params, lr=0.005)
    bits = np.stack([make_xor_sequence(n_updates // 3 + 1, rng) for _ in range(64)], axis=1)[..., np.newaxis].astype(
        float
    )
    context = np.zeros((64, n_hidden))
    for t in range(n_updates):
        h = elman_step(bits[t], context, params)
        delta = (predict(h, params) - bits[t + 1]) / 64
        delta_z = delta @ params["weight"] * (1 - h**2)
        grads = {"weight_ih": delta_z.T @ bits[t], "weight_hh": delta_z.T @ context}
        grads |= {"bias_ih": delta_z.sum(axis=0), "bias_hh": delta_z.sum(axis=0)}
        optimizer.step(grads | {"weight": delta.T @ h, "bias": delta.sum(axis=0)})
        context = h
    return params


def test(params, rng):
    """Error at each phase on 64 new streams of 300 bits."""
    bits = np.stack([make_xor_sequence(100, rng) for _ in range(64)], axis=1)[..., np.newaxis].astype(float)

    def step(x_t, state):
        state = elman_step(x_t, state, params)
        return predict(state, params), state

    start = np.zeros((64, len(params["bias_ih"])))
    outputs, _ = run_sequence(step, bits[:-1], start, np.full(64, len(bits) - 1))
    return error_by_phase(outputs, bits[1:], 3, first=1)


def hold():
    """A Jordan network with weights made by hand: a pulse sets its output, and the output keeps itself."""
    one = np.ones((1, 1))
    params = {
        "weight_ih": 4 * one,
        "weight_ch": 2 * one,
        "weight_ho": one,
        "bias_h": np.zeros(1),
        "bias_o": np.zeros(1),
    }
    context = np.zeros((1, 1))
    for t in range(1000):
        output, context = jordan_step(one * (t == 0), context, params, 0.0)
    return output.item()


try:
    with np.errstate(all="ignore"):
        errors = test(train(8, 9000, np.random.default_rng(0)), np.random.default_rng(1))
        held = hold()
    print("error at the first coin, the second coin and their XOR:", errors.round(2))
    print(f"a Jordan network's output 1,000 steps after a pulse of 1: {held:.2f}")
    if errors[2] < errors[:2].min() - 0.1 and held > 0.9:
        print("The error dips at every third bit, and one pulse is remembered for good.")
    else:
        print("The networks do not remember yet. Are the checks of all four parts passed?")
except Exception as problem:
    print(f"The networks cannot run yet ({type(problem).__name__}). Are the checks of all four parts passed?")
