"""Experiments of the chapter on backpropagation through time: its window, its reach, its price, and a search without it."""

from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_course.bptt import bptt, bptt_cost, chunked_bptt, gradient_norm_by_lag, rtrl, rtrl_cost, unroll
from rnn_course.elman_jordan import ElmanRNN
from rnn_course.experiments.flips import NETWORKS, flips, run_stack, train
from rnn_course.experiments.store import Result, Row, interval, load, rate, run_grid
from rnn_course.functional import mse_loss
from rnn_course.module import Parameters
from rnn_course.optim import Adam
from rnn_course.readout import Readout
from rnn_course.tasks.latch import guess_first_inputs, guess_latch, make_latch

Array = NDArray[np.floating]

LAGS = (0, 1, 2, 3, 4, 6, 8, 10)
WINDOWS = range(15)  # k2; 0 leaves the recurrent layer as it was drawn
SOLVED = 0.95
LONGER = (3000, 10_000)  # updates
CHUNK = 5
WAITS = [0, 1, 2, 4, 5, 10, 20, 50, 100, 200]
NOISES = {"variance 0.2": 0.2, "standard deviation 0.2": 0.04}
SIZES = (4, 8, 16, 32, 64)
LENGTHS = (10, 20, 40, 80, 160)


def main() -> None:
    """Run what is not stored yet; about ten minutes on one core."""
    run_grid("bptt_carry", carry, [{"carried": True}, {"carried": False}], range(20))
    run_grid("bptt_norms", norms, [{"lag": 8}], seeds=[0])
    run_grid("bptt_latch", latch, [{"noise": noise} for noise in NOISES], range(100))
    run_grid("bptt_inputs", first_inputs, [{}], range(100))
    run_grid("bptt_cost", cost, [{}], seeds=[0])
    run_grid("bptt_sgd", window, [{"lag": 2, "k2": k2, "sgd": True} for k2 in range(5)], seeds=[0])
    longer = [{"lag": 10, "k2": k2, "updates": updates} for k2 in (10, 11) for updates in LONGER]
    run_grid("bptt_longer", window, longer, seeds=[0])
    run_grid("bptt_window", window, [{"lag": lag, "k2": k2} for lag in LAGS for k2 in WINDOWS], seeds=[0])


def window(lag: int, k2: int, seed: int, sgd: bool = False, updates: int = 1000) -> Result:
    """Train 20 Elman networks to repeat the coin flip of ``lag`` steps ago, each error going ``k2`` steps back.

    Returns
    -------
    dict: ``accuracy`` on new flips, an entry a network. Chance is 0.5.
    """
    rng = np.random.default_rng(seed)
    *_, accuracy = train(lag, k2, rng, sgd, updates)
    return {"accuracy": accuracy.round(4).tolist()}


def carry(carried: bool, seed: int, chunks: int = 2000) -> Result:
    """Train a network of 8 units to hold the sign of the last pulse, in chunks of 5 steps; test it with long waits.

    Returns
    -------
    dict: ``accuracy``, for each of `WAITS` the share of 200 new streams whose sign is right so many steps after a pulse.
    """
    rng = np.random.default_rng(seed)
    model = Readout(ElmanRNN(1, 8, rng), 1, rng)
    optimizer = Adam(model.parameters(), lr=0.005)
    while optimizer.steps < chunks:
        x, target = pulses(100, 20, rng)
        for _, grads in chunked_bptt(model, x, target, mse_loss, CHUNK, carried):
            optimizer.step(grads)
    x = np.zeros((max(WAITS) + 4, 200, 1))
    x[0], x[3] = rng.choice([-1.0, 1.0], (2, 200, 1))  # the second pulse is to be held, the first one forgotten
    output, _, _ = model.forward(x)
    right = np.sign(output[3:]) == x[3]
    return {"accuracy": [float(right[wait].mean()) for wait in WAITS]}


def pulses(n_steps: int, batch_size: int, rng: np.random.Generator) -> tuple[Array, Array]:
    """Draw streams of zeros with a pulse of 1 or -1 at every fifth step on average; the target is the last pulse."""
    x = rng.choice([-1.0, 1.0], (n_steps, batch_size, 1)) * (rng.random((n_steps, batch_size, 1)) < 1 / CHUNK)
    target = np.zeros_like(x)
    held = target[0]
    for t, x_t in enumerate(x):
        held = target[t] = np.where(x_t == 0, held, x_t)
    return x, target


def norms(lag: int, seed: int) -> Result:
    """Gradient norms by lag, before and after training with the whole gradient on the task of `window`.

    Returns
    -------
    dict of lists, from ``before`` and ``after``: for each network the norm at lags 0 to 40 of the output's gradient,
    relative to lag 0, as a geometric mean over 50 streams; ``accuracy``; and the recurrent weights of the first network.
    """
    rng = np.random.default_rng(seed)
    before, after, accuracy = train(lag, 30, rng)
    x, _ = flips(40, 50, rng)
    found = {"before": _norms(x, before), "after": _norms(x, after), "accuracy": accuracy.round(4).tolist()}
    weights = {"weights_before": before, "weights_after": after}
    return found | {
        key: {name: value[0].round(5).tolist() for name, value in params.items()} for key, params in weights.items()
    }


def _norms(x: Array, params: Parameters) -> list[list[float]]:
    hidden, curves = run_stack(x, params)[0], []
    for i in range(NETWORKS):
        d_state = np.broadcast_to(params["readout"][i, :, :-1], hidden[0, i].shape)
        by_lag = gradient_norm_by_lag(d_state, hidden[:, i], params["weight_hh"][i])  # (T + 1, B)
        curves.append([_rounded(value) for value in np.exp(np.log(by_lag / by_lag[0]).mean(axis=1))])
    return curves


def latch(noise: str, seed: int) -> Result:
    """Guess weights until a network of one unit gets 100 latch sequences of 500 to 600 steps right.

    Returns
    -------
    dict: ``trials``, guesses that it took; ``largest``, the largest noise against the sign that a sequence began with.
    """
    rng = np.random.default_rng(seed)
    x, target, lengths = make_latch(100, rng, noise=NOISES[noise])
    trials, _ = guess_latch(x, target, lengths, rng)
    return {"trials": trials, "largest": _rounded((-target.T * x[1:, :, 0]).max())}


def first_inputs(seed: int) -> Result:
    """Guess one weight and two first inputs until 100 sequences are right: the simpler form of the latch problem.

    Returns
    -------
    dict: ``trials``, guesses that it took.
    """
    rng = np.random.default_rng(seed)
    trials, _ = guess_first_inputs(*make_latch(100, rng), rng)
    return {"trials": trials}


def cost(seed: int) -> Result:
    """Time `bptt` and `rtrl` on one sequence, best of five; count their multiplications.

    Returns
    -------
    dict: for ``hidden`` (at 20 steps) and ``steps`` (with 16 units), lists over `SIZES` and `LENGTHS`: times of each
    method in units of its first entry, and the ratio of RTRL to BPTT in time and in multiplications.
    """
    rng = np.random.default_rng(seed)
    cases = {"hidden": [(20, size) for size in SIZES], "steps": [(length, 16) for length in LENGTHS]}
    found: Result = {}
    for name, pairs in cases.items():
        times = np.array([_times(n_steps, hidden_size, rng) for n_steps, hidden_size in pairs])
        counts = [
            rtrl_cost(n_steps, 1, size).multiplications / bptt_cost(n_steps, 1, size).multiplications
            for n_steps, size in pairs
        ]
        found[name] = {
            "bptt": [_rounded(value) for value in times[:, 0] / times[0, 0]],
            "rtrl": [_rounded(value) for value in times[:, 1] / times[0, 1]],
            "ratio": [_rounded(value) for value in times[:, 1] / times[:, 0]],
            "counted": [_rounded(value) for value in counts],
        }
    return found


def _times(n_steps: int, hidden_size: int, rng: np.random.Generator) -> tuple[float, float]:
    """Return seconds of processor time for the gradient of one sequence by `bptt` and by `rtrl`, the forward pass in each."""
    params = ElmanRNN(1, hidden_size, rng).layer(0)
    x, h_0 = rng.standard_normal((n_steps, 1, 1)), np.zeros((1, hidden_size))
    d_output = rng.standard_normal((n_steps, 1, hidden_size))
    ways = (lambda: bptt(d_output, unroll(x, h_0, params)[1]), lambda: rtrl(x, h_0, params, d_output))
    best = []
    for way in ways:
        spent = []
        for _ in range(5):
            start = process_time()
            way()
            spent.append(process_time() - start)
        best.append(min(spent))
    return best[0], best[1]


def accuracies(lag: int, k2: int, name: str = "window", **setting: Any) -> Array:
    """Return the stored accuracy of each network of `window`."""
    (found,) = results(name, "accuracy", lag=lag, k2=k2, **setting)
    return np.array(found)


def solved(lag: int, k2: int, name: str = "window", **setting: Any) -> str:
    """How many networks repeat at least 95 % of the flips, with an interval for the rate."""
    found = accuracies(lag, k2, name, **setting)
    return rate(int((found >= SOLVED).sum()), len(found))


def results(name: str, quantity: str, **setting: Any) -> list[Any]:
    """Return one quantity of the stored runs that have this setting, seed by seed."""
    return [r["result"][quantity] for r in load(f"bptt_{name}") if setting.items() <= r.items()]


def with_interval(values: Any, digits: int) -> str:
    """Mean of a result over the seeds, with its 95 % bootstrap interval."""
    return "{:.{d}f} [{:.{d}f}, {:.{d}f}]".format(*interval(values), d=digits)


def rows() -> list[Row]:
    """Return the table *published / obtained here*."""
    table = []
    for k2 in (0, 1, 4, 5):
        way = f"errors go {k2} back" if k2 else "recurrent weights as drawn"
        quantity = f"Repeat the flip of 4 steps ago, {way}: networks that reach 95 %"
        table.append(Row(quantity, "", "", solved(4, k2), NETWORKS))
    for carried in (True, False):
        found = [run[WAITS.index(200)] for run in results("carry", "accuracy", carried=carried)]
        state = "carried" if carried else "reset at each border"
        quantity = f"Hold a pulse for 200 steps, taught in chunks of {CHUNK}, state {state}: accuracy"
        table.append(Row(quantity, "", "", with_interval(found, 3), len(found)))
    guessed = "{cite:t}`schmidhuber2001`"
    told = "Latch problem, methods tested by {cite:t}`bengio1994`: trials"
    table.append(Row(told, "1,600", guessed, "not run here", 0))
    found = results("inputs", "trials")
    quantity = "Latch problem, simpler form, noise of variance 0.2: random guesses"
    table.append(Row(quantity, "6", guessed, with_interval(found, 1), len(found)))
    for noise in NOISES:
        found = results("latch", "trials", noise=noise)
        quantity = f"Latch problem, noise of {noise}: random guesses"
        table.append(Row(quantity, "22", guessed, with_interval(found, 0), len(found)))
    times = results("cost", "hidden")[0]["rtrl"]
    counted = [rtrl_cost(20, 1, size).multiplications for size in SIZES]
    quantity = "Time of RTRL with 64 units, in units of that with 32"
    table.append(Row(quantity, f"{counted[-1] / counted[-2]:.1f}", "derived", f"{times[-1] / times[-2]:.1f}", 1))
    return table


def _rounded(value: Any) -> float:
    """Five significant digits: the stored files stay small."""
    return float(f"{float(value):.5g}")


if __name__ == "__main__":
    main()
