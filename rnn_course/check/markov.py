"""Visible checks of the assignment ``markov``: one function per part, each with hints that name the likely fault."""

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np

from rnn_course.check.core import (
    Hints,
    call,
    describe,
    expect,
    expect_array,
    expect_close,
    expect_shape,
    passed,
)
from rnn_course.markov import hidden

Array = np.ndarray
Student = Callable[..., Any]

TEXT = np.array([0, 1, 2, 0, 0, 3, 0, 1, 2, 2, 0, 1, 3])
VOCABULARY_SIZE = 5  # token 4 never occurs

TRANSITION = np.array([[0.5, 0.5, 0.0], [0.1, 0.6, 0.3], [0.4, 0.0, 0.6]])
STATIONARY = np.array([16, 20, 15]) / 51  # what enters a state leaves it: 0.5 π₀ = 0.4 π₁ and 0.3 π₁ = 0.4 π₂

TABLES = (
    np.array([[0.2, 0.3, 0.5], [0.6, 0.1, 0.3], [0.25, 0.7, 0.05]]),
    np.array([[[0.9, 0.1], [0.3, 0.7]], [[0.45, 0.55], [0.8, 0.2]]]),
)


def fit_ngram(student: Student) -> None:
    """Check part 1 on a text of 13 tokens, at orders 0, 1 and 2."""
    for order, k in ((1, 0.5), (1, 0.0), (2, 1.0), (0, 0.0)):
        name = f"table for order = {order}, k = {k:g}"
        received = call(student, TEXT, VOCABULARY_SIZE, order, k)
        expected, hints = _tables(order, k)
        expect_array(name, received)
        hint = "one axis for each token of the context, oldest first, and a last one for the next token."
        expect_shape(name, received, expected.shape, hint)
        if k == 0 and np.isnan(received.astype(float)).any():
            hint = "after a context that never occurred nothing is known: 0 / 0. Give each token the same probability."
            expect(False, name, "finite numbers", "NaN", hint)
        expect_close(name, received, expected, hints)
    passed("fit_ngram", "the tables are right for contexts of 0, 1 and 2 tokens, with and without smoothing.")


def negative_log_likelihood(student: Student) -> None:
    """Check part 2 on two tables, and on a text that the model holds for impossible."""
    for table, tokens in zip(TABLES, ([0, 1, 2, 2, 0, 1, 1], [0, 1, 1, 0, 1, 0, 0, 0]), strict=True):
        tokens = np.array(tokens)
        order = table.ndim - 1
        name = f"cost of {len(tokens)} tokens, order {order}"
        received = _number(name, call(student, tokens, table))
        grams = tuple(tokens[i : len(tokens) - order + i] for i in range(order + 1))
        costs = -np.log(table[grams])
        hints = [
            (costs.sum(), "this is the sum. Take the mean over the tokens."),
            (costs.sum() / len(tokens), "the first tokens have no whole context. They are not predicted, nor counted."),
            (-costs.mean(), "the sign is turned round: a logarithm of a probability is negative, a cost is not."),
            (costs.mean() / np.log(2), "these are bits. Nats come from the natural logarithm."),
            (-np.log(table[grams].mean()), "this is the cost of the mean probability. Take the logarithms first."),
            (
                -np.log(table[grams[::-1]]).mean(),
                "were the axes of the table exchanged? The last one is the next token.",
            ),
        ]
        expect_close(name, received, costs.mean(), hints)
    impossible = np.array([[0.0, 1.0], [0.5, 0.5]])
    name = "cost of a text with an impossible token"
    received = _number(name, call(student, np.array([0, 1, 0, 0]), impossible))
    hint = "what has probability 0 costs infinitely much. Do not clip it and do not leave it out."
    expect(received == np.inf, name, "inf", received, hint)
    passed("negative_log_likelihood", "two texts cost what they should, and an impossible one costs inf.")


def perplexity(student: Student) -> None:
    """Check part 3 on six probabilities, and on 10,000."""
    p = np.array([0.5, 0.125, 0.2, 0.9, 0.05, 0.4])
    name = "perplexity of six probabilities"
    nats = -np.log(p).mean()
    hints = [
        (2**nats, "the base of the power and of the logarithm must be the same."),
        (np.exp(-np.log2(p).mean()), "the base of the power and of the logarithm must be the same."),
        ((1 / p).mean(), "this is the mean of 1 / p. The product and the root make a geometric mean."),
        (1 / p.mean(), "this is 1 over the mean probability. The product and the root make a geometric mean."),
        (1 / p.prod(), "the root is missing."),
        (np.exp(-nats), "this is the geometric mean of p. The perplexity is 1 over it."),
        (nats, "this is the mean cost in nats. The perplexity is a number of choices."),
    ]
    expect_close(name, _number(name, call(student, p)), np.exp(nats), hints)
    name = "perplexity of 10,000 probabilities of 1/50"
    received = _number(name, call(student, np.full(10_000, 0.02)))
    hint = "the product left the range of floating-point numbers. The logarithm of a product is a sum."
    expect(bool(np.isfinite(received)) and received != 1, name, "50", received, hint)
    expect_close(name, received, 50.0)
    passed("perplexity", "it is right for six probabilities, and for ten thousand.")


def stationary_distribution(student: Student) -> None:
    """Check part 4 on a chain of three states, and on the two of the text."""
    name = "stationary distribution of three states"
    received = call(student, TRANSITION)
    expect_array(name, received)
    expect(received.dtype.kind != "c", name, "real numbers", describe(received), "take the real part.")
    pi = STATIONARY
    left = TRANSITION.T / TRANSITION.T.sum(axis=0)
    hints: Hints = [
        (
            np.full(3, 1 / 3),
            "an equal share for each state solves P x = x. The distribution multiplies P from the left.",
        ),
        (np.ones(3), "this solves P x = x. The distribution multiplies P from the left, and its entries sum to 1."),
        (pi / np.linalg.norm(pi), "the entries must sum to 1. An eigenvector comes with length 1."),
        (-pi / np.linalg.norm(pi), "the entries must sum to 1. An eigenvector has no sign of its own."),
        (TRANSITION.mean(axis=0), "this is one step after an even start. Many more steps lead to the answer."),
        (TRANSITION[0], "this is one row. Where the chain is after one step is not where it spends its time."),
        (np.linalg.matrix_power(left, 50)[:, 0], "the rows of P sum to 1, not the columns."),
    ]
    expect_close(name, received, pi, hints)
    name = "stationary distribution of the example"
    expect_close(name, call(student, np.array([[0.9, 0.1], [0.5, 0.5]])), np.array([5 / 6, 1 / 6]))
    passed("stationary_distribution", "a step leaves both distributions as they are.")


def viterbi(student: Student) -> None:
    """Check part 5 on a path of eight steps whose classic wrong answers all differ, and on the example."""
    problem = _problem()
    name = "path of eight steps"
    received = call(student, *problem)
    expect_array(name, received)
    hint = "one state for each step."
    expect_shape(name, received, (8,), hint)
    expect(np.issubdtype(received.dtype, np.integer), name, "integers", describe(received), "states are whole numbers.")
    expected = _best_path(*problem)
    expect_close(name, received, expected, _path_hints(*problem))
    name = "path of the example"
    same = np.zeros((2, 2))
    example = np.log([0.6, 0.4]), np.log([[0.1, 0.9], [0.5, 0.5]]), same
    expect_close(name, call(student, *example), np.array([0, 1]))
    passed("viterbi", "both paths are the likeliest ones.")


def _number(name: str, received: Any) -> Any:
    """Expect one number for the whole sample."""
    is_number = isinstance(received, numbers.Real) or (isinstance(received, np.ndarray) and received.ndim == 0)
    expect(is_number, name, "a number", describe(received), "one number for the whole text.")
    return received


def _counts(grams: list[Any], order: int) -> Array:
    counts = np.zeros((VOCABULARY_SIZE,) * (order + 1))
    for gram in grams:
        counts[tuple(gram)] += 1
    return counts


def _shares(counts: Array, k: float) -> Array:
    totals = counts.sum(axis=-1, keepdims=True) + k * VOCABULARY_SIZE
    return np.divide(counts + k, totals, out=np.full_like(counts, 1 / VOCABULARY_SIZE), where=totals > 0)


def _tables(order: int, k: float) -> tuple[Array, list[tuple[Array, str]]]:
    """Return the right table, and those that come from classic faults."""
    grams = [TEXT[t : t + order + 1] for t in range(len(TEXT) - order)]
    counts = _counts(grams, order)
    totals = counts.sum(axis=-1, keepdims=True)
    around = [np.take(TEXT, range(t, t + order + 1), mode="wrap") for t in range(len(TEXT))]
    seen = np.where(counts > 0, counts + k, 0)
    with np.errstate(all="ignore"):
        hints = [
            (
                _shares(_counts(grams[:-1], order), k),
                "the last token is missing: it has a context, and nothing after it.",
            ),
            (
                _shares(_counts(around, order), k),
                "the text does not wrap round: the first tokens do not follow the last.",
            ),
            (
                (counts + k) / (counts + k).sum(),
                "these sum to 1 over the whole table. They must do so after each context.",
            ),
            (counts + k, "these are counts. Divide them by their sum after each context."),
            (_shares(counts.transpose(), k), "the axes are in the wrong order: oldest token first, next token last."),
            (
                _shares(np.moveaxis(counts, -1, 0), k),
                "the axes are in the wrong order: the next token is the last axis.",
            ),
            (
                _earliest_last(counts, k),
                "the axes of the context are in the wrong order: the oldest token comes first.",
            ),
            ((counts + k) / (totals + k), "k is added to each of the V counts, so their sum grows by k V."),
            ((counts + k) / totals, "k is added to each of the V counts, so their sum grows by k V."),
            (
                np.where(totals > 0, (counts + k) / totals, 1 / VOCABULARY_SIZE),
                "k is added to each of the V counts, so their sum grows by k V.",
            ),
            (
                _shares(np.minimum(counts, 1), k),
                "an n-gram that comes twice counts twice. counts[places] += 1 adds 1 once.",
            ),
            (_shares(seen, 0), "k is added to every count, also to those that are 0."),
            (_shares(counts, 0), "k was not used."),
        ]
    right = _shares(counts, k)
    return right, [(wrong, hint) for wrong, hint in hints if not np.allclose(wrong, right, equal_nan=True)]


def _earliest_last(counts: Array, k: float) -> Array:
    order = counts.ndim - 1
    return _shares(counts.transpose(*reversed(range(order)), order), k)


def _problem() -> tuple[Array, Array, Array]:
    """A chain of three states whose best path differs from what each classic fault returns; found by search."""
    rng = np.random.default_rng(619)
    initial, transition = rng.dirichlet(np.ones(3)), rng.dirichlet(np.full(3, 0.7), 3)
    return np.log(initial), np.log(transition), rng.normal(size=(8, 3))


def _best_path(log_initial: Array, log_transition: Array, log_likelihood: Array) -> Array:
    return hidden.viterbi(log_initial, log_transition, log_likelihood[:, np.newaxis])[0][:, 0]


def _path_hints(log_initial: Array, log_transition: Array, log_likelihood: Array) -> list[tuple[Array, str]]:
    """Return the paths that come from classic faults."""
    first, length = log_initial + log_likelihood[0], len(log_likelihood)
    greedy, best, ends, came_from = [first.argmax()], first, [first.argmax()], [np.zeros(len(first), int)]
    for likelihood in log_likelihood[1:]:
        greedy.append((log_transition[greedy[-1]] + likelihood).argmax())
        arrive = best[:, np.newaxis] + log_transition
        came_from.append(arrive.argmax(axis=0))
        best = arrive.max(axis=0) + likelihood
        ends.append(best.argmax())
    shifted = [best.argmax()]
    for t in range(length - 1, 0, -1):
        shifted.insert(0, came_from[t - 1][shifted[0]])
    batch = log_likelihood[:, np.newaxis]
    joint = hidden.forward(log_initial, log_transition, batch) + hidden.backward(log_transition, batch)
    no_first, no_last = log_likelihood.copy(), log_likelihood.copy()
    no_first[0] = no_last[-1] = 0
    even = np.zeros_like(log_initial)
    return [
        (np.array(greedy), "this takes the best state step by step. A worse state now may allow a better path later."),
        (log_likelihood.argmax(axis=1), "this looks at each step alone. The transitions count too."),
        (np.array(ends), "this takes the best score at each step. The path is found going back from the last state."),
        (np.array(shifted), "the pointers to the state before were read at the wrong step."),
        (joint[:, 0].argmax(axis=1), "the likeliest state at each step does not make the likeliest path."),
        (
            _best_path(log_initial, log_transition.T, log_likelihood),
            "were rows and columns of log_transition exchanged?",
        ),
        (_best_path(even, log_transition, log_likelihood), "log_initial was not used."),
        (_best_path(log_initial, 0 * log_transition, log_likelihood), "log_transition was not used."),
        (_best_path(log_initial, log_transition, no_first), "the likelihood of the first step was not used."),
        (_best_path(log_initial, log_transition, no_last), "the likelihood of the last step was not used."),
        (
            _best_path(log_initial, log_transition, log_likelihood)[::-1],
            "the path is in reverse. It was found from its end.",
        ),
    ]
