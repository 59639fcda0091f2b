"""The training loop: it learns, stops, resumes exactly, and refuses what does not fit."""

import numpy as np
import pytest

from rnn_course import functional as F
from rnn_course import training
from rnn_course.module import Module
from rnn_course.optim import SGD, Adam


class Regression(Module):
    """One linear layer, for data that is a matrix."""

    def __init__(self, inputs, outputs):
        super().__init__()
        self.params = {"weight": np.zeros((outputs, inputs))}

    def forward(self, x, state=None):
        return x @ self.params["weight"].T, state, x

    def backward(self, d_output, cache, d_state=None):
        axes = tuple(range(cache.ndim - 1))
        return d_output @ self.params["weight"], d_state, {"weight": np.tensordot(d_output, cache, (axes, axes))}


TRUE = np.array([[1.0, -2.0, 0.5]])


def regression(rng, n=64, noise=0.0):
    x = rng.standard_normal((n, 3))
    return x, x @ TRUE.T + noise * rng.standard_normal((n, 1))


def run(epochs, tmp_path=None, interrupt_at=None, **kwargs):
    """Train a regression with a noisy validation set; optionally stop it as Ctrl-C would."""
    data_rng = np.random.default_rng(3)
    train, valid = regression(data_rng, noise=0.5), regression(data_rng, 16, noise=0.5)
    model, rng = Regression(3, 1), np.random.default_rng(4)
    calls = iter(range(10_000))

    def loss(output, target, mask):
        if next(calls) == interrupt_at:
            raise KeyboardInterrupt
        return F.mse_loss(output, target, mask)

    history = training.fit(
        model,
        training.minibatches(*train, 10, batch_axis=0),
        loss,
        Adam(model.parameters(), lr=0.05),
        epochs,
        rng,
        validation=training.minibatches(*valid, 16, batch_axis=0),
        checkpoint=None if tmp_path is None else tmp_path / "deep" / "run.npz",
        progress=False,
        **kwargs,
    )
    return model, history


def test_fit_finds_the_least_squares_solution(rng):
    x, y = regression(rng)
    model = Regression(3, 1)
    history = training.fit(
        model, training.minibatches(x, y, 64, batch_axis=0), F.mse_loss, SGD(model.parameters(), 0.1), 400, rng,
        progress=False,
    )  # fmt: skip
    np.testing.assert_allclose(model.params["weight"], TRUE, atol=1e-8)
    assert history.epochs == 400
    assert history.loss[0] > 1 > 1e-10 > history.loss[-1]
    assert history.grad_norm[0] > history.grad_norm[-1]


def test_sequences_are_cut_along_the_batch_axis_only(rng):
    x = rng.standard_normal((5, 7, 2))
    labels, mask = np.arange(7), rng.random(7) < 0.8
    batches = list(training.minibatches(x, labels, 3, mask, target_batch_axis=0)(rng))
    assert [b.x.shape for b in batches] == [(5, 3, 2), (5, 3, 2), (5, 1, 2)]
    assert sorted(np.concatenate([b.target for b in batches])) == list(range(7))
    for batch in batches:
        np.testing.assert_array_equal(batch.x, x[:, batch.target])
        np.testing.assert_array_equal(batch.mask, mask[batch.target])


def test_evaluate_weighs_every_target_alike(rng):
    x, y = regression(rng, 10)
    model = Regression(3, 1)
    whole = F.mse_loss(np.zeros_like(y), y)[0]
    scores = training.evaluate(
        model, training.minibatches(x, y, 4, batch_axis=0), F.mse_loss, rng, {"size": lambda output, batch: len(output)}
    )
    assert scores["loss"] == pytest.approx(whole)
    assert scores["size"] == pytest.approx((4 * 4 + 4 * 4 + 2 * 2) / 10)


@pytest.mark.parametrize("interrupt_at", [1, 8, 30])
def test_an_interrupted_run_resumes_to_the_same_bits(tmp_path, interrupt_at):
    straight, expected = run(9, metrics={"last": lambda output, batch: float(output[-1, 0])})
    with pytest.raises(KeyboardInterrupt):
        run(9, tmp_path, interrupt_at, metrics={"last": lambda output, batch: float(output[-1, 0])})
    resumed, history = run(9, tmp_path, metrics={"last": lambda output, batch: float(output[-1, 0])})
    assert history == expected
    np.testing.assert_array_equal(straight.params["weight"], resumed.params["weight"])
    assert not list(tmp_path.rglob("*.partial"))


def test_early_stopping_restores_the_best_epoch(tmp_path):
    model, history = run(500, tmp_path, patience=5)
    assert history.stopped_early
    assert history.epochs == history.best_epoch + 1 + 5
    assert history.validation_loss[history.best_epoch] == min(history.validation_loss)
    best, _ = run(history.best_epoch + 1)
    np.testing.assert_array_equal(model.params["weight"], best.params["weight"])
    again, same = run(500, tmp_path, patience=5)
    assert same == history
    np.testing.assert_array_equal(model.params["weight"], again.params["weight"])


def test_clipping_limits_the_step(rng):
    x, y = regression(rng)
    model = Regression(3, 1)
    data = training.minibatches(x, 1e6 * y, 64, batch_axis=0)
    training.fit(model, data, F.mse_loss, SGD(model.parameters(), 1.0), 1, rng, max_norm=0.5, progress=False)
    assert np.linalg.norm(model.params["weight"]) == pytest.approx(0.5)


def test_a_diverging_loss_stops_with_advice(rng):
    x, y = regression(rng)
    model = Regression(3, 1)
    with (
        np.errstate(all="ignore"),
        pytest.raises(FloatingPointError, match=r"in epoch \d+\. Try a smaller learning rate"),
    ):
        training.fit(
            model, training.minibatches(x, y, 8, batch_axis=0), F.mse_loss, SGD(model.parameters(), 1e6), 50, rng,
            progress=False,
        )  # fmt: skip


def test_a_damaged_or_foreign_checkpoint_is_refused(tmp_path):
    run(2, tmp_path)
    path = tmp_path / "deep" / "run.npz"
    whole = path.read_bytes()
    for content in (whole[: len(whole) // 2], b"", b"not a checkpoint"):
        path.write_bytes(content)
        with pytest.raises(ValueError, match="cannot resume from this checkpoint"):
            run(3, tmp_path)
        assert path.read_bytes() == content
    path.write_bytes(whole)
    other = Regression(5, 1)
    with pytest.raises(ValueError, match=r"weight: expected shape \(1, 5\), received \(1, 3\)"):
        training.load_checkpoint(path, other, Adam(other.parameters()), np.random.default_rng())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: training.minibatches(np.ones((2, 0)), np.ones(0), 1), "at least one example"),
        (lambda: training.minibatches(np.ones((2, 3)), np.ones((2, 4)), 1), "target: expected 3 examples on axis 1"),
        (lambda: training.minibatches(np.ones((2, 3)), np.ones((2, 3)), 0), "positive batch_size"),
        (lambda: training.minibatches(np.ones((2, 3)), np.ones((2, 3)), 1, np.ones((3, 3), bool)), "mask: expected"),
    ],
)
def test_bad_data_is_named(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def test_settings_that_need_validation_data_say_so(rng):
    model = Regression(3, 1)
    data = training.minibatches(*regression(rng), 8, batch_axis=0)
    for settings in ({"patience": 3}, {"metrics": {"zero": lambda output, batch: 0.0}}):
        with pytest.raises(ValueError, match="need validation data"):
            training.fit(model, data, F.mse_loss, SGD(model.parameters(), 0.1), 1, rng, **settings)


def test_a_stream_without_batches_says_so(rng):
    model = Regression(3, 1)
    with pytest.raises(ValueError, match="at least one batch"):
        training.fit(model, lambda rng: iter(()), F.mse_loss, SGD(model.parameters(), 0.1), 1, rng, progress=False)
