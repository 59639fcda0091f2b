"""The set-up of Elman's XOR: each network of a stack learns as one network alone does, in torch too."""

from collections import deque
from itertools import pairwise

import numpy as np
import pytest
import torch

from rnn_course.bptt import truncated_bptt, unroll
from rnn_course.experiments import elman_jordan, store
from rnn_course.functional import sigmoid
from rnn_course.tasks.xor import make_xor_sequence


def problem(rng, networks=3, hidden=4):
    params = {
        "weight_ih": rng.uniform(-1, 1, (networks, hidden, 2)),
        "weight_hh": rng.uniform(-1, 1, (networks, hidden, hidden)),
        "bias_ih": np.zeros(hidden),
        "bias_hh": np.zeros(hidden),
    }
    x, target = elman_jordan._inputs([make_xor_sequence(5, rng) for _ in range(networks)])
    return params, x, target


@pytest.mark.parametrize("window", [1, 3])
def test_one_update_is_truncated_bptt_of_the_newest_error(rng, window):
    params, x, _ = problem(rng)
    caches = unroll(x[:5], np.full((3, 1, 4), 0.5), params, sigmoid)[1]
    d_h = rng.standard_normal((3, 1, 4))
    d_output = np.zeros((5, 3, 1, 4))
    d_output[-1] = d_h
    expected = truncated_bptt(d_output, caches, k1=1, k2=window)
    before = {name: value.copy() for name, value in params.items()}
    elman_jordan._learn(params, d_h, deque(caches, maxlen=window), lr=0.5)
    for name in ("weight_ih", "weight_hh"):
        np.testing.assert_allclose(before[name] - params[name], 0.5 * expected[name], rtol=1e-12, atol=1e-15)


def test_a_run_equals_torch_bit_by_bit(monkeypatch):
    """Elman's training of one network: after every bit one step of SGD, the context detached."""
    kept = {}
    score = elman_jordan._score
    monkeypatch.setattr(
        elman_jordan, "_score", lambda *args: kept.update(params=args[0], readout=args[1]) or score(*args)
    )
    elman_jordan.temporal_xor(hidden=3, window=1, seed=5, networks=2, n_triples=4, passes=2, lr=0.3)
    rng = np.random.default_rng(5)
    shapes = ((2, 3, 2), (2, 3, 3), (2, 1, 4))
    drawn = [torch.tensor(rng.uniform(-1, 1, shape)) for shape in shapes]
    bits = [make_xor_sequence(4, rng) for _ in range(2)]
    for i in range(2):
        w_in, w_h, w_out = weights = [part[i].clone().requires_grad_() for part in drawn]
        optimizer, one = torch.optim.SGD(weights, lr=0.3), torch.ones(1, dtype=torch.float64)
        h = torch.full((3,), 0.5, dtype=torch.float64)
        stream = torch.tensor(bits[i], dtype=torch.float64)
        for _ in range(2):
            for bit, following in pairwise(stream):
                h = torch.sigmoid(w_in @ torch.cat([bit[None], one]) + w_h @ h.detach())
                loss = (torch.sigmoid(w_out @ torch.cat([h, one])) - following).square().sum() / 2
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
        received = (kept["params"]["weight_ih"], kept["params"]["weight_hh"], kept["readout"])
        for ours, theirs in zip(received, weights, strict=True):
            assert np.abs(ours[i] - theirs.detach().numpy()).max() < 1e-12


def test_untrained_networks_are_at_chance():
    run = elman_jordan.temporal_xor(hidden=2, window=1, seed=0, networks=8, passes=0)
    assert np.mean(run["accuracy"]) == pytest.approx(0.5, abs=0.15)
    assert np.shape(run["rmse"]) == (8, 3)
    assert elman_jordan.solved(run) == 0


def test_some_networks_learn_the_xor_bit_and_none_learns_the_coin():
    run = elman_jordan.temporal_xor(hidden=8, window=3, seed=0, networks=6, n_triples=300, passes=40, lr=0.5)
    rmse = np.array(run["rmse"])
    assert elman_jordan.solved(run) >= 1
    assert rmse[:, :2].min() > 0.45
    best = np.argmax(run["accuracy"])
    assert rmse[best, 2] < rmse[best, :2].min() - 0.2


def test_runs_are_stored_and_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "RESULTS", tmp_path)
    run = {"rmse": [[0.5, 0.5, 0.1]] * 4, "accuracy": [1.0, 0.95, 0.949, 0.5]}
    monkeypatch.setattr(elman_jordan, "temporal_xor", lambda hidden, window, seed: run)
    elman_jordan.main()
    rows = elman_jordan.rows()
    assert len(rows) == len(elman_jordan.HIDDEN) * len(elman_jordan.WINDOWS)
    assert all(row.obtained.startswith("2 of 4 [") and row.seeds == 4 for row in rows)
    assert "1-2-1, gradient one step back" in rows[0].quantity
