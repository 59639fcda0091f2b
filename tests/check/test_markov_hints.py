"""What a student reads when an answer of the assignment ``markov`` is wrong in a way that no variant is."""

from functools import partial

import numpy as np
import pytest

from rnn_course.check import markov as check

from . import harness

PARTS = ("fit_ngram", "negative_log_likelihood", "perplexity", "stationary_distribution", "viterbi")
FIT, COST, PERPLEXITY, STATIONARY, PATH = PARTS
see = partial(harness.message, check)
right = harness.namespace("markov")


def changed(part, change):
    """Return the right function, whose result is changed afterwards."""
    return lambda *args, **kwargs: change(right[part](*args, **kwargs))


class TestBadResults:
    @pytest.mark.parametrize("part", PARTS)
    def test_an_array_of_the_wrong_shape(self, part):
        assert "(2, 7)" in see(part, lambda *args, **kwargs: np.zeros((2, 7)))

    @pytest.mark.parametrize("part", [FIT, STATIONARY, PATH])
    def test_a_list_is_no_array(self, part):
        assert "expected a numpy array, received a list" in see(part, changed(part, lambda result: result.tolist()))

    @pytest.mark.parametrize("part", [COST, PERPLEXITY])
    def test_an_array_is_no_number(self, part):
        message = see(part, changed(part, lambda result: np.full(3, result)))
        assert "expected a number, received float64 array of shape (3,)" in message


class TestHints:
    @pytest.mark.parametrize(
        ("part", "change", "phrase"),
        [
            (FIT, lambda table: table[..., np.newaxis], "one axis for each token of the context"),
            (FIT, lambda table: table.ravel(), "one axis for each token of the context"),
            (FIT, lambda table: table * 0, "expected 0.2, received 0"),
            (PERPLEXITY, lambda result: 1 / result, "The perplexity is 1 over it"),
            (PERPLEXITY, np.log, "The perplexity is a number of choices"),
            (PERPLEXITY, lambda result: result**6, "the root is missing"),
            (STATIONARY, lambda pi: -pi / np.linalg.norm(pi), "An eigenvector has no sign of its own"),
            (STATIONARY, lambda pi: pi[:, np.newaxis], "expected shape (3,), received (3, 1)"),
            (PATH, lambda path: path.astype(float), "states are whole numbers"),
            (PATH, lambda path: path[:-1], "one state for each step"),
            (PATH, lambda path: path + 1, "expected 2, received 3"),
        ],
    )
    def test_a_changed_result(self, part, change, phrase):
        assert phrase in see(part, changed(part, change))

    def test_a_transposed_table_of_order_2(self):
        def fit_ngram(tokens, vocabulary_size, order, k=0.0):
            counts = np.zeros((vocabulary_size,) * (order + 1))
            for t in range(order, len(tokens)):
                counts[tuple(tokens[t - order : t + 1])] += 1
            return (counts.T if order == 2 else counts) + k

        assert "these are counts" in see(FIT, fit_ngram)

    def test_transitions_or_likelihoods_left_out(self):
        for hidden, phrase in ((1, "log_transition was not used"), (2, "the likelihood of the first step")):

            def viterbi(*problem, hidden=hidden):
                problem = [part.copy() for part in problem]
                if hidden == 1:
                    problem[1][:] = 0
                else:
                    problem[2][0] = 0
                return right[PATH](*problem)

            message = see(PATH, viterbi)
            assert phrase in message or "looks at each step alone" in message
