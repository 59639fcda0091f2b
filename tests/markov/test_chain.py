"""The chain against powers, eigenvectors and samples."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from rnn_course.functional import log_softmax, softmax
from rnn_course.gradcheck import check_gradient
from rnn_course.markov import MarkovChain
from rnn_course.tasks.ba_dii_guuu import source

SIZES = st.integers(1, 7)


def random_chain(size, seed):
    return MarkovChain(np.random.default_rng(seed).dirichlet(np.ones(size), size))


class TestStationary:
    @given(SIZES, st.integers(0, 1000))
    def test_is_left_as_it_is_by_a_step(self, size, seed):
        chain = random_chain(size, seed)
        pi = chain.stationary()
        assert pi.min() >= 0
        assert pi.sum() == pytest.approx(1, abs=1e-12)
        np.testing.assert_allclose(pi @ chain.transition, pi, atol=1e-12)

    @given(SIZES, st.integers(0, 1000))
    def test_is_where_all_starts_end(self, size, seed):
        chain = random_chain(size, seed)
        np.testing.assert_allclose(chain.n_step(5000), np.tile(chain.stationary(), (size, 1)), atol=1e-8)

    def test_of_a_chain_that_turns_round_for_ever(self):
        turn = MarkovChain(np.roll(np.eye(3), 1, axis=1))
        np.testing.assert_allclose(turn.stationary(), [1 / 3] * 3)  # though n_step never settles

    def test_states_that_are_left_for_good_have_none(self):
        np.testing.assert_allclose(MarkovChain(np.array([[0.5, 0.5], [0, 1]])).stationary(), [0, 1], atol=1e-12)

    @pytest.mark.parametrize("transition", [np.eye(2), [[1, 0, 0], [0.5, 0, 0.5], [0, 0, 1]]])
    def test_several_are_refused(self, transition):
        with pytest.raises(ValueError, match="received one with several"):
            MarkovChain(np.array(transition)).stationary()


class TestEntropyRate:
    def test_by_hand(self):
        assert MarkovChain(np.full((4, 4), 1 / 4)).entropy_rate() == pytest.approx(2)
        assert MarkovChain(np.roll(np.eye(3), 1, axis=1)).entropy_rate() == 0
        # π = (5/6, 1/6), H(0.1) = 0.4690, H(0.5) = 1
        assert MarkovChain(np.array([[0.9, 0.1], [0.5, 0.5]])).entropy_rate() == pytest.approx(
            5 / 6 * 0.4689956 + 1 / 6
        )

    def test_of_elmans_letters(self):
        _, transition = source()
        assert MarkovChain(transition).entropy_rate() == pytest.approx(np.log2(3) / 3, abs=1e-12)

    @given(SIZES, st.integers(0, 100))
    def test_is_what_one_more_step_adds_to_the_entropy_of_a_sequence(self, size, seed):
        chain = random_chain(size, seed)
        pi = chain.stationary()
        pairs = pi[:, np.newaxis] * chain.transition
        entropy = lambda p: -(p[p > 0] * np.log2(p[p > 0])).sum()  # noqa: E731
        assert chain.entropy_rate() == pytest.approx(entropy(pairs) - entropy(pi), abs=1e-9)


class TestMaximumLikelihood:
    """eq-markov-ml: the gradient of ln p(text) by the logits of the rows is what was counted, less what was expected."""

    @given(st.integers(2, 5), st.integers(0, 1000))
    def test_displayed_gradient_against_central_differences_and_torch(self, size, seed):
        rng = np.random.default_rng(seed)
        tokens, logits = rng.integers(size, size=50), rng.standard_normal((size, size))
        counts = np.zeros((size, size))
        np.add.at(counts, (tokens[:-1], tokens[1:]), 1)
        gradient = counts - counts.sum(axis=1, keepdims=True) * softmax(logits)
        assert check_gradient(lambda z: float((counts * log_softmax(z)).sum()), logits, gradient) < 1e-7
        twin = torch.tensor(logits, requires_grad=True)
        (torch.tensor(counts) * torch.log_softmax(twin, dim=1)).sum().backward()
        assert twin.grad is not None
        np.testing.assert_allclose(gradient, twin.grad.numpy(), atol=1e-12)

    def test_it_is_0_at_the_shares(self, rng):
        tokens = rng.integers(3, size=200)
        counts = np.zeros((3, 3))
        np.add.at(counts, (tokens[:-1], tokens[1:]), 1)
        expected = counts.sum(axis=1, keepdims=True) * MarkovChain.fit(tokens, 3).transition
        np.testing.assert_allclose(counts, expected, atol=1e-12)


class TestFit:
    def test_finds_the_chain_again(self, rng):
        chain = random_chain(4, 0)
        fitted = MarkovChain.fit(chain.sample(100_000, rng), 4)
        np.testing.assert_allclose(fitted.transition, chain.transition, atol=0.02)

    @given(st.lists(st.integers(0, 3), min_size=2, max_size=30), st.floats(0.1, 3))
    def test_add_k_by_plain_counting(self, tokens, k):
        fitted = MarkovChain.fit(np.array(tokens), 4, k).transition
        for i in range(4):
            follow = [b for a, b in pairwise(tokens) if a == i]
            expected = [(follow.count(j) + k) / (len(follow) + 4 * k) for j in range(4)]
            np.testing.assert_allclose(fitted[i], expected)

    def test_a_state_that_is_never_left_is_named(self):
        with pytest.raises(ValueError, match=r"states \[1, 2\] never are. Use k > 0."):
            MarkovChain.fit(np.array([0, 0, 1]), 3)


class TestSample:
    def test_starts_where_it_is_told(self, rng):
        assert random_chain(5, 0).sample(1, rng, start=3).tolist() == [3]

    def test_shares_come_close_to_the_stationary_distribution(self, rng):
        chain = random_chain(5, 1)
        shares = np.bincount(chain.sample(100_000, rng), minlength=5) / 100_000
        np.testing.assert_allclose(shares, chain.stationary(), atol=0.01)

    def test_takes_no_impossible_step(self, rng):
        _, transition = source()
        states = MarkovChain(transition).sample(5000, rng)
        assert (transition[states[:-1], states[1:]] > 0).all()


@pytest.mark.parametrize(
    ("transition", "message"),
    [
        (np.ones((2, 3)), r"expected shape \(V, V\), received \(2, 3\)"),
        (np.ones(3), r"received \(3,\)"),
        (np.zeros((0, 0)), r"received \(0, 0\)"),
        (np.full((2, 2), 0.4), "received sums from 0.8 to 0.8"),
        (np.array([[1.5, -0.5], [0, 1]]), "a smallest entry of -0.5"),
    ],
)
def test_bad_transitions_are_named(transition, message):
    with pytest.raises(ValueError, match=message):
        MarkovChain(transition)
