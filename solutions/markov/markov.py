# %% [markdown]
# # Markov models
#
# You count what follows what, turn the counts into a model, say how well it predicts, find out where a chain spends its
# time, and recover states that nobody saw.
#
# | part | function | points |
# |---|---|---|
# | 1 | `fit_ngram`: probabilities of the next token, from counts | 25 |
# | 2 | `negative_log_likelihood`: what a text costs | 15 |
# | 3 | `perplexity`: the same as a number of choices | 10 |
# | 4 | `stationary_distribution`: where a chain spends its time | 20 |
# | 5 | `viterbi`: the likeliest path through hidden states | 30 |
#
# The last section is not graded. It puts the parts together.
#
# **Time:** 60 to 90 minutes. **Before you start:** the chapter "Markov models and the state-space wall".
#
# **How it works.** Replace each line `raise NotImplementedError()` with your code. The cell below each function checks
# it. A check that fails says what it expected, what it received and, where it can, which fault is likely. A check may be
# run as often as you like. Grading runs the same checks and some more: other sizes, other seeds, and the edge cases
# that the text names. The parts do not depend on each other: a part can earn its points when the one before it does not.
#
# **To try something,** insert a cell below your function and run it there (press `Esc`, then `B`). Added cells are not
# graded.
#
# **To install,** run `pip install .` in a clone of the course's repository. Nothing else is needed: numpy comes with it.

# %%
import numpy as np

from rnn_course.check import markov as check

# %% [markdown]
# ## Part 1: an n-gram model
#
# A text is a sequence of tokens, whole numbers from 0 to $V - 1$. The context of a token is the `order` tokens just before
# it. Let $N(hc)$ be how often token $c$ came right after the context $h$, and $N(h)$ the sum of $N(hc)$ over all $c$. With
# add-$k$ smoothing
#
# $$p(c \mid h) = \frac{N(hc) + k}{N(h) + k V} .$$
#
# Return these probabilities as an array with `order + 1` axes, each of length $V$. The first axis is the oldest token of the
# context, the last axis the next token. So with `order = 2`, `table[a, b, c]` is the probability of `c` after `a` and then
# `b`.
#
# - With `order = 0` there is no context, and `table[c]` is one distribution, of shape `(V,)`.
# - `k` is a number, 0 or more. If $N(h) + kV$ is 0, nothing is known: give each token the probability $1/V$.
# - The text does not wrap round: nothing follows the last token.
# - If the text has no more than `order` tokens, there is nothing to count.
#
# **Example.** In 0, 1, 0, 0, 2 with $V = 3$, `order = 1` and `k = 0`: after 0 came 1, 0 and 2, once each. After 1 came 0.
# After 2 came nothing. The table is `[[1/3, 1/3, 1/3], [1, 0, 0], [1/3, 1/3, 1/3]]`.


# %% solution="fit_ngram"
def fit_ngram(tokens, vocabulary_size, order, k=0.0):
    """Probability of each token after each context.

    Parameters
    ----------
    tokens : int ndarray of shape (T,), ids from 0 to V - 1
    vocabulary_size : int, V
    order : int, length of the context, 0 or more
    k : float, added to every count, 0 or more

    Returns
    -------
    float ndarray with order + 1 axes of length V; the sums over the last axis are 1
    """
    ### BEGIN SOLUTION
    counts = np.full((vocabulary_size,) * (order + 1), float(k))
    n_grams = max(len(tokens) - order, 0)
    np.add.at(counts, tuple(tokens[i : i + n_grams] for i in range(order + 1)), 1)
    totals = counts.sum(axis=-1, keepdims=True)
    return np.where(totals > 0, counts / np.where(totals > 0, totals, 1), 1 / vocabulary_size)
    ### END SOLUTION


# %% test="fit_ngram" points=25
check.fit_ngram(fit_ngram)
### BEGIN HIDDEN TESTS


def hidden_tests():
    def count(tokens, vocabulary_size, order, k):
        table = np.zeros((vocabulary_size,) * (order + 1))
        for context in np.ndindex(*(vocabulary_size,) * order):
            row = np.zeros(vocabulary_size)
            for t in range(order, len(tokens)):
                if tuple(int(i) for i in tokens[t - order : t]) == context:
                    row[tokens[t]] += 1
            total = row.sum() + k * vocabulary_size
            table[context] = (row + k) / total if total else 1 / vocabulary_size
        return table

    rng = np.random.default_rng(51)
    for vocabulary_size, order, length in (
        (1, 0, 5),
        (1, 3, 5),
        (2, 4, 90),
        (3, 3, 60),
        (4, 2, 200),
        (7, 1, 50),
        (6, 0, 30),
    ):
        for k in (0, 0.0, 0.01, 1, 2.5):
            tokens = rng.integers(vocabulary_size, size=length)
            before = tokens.copy()
            received = fit_ngram(tokens, vocabulary_size, order, k)
            case = f"V = {vocabulary_size}, order = {order}, T = {length}, k = {k}"
            expected = count(tokens, vocabulary_size, order, k)
            assert np.shape(received) == expected.shape, f"shape {np.shape(received)} ({case})"
            assert np.allclose(received, expected, atol=1e-12), f"wrong probabilities ({case})"
            assert np.array_equal(tokens, before), f"tokens were changed ({case})"
    for length, order in ((0, 0), (1, 1), (2, 2), (1, 3)):
        for k in (0, 1):
            received = fit_ngram(np.zeros(length, int), 2, order, k)
            assert np.shape(received) == (2,) * (order + 1), f"T = {length}, order = {order}"
            assert np.allclose(received, 0.5), f"T = {length}, order = {order}: there is nothing to count"
    rare = np.array([2, 2, 2])  # tokens 0, 1 and 3 never occur
    assert np.allclose(fit_ngram(rare, 4, 1), count(rare, 4, 1, 0)), "tokens that never occur"
    assert np.allclose(fit_ngram(rare, 4, 1), fit_ngram(rare, 4, 1, 0)), "k is 0 by default"
    small = np.array([1, 0, 1, 1], np.uint8)
    assert np.allclose(fit_ngram(small, 2, 2, 1), count(small, 2, 2, 1)), "ids of type uint8"
    many = np.arange(300) % 20
    assert np.allclose(fit_ngram(many.astype(np.uint8), 20, 2, 1), count(many, 20, 2, 1)), "20 ids of type uint8"


with np.errstate(all="ignore"):
    hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 2: what a text costs
#
# The model says what it expects, and the text says what comes. The cost of a token is $-\ln p$, the negative logarithm of
# the probability that the model gave to it, in nats. The cost of a text is the **mean over the tokens that have a whole
# context**:
#
# $$\mathrm{NLL} = -\frac{1}{T - n} \sum_{t = n + 1}^{T} \ln p(x_t \mid x_{t-n}, \dots, x_{t-1}), \qquad n = \text{order}.$$
#
# `table` has the layout of part 1, so the order is its number of axes less one. A token with probability 0 costs infinitely
# much: the result is `inf`, without a warning and without an error. There are always more tokens than the order.
#
# **Example.** With `table = [[0.5, 0.5], [0.25, 0.75]]` the text 0, 1, 1 costs $-(\ln 0.5 + \ln 0.75) / 2 = 0.490$.


# %% solution="negative_log_likelihood"
def negative_log_likelihood(tokens, table):
    """Mean cost of the tokens that have a whole context, in nats.

    Parameters
    ----------
    tokens : int ndarray of shape (T,), ids from 0 to V - 1
    table : float ndarray with order + 1 axes of length V, probability of each token after each context

    Returns
    -------
    float, 0 or more; infinite if a token has probability 0
    """
    ### BEGIN SOLUTION
    order = table.ndim - 1
    n_grams = len(tokens) - order
    probability = table[tuple(tokens[i : i + n_grams] for i in range(order + 1))]
    with np.errstate(divide="ignore"):
        return float(-np.log(probability).mean())
    ### END SOLUTION


# %% test="negative_log_likelihood" points=15
check.negative_log_likelihood(negative_log_likelihood)
### BEGIN HIDDEN TESTS


def hidden_tests():
    import warnings

    rng = np.random.default_rng(52)
    for vocabulary_size, order, length in ((5, 0, 40), (3, 1, 2), (4, 2, 300), (2, 5, 64), (3, 3, 4)):
        table = rng.dirichlet(np.ones(vocabulary_size), (vocabulary_size,) * order)
        tokens = rng.integers(vocabulary_size, size=length)
        costs = [-np.log(table[tuple(tokens[t - order : t + 1])]) for t in range(order, length)]
        before = tokens.copy(), table.copy()
        received = negative_log_likelihood(tokens, table)
        case = f"V = {vocabulary_size}, order = {order}, T = {length}"
        assert np.ndim(received) == 0, f"expected a number, received shape {np.shape(received)} ({case})"
        assert np.isclose(received, sum(costs) / len(costs)), f"{received} ({case})"
        assert np.array_equal(tokens, before[0]), f"tokens were changed ({case})"
        assert np.array_equal(table, before[1]), f"table was changed ({case})"
    certain = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert negative_log_likelihood(np.array([0, 1, 0, 1]), certain) == 0, "a text that is certain costs nothing"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for tokens in ([0, 0], [0, 1, 0, 0, 1], [1, 1]):
            received = negative_log_likelihood(np.array(tokens), certain)
            assert received == np.inf, f"{tokens} is impossible: expected inf, received {received}"
    tiny = np.array([1e-300, 1 - 1e-300])
    assert np.isclose(negative_log_likelihood(np.zeros(9, int), tiny), 300 * np.log(10)), "probability 1e-300"


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 3: perplexity
#
# The perplexity of a model on a text is the number of equally likely choices that would be as uncertain. For tokens that
# got the probabilities $p_1, \dots, p_n$ it is
#
# $$\left( \prod_{i=1}^{n} \frac{1}{p_i} \right)^{1/n} .$$
#
# - A text may have millions of tokens. The product then leaves the range of floating-point numbers, and the perplexity
#   does not. Find a form that works.
# - If a probability is 0, the perplexity is infinite: return `inf`, without an error.
#
# **Example.** A fair die has the perplexity 6. For the probabilities 0.5 and 0.125 it is $\sqrt{2 \cdot 8} = 4$.


# %% solution="perplexity"
def perplexity(probabilities):
    """Geometric mean of 1 / p.

    Parameters
    ----------
    probabilities : float ndarray of shape (n,), what the model gave to each token, n at least 1

    Returns
    -------
    float, 1 or more; infinite if a probability is 0
    """
    ### BEGIN SOLUTION
    with np.errstate(divide="ignore"):
        return float(np.exp(-np.log(probabilities).mean()))
    ### END SOLUTION


# %% test="perplexity" points=10
check.perplexity(perplexity)
### BEGIN HIDDEN TESTS


def hidden_tests():
    rng = np.random.default_rng(53)
    for n in (1, 2, 7, 5000):
        p = rng.uniform(0.01, 1, n)
        before = p.copy()
        expected = 2 ** (-np.log2(p).sum() / n)
        received = perplexity(p)
        assert np.ndim(received) == 0, f"expected a number, received shape {np.shape(received)}"
        assert np.isclose(received, expected), f"{n} probabilities: expected {expected}, received {received}"
        assert np.array_equal(p, before), "probabilities were changed"
    assert np.isclose(perplexity(np.full(100_000, 1 / 65)), 65), "100,000 tokens"
    assert np.isclose(perplexity(np.full(50, 1e-300)), 1e300), "very small probabilities"
    assert perplexity(np.ones(4)) == 1, "certainty"
    for p in ([0.0], [0.5, 0.0, 0.5], [1.0, 0.0]):
        assert perplexity(np.array(p)) == np.inf, f"{p}: a token was impossible"


with np.errstate(all="ignore"):
    hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 4: where a chain spends its time
#
# `transition[i, j]` is the probability that state $j$ follows state $i$, so each row sums to 1. A distribution $\pi$ over
# the states is **stationary** if a step leaves it as it is:
#
# $$\pi_j = \sum_i \pi_i \, P_{ij}, \qquad \sum_i \pi_i = 1 .$$
#
# Return it. The chains here have exactly one. But a chain may go round in circles: with $P = \begin{pmatrix} 0 & 1 \\ 1 & 0
# \end{pmatrix}$ the state alternates for ever, and its stationary distribution is $(½, ½)$ all the same. States that are
# left for good have probability 0.
#
# **Example.** For $P = \begin{pmatrix} 0.9 & 0.1 \\ 0.5 & 0.5 \end{pmatrix}$ it is $(5/6, 1/6)$: check that
# $5/6 \cdot 0.9 + 1/6 \cdot 0.5 = 5/6$.


# %% solution="stationary_distribution"
def stationary_distribution(transition):
    """Distribution over the states that a step of the chain leaves as it is.

    Parameters
    ----------
    transition : float ndarray of shape (V, V), row i is the distribution of the state that follows i

    Returns
    -------
    float ndarray of shape (V,), not negative, with sum 1
    """
    ### BEGIN SOLUTION
    size = len(transition)
    equations = np.vstack([transition.T - np.eye(size), np.ones(size)])
    right_side = np.append(np.zeros(size), 1.0)
    return np.linalg.lstsq(equations, right_side, rcond=None)[0].clip(min=0)
    ### END SOLUTION


# %% test="stationary_distribution" points=20
check.stationary_distribution(stationary_distribution)
### BEGIN HIDDEN TESTS


def hidden_tests():
    def audit(transition, case, expected=None):
        before = transition.copy()
        received = np.asarray(stationary_distribution(transition))
        assert received.shape == (len(transition),), f"shape {received.shape} ({case})"
        assert received.dtype.kind == "f", f"{received.dtype}, not real numbers ({case})"
        assert np.isclose(received.sum(), 1), f"the sum is {received.sum()} ({case})"
        assert received.min() >= -1e-9, f"the smallest entry is {received.min()} ({case})"
        assert np.allclose(received @ before, received, atol=1e-8), f"a step changes it ({case})"
        assert np.array_equal(before, transition), f"transition was changed ({case})"
        assert expected is None or np.allclose(received, expected, atol=1e-8), f"{received} ({case})"

    rng = np.random.default_rng(54)
    for size in (1, 2, 3, 5, 12, 40):
        for _ in range(3):
            audit(rng.dirichlet(np.ones(size), size), f"V = {size}")
    for size in (2, 3, 4, 7):
        audit(np.roll(np.eye(size), 1, axis=1), f"a circle of {size} states", np.full(size, 1 / size))
    audit(np.array([[0.5, 0.5, 0.0], [0.0, 0.2, 0.8], [0.0, 0.6, 0.4]]), "a state left for good", [0, 3 / 7, 4 / 7])
    audit(np.array([[1.0, 0.0], [1.0, 0.0]]), "a state that is never left", [1, 0])
    audit(np.array([[0.9999, 0.0001], [0.0003, 0.9997]]), "a slow chain", [0.75, 0.25])
    audit(np.array([[0.0, 1.0, 0.0], [0.3, 0.0, 0.7], [0.0, 1.0, 0.0]]), "a chain of period 2", [0.15, 0.5, 0.35])


hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Part 5: the likeliest path
#
# In a hidden Markov model a chain with $S$ states runs unseen. What is seen at each step depends on the state. Find the
# likeliest path $s_1, \dots, s_T$, the one that makes this sum as large as possible:
#
# $$\ln \pi_{s_1} + \sum_{t=2}^{T} \ln a_{s_{t-1} s_t} + \sum_{t=1}^{T} \ln b_t(s_t) .$$
#
# All three kinds of terms are given as natural logarithms, because products of thousands of probabilities would be too
# small for floating-point numbers. Minus infinity stands for what is impossible.
#
# There are $S^T$ paths. The algorithm of Viterbi needs about $T S^2$ steps. It goes through time once, and keeps for each
# state the score of the best path *that ends there*, and the state before it on that path. Then it goes back from the best
# last state.
#
# No two paths have the same score here, so there is one answer. At least one path is possible.
#
# **Example.** Two states, $T = 2$, initial probabilities (0.6, 0.4), transitions `[[0.1, 0.9], [0.5, 0.5]]`, and the same
# likelihood for both states at both steps. The paths 00, 01, 10, 11 have the probabilities 0.06, 0.54, 0.2, 0.2. The
# answer is `[0, 1]`.


# %% solution="viterbi"
def viterbi(log_initial, log_transition, log_likelihood):
    """Likeliest path of hidden states.

    Parameters
    ----------
    log_initial : float ndarray of shape (S,), for the first state
    log_transition : float ndarray of shape (S, S), row i for the states that follow i
    log_likelihood : float ndarray of shape (T, S), of what is seen at each step, in each state

    Returns
    -------
    int ndarray of shape (T,), the states
    """
    ### BEGIN SOLUTION
    length = len(log_likelihood)
    best = log_initial + log_likelihood[0]
    came_from = np.zeros(log_likelihood.shape, int)
    for t in range(1, length):
        arrive = best[:, np.newaxis] + log_transition
        came_from[t] = arrive.argmax(axis=0)
        best = arrive.max(axis=0) + log_likelihood[t]
    path = np.zeros(length, int)
    path[-1] = best.argmax()
    for t in range(length - 1, 0, -1):
        path[t - 1] = came_from[t, path[t]]
    return path
    ### END SOLUTION


# %% test="viterbi" points=30
check.viterbi(viterbi)
### BEGIN HIDDEN TESTS


def hidden_tests():
    from itertools import pairwise, product

    def score(path, log_initial, log_transition, log_likelihood):
        steps = sum(log_transition[i, j] for i, j in pairwise(path))
        return log_initial[path[0]] + steps + sum(log_likelihood[t, s] for t, s in enumerate(path))

    def expect(problem, expected, case):
        kept = [part.copy() for part in problem]
        received = np.asarray(viterbi(*problem))
        assert received.shape == (len(problem[2]),), f"shape {received.shape} ({case})"
        assert np.issubdtype(received.dtype, np.integer), f"{received.dtype}, not integers ({case})"
        assert received.tolist() == list(expected), f"expected {list(expected)}, received {received.tolist()} ({case})"
        assert all(np.array_equal(a, b) for a, b in zip(kept, problem, strict=True)), f"an argument changed ({case})"

    rng = np.random.default_rng(55)
    for length, n_states in ((1, 1), (1, 4), (2, 3), (5, 1), (5, 2), (4, 4), (6, 3), (3, 7), (9, 2)):
        for _ in range(4):
            transition = rng.dirichlet(np.full(n_states, 0.5), n_states)
            problem = (
                np.log(rng.dirichlet(np.ones(n_states))),
                np.log(transition + 1e-9),
                2 * rng.normal(size=(length, n_states)),
            )
            paths = product(range(n_states), repeat=length)
            expect(problem, max(paths, key=lambda path: score(path, *problem)), f"T = {length}, S = {n_states}")

    no = -np.inf
    turn = (np.array([0.0, no, no]), np.log(np.roll(np.eye(3), 1, axis=1) + 1e-320), np.zeros((7, 3)))
    expect(turn, [0, 1, 2, 0, 1, 2, 0], "a chain that turns round")
    stay = np.log([0.5, 0.5]), np.array([[0.0, no], [no, 0.0]]), np.log([[0.9, 0.1], [0.2, 0.8], [0.3, 0.7]])
    expect(stay, [1, 1, 1], "states that are never left")
    for length in (2000, 5000):
        states = (rng.random(length) < 0.2).cumsum() % 2
        seen = np.where(states[:, np.newaxis] == [0, 1], np.log(1e-4), np.log(1e-9))
        expect((np.log([0.5, 0.5]), np.log([[0.8, 0.2], [0.2, 0.8]]), seen), states, f"T = {length}")
    far = np.array([[0.0, -2000.0], [0.0, -3000.0]])
    expect((np.log([0.5, 0.5]), np.array([[no, 0.0], [0.0, no]]), far), [1, 0], "likelihoods far apart")


with np.errstate(all="ignore"):
    hidden_tests()
### END HIDDEN TESTS

# %% [markdown]
# ## Put together (not graded)
#
# Learn from the first two thirds of a rhyme, and predict the rest. What happens to the perplexity of the part that the
# model has seen as the order grows, and what to that of the rest? Try other values of `k`.

# %%
RHYME = (
    "peter piper picked a peck of pickled peppers. a peck of pickled peppers peter piper picked. "
    "if peter piper picked a peck of pickled peppers, where is the peck of pickled peppers peter piper picked? "
)
symbols, text = np.unique(list(RHYME), return_inverse=True)
seen, new = text[: 2 * len(text) // 3], text[2 * len(text) // 3 :]

try:
    for order in range(4):
        table = fit_ngram(seen, len(symbols), order, k=0.05)
        mean_chances = [np.exp(-negative_log_likelihood(part, table)) for part in (seen, new)]
        chances = [perplexity(np.array([mean])) for mean in mean_chances]
        print(f"order {order}: perplexity {chances[0]:5.2f} on what was seen, {chances[1]:5.2f} on what is new")
    letters = stationary_distribution(fit_ngram(seen, len(symbols), 1, k=0.05))
    print("in the long run, most often:", " ".join(repr(str(symbols[i])) for i in np.argsort(-letters)[:5]))
except Exception as error:
    print(f"This needs parts 1 to 4 ({type(error).__name__}). Are their checks passed?")
