"""Letters in which every consonant decides the vowel and how often it comes: ba, dii, guuu (Elman 1990)."""

import numpy as np
from numpy.typing import NDArray

WORDS = ("ba", "dii", "guuu")
LETTERS = "".join(sorted(set("".join(WORDS))))  # token id 0 is a, 5 is u
FEATURE_NAMES = ("consonant", "vowel", "interrupted", "high", "back", "voiced")
FEATURES = np.array(  # one row for each of LETTERS: table 1 of Elman (1990)
    [
        [0, 1, 0, 0, 1, 1],
        [1, 0, 1, 0, 0, 1],
        [1, 0, 1, 1, 0, 1],
        [1, 0, 1, 0, 1, 1],
        [0, 1, 0, 1, 0, 1],
        [0, 1, 0, 1, 1, 1],
    ],
    dtype=float,
)

Tokens = NDArray[np.int64]


def make_letters(n_words: int, rng: np.random.Generator) -> Tokens:
    """Draw words, each of the three equally likely, and write them one after the other.

    Parameters
    ----------
    n_words : int
    rng : numpy Generator

    Returns
    -------
    int64 ndarray of shape (T,), indices into `LETTERS`. T is 3 letters a word on average.

    Raises
    ------
    ValueError
        If ``n_words`` is not positive.

    Examples
    --------
    >>> decode(make_letters(5, np.random.default_rng(0)))
    'guuudiidiibaba'
    """
    if n_words < 1:
        raise ValueError(f"n_words: expected a positive number, received {n_words}")
    ids = [np.array([LETTERS.index(letter) for letter in word]) for word in WORDS]
    return np.concatenate([ids[word] for word in rng.integers(len(WORDS), size=n_words)])


def decode(tokens: Tokens) -> str:
    """Write token ids, an int ndarray of shape (T,), as letters."""
    return "".join(LETTERS[token] for token in tokens)


def source() -> tuple[list[str], NDArray[np.float64]]:
    """Return the smallest Markov chain that makes these letters: one state for each place in a word.

    Returns
    -------
    names : list of 9 strings, the part of the word written so far: b, ba, d, di, dii, g, gu, guu, guuu
    transition : float64 ndarray of shape (9, 9), row i for the states that follow i
    """
    names = [word[: i + 1] for word in WORDS for i in range(len(word))]
    transition = np.zeros((len(names), len(names)))
    for i, name in enumerate(names):
        following = [word[0] for word in WORDS] if name in WORDS else [names[i + 1]]
        for other in following:
            transition[i, names.index(other)] = 1 / len(following)
    return names, transition


def conditional_entropy(order: int) -> float:
    """Uncertainty of the next letter, in bits, when the last ``order`` letters are known, and nothing else.

    Every place of every word is equally likely, so all runs of ``order + 1`` letters can be listed with their
    probabilities. No estimate.

    Raises
    ------
    ValueError
        If ``order`` is not between 0 and 12, where the list stays short.

    Examples
    --------
    >>> [round(conditional_entropy(order), 3) for order in range(5)]
    [2.419, 1.057, 0.751, 0.528, 0.528]
    """
    if not 0 <= order <= 12:
        raise ValueError(f"order: expected 0 to 12, received {order}")
    names, transition = source()
    runs = {(name[-1], i): 1 / len(names) for i, name in enumerate(names)}  # letters so far and the state they end in
    for _ in range(order):
        longer: dict[tuple[str, int], float] = {}
        for (letters, i), p in runs.items():
            for j in np.flatnonzero(transition[i]):
                key = (letters + names[j][-1], int(j))
                longer[key] = longer.get(key, 0.0) + p * transition[i, j]
        runs = longer
    return _entropy(runs, order + 1) - _entropy(runs, order)


def _entropy(runs: dict[tuple[str, int], float], length: int) -> float:
    """Entropy of the first ``length`` letters of the runs, in bits."""
    total: dict[str, float] = {}
    for (letters, _), p in runs.items():
        total[letters[:length]] = total.get(letters[:length], 0.0) + p
    p = np.array(list(total.values()))
    return float(-(p * np.log2(p)).sum())
