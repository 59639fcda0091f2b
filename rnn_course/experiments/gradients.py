"""Experiments of the chapter on vanishing and exploding gradients: what decides which, and which cure helps."""

from time import process_time
from typing import Any

import numpy as np

from rnn_course.bptt import gradient_norm_by_lag, unroll
from rnn_course.elman_jordan import ElmanRNN
from rnn_course.experiments.cures import Cure, accuracy, draw_order, learn_order, order_network, reach, rounded
from rnn_course.experiments.store import Result, Row, interval, load, rate, run_grid
from rnn_course.ffnn import Activation
from rnn_course.functional import cross_entropy, identity, mse_loss, relu, sigmoid, tanh
from rnn_course.gradients import identity_weight, scale_to_radius
from rnn_course.optim import SGD, Adam, clip_grad_norm
from rnn_course.readout import Readout
from rnn_course.tasks.adding import constant_error, make_adding
from rnn_course.training import fit, minibatches

ACTIVATIONS: dict[str, Activation] = {
    "identity": identity,
    "tanh": tanh,
    "ReLU": relu,
    "sigmoid": sigmoid,
    "sigmoid, centred": sigmoid,
}
RADII = (0.5, 0.9, 1.0, 1.1, 1.5, 2.0, 4.0, 8.0)
LENGTHS = (10, 20, 30, 40)
LONG = (50, 100)
METHODS = {
    "SGD": Cure(),
    "Ω": Cure(omega=1),
    "clipping": Cure(max_norm=1),
    "clipping and Ω": Cure(max_norm=1, omega=1),
}
DISEASES = {"vanishing": 0.5, "exploding": 2.0}  # spectral radius at the start
CURES = {
    "nothing": Cure(),
    "clipping by norm": Cure(max_norm=1),
    "clipping by value": Cure(max_value=0.1),
    "L2, λ = 0.001": Cure(l2=0.001),
    "L2, λ = 0.01": Cure(l2=0.01),
    "dropout 0.2": Cure(dropout=0.2),
    "Ω": Cure(omega=1),
    "clipping and L2, λ = 0.001": Cure(max_norm=1, l2=0.001),
    "clipping and dropout 0.2": Cure(max_norm=1, dropout=0.2),
    "clipping and Ω": Cure(max_norm=1, omega=1),
}
PATIENCE = 15_000  # updates
PATIENT = {  # on long sequences, with ten times as many updates
    "plain descent, rate 0.03": Cure(0.03),
    "clipping, rate 0.1": Cure(0.1, max_norm=1),
    "clipping, rate 0.03": Cure(0.03, max_norm=1),
    "clipping and Ω, rate 0.1": Cure(0.1, max_norm=1, omega=1),
    "clipping and Ω, rate 0.03": Cure(0.03, max_norm=1, omega=1),
}
COMEBACK = ("nothing", "clipping by norm")
STARTS = (0.5, 0.95, 2.0, 3.0, 4.0)
ADDERS = ("IRNN", "ReLU", "tanh")


def main() -> None:
    """Run what is not stored yet; about two hours on one core."""
    run_grid("gradients_norms", norms, [{"activation": a, "radius": r} for a in ACTIVATIONS for r in RADII], range(20))
    run_grid("gradients_adding", adding, [{"model": model} for model in ADDERS], range(20))
    order = [{"method": method, "length": length} for length in LENGTHS for method in METHODS]
    run_grid("gradients_order", temporal_order, order, range(20))
    long = [{"cure": cure, "length": length} for cure in PATIENT for length in LONG]
    run_grid("gradients_long", long_order, long, range(20))
    run_grid("gradients_cures", cure, [{"disease": d, "cure": c} for d in DISEASES for c in CURES], range(20))
    run_grid("gradients_comeback", comeback, [{"cure": cure} for cure in COMEBACK], seeds=[0])
    run_grid("gradients_small", small_data, [{"radius": radius} for radius in STARTS], range(20))


def norms(activation: str, radius: float, seed: int, hidden: int = 50, n_steps: int = 50) -> Result:
    """Measure how a gradient changes on its way back through an untrained network that reads noise.

    The recurrent weights are normal, scaled to the spectral radius. Inputs have a standard deviation of 0.1. A "centred"
    sigmoid has the bias that holds every unit at 1/2, where its slope is largest, as long as nothing comes in.

    Returns
    -------
    dict: ``growth``, the factor by which the norm changes in a step, a geometric mean over all steps; ``log10``, the
    logarithm of the norm at each tenth lag.
    """
    rng, function = np.random.default_rng(seed), ACTIVATIONS[activation]
    weight = scale_to_radius(rng.standard_normal((hidden, hidden)), radius)
    centred = activation.endswith("centred")
    params = {
        "weight_ih": np.eye(hidden),
        "weight_hh": weight,
        "bias_ih": -weight.sum(axis=1) / 2 if centred else np.zeros(hidden),
        "bias_hh": np.zeros(hidden),
    }
    x = 0.1 * rng.standard_normal((n_steps, 1, hidden))
    states, _ = unroll(x, np.full((1, hidden), 0.5 if function is sigmoid else 0.0), params, function)
    d_state = rng.standard_normal((1, hidden)) / np.sqrt(hidden)
    log10 = np.log10(gradient_norm_by_lag(d_state, states, weight, function)[:, 0])
    return {"growth": rounded(10 ** ((log10[-1] - log10[0]) / n_steps)), "log10": [rounded(v) for v in log10[::10]]}


def temporal_order(method: str, length: int, seed: int) -> Result:
    """Train 30 tanh units on temporal order, from a spectral radius of 0.95, with new sequences in each update.

    Returns
    -------
    dict: see `learn_order`
    """
    return learn_order(METHODS[method], length, 0.95, seed)


def long_order(cure: str, length: int, seed: int) -> Result:
    """Train on sequences as long as the published ones, in ten times as many updates.

    Returns
    -------
    dict: see `learn_order`
    """
    return learn_order(PATIENT[cure], length, 0.95, seed, PATIENCE)


def cure(disease: str, cure: str, seed: int) -> Result:
    """Train 30 tanh units on temporal order of length 20 from a bad start."""
    return learn_order(CURES[cure], 20, DISEASES[disease], seed, PATIENCE)


def comeback(cure: str, seed: int, updates: int = 4000) -> Result:
    """Watch a gradient that vanished while the network trains: how much of it arrives, and how long it is.

    Returns
    -------
    dict of lists: ``reach`` before each tenth update, and ``norm``, the largest before clipping in the ten updates from
    there; ``solved``.
    """
    x, _ = draw_order(200, 20, np.random.default_rng([seed, 1]))
    found: Result = {"reach": [], "norm": []}
    seen: list[float] = []

    def watch(model: Readout, norm: float) -> None:
        if len(seen) % 10 == 0:
            found["reach"].append(rounded(reach(model, x)))
            found["norm"].append(0.0)
        seen.append(norm)
        found["norm"][-1] = max(found["norm"][-1], rounded(norm))

    result = learn_order(CURES[cure], 20, DISEASES["vanishing"], seed, updates, watch=watch)
    return found | {"solved": result["solved"]}


def adding(model: str, seed: int, updates: int = 3000, hidden: int = 50) -> Result:
    """Train on the adding problem at T = 100 with Adam and clipped gradients, on new sequences in each update.

    "IRNN" starts with rectified units, the identity, and biases of zero (Le et al. 2015); its other weights are normal
    with a deviation of 0.1. "ReLU" differs from it in the recurrent weights alone, which are normal with a deviation of
    1/√H. "tanh" starts as torch's default does.

    Returns
    -------
    dict: ``mse``, a list, on 2,000 sequences after each 300 updates; ``seconds`` of processor time.
    """
    rng, began = np.random.default_rng(seed), process_time()
    rnn = ElmanRNN(2, hidden, rng, activation=tanh if model == "tanh" else relu, dtype=np.float32)
    net = Readout(rnn, 1, rng, True, np.float32)
    if model != "tanh":
        for name, value in net.parameters().items():
            value[...] = 0.1 * rng.standard_normal(value.shape) if "weight" in name else 0
        normal = rng.standard_normal((hidden, hidden)) / np.sqrt(hidden)
        rnn.params["weight_hh_l0"][...] = identity_weight(hidden) if model == "IRNN" else normal
    optimizer, scores = Adam(net.parameters(), 0.001), []
    test_x, test_y = (part.astype(np.float32) for part in make_adding(2000, rng))
    for update in range(1, updates + 1):
        x, y = (part.astype(np.float32) for part in make_adding(32, rng))
        output, _, cache = net.forward(x)
        grads = net.backward(mse_loss(output, y)[1], cache)[2]
        clip_grad_norm(grads, 1)
        optimizer.step(grads)
        if update % 300 == 0:
            scores.append(rounded(mse_loss(net.forward(test_x)[0], test_y)[0]))
    return {"mse": scores, "seconds": round(process_time() - began, 1)}


def small_data(radius: float, seed: int, length: int = 20, examples: int = 40) -> Result:
    """Learn temporal order from 40 sequences, seen 300 times, with clipped gradients; once more with early stopping.

    Returns
    -------
    dict: ``reach`` before training; ``largest`` weight after it, and ``radius``; cross-entropy and accuracy on the
    ``train`` and ``test`` sequences, pairs; ``stopped``, the same pairs of the network that was best on validation.
    """
    seen, held, test = (draw_order(n, length, np.random.default_rng([seed, n])) for n in (examples, 500, 5000))
    result: Result = {}
    for patience in (None, 20):
        rng = np.random.default_rng(seed)
        model = order_network(radius, rng)
        result.setdefault("reach", rounded(reach(model, held[0])))
        data, validation = (minibatches(*part, 20, target_batch_axis=0) for part in (seen, held))
        settings = {"validation": validation, "max_norm": 1, "patience": patience, "progress": False}
        fit(model, data, cross_entropy, SGD(model.parameters(), 0.1), 300, rng, **settings)
        scores = {
            name: [rounded(cross_entropy(model.forward(part[0])[0], part[1])[0]), rounded(accuracy(model, *part))]
            for name, part in (("train", seen), ("test", test))
        }
        result |= scores if patience is None else {"stopped": scores}
    return result


def results(name: str, quantity: str, **setting: Any) -> list[Any]:
    """Return one quantity of the stored runs that have this setting, seed by seed."""
    return [r["result"][quantity] for r in load(f"gradients_{name}") if setting.items() <= r.items()]


def with_interval(values: Any, digits: int = 3) -> str:
    """Mean of a result over the seeds, with its 95 % bootstrap interval."""
    return "{:.{d}f} [{:.{d}f}, {:.{d}f}]".format(*interval(values), d=digits)


def success(name: str, **setting: Any) -> str:
    """How many runs with this setting solved their task, with a 95 % interval of the rate."""
    solved = results(name, "solved", **setting)
    return rate(sum(solved), len(solved))


def solved_within(disease: str, cure: str, updates: int) -> list[bool]:
    """Whether each run of `cure` solved the task in so many updates."""
    runs = [r["result"] for r in load("gradients_cures") if (r["disease"], r["cure"]) == (disease, cure)]
    return [run["solved"] and run["updates"] <= updates for run in runs]


def cured(disease: str, cure: str, updates: int = PATIENCE) -> str:
    """How many runs of `cure` solved the task in so many updates, with a 95 % interval of the rate."""
    solved = solved_within(disease, cure, updates)
    return rate(sum(solved), len(solved))


def escaped(model: str) -> str:
    """How many runs of the adding problem end at less than half the error of the best constant, with an interval."""
    halved = [run[-1] < constant_error() / 2 for run in results("adding", "mse", model=model)]
    return rate(sum(halved), len(halved))


def rows() -> list[Row]:
    """Return the table *published / obtained here*."""
    pascanu, table = "{cite:t}`pascanu2013`", []
    for method, length in (("SGD", 20), ("Ω", 30), ("clipping", 40), ("clipping and Ω", 40)):
        told = ("learning usually fails", pascanu) if method == "Ω" else ("", "")
        quantity = f"Temporal order of {length} symbols, {method}: runs that solve it"
        table.append(Row(quantity, *told, success("order", method=method, length=length), 20))
    told = "5 of 5, one network for all lengths from 50 to 200"
    for length in LONG:
        for cure in (name for name in PATIENT if "Ω" in name):
            quantity = f"Temporal order of {length} symbols, {cure}, up to {PATIENCE:,} updates: runs that solve it"
            table.append(Row(quantity, told, pascanu, success("long", cure=cure, length=length), 20))
    untreated = results("cures", "accuracy", disease="vanishing", cure="nothing")
    quantity = "Temporal order of 20 symbols, gradient vanished, no cure: accuracy"
    table.append(Row(quantity, "0.25", "derived: four classes", with_interval(untreated), len(untreated)))
    told = {"tanh": ("1/6", "derived: the best constant"), "IRNN": ("comparable to an LSTM", "{cite:t}`le2015`")}
    for model in ADDERS:
        final = [run[-1] for run in results("adding", "mse", model=model)]
        quantity = f"Adding problem, T = 100, {model}: mean squared error"
        table.append(Row(quantity, *told.get(model, ("", "")), with_interval(final, 4), len(final)))
        quantity = f"Adding problem, T = 100, {model}: runs that halve the error of the best constant"
        table.append(Row(quantity, "", "", escaped(model), len(final)))
    return table


if __name__ == "__main__":
    main()
