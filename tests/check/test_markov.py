"""The assignment ``markov``: every variant fails exactly what it breaks, and each fault is named by its hint."""

import numpy as np
import pytest

from rnn_course.check import markov as check
from rnn_course.markov import AddK, MarkovChain, NGramModel
from rnn_course.markov.hidden import viterbi

from . import harness

PARTS = FIT, COST, PERPLEXITY, STATIONARY, PATH = (
    "fit_ngram",
    "negative_log_likelihood",
    "perplexity",
    "stationary_distribution",
    "viterbi",
)
CELLS = harness.code_cells("markov")
VARIANTS = {variant.name: variant for variant in harness.variants("markov")}
HINTS = [
    ("wrong_joint", FIT, "these sum to 1 over the whole table"),
    ("wrong_counts", FIT, "these are counts"),
    ("wrong_two_parts", FIT, "these are counts"),
    ("wrong_last_token", FIT, "the last token is missing"),
    ("wrong_wraps_round", FIT, "the text does not wrap round"),
    ("wrong_axes", FIT, "oldest token first, next token last"),
    ("wrong_latest_first", FIT, "the axes of the context are in the wrong order"),
    ("wrong_k_not_in_the_sum", FIT, "their sum grows by k V"),
    ("wrong_k_for_the_seen", FIT, "k is added to every count, also to those that are 0"),
    ("wrong_no_smoothing", FIT, "k was not used"),
    ("wrong_unseen_context", FIT, "nothing is known: 0 / 0"),
    ("wrong_fancy_addition", FIT, "an n-gram that comes twice counts twice"),
    ("wrong_sum_of_costs", COST, "this is the sum"),
    ("wrong_length", COST, "the first tokens have no whole context"),
    ("wrong_sign", COST, "the sign is turned round"),
    ("wrong_bits", COST, "these are bits"),
    ("wrong_log_of_the_mean", COST, "Take the logarithms first"),
    ("wrong_clipped", COST, "Do not clip it"),
    ("wrong_underflow", PERPLEXITY, "The logarithm of a product is a sum"),
    ("wrong_base", PERPLEXITY, "the base of the power and of the logarithm must be the same"),
    ("wrong_arithmetic_mean", PERPLEXITY, "this is the mean of 1 / p"),
    ("wrong_right_eigenvector", STATIONARY, "an equal share for each state solves P x = x"),
    ("wrong_not_normalised", STATIONARY, "An eigenvector comes with length 1"),
    ("wrong_one_step", STATIONARY, "this is one step after an even start"),
    ("wrong_complex", STATIONARY, "expected real numbers, received complex128 array"),
    ("wrong_greedy", PATH, "this takes the best state step by step"),
    ("wrong_each_step_alone", PATH, "this looks at each step alone"),
    ("wrong_two_parts", PATH, "this looks at each step alone"),
    ("wrong_best_ends", PATH, "The path is found going back from the last state"),
    ("wrong_transposed", PATH, "were rows and columns of log_transition exchanged?"),
    ("wrong_no_start", PATH, "log_initial was not used"),
    ("wrong_last_step", PATH, "the likelihood of the last step was not used"),
    ("wrong_backwards", PATH, "the path is in reverse"),
    ("wrong_pointer", PATH, "the pointers to the state before were read at the wrong step"),
    ("wrong_likeliest_states", PATH, "the likeliest state at each step does not make the likeliest path"),
    ("wrong_in_place", PATH, "changed its argument number 3 in place"),
    *(("wrong_not_started", part, "is not written yet") for part in PARTS),
]
HIDDEN_ONLY = {
    "wrong_short_text",
    "wrong_overflowing_code",
    "wrong_needs_a_context",
    "wrong_warns",
    "wrong_zeros_skipped",
    "wrong_power_of_the_chain",
    "wrong_a_thousand_steps",
    "wrong_products",
}


def of_the_package():
    """The package's models behind the functions of the assignment."""

    def fit_ngram(tokens, vocabulary_size, order, k=0.0):
        model = NGramModel(vocabulary_size, order, AddK(k)).fit(tokens.astype(int))
        contexts = np.ndindex(*(vocabulary_size,) * order)
        return np.reshape([model.next_token(context) for context in contexts], (vocabulary_size,) * (order + 1))

    def path(log_initial, log_transition, log_likelihood):
        return viterbi(log_initial, log_transition, log_likelihood[:, np.newaxis])[0][:, 0]

    return {FIT: fit_ngram, STATIONARY: lambda transition: MarkovChain(transition).stationary(), PATH: path}


class TestSource:
    @pytest.mark.parametrize("part", [STATIONARY, PATH])
    def test_functions_of_the_package_pass_all_tests_of_the_assignment(self, part):
        (test,) = (cell for cell in CELLS if cell.test == part)
        harness.run(test.source, harness.namespace("markov") | {part: of_the_package()[part]})

    def test_the_n_gram_model_of_the_package_passes_the_visible_check(self):
        check.fit_ngram(of_the_package()[FIT])

    def test_worked_examples_are_right(self):
        names = harness.namespace("markov")
        third = 1 / 3
        np.testing.assert_allclose(names[FIT](np.array([0, 1, 0, 0, 2]), 3, 1), [[third] * 3, [1, 0, 0], [third] * 3])
        table = np.array([[0.5, 0.5], [0.25, 0.75]])
        assert round(names[COST](np.array([0, 1, 1]), table), 3) == 0.490
        assert names[PERPLEXITY](np.full(10, 1 / 6)) == pytest.approx(6)
        assert names[PERPLEXITY](np.array([0.5, 0.125])) == pytest.approx(4)
        np.testing.assert_allclose(names[STATIONARY](np.array([[0.9, 0.1], [0.5, 0.5]])), [5 / 6, 1 / 6])
        np.testing.assert_allclose(names[STATIONARY](np.array([[0.0, 1.0], [1.0, 0.0]])), [0.5, 0.5])
        problem = np.log([0.6, 0.4]), np.log([[0.1, 0.9], [0.5, 0.5]]), np.zeros((2, 2))
        assert names[PATH](*problem).tolist() == [0, 1]

    def test_the_checks_own_solution_by_hand_is_stationary(self):
        np.testing.assert_allclose(check.STATIONARY @ check.TRANSITION, check.STATIONARY, atol=1e-15)
        assert check.STATIONARY.sum() == pytest.approx(1)


class TestVariants:
    @pytest.mark.parametrize("name", VARIANTS)
    def test_ungraded_section_runs_and_says_something(self, name, capsys):
        harness.namespace("markov", VARIANTS[name])
        assert capsys.readouterr().out.splitlines()[-1].startswith(("in the long run, most often:", "This needs parts"))
