"""What the states of a hidden Markov model show: one of V symbols, or a vector from a normal distribution."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Tokens = NDArray[np.integer]


class Categorical:
    """Each state shows symbol v with a probability of its own.

    Parameters
    ----------
    n_states : int, S
    vocabulary_size : int, V
    rng : numpy Generator. States that start alike stay alike.

    Attributes
    ----------
    probability : float64 ndarray of shape (S, V)
    """

    def __init__(self, n_states: int, vocabulary_size: int, rng: np.random.Generator) -> None:
        self.probability = rng.dirichlet(np.full(vocabulary_size, 5.0), n_states)

    def log_likelihood(self, x: Tokens) -> Array:
        """Log-probability (nats) of each token of ``x``, (T, B), in each state: (T, B, S)."""
        n_symbols = self.probability.shape[1]
        if x.ndim != 2 or not np.issubdtype(x.dtype, np.integer) or x.min() < 0 or x.max() >= n_symbols:
            raise ValueError(
                f"x: expected ids from 0 to {n_symbols - 1} of shape (T, B), received {x.dtype} of {x.shape}"
            )
        with np.errstate(divide="ignore"):
            return np.log(self.probability.T)[x]

    def maximise(self, x: Tokens, weight: Array) -> None:
        """Set the probabilities to the shares of the symbols, each counted with ``weight``, (T, B, S)."""
        counts = np.zeros_like(self.probability.T)  # (V, S)
        np.add.at(counts, x, weight)
        total = counts.sum(axis=0)
        self.probability = np.divide(counts, total, out=self.probability.T.copy(), where=total > 0).T

    def sample(self, states: Tokens, rng: np.random.Generator) -> Tokens:
        """Draw a symbol for each of ``states``, of any shape."""
        below = self.probability.cumsum(axis=1)[states] <= rng.random(states.shape)[..., np.newaxis]
        return below.sum(axis=-1).clip(max=self.probability.shape[1] - 1)


class Gaussian:
    """Each state shows a vector of I independent normal numbers, with means and variances of its own.

    Parameters
    ----------
    n_states : int, S
    input_size : int, I
    rng : numpy Generator, for the first means
    min_variance : float, variances stay above it. Without a floor, a state that sits on one point has an infinite
        likelihood.

    Attributes
    ----------
    mean, variance : float64 ndarrays of shape (S, I)
    """

    def __init__(self, n_states: int, input_size: int, rng: np.random.Generator, min_variance: float = 1e-3) -> None:
        self.mean = rng.standard_normal((n_states, input_size))
        self.variance = np.ones((n_states, input_size))
        self.min_variance = min_variance

    def log_likelihood(self, x: Array) -> Array:
        """Log-density (nats) of each vector of ``x``, (T, B, I), in each state: (T, B, S)."""
        if x.ndim != 3 or x.shape[2] != self.mean.shape[1]:
            raise ValueError(f"x: expected shape (T, B, {self.mean.shape[1]}), received {x.shape}")
        squared = (x[:, :, np.newaxis, :] - self.mean) ** 2 / self.variance  # (T, B, S, I)
        return -0.5 * (squared + np.log(2 * np.pi * self.variance)).sum(axis=-1)

    def maximise(self, x: Array, weight: Array) -> None:
        """Set means and variances to those of ``x``, (T, B, I), each vector counted with ``weight``, (T, B, S)."""
        total = weight.sum(axis=(0, 1))[:, np.newaxis]
        used = total > 0  # a state that nothing is due to stays as it is
        total = np.where(used, total, 1)
        mean = np.einsum("tbs,tbi->si", weight, x) / total
        spread = np.einsum("tbs,tbsi->si", weight, (x[:, :, np.newaxis, :] - mean) ** 2) / total
        self.mean = np.where(used, mean, self.mean)
        self.variance = np.where(used, spread.clip(min=self.min_variance), self.variance)

    def sample(self, states: Tokens, rng: np.random.Generator) -> Array:
        """Draw a vector for each of ``states``: shape (…, I)."""
        noise = rng.standard_normal((*states.shape, self.mean.shape[1]))
        return self.mean[states] + np.sqrt(self.variance[states]) * noise
