"""Counts against models that are built, hidden sizes against all others, intervals against their promise."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rnn_course.comparison import GATES, bootstrap_interval, count_parameters, match_hidden_size
from rnn_course.elman_jordan import ElmanRNN
from rnn_course.experiments import store
from rnn_course.gru import GRU
from rnn_course.lstm import LSTM
from rnn_course.readout import Readout

MODELS = {"Elman": ElmanRNN, "GRU": GRU, "LSTM": LSTM}


@pytest.mark.parametrize("name", MODELS)
@given(st.integers(1, 5), st.integers(1, 6), st.integers(1, 3), st.integers(1, 4))
def test_count_is_that_of_a_built_model(name, n_inputs, n_hidden, n_layers, n_outputs):
    rng = np.random.default_rng(0)
    rnn = MODELS[name](n_inputs, n_hidden, rng, n_layers)
    assert count_parameters(GATES[name], n_inputs, n_hidden, n_layers) == rnn.count_parameters()
    expected = Readout(rnn, n_outputs, rng).count_parameters()
    assert count_parameters(GATES[name], n_inputs, n_hidden, n_layers, n_outputs) == expected


class TestMatch:
    @given(st.integers(60, 20_000), st.sampled_from([1, 3, 4]), st.integers(1, 9), st.integers(1, 3), st.booleans())
    def test_no_other_size_is_nearer(self, budget, gates, n_inputs, n_layers, readout):
        options = {"num_layers": n_layers, "out_features": 3 if readout else None}
        if count_parameters(gates, n_inputs, 1, **options) > budget:
            return
        size = match_hidden_size(budget, gates, n_inputs, **options)
        counts = [count_parameters(gates, n_inputs, h, **options) for h in range(1, 160)]
        distances = np.abs(np.array(counts) - budget)
        assert size == 1 + int(distances.argmin())

    @pytest.mark.parametrize("name", GATES)
    def test_a_size_finds_itself(self, name):
        for size in (1, 2, 31, 500):
            assert match_hidden_size(count_parameters(GATES[name], 5, size), GATES[name], 5) == size

    def test_too_small_a_budget_is_named(self):
        with pytest.raises(ValueError, match="expected at least 20 parameters, those of one hidden unit, received 19"):
            match_hidden_size(19, gates=4, input_size=2)


class TestInterval:
    def test_covers_the_truth_about_as_often_as_it_says(self, rng):
        samples = rng.standard_normal((300, 30))
        hits = sum(low <= 0 <= high for _, low, high in (bootstrap_interval(s, rng, 0.8, 1000) for s in samples))
        assert 205 <= hits <= 265  # 240, give or take what 30 values and chance allow

    def test_equals_all_resamples_of_three_values(self, rng):
        """27 ordered draws of three values can be listed, and their quantiles taken."""
        values = np.array([0.0, 1.0, 5.0])
        means = values[np.stack(np.meshgrid(*[range(3)] * 3)).reshape(3, -1)].mean(axis=0)
        mean, low, high = bootstrap_interval(values, rng, level=0.6, resamples=100_000)
        assert mean == 2.0
        np.testing.assert_allclose([low, high], np.quantile(means, [0.2, 0.8]), atol=1e-12)

    def test_equal_values_leave_no_doubt(self, rng):
        assert bootstrap_interval([0.25] * 5, rng) == (0.25, 0.25, 0.25)

    def test_a_seed_gives_the_same_interval(self):
        first, second = (bootstrap_interval([1.0, 2.0, 4.0], np.random.default_rng(3)) for _ in range(2))
        assert first == second
        assert store.interval([1.0, 2.0, 4.0]) == bootstrap_interval([1.0, 2.0, 4.0], np.random.default_rng(0))

    @pytest.mark.parametrize(("values", "level"), [([], 0.95), ([1.0], 0.0), ([1.0], 1.0)])
    def test_nothing_to_resample_is_named(self, rng, values, level):
        with pytest.raises(ValueError, match=f"received {len(values)} values and {level}"):
            bootstrap_interval(values, rng, level)
