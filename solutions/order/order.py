# %% [markdown]
# # Why order matters
#
# You write a task that only a model with a sense of order can solve, measure how far a model without one can get, and
# split a series so that the future stays unseen.
#
# | part | function | points |
# |---|---|---|
# | 1 | `make_temporal_order`: sequences that differ in the order of two symbols | 40 |
# | 2 | `bag_baseline`: how far counting gets | 30 |
# | 3 | `time_split`: train on the past, test on the future | 30 |
#
# The last section is not graded. It puts parts 1 and 2 together.
#
# **Time:** 45 to 60 minutes. **Before you start:** the chapter "Why order matters".
#
# **How it works.** Replace each line `raise NotImplementedError()` with your code. The cell below each function checks
# it. A check that fails says what it expected, what it received and, where it can, which fault is likely. A check may be
# run as often as you like. Grading runs the same checks and some more: other lengths, other seeds, and the edge cases
# that the text names. The parts do not depend on each other: a part can earn its points when the one before it does not.
#
# **To try something,** insert a cell below your function and run it there (press `Esc`, then `B`). Added cells are not
# graded.
#
# **To begin,** run the next cell. It needs the course's package, `rnn_course`, and nothing else: numpy comes with it. Where
# the package is missing, the cell installs it, or says how.

# %%
import numpy as np

from rnn_course.check import order as check

# %% [markdown]
# ## Part 1: temporal order
#
# This is task 6a of Hochreiter & Schmidhuber (1997). A sequence has $T$ symbols:
#
# - At step 0 stands E, at step $T - 1$ stands B. Steps are counted from 0.
# - At step $t_1$ stands X or Y, each with probability ½, and at step $t_2$ likewise. The two choices are independent.
# - All other steps hold a, b, c or d. Each is drawn independently, all four with the same probability. They carry no
#   information: they are distractors.
# - $t_1$ is one of the steps `T // 10`, …, `T // 5`, and $t_2$ one of `T // 2`, …, `3 * T // 5`. **Both ends are
#   included.** All steps of a range are equally likely, and each sequence has its own $t_1$ and its own $t_2$, drawn
#   independently of each other.
#
# The class of a sequence is the pair of symbols in order of time: XX is class 0, XY is 1, YX is 2, YY is 3.
#
# A token is a whole number, the position of its symbol in `SYMBOLS`. Arrays are time-major: `tokens[t, b]` is the symbol
# at step `t` of sequence `b`.

# %%
SYMBOLS = "EBabcdXY"
START, END = 0, 1  # E, B
DISTRACTORS = (2, 3, 4, 5)  # a, b, c, d
X, Y = 6, 7
CLASSES = ("XX", "XY", "YX", "YY")

# %% [markdown]
# **Example.** Two sequences with $T = 12$. Here $t_1$ is 1 or 2, and $t_2$ is 6 or 7. The first sequence has $t_1 = 2$ and
# $t_2 = 6$, the second $t_1 = 1$ and $t_2 = 7$. Their classes are 1 and 2. Both have one X and one Y.

# %%
example = np.array([[SYMBOLS.index(symbol) for symbol in sequence] for sequence in ("EcXabdYacbdB", "EYdabcdXabcB")]).T
print("shape (T, B):", example.shape)
for sequence in example.T:
    print("".join(SYMBOLS[token] for token in sequence), sequence)

# %% [markdown]
# **What to return.** `tokens` of shape (T, B) and `labels` of shape (B,), both arrays of integers. $T$ is at least 10.
#
# - A batch of one has shapes (T, 1) and (1,).
# - All random numbers come from the generator `rng`. Two generators with equal seeds give the same batch; two with
#   different seeds give different ones.
#
# numpy's [`Generator`](https://numpy.org/doc/stable/reference/random/generator.html) has all that you need.


# %% solution="make_temporal_order"
def make_temporal_order(batch_size, rng, length=100):
    """Draw sequences that must be classified by the order of two symbols.

    Parameters
    ----------
    batch_size : int, number of sequences B, at least 1
    rng : numpy Generator
    length : int, number of symbols T, at least 10

    Returns
    -------
    tokens : int ndarray of shape (T, B), positions in SYMBOLS
    labels : int ndarray of shape (B,), positions in CLASSES
    """
    ### BEGIN SOLUTION
    tokens = rng.choice(DISTRACTORS, (length, batch_size))
    tokens[0], tokens[-1] = START, END
    t1 = rng.integers(length // 10, length // 5, batch_size, endpoint=True)
    t2 = rng.integers(length // 2, 3 * length // 5, batch_size, endpoint=True)
    labels = rng.integers(len(CLASSES), size=batch_size)
    batch = np.arange(batch_size)
    tokens[t1, batch] = np.where(labels // 2 == 0, X, Y)
    tokens[t2, batch] = np.where(labels % 2 == 0, X, Y)
    return tokens, labels
    ### END SOLUTION


# %% test="make_temporal_order" points=40
check.make_temporal_order(make_temporal_order)
### BEGIN HIDDEN TESTS


def hidden_tests():
    def draw(batch_size, seed, length):
        tokens, labels = make_temporal_order(batch_size, np.random.default_rng(seed), length)
        case = f"batch_size = {batch_size}, length = {length}"
        assert np.shape(tokens) == (length, batch_size), f"tokens: shape {np.shape(tokens)} ({case})"
        assert np.shape(labels) == (batch_size,), f"labels: shape {np.shape(labels)} ({case})"
        for name, array in (("tokens", tokens), ("labels", labels)):
            assert np.issubdtype(array.dtype, np.integer), f"{name}: {array.dtype}, not integers ({case})"
        assert np.all(tokens[0] == START), f"the first step is not START ({case})"
        assert np.all(tokens[-1] == END), f"the last step is not END ({case})"
        marked = (tokens == X) | (tokens == Y)
        assert np.all(marked.sum(axis=0) == 2), f"a sequence has not exactly two of X and Y ({case})"
        rest = tokens[1:-1][~marked[1:-1]]
        assert np.isin(rest, DISTRACTORS).all(), f"a step between START and END holds no distractor ({case})"
        t1, t2 = marked.argmax(axis=0), length - 1 - marked[::-1].argmax(axis=0)
        assert t1.min() >= length // 10, f"t1 = {t1.min()} is too early ({case})"
        assert t1.max() <= length // 5, f"t1 = {t1.max()} is too late ({case})"
        assert t2.min() >= length // 2, f"t2 = {t2.min()} is too early ({case})"
        assert t2.max() <= 3 * length // 5, f"t2 = {t2.max()} is too late ({case})"
        batch = np.arange(batch_size)
        pairs = [SYMBOLS[i] + SYMBOLS[j] for i, j in zip(tokens[t1, batch], tokens[t2, batch], strict=True)]
        assert [CLASSES[label] for label in labels] == pairs, f"labels do not agree with tokens ({case})"
        return tokens, labels, t1, t2

    for seed, (batch_size, length) in enumerate(((3, 10), (1, 11), (7, 59), (2, 250), (100, 27))):
        draw(batch_size, seed, length)
    assert make_temporal_order(5, np.random.default_rng(0))[0].shape == (100, 5), "length is 100 by default"

    n, length = 2000, 20
    tokens, labels, t1, t2 = draw(n, 61, length)
    shares = np.bincount(labels, minlength=4) / n
    assert np.all(abs(shares - 0.25) < 0.07), f"shares of the classes: {shares}"
    for name, steps, first, last in (("t1", t1, 2, 4), ("t2", t2, 10, 12)):
        shares = np.bincount(steps, minlength=length)[first : last + 1] / n
        assert np.all(abs(shares - 1 / 3) < 0.08), f"{name}: not all steps are equally likely, shares {shares}"
    pairs = np.bincount(3 * (t1 - 2) + t2 - 10, minlength=9) / n
    assert np.all(abs(pairs - 1 / 9) < 0.06), f"t1 and t2 are not independent, shares {pairs}"
    for label in range(4):
        assert len(set(t1[labels == label])) == len(set(t2[labels == label])) == 3, "steps depend on the class"
    inside = tokens[5:9]
    shares = np.array([(inside == distractor).mean() for distractor in DISTRACTORS])
    assert np.all(abs(shares - 0.25) < 0.04), f"shares of the distractors: {shares}"
    assert len(np.unique(inside, axis=1).T) > 200, "sequences share their distractors"  # of 4 ** 4 = 256
    assert len(np.unique(inside, axis=0)) == 4, "steps share their distractors"

    for length in (10, 40):
        once, again = (make_temporal_order(20, np.random.default_rng(8), length) for _ in range(2))
        assert all(np.array_equal(a, b) for a, b in zip(once, again, strict=True)), "equal seeds, different batches"
        other = make_temporal_order(20, np.random.default_rng(9), length)
        assert not np.array_equal(once[0], other[0]), "different seeds, equal batches"
    alone = [draw(1, seed, 20) for seed in range(100)]
    assert {int(labels[0]) for _, labels, _, _ in alone} == {0, 1, 2, 3}, "a batch of one lacks a class"
    assert {int(t1[0]) for _, _, t1, _ in alone} == {2, 3, 4}, "a batch of one lacks a step"


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 2: how far counting gets
#
# A bag of symbols says how often each symbol occurs, and not where. A model that sees only the bag gives the same answer
# to all sequences with equal bags.
#
# Measure the best that such a model can do on a given sample: the highest accuracy that **any** function of the counts of
# the listed `symbols` can reach. Accuracy is the share of sequences that get the right label, from 0 to 1.
#
# - Symbols that are not listed do not count: the function cannot see them.
# - A listed symbol may occur many times in a sequence, or never. How often matters, not only whether.
# - If no symbol is listed, all sequences look the same.
# - Token ids and labels are whole numbers, 0 or more. They need not be consecutive, and there may be any number of classes.
# - The arguments stay as they are.
#
# **Example.** Five sequences of three symbols: XaX with label 0, aXX with label 0, XXb with label 1, aYb with label 1,
# bXa with label 2. For `symbols = (X,)` the counts of X are 2, 2, 2, 0, 1. The best function of the count answers 0 for
# a count of two, 1 for none, and 2 for one. It is right for four of the five sequences: 0.8. For `symbols = ()` it must
# give one answer to all. Label 0 and label 1 are right twice each: 0.4.


# %% solution="bag_baseline"
def bag_baseline(tokens, labels, symbols):
    """Highest accuracy that any function of the counts of ``symbols`` can reach on this sample.

    Parameters
    ----------
    tokens : int ndarray of shape (T, B), token ids
    labels : int ndarray of shape (B,), class ids
    symbols : tuple or list of different token ids, the ones to count; may be empty

    Returns
    -------
    float, between 0 and 1
    """
    ### BEGIN SOLUTION
    seen = {}
    for sequence, label in zip(tokens.T, labels, strict=True):
        bag = tuple(int((sequence == symbol).sum()) for symbol in symbols)
        seen.setdefault(bag, []).append(int(label))
    right = sum(max(answers.count(label) for label in answers) for answers in seen.values())
    return right / len(labels)
    ### END SOLUTION


# %% test="bag_baseline" points=30
check.bag_baseline(bag_baseline)
### BEGIN HIDDEN TESTS


def hidden_tests():
    def expect(expected, tokens, labels, symbols, case):
        kept = tokens.copy(), labels.copy()
        received = bag_baseline(tokens, labels, symbols)
        assert np.ndim(received) == 0, f"{case}: expected a number, received shape {np.shape(received)}"
        assert np.isclose(float(received), expected), f"{case}: expected {expected}, received {received}"
        for before, after in zip(kept, (tokens, labels), strict=True):
            assert np.array_equal(before, after), f"{case}: an argument was changed in place"

    pairs = np.array([[6, 6, 7, 7], [6, 7, 6, 7]] * 3)  # XX, XY, YX, YY, three times over in time
    expect(0.75, pairs, np.arange(4), (6, 7), "the four classes")
    expect(0.75, pairs, np.arange(4), [6], "the four classes, X alone")
    expect(0.25, pairs, np.arange(4), (), "no symbols")
    expect(0.25, pairs, np.arange(4), (2, 3), "symbols that do not occur")
    expect(1.0, pairs[:, :1], np.array([3]), (6, 7), "one sequence")
    expect(0.75, np.tile(pairs, 25), np.tile(np.arange(4), 25), (6, 7), "a hundred sequences")
    expect(1.0, np.array([[6, 7, 2]]), np.array([5, 9, 0]), (7, 6), "T = 1")

    for many in (10, 16, 32, 64, 100):  # one Y, or `many` X: different bags
        tokens = np.full((many, 2), 2)
        tokens[:, 0], tokens[0, 1] = 6, 7
        expect(1.0, tokens, np.array([0, 1]), (6, 7), f"{many} X against one Y")
        expect(1.0, tokens, np.array([0, 1]), (7, 6), f"one Y against {many} X")

    rng = np.random.default_rng(62)
    for n_steps, batch_size, n_ids, n_classes in ((4, 40, 3, 2), (6, 100, 5, 6), (3, 60, 50, 4), (30, 200, 2, 3)):
        ids, classes = rng.permutation(2 * n_ids)[:n_ids], rng.permutation(90)[:n_classes]
        tokens, labels = rng.choice(ids, (n_steps, batch_size)), rng.choice(classes, batch_size)
        for n_symbols in range(min(n_ids, 4) + 1):
            symbols = [int(i) for i in ids[:n_symbols]]
            table = {}
            for b in range(batch_size):
                bag = " ".join(str(tokens[:, b].tolist().count(symbol)) for symbol in symbols)
                row = table.setdefault(bag, dict.fromkeys(classes.tolist(), 0))
                row[int(labels[b])] += 1
            expected = sum(max(row.values()) for row in table.values()) / batch_size
            case = f"T = {n_steps}, B = {batch_size}, {n_symbols} symbols"
            expect(expected, tokens, labels, symbols, case)
            expect(expected, rng.permuted(tokens, axis=0), labels, tuple(symbols), f"{case}, shuffled in time")


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 3: a split in time
#
# Neighbouring steps of a series resemble each other. If they are dealt out at random, the model is tested on steps whose
# neighbours it has learned, and the result looks better than it is. So the series is cut into consecutive parts: the
# past to learn from, the future to be tested on. Windows that reach across a cut leak too, so some steps may be left out.
#
# Let $f_1, f_2, \dots$ be the fractions and $n$ the number of steps.
#
# - The first part starts at step 0. Part $k$ ends just before step $n (f_1 + \dots + f_k)$, rounded to a whole number. A
#   half may be rounded either way. So the last part ends at the end of the series.
# - Each later part starts `gap` steps after the end of the part before it. The steps between are left out.
# - There are usually three fractions: train, validation, test. There may be any number.
# - Return a tuple with a [`slice`](https://docs.python.org/3/library/functions.html#slice) for each part, in order of time.
#
# Raise a `ValueError` if a fraction is not positive, if the fractions do not sum to 1 (up to rounding errors), if `gap`
# is negative, or if a part would be empty.
#
# **Example.** `time_split(50, fractions=(0.5, 0.3, 0.2), gap=3)` cuts at 25 and 40. It returns
# `(slice(0, 25), slice(28, 40), slice(43, 50))`. Steps 25, 26, 27 and 40, 41, 42 are in no part.


# %% solution="time_split"
def time_split(n_steps, fractions=(0.8, 0.1, 0.1), gap=0):
    """Cut a series into consecutive parts.

    Parameters
    ----------
    n_steps : int, length of the series
    fractions : tuple of positive floats that sum to 1, the share of each part, earliest first
    gap : int, number of steps left out between two parts, 0 or more

    Returns
    -------
    tuple of slices, one for each part

    Raises
    ------
    ValueError
        If the fractions are not positive or do not sum to 1, the gap is negative, or a part would be empty.
    """
    ### BEGIN SOLUTION
    if min(fractions) <= 0 or not np.isclose(sum(fractions), 1):
        raise ValueError(f"fractions: expected positive numbers that sum to 1, received {fractions}")
    if gap < 0:
        raise ValueError(f"gap: expected 0 or more, received {gap}")
    parts, start = [], 0
    for share in np.cumsum(fractions):
        stop = round(n_steps * float(share))
        if start >= stop:
            raise ValueError(f"n_steps: {n_steps} are too few for {fractions} with a gap of {gap}")
        parts.append(slice(start, stop))
        start = stop + gap
    return tuple(parts)
    ### END SOLUTION


# %% test="time_split" points=30
check.time_split(time_split)
### BEGIN HIDDEN TESTS


def hidden_tests():
    def audit(n_steps, fractions, gap):
        case = f"time_split({n_steps}, {fractions}, {gap})"
        parts = time_split(n_steps, fractions, gap)
        assert len(parts) == len(fractions), f"{case}: {len(parts)} parts"
        start, share = 0, 0.0
        for part, fraction in zip(parts, fractions, strict=True):
            steps, share = range(n_steps)[part], share + fraction
            assert steps.step == 1, f"{case}: a part is not in order of time"
            assert len(steps) > 0, f"{case}: a part is empty"
            assert steps.start == start, f"{case}: a part starts at {steps.start}, not at {start}"
            assert abs(steps.stop - share * n_steps) < 0.5 + 1e-6, f"{case}: a part ends at {steps.stop}"
            start = steps.stop + gap
        assert steps.stop == n_steps, f"{case}: the last part ends at {steps.stop}"

    for n_steps in (14, 33, 97, 101, 128, 999, 12345):
        for gap in (0, 2, 7) if n_steps > 90 else (0,):
            audit(n_steps, (0.8, 0.1, 0.1), gap)
            audit(n_steps, (0.6, 0.4), gap)
    for fractions in ((1.0,), (0.7, 0.2, 0.1), (1 / 3, 1 / 3, 1 / 3), (0.1,) * 10, (0.05, 0.15, 0.45, 0.35)):
        for n_steps, gap in ((60, 0), (157, 0), (200, 3), (1001, 1)):
            audit(n_steps, fractions, gap)
    assert time_split(100) == time_split(100, (0.8, 0.1, 0.1), 0), "defaults: (0.8, 0.1, 0.1) and no gap"
    audit(3, (1 / 3, 1 / 3, 1 / 3), 0)
    audit(30, (0.5, 0.5), 14)

    for n_steps, fractions, gap in (
        (100, (0.8, 0.3), 0),
        (100, (0.5, 0.4), 0),
        (100, (1.2, -0.2), 0),
        (100, (0.5, 0.0, 0.5), 0),
        (100, (0.8, 0.1, 0.1), -1),
        (100, (0.8, 0.1, 0.1), 10),
        (100, (0.8, 0.1, 0.1), 50),
        (2, (0.8, 0.1, 0.1), 0),
        (0, (0.5, 0.5), 0),
        (30, (0.5, 0.5), 15),
    ):
        try:
            parts = time_split(n_steps, fractions, gap)
        except ValueError:
            continue
        raise AssertionError(f"time_split({n_steps}, {fractions}, {gap}): expected ValueError, received {parts}")


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Put together (not graded)
#
# Draw 1000 sequences of each length, and measure what counting can do for them. The classes XY and YX have equal bags,
# so the counts of X and Y cannot tell them apart: the result stays near ¾. The counts of all symbols seem to do better,
# and better still when the sequences are longer. The distractors are noise, so what did the baseline learn? How would it
# do on 1000 new sequences?

# %%
try:
    for length in (10, 20, 40, 80):
        tokens, labels = make_temporal_order(1000, np.random.default_rng(0), length)
        shown = {"nothing": (), "X and Y": (X, Y), "all symbols": tuple(range(len(SYMBOLS)))}
        ceilings = ", ".join(f"{name} {bag_baseline(tokens, labels, symbols):.3f}" for name, symbols in shown.items())
        print(f"T = {length}: {ceilings}")
except Exception as error:
    print(f"This needs parts 1 and 2 ({type(error).__name__}). Are their checks passed?")
