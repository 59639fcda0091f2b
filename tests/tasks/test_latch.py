"""The latch problem, one-unit networks against the Elman network, and the search that guesses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_course.elman_jordan import ElmanRNN
from rnn_course.tasks.latch import expected_guesses, guess_first_inputs, guess_latch, latch, make_latch


@given(st.integers(1, 20), st.integers(1, 30), st.integers(0, 9), st.integers(0, 2**32 - 1))
def test_every_sequence_keeps_the_rules(batch_size, length, spread, seed):
    x, target, lengths = make_latch(batch_size, np.random.default_rng(seed), length, spread)
    assert x.shape == (length + spread, batch_size, 1)
    assert target.shape == (batch_size, 1)
    np.testing.assert_array_equal(x[0], target)
    assert set(target.ravel()) <= {-1.0, 1.0}
    assert target.sum() == batch_size % 2
    assert ((lengths >= length) & (lengths <= length + spread)).all()
    for sequence, n in zip(x[..., 0].T, lengths, strict=True):
        assert (sequence[:n] != 0).all()
        assert (sequence[n:] == 0).all()


def test_noise_has_its_variance(rng):
    x, _, _ = make_latch(200, rng, spread=0, noise=0.2)
    assert x[1:].var() == pytest.approx(0.2, rel=0.02)
    assert x[1:].mean() == pytest.approx(0, abs=0.01)


def test_networks_are_elman_networks_of_one_unit(rng):
    x, _, lengths = make_latch(4, rng, length=5, spread=3)
    weights = rng.uniform(-3, 3, (6, 3))
    received = latch(weights, x, lengths)
    model = ElmanRNN(1, 1, rng)
    for row, (w, u, b) in enumerate(weights):
        values = {"weight_hh_l0": [[w]], "weight_ih_l0": [[u]], "bias_ih_l0": [b], "bias_hh_l0": [0.0]}
        model.load_state_dict(values)
        output, _, _ = model.forward(x)
        np.testing.assert_allclose(received[row], output[lengths - 1, np.arange(4), 0], rtol=1e-12)


def test_a_known_solution(rng):
    """A strong loop keeps what a strong input set; a weak loop, or no loop, loses it."""
    x, target, lengths = make_latch(100, rng, noise=0.04)
    end = latch(np.array([[50.0, 10.0, 0.0], [0.5, 10.0, 0.0], [0.0, 10.0, 0.0]]), x, lengths)
    right = (np.abs(end - target.T) < 0.1).all(axis=1)
    assert right.tolist() == [True, False, False]


def test_a_negative_loop_flips_at_each_step_and_fails_where_lengths_differ(rng):
    flip = np.array([[-50.0, 10.0, 0.0]])
    for spread, solved in ((0, True), (9, False)):
        x, target, lengths = make_latch(100, rng, length=101, spread=spread, noise=0.0)
        assert (np.abs(latch(flip, x, lengths) - target.T) < 0.1).all() == solved


class TestGuessing:
    def test_what_it_returns_solves_the_problem_and_others_too(self, rng):
        problem = make_latch(50, rng, length=100, spread=20)
        trials, weights = guess_latch(*problem, rng)
        assert trials is not None
        for x, target, lengths in (problem, make_latch(50, rng, length=100, spread=20)):
            assert (np.abs(latch(weights[np.newaxis], x, lengths) - target.T) < 0.1).mean() > 0.95

    def test_counts_as_if_one_at_a_time(self, rng):
        problem = make_latch(10, rng, length=50, spread=5)
        trials, weights = guess_latch(*problem, np.random.default_rng(0))
        again = np.random.default_rng(0)
        x, target, lengths = problem
        for _ in range(trials):
            guess = again.uniform(-100, 100, (1, 3))
            solved = (np.abs(latch(guess, x, lengths) - target.T) < 0.1).all()
            assert solved == np.array_equal(guess[0], weights)

    def test_gives_up(self, rng):
        problem = make_latch(10, rng, length=50, spread=5)
        trials, weights = guess_latch(*problem, rng, bound=0.1, limit=25)
        assert trials is None
        assert np.abs(weights).max() <= 0.1

    def test_takes_far_fewer_guesses_than_the_1600_trials_of_1994(self):
        counts = []
        for seed in range(10):
            rng = np.random.default_rng(seed)
            counts.append(guess_latch(*make_latch(100, rng, length=100), rng)[0])
        assert np.mean(counts) < 300

    def test_a_limit_of_zero_is_refused(self, rng):
        with pytest.raises(ValueError, match="limit: expected at least 1 guess, received 0"):
            guess_latch(*make_latch(2, rng, 5, 0), rng, limit=0)


class TestGuessingFirstInputs:
    """Variant I: the recurrent weight and the two first inputs are guessed."""

    def test_what_it_returns_holds_each_sign_and_what_came_before_did_not(self, rng):
        x, target, lengths = make_latch(20, rng, length=60, spread=9)
        trials, found = guess_first_inputs(x, target, lengths, np.random.default_rng(0))
        guesses = np.random.default_rng(0).uniform(-100, 100, (trials, 3))
        np.testing.assert_array_equal(guesses[-1], found)
        for w, positive, negative in guesses:
            right = []
            for sequence, sign, n in zip(x[..., 0].T, target.ravel(), lengths, strict=True):
                h = np.tanh(positive if sign > 0 else negative)
                for x_t in sequence[1:n]:
                    h = np.tanh(w * h + x_t)
                right.append(np.sign(h) == sign)
            assert all(right) == (w == found[0])

    def test_the_mean_count_is_that_of_three_signs(self):
        """The weight must be above the noise, one input positive, one negative: 1 guess in 8, and a little less."""
        counts = []
        for seed in range(200):
            rng = np.random.default_rng(seed)
            counts.append(guess_first_inputs(*make_latch(20, rng, length=50, spread=5), rng)[0])
        assert np.mean(counts) == pytest.approx(8, abs=4 * np.sqrt(56 / 200))  # the count is geometric

    def test_gives_up(self, rng):
        trials, found = guess_first_inputs(*make_latch(10, rng, length=50), rng, bound=0.1, limit=25)
        assert trials is None
        assert np.abs(found).max() <= 0.1


class TestExpectedGuesses:
    @pytest.mark.parametrize("largest", [0.0, 0.3, 0.86, 1.0, 1.9, 5.0])
    def test_equals_the_share_of_weights_that_hold(self, rng, largest):
        w, u, b = rng.uniform(-1, 1, (3, 2_000_000))
        share = ((u > np.abs(b)) & (w > largest * u + np.abs(b))).mean()
        assert expected_guesses(largest) == pytest.approx(1 / share, rel=0.05)

    def test_louder_noise_takes_more_guesses(self):
        counts = [expected_guesses(largest) for largest in np.linspace(0, 4, 30)]
        assert counts == sorted(counts)

    def test_agrees_with_the_search(self):
        """Guesses that hold, by the rule, solve the problem; others do not, but for a few at the edge."""
        rng = np.random.default_rng(0)
        x, target, lengths = make_latch(20, rng, length=200, spread=20)
        weights = rng.uniform(-100, 100, (4000, 3))
        largest = (-target.T * x[1:, :, 0]).max()
        right = (np.abs(latch(weights, x, lengths) - target.T) < 0.1).all(axis=1)
        w, u, b = weights.T
        rule = (u > np.abs(b)) & (w > largest * u + np.abs(b))
        assert (right & rule).sum() >= 0.9 * rule.sum()
        assert right.sum() <= 1.3 * rule.sum()


@pytest.mark.parametrize(
    ("batch_size", "length", "spread", "noise"), [(0, 5, 0, 0.2), (1, 0, 0, 0.2), (1, 5, -1, 0.2), (1, 5, 0, -0.1)]
)
def test_bad_settings_are_named(rng, batch_size, length, spread, noise):
    with pytest.raises(ValueError, match=f"received {batch_size}, {length}, {spread} and {noise}"):
        make_latch(batch_size, rng, length, spread, noise)
