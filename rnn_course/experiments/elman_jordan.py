"""Experiments of the chapter on Elman and Jordan networks: XOR and letters as in 1990, and a flip-flop for all."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_course.elman_jordan import ElmanRNN, JordanRNN
from rnn_course.experiments.online import Stack, half_squared_error, surprise
from rnn_course.experiments.store import Result, Row, interval, load, rate, run_grid
from rnn_course.functional import mse_loss
from rnn_course.module import Module
from rnn_course.optim import Adam, clip_grad_norm
from rnn_course.readout import Readout
from rnn_course.tasks.ba_dii_guuu import FEATURES, LETTERS, conditional_entropy, make_letters, source
from rnn_course.tasks.flip_flop import make_flip_flop
from rnn_course.tasks.xor import make_xor_sequence
from rnn_course.tdnn import TDNN

Array = NDArray[np.floating]
Tokens = NDArray[np.int64]
HIDDEN = (2, 4, 8)
WINDOWS = (1, 3)
SOLVED = 0.95
DIP = 0.1
CODES = ("features", "one-hot")
MODELS = ("TDNN", "Jordan, one step", "Jordan", "Elman, one step", "Elman")
AGES = range(31)  # steps since the last pulse
FIELD = 8  # inputs that the TDNN sees
HELD = 1000  # steps of silence after a single pulse


def main() -> None:
    """Run what is not stored yet; about half an hour in all on an idle core."""
    settings = [{"model": model, "asked": asked} for asked in (False, True) for model in MODELS]
    run_grid("elman_jordan_flipflop", flip_flop, settings, range(20))
    run_grid("elman_jordan_letters", letters, [{"code": code} for code in CODES], seeds=[0])
    settings = [{"hidden": hidden, "window": window} for hidden in HIDDEN for window in WINDOWS]
    run_grid("elman_jordan_xor", temporal_xor, settings, seeds=[0])


def temporal_xor(
    hidden: int, window: int, seed: int, networks: int = 32, n_triples: int = 1000, passes: int = 600, lr: float = 0.2
) -> Result:
    """Train a stack of 1-H-1 Elman networks to predict the next bit of XOR in time.

    Each network has a stream of its own, 3,000 bits long, and reads it ``passes`` times. It changes its weights after
    every bit, by the gradient of the half squared error of that bit, taken ``window`` steps back: one step is the
    training of Elman (1990). All units are sigmoid; the context starts at 1/2; weights start uniform in ±1.

    Returns
    -------
    dict of lists, an entry a network, on a new stream: ``rmse`` at each phase of the target, and ``accuracy`` at the
    XOR bit. Chance is 0.5 for each. ``best`` holds the weights of the network with the smallest error at the XOR bit.
    """
    rng = np.random.default_rng(seed)
    stack = Stack.draw(networks, 1, hidden, 1, rng)
    bits, test = (np.stack([make_xor_sequence(n_triples, rng) for _ in range(networks)], axis=1) for _ in range(2))
    stream = bits[..., np.newaxis, np.newaxis].astype(float)
    stack.learn(stream[:-1], stream[1:], half_squared_error, window, passes, lr)
    output = stack.run(test[:-1, :, np.newaxis, np.newaxis].astype(float), half_squared_error)[0][..., 0]  # (T - 1, N)
    phase = np.arange(1, len(test)) % 3
    rmse = np.stack([np.sqrt(((output - test[1:])[phase == p] ** 2).mean(axis=0)) for p in range(3)], axis=1)
    accuracy = ((output > 0.5) == (test[1:] == 1))[phase == 2].mean(axis=0)
    best = stack.weights(int(rmse[:, 2].argmin()))
    return {"rmse": rmse.round(3).tolist(), "accuracy": accuracy.round(3).tolist(), "best": best}


def letters(code: str, seed: int, networks: int = 20, n_words: int = 1000, passes: int = 60, lr: float = 0.1) -> Result:
    """Train a stack of 6-20-6 Elman networks, one step back, to predict the next letter of ba, dii, guuu.

    With ``code`` "features" letters are Elman's vectors of six articulatory features, and the error is half squared;
    with "one-hot" each letter is a unit, and the outputs are probabilities.

    Returns
    -------
    dict, on new letters: ``error``, a list for each network with an entry for each place in a word, in the order of
    ``tasks.ba_dii_guuu.source``: the root mean squared error over all six outputs, or the cost in bits. ``bits``, the
    mean cost of a letter (one-hot only). ``feature``, the root mean squared error of each output when a consonant is
    to be predicted (features only).
    """
    rng = np.random.default_rng(seed)
    stack = Stack.draw(networks, len(LETTERS), 20, len(LETTERS), rng)
    tokens, test = (_streams(networks, n_words, rng) for _ in range(2))
    vectors, head = (FEATURES, half_squared_error) if code == "features" else (np.eye(len(LETTERS)), surprise)
    stack.learn(vectors[tokens[:-1], np.newaxis], vectors[tokens[1:], np.newaxis], head, 1, passes, lr)
    output, _ = stack.run(vectors[test[:-1], np.newaxis], head)  # (T - 1, N, 6)
    wanted, place = vectors[test[1:]], _places(test)[1:]
    squared = (output - wanted) ** 2
    if code == "features":
        error = [[np.sqrt(squared[:, i][place[:, i] == p].mean()) for p in range(9)] for i in range(networks)]
        consonant = np.isin(place, (0, 2, 5))
        feature = [np.sqrt(squared[:, i][consonant[:, i]].mean(axis=0)) for i in range(networks)]
        return {"error": _rounded(error), "feature": _rounded(feature)}
    cost = -np.log2((output * wanted).sum(axis=-1))  # (T - 1, N)
    error = [[cost[:, i][place[:, i] == p].mean() for p in range(9)] for i in range(networks)]
    return {"error": _rounded(error), "bits": _rounded(cost.mean(axis=0))}


def _streams(networks: int, n_words: int, rng: np.random.Generator) -> Tokens:
    """Draw a stream of letters for each network, (T, N), all cut to the length of the shortest."""
    drawn = [make_letters(n_words, rng) for _ in range(networks)]
    return np.stack([stream[: min(map(len, drawn))] for stream in drawn], axis=1)


def _places(tokens: Tokens) -> Tokens:
    """Return the place in its word of every letter of streams (T, N) that begin with a word: an index of `source`."""
    names, _ = source()
    start = np.array([names.index(letter) if letter in names else -1 for letter in LETTERS])[tokens]  # -1 for a vowel
    place = start.copy()
    for t in range(1, len(place)):
        place[t] = np.where(start[t] < 0, place[t - 1] + 1, start[t])
    return place


def flip_flop(model: str, asked: bool, seed: int, updates: int = 600) -> Result:
    """Train a network of 36 or 37 parameters on the flip-flop, 100 new sequences of 30 steps for each update.

    Returns
    -------
    dict: ``parameters``; ``accuracy`` of the sign where an answer is wanted, by the pulse's age (`AGES`); ``held``, the
    same a thousand steps after a single pulse; ``silence`` (if asked), root mean square of the output where none is
    wanted; ``margin`` (if asked), how often that output nonetheless has the sign of the last pulse. For
    Elman networks ``r2``: how much of the pulse of 0, 1, …, 5 steps ago, and of the sign that is to be kept, a linear
    map finds in the state.
    """
    rng = np.random.default_rng(seed)
    net = _network(model, rng)
    optimizer = Adam(net.parameters(), lr=0.01)
    for _ in range(updates):
        x, target, _ = make_flip_flop(30, 100, rng, asked)
        output, _, cache = net.forward(x)
        grads = net.backward(mse_loss(output, target)[1], cache)[2]
        clip_grad_norm(grads, 1.0)
        optimizer.step(grads)
    x, target, age = make_flip_flop(100, 1000, rng, asked, pulse=0.05)
    output, wanted = net.forward(x)[0], target[..., 0] != 0
    right = (output * target)[..., 0] > 0
    result: Result = {
        "parameters": net.count_parameters(),
        "accuracy": _rounded([right[wanted & (age == k)].mean() for k in AGES]),
        "held": _held(net, asked, rng),
    }
    if asked:
        quiet, sign = output[..., 0][~wanted], _last_pulse(x, age)[~wanted]
        result |= {"silence": _rounded(np.sqrt((quiet**2).mean())), "margin": _rounded((quiet * sign > 0).mean())}
    if isinstance(net, Readout):
        told = make_flip_flop(100, 1000, np.random.default_rng(seed), pulse=0.1)
        result["r2"] = _r2(net.rnn.forward(told[0])[0], told[0][..., :1], told[1])
    return result


def _network(model: str, rng: np.random.Generator) -> Module:
    one_step = model.endswith("one step")
    if model == "TDNN":
        return TDNN([2, 2, 1], [FIELD, 1], rng, causal=True)
    if model.startswith("Jordan"):
        return JordanRNN(2, 7, 1, rng, one_step=one_step)
    return Readout(ElmanRNN(2, 4, rng, one_step=one_step), 1, rng)


def _held(net: Module, asked: bool, rng: np.random.Generator) -> float:
    """Return the share of 500 sequences in which the answer is right a thousand steps after the only pulse."""
    x, *_ = make_flip_flop(HELD + 1, 500, rng, asked, pulse=0)
    x[-1, :, 1] = 1  # a question at the end
    return _rounded((net.forward(x)[0][-1] * x[0, :, :1] > 0).mean())


def _last_pulse(x: Array, age: Tokens) -> Array:
    """Return the pulse that is ``age`` steps old at each step, (T, B)."""
    return np.take_along_axis(x[..., 0], np.arange(len(x))[:, np.newaxis] - age, axis=0)


def _r2(states: Array, pulses: Array, told: Array, lags: int = 6) -> list[float]:
    """Share of the variance that least squares explains: of the pulse of each lag, then of what is to be kept."""
    wanted = [np.roll(pulses, lag, axis=0) for lag in range(lags)] + [told]
    design = states[lags:].reshape(-1, states.shape[-1])
    design = np.column_stack([design, np.ones(len(design))])
    targets = np.concatenate(wanted, axis=-1)[lags:].reshape(len(design), -1)
    rest = targets - design @ np.linalg.lstsq(design, targets, rcond=None)[0]
    return _rounded(1 - rest.var(axis=0) / targets.var(axis=0))


def _rounded(values: Any) -> Any:
    return np.round(values, 3).tolist()


def results(name: str, quantity: str, **setting: Any) -> list[Any]:
    """Return one quantity of the stored runs that have this setting, seed by seed."""
    return [r["result"][quantity] for r in load(f"elman_jordan_{name}") if setting.items() <= r.items()]


def with_interval(values: Any, digits: int = 3) -> str:
    """Mean of a result over the seeds, with its 95 % bootstrap interval."""
    return "{:.{d}f} [{:.{d}f}, {:.{d}f}]".format(*interval(values), d=digits)


def solved(hidden: int, window: int) -> tuple[int, int]:
    """How many networks say the XOR bit right at least 95 % of the time, and how many there are."""
    (accuracy,) = results("xor", "accuracy", hidden=hidden, window=window)
    return sum(value >= SOLVED for value in accuracy), len(accuracy)


def dipped(hidden: int, window: int) -> tuple[int, int]:
    """How many networks err less at the XOR bit than at either coin flip, by `DIP` at least, and how many there are."""
    (rmse,) = results("xor", "rmse", hidden=hidden, window=window)
    return sum(min(first, second) - third >= DIP for first, second, third in rmse), len(rmse)


def timed(hidden: int, window: int) -> tuple[int, int]:
    """How many networks know when the XOR bit comes, and how many there are.

    Whoever sees two bits, and not their phase, cannot get the mean squared error under 2/9; whoever knows the phase too
    can get it to 1/6. The limit lies halfway.
    """
    (rmse,) = results("xor", "rmse", hidden=hidden, window=window)
    return sum(bool(np.mean(np.square(errors)) < (2 / 9 + 1 / 6) / 2) for errors in rmse), len(rmse)


def rows() -> list[Row]:
    """Return the table *published / obtained here*."""
    elman, table = "{cite:t}`elman1990`", []
    for hidden in HIDDEN:
        for window in WINDOWS:
            count, total = solved(hidden, window)
            back = "one step back" if window == 1 else f"{window} steps back"
            quantity = f"XOR in time, 1-{hidden}-1, gradient {back}: networks that solve it"
            published = ("1 network shown", elman) if (hidden, window) == (2, 1) else ("", "")
            table.append(Row(quantity, *published, rate(count, total), total))
    (bits,) = results("letters", "bits", code="one-hot")
    least = f"at least {conditional_entropy(3):.3f}"
    table.append(Row("ba, dii, guuu, 6-20-6: bits a letter", least, "derived", with_interval(bits), len(bits)))
    for model in MODELS:
        for asked in (False, True):
            found = [run[FIELD] for run in results("flipflop", "accuracy", model=model, asked=asked)]
            quantity = f"Flip-flop, {'asked now and then' if asked else 'told at every step'}, age {FIELD}: {model}"
            bound = ("0.500", "derived") if model == "TDNN" else ("", "")
            table.append(Row(quantity, *bound, with_interval(found), len(found)))
    return table
