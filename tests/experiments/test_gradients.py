"""The chapter's experiments: training with each cure is what it says, and the stored runs bear out what the page says."""

import numpy as np
import pytest

from rnn_course.bptt import gradient_norm_by_lag, unroll
from rnn_course.experiments import cures, gradients
from rnn_course.experiments.cures import Cure
from rnn_course.experiments.store import load
from rnn_course.functional import cross_entropy, relu, sigmoid, tanh
from rnn_course.gradcheck import central_difference, relative_error
from rnn_course.gradients import dropout_mask, dropped_layer, omega_penalty, orthogonal_weight, spectral_radius


def small_network(rng):
    """A network of 5 units in float64 with weights that are not tiny, and a batch of 3 sequences of 10 symbols."""
    model = cures.order_network(1.2, rng, hidden=5, dtype=np.float64)
    x, labels = cures.draw_order(3, 10, rng)
    return model, x.astype(np.float64), labels


def recurrent(model):
    """The recurrent layer's parameters under the names of a step."""
    return {name[4:-3]: value for name, value in model.parameters().items() if name.startswith("rnn.")}


class TestTheory:
    """What the page derives, beside the gradients that tests/test_gradients.py checks."""

    def test_a_centred_sigmoid_network_is_a_tanh_network_with_a_quarter_of_the_weights(self, rng):
        weight_hh, weight_ih = 6 * rng.standard_normal((4, 4)), rng.standard_normal((4, 3))
        x, zeros = rng.standard_normal((7, 2, 3)), np.zeros(4)
        params = {
            "weight_ih": weight_ih,
            "weight_hh": weight_hh,
            "bias_ih": -weight_hh.sum(axis=1) / 2,
            "bias_hh": zeros,
        }
        hidden, _ = unroll(x, np.full((2, 4), 0.5), params, sigmoid)
        params = {"weight_ih": weight_ih / 2, "weight_hh": weight_hh / 4, "bias_ih": zeros, "bias_hh": zeros}
        np.testing.assert_allclose(hidden, 0.5 + unroll(x, np.zeros((2, 4)), params, tanh)[0] / 2, atol=1e-13)

    @pytest.mark.parametrize(("activation", "steepest"), [(tanh, 1.0), (relu, 1.0), (sigmoid, 0.25)])
    def test_no_gradient_is_above_the_bound(self, rng, activation, steepest):
        for scale in (0.3, 1.0, 3.0):
            weight = scale * rng.standard_normal((6, 6))
            params = {"weight_ih": np.eye(6), "weight_hh": weight, "bias_ih": np.zeros(6), "bias_hh": np.zeros(6)}
            hidden, _ = unroll(rng.standard_normal((20, 3, 6)), np.zeros((3, 6)), params, activation)
            norms = gradient_norm_by_lag(rng.standard_normal((3, 6)), hidden, weight, activation)
            bound = norms[0] * (steepest * np.linalg.norm(weight, 2)) ** np.arange(21)[:, np.newaxis]
            assert (norms <= bound * (1 + 1e-9)).all()

    def test_an_orthogonal_linear_network_keeps_the_length(self, rng):
        norms = gradient_norm_by_lag(
            np.ones((1, 8)), np.zeros((100, 1, 8)), orthogonal_weight(8, rng), gradients.identity
        )
        np.testing.assert_allclose(norms, np.sqrt(8), rtol=1e-12)

    def test_radius_and_singular_value_disagree_on_a_sheared_matrix(self):
        weight = np.array([[0.5, 10.0], [0.0, 0.5]])
        norms = gradient_norm_by_lag(np.array([[1.0, 0.0]]), np.zeros((20, 1, 2)), weight, gradients.identity)[:, 0]
        assert spectral_radius(weight) == 0.5
        assert norms[1] > 10
        assert norms[20] < 1e-3


class TestTraining:
    def test_step_by_step_gives_the_gradients_of_the_whole_sequence(self, rng):
        model, x, labels = small_network(rng)
        plain = cures.gradients_with(model, x, labels, Cure(), rng)
        steps = cures._step_by_step(model, x, labels, Cure(), rng)
        assert plain.keys() == steps.keys() == model.parameters().keys()
        for name, gradient in plain.items():
            np.testing.assert_allclose(steps[name], gradient, atol=1e-12)

    def test_penalties_are_added_to_the_weights_that_they_are_of(self, rng):
        model, x, labels = small_network(rng)
        plain = cures.gradients_with(model, x, labels, Cure(), rng)
        decayed = cures.gradients_with(model, x, labels, Cure(l2=0.3), rng)
        for name, value in model.parameters().items():
            np.testing.assert_allclose(decayed[name] - plain[name], 0.3 * value * ("weight" in name), atol=1e-14)
        kept = cures.gradients_with(model, x, labels, Cure(omega=2.0), rng)
        changed = [name for name in plain if not np.allclose(kept[name], plain[name], atol=1e-12)]
        assert changed == ["rnn.weight_hh_l0"]
        params = recurrent(model)
        hidden, _ = unroll(x, np.zeros((3, 5)), params)
        d_last = model.linear.backward(*self.last_gradient(model, hidden, labels))[0]
        deltas = [d_last]
        for h in hidden[:0:-1]:
            deltas.append(deltas[-1] * (1 - h**2) @ params["weight_hh"])
        expected = 2 * omega_penalty(params["weight_hh"], np.stack(deltas[::-1]), hidden)[1]
        np.testing.assert_allclose(kept[changed[0]] - plain[changed[0]], expected, atol=1e-12)

    def last_gradient(self, model, hidden, labels):
        output, _, cache = model.linear.forward(hidden[-1])
        return cross_entropy(output, labels)[1], cache

    def test_gradients_under_dropout_equal_central_differences(self, rng):
        model, x, labels = small_network(rng)
        received = cures.gradients_with(model, x, labels, Cure(dropout=0.4), np.random.default_rng(5))
        mask = dropout_mask((3, 5), 0.4, np.random.default_rng(5), x.dtype)

        def loss(weight):
            hidden, _ = dropped_layer(x, np.zeros((3, 5)), {**recurrent(model), "weight_hh": weight}, mask)
            return cross_entropy(model.linear.forward(hidden[-1])[0], labels)[0]

        expected = central_difference(loss, model.parameters()["rnn.weight_hh_l0"])
        assert relative_error(received["rnn.weight_hh_l0"], expected) < 1e-7

    def test_reach_is_what_the_product_of_jacobians_leaves(self, rng):
        model, x, _ = small_network(rng)
        hidden, weight = model.rnn.forward(x)[0], model.parameters()["rnn.weight_hh_l0"]
        d_state = np.random.default_rng(0).standard_normal((3, 5))
        logs = []
        for n in range(3):
            d = d_state[n]
            for t in range(9, 0, -1):
                d = d @ np.diag(1 - hidden[t, n] ** 2) @ weight
            logs.append(np.log(np.linalg.norm(d) / np.linalg.norm(d_state[n])))
        assert cures.reach(model, x) == pytest.approx(np.exp(np.mean(logs)), rel=1e-9)

    def test_network_starts_at_the_radius(self, rng):
        model = cures.order_network(1.7, rng)
        assert spectral_radius(model.parameters()["rnn.weight_hh_l0"]) == pytest.approx(1.7, rel=1e-5)
        assert {value.dtype for value in model.parameters().values()} == {np.dtype("float32")}


class TestRuns:
    """A run made now equals the stored one, up to another machine's rounding."""

    @pytest.mark.parametrize("activation", gradients.ACTIVATIONS)
    def test_norms(self, activation):
        run = gradients.norms(activation, 1.5, seed=1)
        (kept,) = [
            r["result"]
            for r in load("gradients_norms")
            if (r["activation"], r["radius"], r["seed"]) == (activation, 1.5, 1)
        ]
        assert run["growth"] == pytest.approx(kept["growth"], rel=1e-3)
        assert run["log10"] == pytest.approx(kept["log10"], abs=0.02)

    def test_temporal_order(self):
        assert gradients.temporal_order("clipping and Ω", 10, seed=0)["solved"]
        assert gradients.results("order", "solved", method="clipping and Ω", length=10, seed=0) == [True]

    def test_cure(self):
        kept = gradients.results("cures", "reach", disease="exploding", cure="clipping and Ω", seed=1)[0]
        run = gradients.cure("exploding", "clipping and Ω", seed=1)
        assert run["reach"][0] == pytest.approx(kept[0], rel=0.01)
        assert run["solved"]

    def test_comeback_begins_as_stored(self):
        run = gradients.comeback("nothing", seed=0, updates=100)
        for name in ("reach", "norm"):
            kept = gradients.results("comeback", name, cure="nothing")[0][:10]
            np.testing.assert_allclose(run[name], kept, rtol=0.01)

    def test_adding_begins_as_stored(self):
        run = gradients.adding("IRNN", seed=0, updates=300)
        assert run["mse"][0] == pytest.approx(gradients.results("adding", "mse", model="IRNN", seed=0)[0][0], rel=0.2)

    def test_small_data(self):
        run = gradients.small_data(4.0, seed=0)
        assert run["reach"] == pytest.approx(gradients.results("small", "reach", radius=4.0, seed=0)[0], rel=0.01)
        assert run["train"][1] < 0.9


class TestStored:
    def test_grids_are_complete(self):
        assert len(load("gradients_norms")) == len(gradients.ACTIVATIONS) * len(gradients.RADII) * 20
        assert len(load("gradients_order")) == len(gradients.METHODS) * len(gradients.LENGTHS) * 20
        assert len(load("gradients_cures")) == len(gradients.CURES) * len(gradients.DISEASES) * 20
        assert len(load("gradients_long")) == len(gradients.PATIENT) * len(gradients.LONG) * 20
        assert len(load("gradients_small")) == len(gradients.STARTS) * 20
        assert len(load("gradients_adding")) == len(gradients.ADDERS) * 20

    def test_both_ways_with_every_activation(self):
        def growth(activation, radius):
            return gradients.results("norms", "growth", activation=activation, radius=radius)

        for activation in ("tanh", "ReLU", "sigmoid, centred"):
            assert max(growth(activation, 0.9)) < 1 < np.median(growth(activation, 8.0))
        assert max(growth("ReLU", 1.1)) < 1
        assert max(growth("sigmoid", 8.0)) < 1

    def test_plain_descent_fails_between_10_and_30_symbols(self):
        solved = [sum(gradients.results("order", "solved", method="SGD", length=length)) for length in (10, 20, 30)]
        assert solved[0] == 20
        assert solved[1] < 5
        assert solved[2] == 0

    def test_soon_only_cures_with_omega_help_a_vanished_gradient(self):
        for cure in gradients.CURES:
            assert any(gradients.solved_within("vanishing", cure, 1000)) == ("Ω" in cure)

    def test_later_clipping_saves_the_gradient_that_comes_back_unless_weights_decay(self):
        def solved(cure):
            return sum(gradients.solved_within("vanishing", cure, gradients.PATIENCE))

        assert solved("nothing") <= 3
        assert min(solved("clipping by norm"), solved("clipping by value")) >= 17
        assert solved("clipping and L2, λ = 0.001") <= 5
        assert solved("dropout 0.2") == solved("L2, λ = 0.01") == 0
        assert min(gradients.results("cures", "largest", disease="vanishing", cure="nothing")) > 10

    def test_both_runs_of_the_comeback_are_one_until_a_gradient_is_clipped(self):
        plain, clipped = (
            np.array([gradients.results("comeback", name, cure=cure)[0][:220] for name in ("reach", "norm")])
            for cure in gradients.COMEBACK
        )
        first = int(np.argmax(clipped[1] > 1))
        assert 100 < first < 219
        np.testing.assert_array_equal(plain[:, :first], clipped[:, :first])
        assert clipped[0, first:].max() > 1e4 * clipped[0, 0]
        assert gradients.results("comeback", "solved") == [False, True]

    def test_the_vanishing_start_over_fits_and_the_exploding_one_under_fits(self):
        def accuracy(part, radius):
            return np.mean([run[1] for run in gradients.results("small", part, radius=radius)])

        assert accuracy("train", 0.5) > 0.998
        assert accuracy("test", 0.5) < 0.35
        assert accuracy("train", 4.0) < 0.7

    def test_tanh_stays_at_the_constant_and_irnn_goes_under_it(self):
        tanh_runs, irnn = (gradients.results("adding", "mse", model=model) for model in ("tanh", "IRNN"))
        assert all(0.15 < error < 0.19 for run in tanh_runs for error in run)
        assert all(run[-1] < 0.01 for run in irnn)
        assert [gradients.escaped(model).partition(" [")[0] for model in ("tanh", "IRNN")] == ["0 of 20", "20 of 20"]

    def test_at_100_symbols_only_both_cures_with_small_steps_succeed(self):
        for cure in gradients.PATIENT:
            solved = sum(gradients.results("long", "solved", cure=cure, length=100))
            assert (solved > 0) == (cure == "clipping and Ω, rate 0.03")
        assert sum(gradients.results("long", "solved", cure="plain descent, rate 0.03", length=50)) == 0

    def test_rows_are_filled(self):
        for row in gradients.rows():
            assert row.quantity
            assert row.obtained
            assert bool(row.published) == bool(row.source)
