"""Hidden Markov models against a sum over all paths, and against hmmlearn."""

from itertools import pairwise, product

import numpy as np
import pytest
import torch
from hmmlearn import hmm
from hypothesis import given
from hypothesis import strategies as st

from rnn_course.gradcheck import check_gradient
from rnn_course.markov import Categorical, Gaussian, HiddenMarkovModel
from rnn_course.markov.hidden import backward, forward, log_sum, viterbi

SHAPES = st.tuples(st.integers(1, 5), st.integers(1, 3), st.integers(1, 3), st.integers(0, 1000))  # T, B, S, seed


def random_problem(length, batch_size, n_states, seed):
    """Random distributions, some entries of them impossible, and any likelihoods, as logarithms."""
    rng = np.random.default_rng(seed)
    initial = rng.dirichlet(np.ones(n_states))
    transition = rng.dirichlet(np.full(n_states, 0.5), n_states)
    transition[rng.random(transition.shape) < 0.2] = 0
    transition += np.eye(n_states) * (transition.sum(axis=1) == 0)
    transition /= transition.sum(axis=1, keepdims=True)
    with np.errstate(divide="ignore"):
        return np.log(initial), np.log(transition), rng.normal(size=(length, batch_size, n_states)) * 2


def all_paths(log_initial, log_transition, log_likelihood):
    """Every path of states, with its joint log-probability for each sequence of the batch."""
    length, batch_size, n_states = log_likelihood.shape
    for path in product(range(n_states), repeat=length):
        score = log_initial[path[0]] + sum(log_transition[i, j] for i, j in pairwise(path))
        yield path, score + sum(log_likelihood[t, :, s] for t, s in enumerate(path)) + np.zeros(batch_size)


def random_model(emission, n_states, seed):
    rng = np.random.default_rng(seed)
    model = HiddenMarkovModel(n_states, emission(n_states, rng), rng)
    model.initial = rng.dirichlet(np.ones(n_states))
    model.transition = rng.dirichlet(np.ones(n_states), n_states)
    return model


def categorical(n_states, rng):
    return Categorical(n_states, 4, rng)


def gaussian(n_states, rng):
    emission = Gaussian(n_states, 2, rng)
    emission.variance = rng.uniform(0.3, 2, emission.variance.shape)
    return emission


def as_hmmlearn(model):
    """The same model in hmmlearn, with nothing initialised or fitted but the parameters."""
    n_states, emission = len(model.initial), model.emission
    if isinstance(emission, Categorical):
        twin = hmm.CategoricalHMM(n_states, init_params="", n_iter=1, tol=-np.inf)
        twin.n_features, twin.emissionprob_ = emission.probability.shape[1], emission.probability.copy()
    else:
        twin = hmm.GaussianHMM(
            n_states, "diag", init_params="", n_iter=1, tol=-np.inf, min_covar=0,
            means_weight=0, covars_prior=0, covars_weight=0,
        )  # fmt: skip
        twin.n_features, twin.means_, twin.covars_ = (
            emission.mean.shape[1],
            emission.mean.copy(),
            emission.variance.copy(),
        )
    twin.startprob_, twin.transmat_ = model.initial.copy(), model.transition.copy()
    return twin


def stacked(x):
    """hmmlearn takes sequences one below the other, and their lengths."""
    rows = np.swapaxes(x, 0, 1).reshape(-1, 1 if x.ndim == 2 else x.shape[2])
    return rows, [len(x)] * x.shape[1]


class TestAgainstAllPaths:
    @given(SHAPES)
    def test_forward_and_backward(self, shape):
        problem = random_problem(*shape)
        log_alpha, log_beta = forward(*problem), backward(*problem[1:])
        by_state = {}
        for path, score in all_paths(*problem):
            for t, s in enumerate(path):
                by_state.setdefault((t, s), []).append(score)
        for (t, s), scores in by_state.items():
            expected = np.logaddexp.reduce(scores, axis=0)
            np.testing.assert_allclose((log_alpha + log_beta)[t, :, s], expected, rtol=1e-10)

    @given(SHAPES)
    def test_forward_is_the_joint_probability_of_the_past_and_the_state(self, shape):
        log_initial, log_transition, log_likelihood = random_problem(*shape)
        log_alpha = forward(log_initial, log_transition, log_likelihood)
        for t in range(shape[0]):
            past = [(p, s) for p, s in all_paths(log_initial, log_transition, log_likelihood[: t + 1])]
            for state in range(shape[2]):
                expected = np.logaddexp.reduce([s for p, s in past if p[-1] == state], axis=0)
                np.testing.assert_allclose(log_alpha[t, :, state], expected, rtol=1e-10)

    @given(SHAPES)
    def test_viterbi(self, shape):
        problem = random_problem(*shape)
        path, score = viterbi(*problem)
        paths, scores = zip(*all_paths(*problem), strict=True)
        np.testing.assert_allclose(score, np.max(scores, axis=0), rtol=1e-12)
        for b, best in enumerate(np.argmax(scores, axis=0)):
            assert tuple(path[:, b]) == paths[best]  # likelihoods are real numbers: no two paths are equal

    def test_the_path_of_likeliest_states_can_be_impossible(self):
        """State 0 may not follow itself, and yet it is the likeliest at both steps: paths are 0-1 .3, 1-0 .3, 2-2 .4 …"""
        log_initial = np.log([0.45, 0.3, 0.25])
        with np.errstate(divide="ignore"):
            log_transition = np.log([[0.0, 0.5, 0.5], [1.0, 0.0, 0.0], [0.2, 0.0, 0.8]])
        log_likelihood = np.zeros((2, 1, 3))
        path, score = viterbi(log_initial, log_transition, log_likelihood)
        assert path[:, 0].tolist() == [1, 0]
        assert np.exp(score).tolist() == pytest.approx([0.3])
        marginal = forward(log_initial, log_transition, log_likelihood) + backward(log_transition, log_likelihood)
        assert marginal.argmax(axis=2)[:, 0].tolist() == [0, 2]


@pytest.mark.parametrize("emission", [categorical, gaussian])
class TestAgainstHmmlearn:
    def test_log_probability_and_posterior(self, emission, rng):
        model = random_model(emission, 3, 0)
        x, _ = model.sample(20, 4, rng)
        twin = as_hmmlearn(model)
        rows, lengths = stacked(x)
        assert model.log_probability(x).sum() == pytest.approx(twin.score(rows, lengths), rel=1e-10)
        expected = twin.predict_proba(rows, lengths).reshape(4, 20, 3).swapaxes(0, 1)
        np.testing.assert_allclose(model.posterior(x), expected, atol=1e-10)

    def test_viterbi(self, emission, rng):
        model = random_model(emission, 3, 1)
        x, _ = model.sample(30, 5, rng)
        rows, lengths = stacked(x)
        expected = as_hmmlearn(model).predict(rows, lengths).reshape(5, 30).T
        np.testing.assert_array_equal(model.viterbi(x), expected)

    def test_five_iterations_of_baum_welch(self, emission, rng):
        model = random_model(emission, 3, 2)
        x, _ = random_model(emission, 3, 3).sample(30, 5, rng)
        twin, (rows, lengths) = as_hmmlearn(model), stacked(x)
        for _ in range(5):
            model.fit(x, n_iterations=1)
            twin.fit(rows, lengths)
        np.testing.assert_allclose(model.initial, twin.startprob_, atol=1e-8)
        np.testing.assert_allclose(model.transition, twin.transmat_, atol=1e-8)
        if emission is categorical:
            np.testing.assert_allclose(model.emission.probability, twin.emissionprob_, atol=1e-8)
        else:
            np.testing.assert_allclose(model.emission.mean, twin.means_, atol=1e-8)
            variance = np.array([np.diag(c) for c in twin.covars_])
            np.testing.assert_allclose(model.emission.variance, variance, atol=1e-6)


class TestExpectedCountsAreTheGradient:
    """eq-markov-gradient: the gradient of ln p by ln a and by ln p(x | s), with random weights on the sequences."""

    def test_against_central_differences(self, rng):
        model = random_model(categorical, 3, 9)
        x, _ = model.sample(6, 1, rng)
        log_p, moves, weight = model.expected_counts(x)
        log_initial, log_transition = np.log(model.initial), np.log(model.transition)
        log_likelihood = model.emission.log_likelihood(x)
        total = lambda _: log_sum(forward(log_initial, log_transition, log_likelihood)[-1], axis=1).sum()  # noqa: E731
        assert total(None) == pytest.approx(log_p.sum())
        assert check_gradient(total, log_transition, moves) < 1e-7
        assert check_gradient(total, log_likelihood, weight) < 1e-7
        assert check_gradient(total, log_initial, weight[0, 0]) < 1e-7

    def test_against_torch(self, rng):
        model = random_model(categorical, 4, 10)
        x, _ = model.sample(12, 5, rng)
        log_p, moves, weight = model.expected_counts(x)
        logs = np.log(model.initial), np.log(model.transition), model.emission.log_likelihood(x)
        log_initial, log_transition, log_likelihood = (torch.tensor(part, requires_grad=True) for part in logs)
        log_alpha = log_initial + log_likelihood[0]
        for t in range(1, len(x)):
            log_alpha = torch.logsumexp(log_alpha[:, :, None] + log_transition, dim=1) + log_likelihood[t]
        expected = torch.logsumexp(log_alpha, dim=1)
        expected.sum().backward()
        for received, wanted in (
            (log_p, expected.detach()),
            (moves, log_transition.grad),
            (weight, log_likelihood.grad),
            (weight[0].sum(axis=0), log_initial.grad),
        ):
            assert np.abs(received - wanted.numpy()).max() < 1e-12


@pytest.mark.parametrize("emission", [categorical, gaussian])
class TestModel:
    def test_baum_welch_never_lowers_the_likelihood(self, emission, rng):
        x, _ = random_model(emission, 3, 4).sample(40, 6, rng)
        history = random_model(emission, 4, 5).fit(x, n_iterations=60, tolerance=-np.inf)
        assert len(history) == 60
        assert np.diff(history).min() > -1e-10
        assert history[-1] > history[0] + 0.01

    def test_fit_stops_when_nothing_is_gained(self, emission, rng):
        x, _ = random_model(emission, 2, 4).sample(30, 3, rng)
        history = random_model(emission, 2, 5).fit(x, n_iterations=1000, tolerance=1e-3)
        assert len(history) < 1000
        assert history[-1] - history[-2] < 1e-3 <= np.diff(history)[:-1].min()

    def test_samples_have_the_probabilities_of_the_model(self, emission, rng):
        model = random_model(emission, 2, 6)
        x, states = model.sample(2, 40_000, rng)
        share = np.bincount(states[0], minlength=2) / 40_000
        np.testing.assert_allclose(share, model.initial, atol=0.015)
        for s in range(2):
            following = np.bincount(states[1][states[0] == s], minlength=2)
            np.testing.assert_allclose(following / following.sum(), model.transition[s], atol=0.02)
            shown = x[states == s]
            if emission is categorical:
                np.testing.assert_allclose(
                    np.bincount(shown, minlength=4) / len(shown), model.emission.probability[s], atol=0.02
                )
            else:
                np.testing.assert_allclose(shown.mean(axis=0), model.emission.mean[s], atol=0.05)
                np.testing.assert_allclose(shown.var(axis=0), model.emission.variance[s], rtol=0.05)

    def test_long_sequences_do_not_underflow(self, emission, rng):
        model = random_model(emission, 2, 7)
        x, _ = model.sample(20_000, 1, rng)
        assert -1e6 < model.log_probability(x).item() < -10_000
        assert np.isfinite(model.posterior(x)).all()

    def test_a_state_that_is_never_used_stays_as_it_is(self, emission, rng):
        model = random_model(emission, 3, 8)
        model.initial = np.array([0.5, 0.5, 0.0])
        model.transition = np.array([[0.5, 0.5, 0.0], [0.5, 0.5, 0.0], [0.2, 0.2, 0.6]])
        x, _ = model.sample(10, 3, rng)
        model.fit(x, n_iterations=3)
        assert model.transition[2].tolist() == [0.2, 0.2, 0.6]
        assert np.isfinite(model.log_probability(x)).all()


def test_a_far_outlier_leaves_a_way_only_through_a_state_that_was_unlikely():
    """2,000 nats between the states: the probabilities themselves would be 0."""
    log_transition = np.array([[-np.inf, 0.0], [0.0, -np.inf]])
    log_likelihood = np.array([[[0.0, -2000.0]], [[0.0, -3000.0]]])
    log_alpha = forward(np.log([0.5, 0.5]), log_transition, log_likelihood)
    assert log_sum(log_alpha[-1], axis=1).item() == pytest.approx(np.log(0.5) - 2000)


def test_gaussian_variances_stay_above_their_floor(rng):
    model = HiddenMarkovModel(2, Gaussian(2, 1, rng, min_variance=0.01), rng)
    model.fit(np.concatenate([np.zeros((5, 2, 1)), np.ones((5, 2, 1))]), n_iterations=50)
    assert model.emission.variance.min() == 0.01
    assert sorted(model.emission.mean[:, 0].round(6).tolist()) == [0, 1]


@pytest.mark.parametrize("x", [np.zeros((3, 2)), np.zeros(3, int), np.full((3, 1), 4), np.full((3, 1), -1)])
def test_bad_tokens_are_named(x, rng):
    with pytest.raises(ValueError, match=r"expected ids from 0 to 3 of shape \(T, B\), received"):
        Categorical(2, 4, rng).log_likelihood(x)


@pytest.mark.parametrize("shape", [(3, 2), (3, 2, 1)])
def test_bad_vectors_are_named(shape, rng):
    with pytest.raises(ValueError, match=r"expected shape \(T, B, 2\), received"):
        Gaussian(2, 2, rng).log_likelihood(np.zeros(shape))
