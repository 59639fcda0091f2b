"""Experiments of the chapter *Why order matters*."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnn_course import order
from rnn_course.datasets import shakespeare
from rnn_course.experiments.store import Result, Row, interval, load, run_grid
from rnn_course.functional import cross_entropy
from rnn_course.markov import NGramModel, WittenBell, encode
from rnn_course.optim import Adam
from rnn_course.tasks import negation, temporal_order
from rnn_course.training import fit, minibatches

Tokens = NDArray[np.integer]

SEEDS = range(10)
VIEWS = ("bag", "bigrams", "relevant", "stamped")
SHUFFLES: dict[str, Callable[[str, np.random.Generator], str]] = {
    "words shuffled": order.shuffle_words,
    "letters shuffled": order.shuffle_letters,
    "all shuffled": order.shuffle_characters,
}
TEXTS = ("original", *SHUFFLES)
SPLITS = ("random", "time", "time and gap")
MAX_ORDER = 6


def train_classifier(
    tokens: Tokens, labels: Tokens, vocabulary_size: int, n: int, lr: float, epochs: int, rng: np.random.Generator
) -> order.BagOfNgrams:
    """Fit softmax regression on n-gram counts of ``tokens``, (T, B), to ``labels``, (B,)."""
    model = order.BagOfNgrams(vocabulary_size, int(labels.max()) + 1, n)
    data = minibatches(tokens, labels, batch_size=100, target_batch_axis=0)
    fit(model, data, cross_entropy, Adam(model.parameters(), lr=lr), epochs, rng, progress=False)
    return model


def accuracy(model: order.BagOfNgrams, tokens: Tokens, labels: Tokens) -> float:
    """Share of the sequences that the model gives their own class."""
    return float((model.forward(tokens)[0].argmax(axis=1) == labels).mean())


def see(view: str, tokens: Tokens) -> tuple[Tokens, int, int]:
    """Show a classifier one view of temporal-order sequences.

    Parameters
    ----------
    view : ``"bag"``, counts of symbols; ``"bigrams"``, counts of neighbouring pairs; ``"relevant"``, X and Y alone, as
        a pair; ``"stamped"``, every symbol marked with its position
    tokens : int ndarray of shape (T, B)

    Returns
    -------
    tokens : int ndarray, what the classifier gets
    vocabulary_size : int
    n : int, length of the runs to count
    """
    n_symbols = len(temporal_order.SYMBOLS)
    if view == "relevant":
        chosen = np.isin(tokens, [temporal_order.X, temporal_order.Y])
        return tokens.T[chosen.T].reshape(-1, 2).T, n_symbols, 2
    if view == "stamped":
        return tokens + n_symbols * np.arange(len(tokens))[:, np.newaxis], n_symbols * len(tokens), 1
    return tokens, n_symbols, 2 if view == "bigrams" else 1


def delay(tokens: Tokens, steps: int, rng: np.random.Generator) -> Tokens:
    """Push X and Y ``steps`` positions later: distractors go in after E, as many symbols before B drop out."""
    padding = rng.choice(temporal_order.DISTRACTORS, (steps, tokens.shape[1]))
    return np.concatenate([tokens[:1], padding, tokens[1 : -1 - steps], tokens[-1:]])


def run_temporal_order(view: str, seed: int) -> Result:
    """Train on 4,000 sequences of one view; test on 2,000 new ones, and on the same delayed by 30 steps."""
    rng = np.random.default_rng(seed)
    tokens, labels = temporal_order.make_temporal_order(4000, rng)
    test, test_labels = temporal_order.make_temporal_order(2000, rng)
    seen, vocabulary_size, n = see(view, tokens)
    model = train_classifier(seen, labels, vocabulary_size, n, lr=0.05, epochs=20, rng=rng)
    majority = np.bincount(labels.astype(np.intp)).argmax()
    return {
        "accuracy": accuracy(model, see(view, test)[0], test_labels),
        "delayed": accuracy(model, see(view, delay(test, 30, rng))[0], test_labels),
        "ceiling": order.bag_baseline(test, test_labels, [temporal_order.X, temporal_order.Y]),
        "majority": float((test_labels == majority).mean()),
    }


def run_negation(n: int, seed: int) -> Result:
    """Train on the n-grams of 4,000 sentences, test on 2,000 new ones."""
    rng = np.random.default_rng(seed)
    tokens, labels = negation.make_negation(4000, rng)
    test, test_labels = negation.make_negation(2000, rng)
    model = train_classifier(tokens, labels, len(negation.VOCABULARY), n, lr=0.02, epochs=10, rng=rng)
    majority = np.bincount(labels.astype(np.intp)).argmax()
    return {
        "accuracy": accuracy(model, test, test_labels),
        "training": accuracy(model, tokens, labels),
        "majority": float((test_labels == majority).mean()),
    }


def negation_ceiling(n: int) -> float:
    """Highest accuracy of any function of the n-gram counts, summed over the whole language: no estimate."""
    tokens, labels, probability = negation.all_sentences()
    index = np.zeros((len(tokens) - n + 1, labels.size), np.int64)
    for k in range(n):
        index = index * len(negation.VOCABULARY) + tokens[k : k + len(index)]
    # two sentences have the same counts if their sorted n-grams are the same
    _, group = np.unique(np.sort(index, axis=0), axis=1, return_inverse=True)
    cell = (group.ravel() * 2 + labels).astype(np.intp)  # 32 bits in a browser, and bincount takes no wider ones
    table = np.bincount(cell, weights=probability, minlength=2 * (group.max() + 1))
    return float(table.reshape(-1, 2).max(axis=1).sum())


def spoil(text: str, how: str, rng: np.random.Generator) -> str:
    """Return ``text`` in one of the states of `TEXTS`."""
    return text if how == "original" else SHUFFLES[how](text, rng)


def run_shakespeare(text: str, seed: int) -> Result:
    """Bits per character of the last tenth, for contexts of 0 to 6 characters. Each part is shuffled by itself."""
    whole, rng = shakespeare(), np.random.default_rng(seed)
    train, test = (spoil(whole[part], text, rng) for part in order.time_split(len(whole), (0.9, 0.1)))
    tokens, symbols = encode(train + test)
    model = NGramModel(len(symbols), MAX_ORDER, WittenBell()).fit(tokens[: len(train)])
    return {
        "bits": model.bits(tokens, start=len(train)).round(5).tolist(),
        "characters_per_word": len(test) / len(test.split()),
    }


def slow_noise(n_steps: int, rng: np.random.Generator, width: int = 100) -> NDArray[np.float64]:
    """Noise averaged over ``width`` steps: it drifts, and nothing in it can be foreseen for longer than that."""
    return np.convolve(rng.standard_normal(n_steps + width - 1), np.full(width, width**-0.5), mode="valid")


def nearest_neighbour(train: Any, train_labels: Any, test: Any) -> NDArray[np.integer]:
    """Label each row of ``test`` as the closest row of ``train``."""
    squared = (test**2).sum(axis=1)[:, np.newaxis] - 2 * test @ train.T + (train**2).sum(axis=1)
    return train_labels[squared.argmin(axis=1)]


def run_leak(split: str, seed: int, n_steps: int = 4000, window: int = 50) -> Result:
    """Predict noise from unrelated noise, and see what each way to split the windows reports."""
    rng = np.random.default_rng(seed)
    signal, labels = slow_noise(n_steps, rng), (slow_noise(n_steps, rng) > 0).astype(int)
    windows = np.lib.stride_tricks.sliding_window_view(signal, window)
    labels = labels[window - 1 :]  # a window has the label of its last step
    index = np.arange(len(windows))
    if split == "random":
        index = rng.permutation(index)
    train, test = order.time_split(len(windows), (0.8, 0.2), gap=window - 1 if split == "time and gap" else 0)
    predicted = nearest_neighbour(windows[index[train]], labels[index[train]], windows[index[test]])
    return {"accuracy": float((predicted == labels[index[test]]).mean())}


def large_bag(device: str, n_train: int = 200_000, hidden_size: int = 2048, epochs: int = 10) -> dict[str, Any]:
    """Train a large network on bags of temporal-order sequences with torch: does size lift the ceiling?

    Returns
    -------
    dict with the test accuracy, the ceiling on the same test set, the number of parameters and the seconds taken.
    """
    import torch

    from rnn_course.torch_twins import MLP

    torch.manual_seed(0)
    rng, began = np.random.default_rng(0), time.perf_counter()
    (tokens, labels), (test, test_labels) = (temporal_order.make_temporal_order(b, rng) for b in (n_train, 20_000))
    n_symbols, n_classes = len(temporal_order.SYMBOLS), len(temporal_order.CLASSES)
    bags, test_bags = (torch.tensor(order.bag_of_words(t, n_symbols), device=device).float() for t in (tokens, test))
    target = torch.tensor(labels, device=device)
    model = MLP([n_symbols, hidden_size, hidden_size, n_classes], torch.relu).to(device)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    for _ in range(epochs):
        for chosen in torch.randperm(n_train, device=device).split(1000):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(model(bags[chosen]), target[chosen]).backward()
            optimizer.step()
    with torch.no_grad():
        predicted = model(test_bags).argmax(dim=1).cpu().numpy()
    return {
        "accuracy": float((predicted == test_labels).mean()),
        "ceiling": order.bag_baseline(test, test_labels, [temporal_order.X, temporal_order.Y]),
        "parameters": sum(p.numel() for p in model.parameters()),
        "seconds": time.perf_counter() - began,
    }


def main() -> None:
    """Run what is not stored yet. About a minute and a half on one core in all."""
    run_grid("order_temporal", run_temporal_order, [{"view": view} for view in VIEWS], SEEDS)
    run_grid("order_negation", run_negation, [{"n": n} for n in (1, 2, 3)], SEEDS)
    run_grid("order_leak", run_leak, [{"split": split} for split in SPLITS], range(100))
    run_grid("order_shakespeare", run_shakespeare, [{"text": text} for text in TEXTS], SEEDS)


def results(name: str, quantity: str, **setting: Any) -> list[Any]:
    """Return one quantity of the stored runs that have this setting, seed by seed."""
    return [r["result"][quantity] for r in load(f"order_{name}") if setting.items() <= r.items()]


def percent(name: str, quantity: str = "accuracy", **setting: Any) -> str:
    """Return a mean and its 95 % interval over the seeds, as text in percent."""
    mean, low, high = (100 * value for value in interval(results(name, quantity, **setting)))
    return f"{mean:.1f} % [{low:.1f}, {high:.1f}]"


def word_order_bits(context: int) -> float:
    """Bits per word that shuffling the words costs a model with ``context`` characters of context."""
    shuffled = np.mean([bits[context] for bits in results("shakespeare", "bits", text="words shuffled")])
    original = results("shakespeare", "bits", text="original")[0][context]
    return float(shuffled - original) * results("shakespeare", "characters_per_word", text="original")[0]


def rows() -> list[Row]:
    """Return the table *published / obtained here*."""
    seeds, task = len(SEEDS), "Temporal order 6a"
    return [
        Row(f"{task}: one class for all", "25 %", "derived", percent("temporal", "majority", view="bag"), seeds),
        Row(f"{task}: bag of symbols", "at most 75 %", "derived", percent("temporal", view="bag"), seeds),
        Row(f"{task}: X and Y in order", "100 %", "derived", percent("temporal", view="relevant"), seeds),
        Row(
            f"{task}: LSTM",
            "1 error in 2,560, after 31,390 sequences",
            "{cite:t}`hochreiter1997`, table 9",
            "needs memory: a later chapter",
            0,
        ),
        Row("Negation: bag of words", "50 %", "derived", percent("negation", n=1), seeds),
        Row(
            "Negation: bigrams", f"at most {100 * negation_ceiling(2):.1f} %", "summed", percent("negation", n=2), seeds
        ),
        Row(
            "Negation: trigrams",
            f"at most {100 * negation_ceiling(3):.0f} %",
            "summed",
            percent("negation", n=3),
            seeds,
        ),
        Row(
            "Word order, bits per word",
            "about 3.5",
            "{cite:t}`montemurro2015`",
            f"{word_order_bits(4):.2f} (context of 4 characters)",
            seeds,
        ),
    ]


if __name__ == "__main__":
    main()
