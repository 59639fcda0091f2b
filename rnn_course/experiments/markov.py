"""Experiments of the chapter *Markov models and the state-space wall*."""

import re
import time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_course.datasets import shakespeare
from rnn_course.experiments.store import Result, Row, interval, load, run_grid
from rnn_course.markov import (
    AddK,
    Categorical,
    HiddenMarkovModel,
    KneserNey,
    MarkovChain,
    NGramModel,
    WittenBell,
    encode,
)
from rnn_course.markov.smoothing import Smoothing
from rnn_course.order import time_split
from rnn_course.tasks.ba_dii_guuu import LETTERS, conditional_entropy, make_letters

Tokens = NDArray[np.integer]

SEEDS = range(10)
SMOOTHINGS: dict[str, Smoothing] = {
    "maximum likelihood": AddK(0),
    "add 1": AddK(1),
    "add 0.05": AddK(0.05),
    "Witten–Bell": WittenBell(),
    "Kneser–Ney": KneserNey(),
}
TEXTS = ("plain", "27 symbols", "padded")
MAX_ORDER = 6
SIZES = (3_000, 10_000, 30_000, 100_000, 300_000, 746_023)
STATES = (3, 6, 9, 12, 18)
ENTROPY_RATE = float(np.log2(3) / 3)
SYMBOLS = " abcdefghijklmnopqrstuvwxyz"


def text(name: str) -> str:
    """Return the tragedies as they are, ``"plain"``, or changed.

    ``"27 symbols"`` are Shannon's: lower-case letters and single spaces. ``"padded"`` has two spaces after each line, as
    Markdown writes a line break.
    """
    if name == "plain":
        return shakespeare()
    if name == "padded":
        return re.sub(r"(?<=\S)\n", "  \n", shakespeare())
    return re.sub("[^a-z]+", " ", shakespeare().lower())


def split(name: str) -> tuple[Tokens, str, int]:
    """Return the token ids of a text, its symbols, and how many tokens come before the last tenth."""
    tokens, symbols = encode(text(name))
    train, _ = time_split(len(tokens), (0.9, 0.1))
    return tokens, symbols, train.stop


def run_shakespeare(text: str, smoothing: str, seed: int) -> Result:
    """Bits per character of the last tenth for contexts of 0 to 6 characters. Nothing is drawn: ``seed`` is not used.

    Returns
    -------
    dict: ``bits`` for each order, None where infinite; ``impossible``, the share of characters with probability 0.
    """
    tokens, symbols, n_train = split(text)
    model = NGramModel(len(symbols), MAX_ORDER, SMOOTHINGS[smoothing]).fit(tokens[:n_train])
    impossible = (model.probabilities(tokens, n_train) == 0).mean(axis=1)
    bits = model.bits(tokens, n_train)
    return {
        "bits": [round(float(b), 5) if np.isfinite(b) else None for b in bits],
        "impossible": impossible.round(5).tolist(),
    }


def run_wall(size: int, seed: int, max_order: int = 9) -> Result:
    """Learn from the last ``size`` characters before the test part: contexts seen, and what they are worth.

    Returns
    -------
    dict with a list over orders each: ``bits`` of Kneser-Ney; ``contexts``, different ones in training; ``unseen``,
    share of the test characters whose context never occurred in training.
    """
    tokens, symbols, n_train = split("plain")
    tokens, n_train = tokens[n_train - size :], size
    model = NGramModel(len(symbols), max_order, KneserNey()).fit(tokens[:n_train])
    unseen = [
        float(1 - np.isin(codes, model.counts[k].contexts).mean()) for k, codes in contexts(tokens, n_train, model)
    ]
    return {
        "bits": model.bits(tokens, n_train).round(5).tolist(),
        "contexts": [len(counts.contexts) for counts in model.counts],
        "unseen": np.round(unseen, 5).tolist(),
    }


def contexts(tokens: Tokens, start: int, model: NGramModel) -> Any:
    """Yield k and the codes of the k tokens before each of ``tokens[start:]``, for k from 0 to the model's order."""
    code = np.zeros(len(tokens) - start, np.int64)
    for k in range(model.order + 1):
        yield k, code
        code = code + tokens[start - k - 1 : len(tokens) - k - 1] * model.vocabulary_size**k


def run_letters(seed: int) -> Result:
    """Bits per letter of ba/dii/guuu: 1,000 words to learn from, 10,000 new ones, for orders 0 to 6."""
    rng = np.random.default_rng(seed)
    train, test = make_letters(1000, rng), make_letters(10_000, rng)
    models = {name: NGramModel(len(LETTERS), MAX_ORDER, SMOOTHINGS[name]) for name in ("Witten–Bell", "Kneser–Ney")}
    return {name: model.fit(train).bits(test).round(5).tolist() for name, model in models.items()}


def run_hidden(n_states: int, seed: int) -> Result:
    """Fit a hidden Markov model to ba/dii/guuu; bits per letter of new letters, and the iterations it took."""
    rng = np.random.default_rng(seed)
    train, test = (make_letters(1100, rng)[:3000].reshape(30, 100).T for _ in range(2))
    model = HiddenMarkovModel(n_states, Categorical(n_states, len(LETTERS), rng), rng)
    history = model.fit(train, n_iterations=500, tolerance=1e-5)
    bits = -model.log_probability(test).mean() / len(test) / np.log(2)
    return {"bits": round(float(bits), 5) if np.isfinite(bits) else None, "iterations": len(history)}


def fit_two_states(seed: int) -> tuple[HiddenMarkovModel, Categorical, float]:
    """Fit two hidden states to 30,000 characters of Shakespeare in 27 symbols, as 300 sequences.

    Returns
    -------
    the model, its emission, and its bits per character on these characters
    """
    tokens, symbols, _ = split("27 symbols")
    rng = np.random.default_rng(seed)
    emission = Categorical(2, len(symbols), rng)
    model = HiddenMarkovModel(2, emission, rng)
    history = model.fit(tokens[:30_000].reshape(300, 100).T, n_iterations=200, tolerance=1e-5)
    return model, emission, float(-history[-1] / np.log(2))


def run_vowels(seed: int) -> Result:
    """Fit two hidden states; return how far each symbol belongs to the state that shows "e", and the fit in bits.

    Returns
    -------
    dict: ``with e``, for each of the 27 symbols the probability of that state when the symbol is seen; ``bits``.
    """
    model, emission, bits = fit_two_states(seed)
    joint = MarkovChain(model.transition).stationary()[:, np.newaxis] * emission.probability  # (S, V)
    share = joint / joint.sum(axis=0)
    state = emission.probability[:, SYMBOLS.index("e")].argmax()
    return {"with e": share[state].round(4).tolist(), "bits": round(bits, 5)}


def vowels_apart(seed: int) -> bool:
    """Whether a stored run put the five vowels, and hardly any consonant, into one state."""
    share = np.array(results("vowels", "with e", seed=seed)[0])
    vowels = [i for i, symbol in enumerate(SYMBOLS) if symbol in "aeiou"]
    consonants = [i for i, symbol in enumerate(SYMBOLS) if symbol not in " aeiou"]
    return bool(share[vowels].min() > 0.5 and (share[consonants] > 0.5).sum() <= 1)


def vowel_chain() -> tuple[int, MarkovChain]:
    """Markov's count of 1913 on Hamlet: vowels among the first 20,000 letters, and the chain of consonant 0, vowel 1."""
    letters = text("27 symbols").replace(" ", "")[:20_000]
    is_vowel = np.array([letter in "aeiou" for letter in letters]).astype(int)
    return int(is_vowel.sum()), MarkovChain.fit(is_vowel, 2)


def floor(length: int) -> float:
    """Bits per letter of ba/dii/guuu that nobody can beat on sequences of ``length``: at their start less is known."""
    cost = [conditional_entropy(order) for order in range(4)]
    return float(np.mean([cost[min(t, 3)] for t in range(length)]))


def solved(n_states: int, margin: float = 0.02) -> tuple[int, int]:
    """How many runs of a hidden Markov model came within ``margin`` bits of the floor, and of how many."""
    obtained = results("hidden", "bits", n_states=n_states)
    return sum(value is not None and value < floor(100) + margin for value in obtained), len(obtained)


def large_hidden(
    device: str, n_states: int = 512, n_iterations: int = 60, n_characters: int | None = None
) -> dict[str, Any]:
    """Fit a large hidden Markov model to Shakespeare with torch: can hidden states do without a window?

    The expected counts of Baum-Welch are the gradient of ln p, so automatic differentiation computes them.

    Returns
    -------
    dict with the bits per character of the last tenth, the number of parameters and the seconds taken.
    """
    import torch

    tokens, symbols, n_train = split("plain")
    began, length = time.perf_counter(), 100
    torch.manual_seed(0)

    def chunks(part: Tokens) -> Any:
        """Cut a text into columns of 100 characters, 2,000 columns at a time."""
        part = part[:n_characters]
        whole = part[: len(part) // length * length].reshape(-1, length).T
        return torch.tensor(whole, device=device).split(2000, dim=1)

    def log_p(x: Any) -> Any:
        log_initial, log_transition, log_emission = logs
        transition, log_alpha = log_transition.exp(), log_initial + log_emission.T[x[0]]
        for step in x[1:]:
            highest = log_alpha.max(dim=1, keepdim=True).values.detach()
            moved = ((log_alpha - highest).exp() @ transition).clamp_min(1e-30)
            log_alpha = moved.log() + highest + log_emission.T[step]
        return torch.logsumexp(log_alpha, dim=1).sum()

    shapes = (n_states,), (n_states, n_states), (n_states, len(symbols))
    start = [torch.distributions.Dirichlet(torch.ones(shape)).sample().to(device) for shape in shapes]
    logs = [part.log().requires_grad_() for part in start]
    for _ in range(n_iterations):
        counts = [torch.full_like(part, 1e-3) for part in logs]  # not 0: the logarithms stay finite
        for x in chunks(tokens[:n_train]):
            for count, gradient in zip(counts, torch.autograd.grad(log_p(x), logs), strict=True):
                count += gradient
        logs = [(count / count.sum(dim=-1, keepdim=True)).log().requires_grad_() for count in counts]
    test = chunks(tokens[n_train:])
    with torch.no_grad():
        nats = -sum(log_p(x).item() for x in test) / sum(x.numel() for x in test)
    return {
        "states": n_states,
        "bits": float(nats / np.log(2)),
        "parameters": sum(part.numel() for part in logs),
        "seconds": time.perf_counter() - began,
    }


def results(name: str, quantity: str, **setting: Any) -> list[Any]:
    """Return one quantity of the stored runs that have this setting, seed by seed."""
    return [r["result"][quantity] for r in load(f"markov_{name}") if setting.items() <= r.items()]


def bits(smoothing: str, text: str = "plain") -> NDArray[np.floating]:
    """Stored bits per character of Shakespeare's last tenth for orders 0 to 6; infinite where None is stored."""
    stored = results("shakespeare", "bits", text=text, smoothing=smoothing)[0]
    return np.array([np.inf if value is None else value for value in stored])


def rows() -> list[Row]:
    """Return the table *published / obtained here*."""
    table = []
    _, chain = vowel_chain()
    source = "{cite:t}`markov2006`, Onegin"
    for place, vowel, published in (("after a vowel", 1, "0.128"), ("after a consonant", 0, "0.663")):
        obtained = f"{chain.transition[vowel, 1]:.3f} (Hamlet)"
        table.append(Row(f"Vowel {place}, 20,000 letters: probability", published, source, obtained, 0))
    for order in (2, 3, 4):
        mean, low, high = interval(run[order] for run in results("letters", "Witten–Bell"))
        obtained = f"{mean:.3f} [{low:.3f}, {high:.3f}]"
        bound = f"{conditional_entropy(order):.3f}"
        table.append(Row(f"ba/dii/guuu, order {order}: bits per letter", bound, "derived", obtained, len(SEEDS)))
    for order, published in enumerate(("4.03", "3.32", "3.1")):
        quantity = f"English in 27 symbols, order {order}: bits per letter"
        obtained = f"{bits('Witten–Bell', '27 symbols')[order]:.2f} (Shakespeare)"
        table.append(Row(quantity, published, "{cite:t}`shannon1951`", obtained, 0))
    best = {name: f"{bits(name).min():.2f} (order {bits(name).argmin()})" for name in ("Witten–Bell", "Kneser–Ney")}
    table.append(Row("Shakespeare, Witten–Bell: bits per character", "", "-", best["Witten–Bell"], 0))
    better = "lower than all others"
    source = "{cite:t}`chen1999`"
    table.append(Row("Shakespeare, Kneser–Ney: bits per character", better, source, best["Kneser–Ney"], 0))
    for n_states in (9, 12):
        found, n = solved(n_states)
        quantity = f"ba/dii/guuu, {n_states} hidden states: runs that reach the best possible cost"
        table.append(Row(quantity, "possible from 9 states on", "derived", f"{found} of {n}", n))
    apart = [vowels_apart(seed) for seed in SEEDS]
    source = "after {cite:t}`cave1980`"
    table.append(
        Row("Two hidden states: runs that set vowels apart", "", source, f"{sum(apart)} of {len(apart)}", len(apart))
    )
    return table


def main() -> None:
    """Run what is not stored yet. About four minutes on one core in all."""
    grid = [{"text": text, "smoothing": smoothing} for text in TEXTS for smoothing in SMOOTHINGS]
    run_grid("markov_shakespeare", run_shakespeare, grid, [0])
    run_grid("markov_wall", run_wall, [{"size": size} for size in SIZES], [0])
    run_grid("markov_letters", run_letters, [{}], SEEDS)
    run_grid("markov_hidden", run_hidden, [{"n_states": n_states} for n_states in STATES], range(20))
    run_grid("markov_vowels", run_vowels, [{}], SEEDS)


if __name__ == "__main__":
    main()
