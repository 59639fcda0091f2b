"""Networks of equal size, gates that start as asked, and the criterion of 2000 right answers in a row."""

import numpy as np
import pytest

from rnn_course.experiments import cells
from rnn_course.functional import mse_loss
from rnn_course.optim import SGD


@pytest.mark.parametrize("lstm_size", [10, 16])
def test_networks_have_nearly_as_many_parameters_as_the_lstm(rng, lstm_size):
    counts = {cell: cells.build(cell, 7, 7, lstm_size, rng).count_parameters() for cell in cells.CELLS}
    for count in counts.values():
        assert abs(count / counts["LSTM"] - 1) < 0.06


def test_biases_and_held_gates_are_those_asked_for(rng):
    model = cells.build("LSTM", 2, 1, 4, rng, bias=3.0, tied=True, without="output")
    total = model.rnn.params["bias_ih_l0"] + model.rnn.params["bias_hh_l0"]
    assert (total[:4] == -3).all()
    assert (total[4:8] == 3).all()
    _, _, cache = model.forward(np.ones((2, 1, 2), np.float32))
    assert (cache[0][0].gates[3] == 1).all()
    update = cells.build("GRU", 2, 1, 4, rng, bias=3.0).rnn
    size = update.hidden_size
    assert ((update.params["bias_ih_l0"] + update.params["bias_hh_l0"])[size : 2 * size] == 3).all()
    assert cells.build("Elman, one step", 2, 1, 4, rng).rnn.one_step


def test_a_step_clips_the_gradient(rng):
    model = cells.build("LSTM", 2, 1, 4, rng, last=True)
    before = model.state_dict()
    x, target = np.ones((3, 5, 2), np.float32), np.full((5, 1), 1000, np.float32)
    expected, state, _ = model.forward(x)
    output, last = cells.train_step(model, SGD(model.parameters(), lr=1.0), x, target, mse_loss)
    moved = sum(((before[name] - value) ** 2).sum() for name, value in model.parameters().items())
    assert np.sqrt(moved) == pytest.approx(1.0, rel=1e-5)
    np.testing.assert_array_equal(output, expected)
    np.testing.assert_array_equal(last, state)


def test_a_step_starts_from_a_given_state(rng):
    model, x, target = cells.build("GRU", 2, 1, 4, rng), np.ones((3, 5, 2), np.float32), np.ones((3, 5, 1), np.float32)
    _, state, _ = model.forward(x)
    expected = model.forward(x, state)[0]
    output, _ = cells.train_step(model, SGD(model.parameters(), lr=1.0), x, target, mse_loss, state=state)
    np.testing.assert_array_equal(output, expected)


def test_success_is_2000_right_in_a_row(rng):
    """The 30th batch is wrong: 40 more are needed."""
    model, batches = cells.build("GRU", 2, 1, 4, rng, last=True), iter(range(1000))

    def draw(n):
        return np.zeros((2, n, 2), np.float32), np.zeros((n, 1), np.float32)

    def right(output, target):
        return np.arange(len(output)) != (7 if next(batches) == 29 else -1)

    assert cells.sequences_until_solved(model, draw, mse_loss, right, limit=10_000) == 70 * 50
    assert cells.sequences_until_solved(model, draw, mse_loss, lambda o, t: o > np.inf, limit=500) is None
