"""A Markov chain that is not seen itself: what is seen at each step depends on the hidden state. All in logarithms."""

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]


class Emission(Protocol):
    """How each of S hidden states makes what is seen; `Categorical` or `Gaussian`."""

    def log_likelihood(self, x: Any) -> Array:
        """Log-probability (nats) of each entry of ``x``, (T, B, …), in each state: (T, B, S)."""
        ...

    def maximise(self, x: Any, weight: Array) -> None:
        """Fit to ``x``, where state s counts for entry (t, b) with ``weight[t, b, s]``."""
        ...

    def sample(self, states: NDArray[np.integer], rng: np.random.Generator) -> Any:
        """Draw what is seen in each of ``states``."""
        ...


def forward(log_initial: Array, log_transition: Array, log_likelihood: Array) -> Array:
    """Log-probability of the past and of each present state: ln α.

    Parameters
    ----------
    log_initial : ndarray of shape (S,), nats
    log_transition : ndarray of shape (S, S), row i for the states that follow i
    log_likelihood : ndarray of shape (T, B, S), of what is seen at each step in each state

    Returns
    -------
    ndarray of shape (T, B, S), ln p(x_1, …, x_t, s_t). The sum over the last axis at the last step, in
    probabilities, is that of the whole sequence.
    """
    log_alpha = np.empty_like(log_likelihood)
    log_alpha[0] = log_initial + log_likelihood[0]
    for t in range(1, len(log_likelihood)):
        arrive = log_alpha[t - 1][:, :, np.newaxis] + log_transition  # (B, S from, S to)
        log_alpha[t] = log_sum(arrive, axis=1) + log_likelihood[t]
    return log_alpha


def backward(log_transition: Array, log_likelihood: Array) -> Array:
    """Log-probability of the future given each present state, ln p(x_{t+1}, …, x_T | s_t): ln β, of shape (T, B, S)."""
    log_beta = np.zeros_like(log_likelihood)
    for t in reversed(range(len(log_likelihood) - 1)):
        ahead = (log_likelihood[t + 1] + log_beta[t + 1])[:, np.newaxis, :]  # (B, 1, S to)
        log_beta[t] = log_sum(log_transition + ahead, axis=2)
    return log_beta


def viterbi(log_initial: Array, log_transition: Array, log_likelihood: Array) -> tuple[NDArray[np.int64], Array]:
    """Find the likeliest path of hidden states.

    Parameters
    ----------
    log_initial, log_transition, log_likelihood : as for `forward`

    Returns
    -------
    path : int64 ndarray of shape (T, B)
    score : ndarray of shape (B,), ln p(x, path). Of equal paths, one is returned.
    """
    length, batch_size, _ = log_likelihood.shape
    came_from = np.zeros(log_likelihood.shape, np.int64)
    best = log_initial + log_likelihood[0]  # (B, S), score of the best path that ends in each state
    for t in range(1, length):
        arrive = best[:, :, np.newaxis] + log_transition
        came_from[t] = arrive.argmax(axis=1)
        best = arrive.max(axis=1) + log_likelihood[t]
    path = np.empty((length, batch_size), np.int64)
    path[-1] = best.argmax(axis=1)
    for t in reversed(range(1, length)):
        path[t - 1] = came_from[t, np.arange(batch_size), path[t]]
    return path, best.max(axis=1)


class HiddenMarkovModel:
    """A hidden Markov model with S states.

    Parameters
    ----------
    n_states : int, S
    emission : `Categorical` or `Gaussian` with as many states
    rng : numpy Generator, for the first transitions. Equal rows would never become different.

    Attributes
    ----------
    initial : float64 ndarray of shape (S,), distribution of the first state
    transition : float64 ndarray of shape (S, S), row i for the states that follow i

    Examples
    --------
    >>> from rnn_course.markov import Categorical
    >>> rng = np.random.default_rng(0)
    >>> model = HiddenMarkovModel(2, Categorical(2, vocabulary_size=3, rng=rng), rng)
    >>> x = np.array([[0], [1], [2], [0], [1], [2]])
    >>> history = model.fit(x, n_iterations=30)
    >>> history[0] < history[-1], model.viterbi(x).shape
    (True, (6, 1))
    """

    def __init__(self, n_states: int, emission: Emission, rng: np.random.Generator) -> None:
        self.emission = emission
        self.initial = np.full(n_states, 1 / n_states)
        self.transition = rng.dirichlet(np.full(n_states, 5.0), n_states)

    def log_probability(self, x: Any) -> Array:
        """Log-probability (nats) of each sequence of ``x``, (T, B) or (T, B, I): ndarray of shape (B,)."""
        return log_sum(forward(*self._logs(x))[-1], axis=1)

    def posterior(self, x: Any) -> Array:
        """Probability of each state at each step, given the whole sequence: (T, B, S)."""
        return self.expected_counts(x)[2]

    def viterbi(self, x: Any) -> NDArray[np.int64]:
        """Likeliest path of hidden states for each sequence of ``x``: (T, B)."""
        return viterbi(*self._logs(x))[0]

    def fit(self, x: Any, n_iterations: int = 100, tolerance: float = 1e-6) -> list[float]:
        """Fit to the sequences ``x``, (T, B) or (T, B, I), with the Baum-Welch algorithm (Baum et al. 1970).

        No iteration lowers the likelihood. It stops where one raises it by less than ``tolerance`` nats per step.

        Returns
        -------
        list of floats, mean log-probability (nats per step) before each iteration.
        """
        history: list[float] = []
        for _ in range(n_iterations):
            log_p, moves, weight = self.expected_counts(x)
            history.append(float(log_p.mean() / len(weight)))
            left = moves.sum(axis=1, keepdims=True)
            self.initial = weight[0].mean(axis=0)
            self.transition = np.divide(moves, left, out=self.transition.copy(), where=left > 0)
            self.emission.maximise(x, weight)
            if len(history) > 1 and history[-1] - history[-2] < tolerance:
                break
        return history

    def sample(self, length: int, batch_size: int, rng: np.random.Generator) -> tuple[Any, NDArray[np.int64]]:
        """Draw sequences; return what is seen, (T, B) or (T, B, I), and the hidden states, (T, B)."""
        states = np.empty((length, batch_size), np.int64)
        chances = np.broadcast_to(self.initial, (batch_size, len(self.initial)))
        for t in range(length):
            below = chances.cumsum(axis=1) <= rng.random((batch_size, 1))
            states[t] = below.sum(axis=1).clip(max=len(self.initial) - 1)
            chances = self.transition[states[t]]
        return self.emission.sample(states, rng), states

    def expected_counts(self, x: Any) -> tuple[Array, Array, Array]:
        """Expected use of every state and transition, given what is seen: the gradient of ln p by ln a and ln p(x | s).

        Returns
        -------
        log_p : ndarray of shape (B,), log-probability of each sequence, nats
        moves : ndarray of shape (S, S), expected number of steps from state i to state j, in all sequences
        weight : ndarray of shape (T, B, S), probability of each state at each step
        """
        log_initial, log_transition, log_likelihood = self._logs(x)
        log_alpha = forward(log_initial, log_transition, log_likelihood)
        log_beta = backward(log_transition, log_likelihood)
        log_p = log_sum(log_alpha[-1], axis=1)
        weight = np.exp(log_alpha + log_beta - log_p[:, np.newaxis])
        ahead = log_likelihood + log_beta - log_p[:, np.newaxis]
        moves = np.zeros_like(self.transition)
        for t in range(1, len(weight)):
            step = log_alpha[t - 1][:, :, np.newaxis] + log_transition + ahead[t][:, np.newaxis, :]
            moves += np.exp(step).sum(axis=0)
        return log_p, moves, weight

    def _logs(self, x: Any) -> tuple[Array, Array, Array]:
        with np.errstate(divide="ignore"):  # ln 0 is minus infinity: what cannot be
            return np.log(self.initial), np.log(self.transition), self.emission.log_likelihood(x)


def log_sum(values: Array, axis: int) -> Array:
    """Return the logarithm of the sum of e^values along ``axis``, without overflow; all of -∞ gives -∞.

    Examples
    --------
    >>> log_sum(np.array([[-1000.0, -1000.0], [-np.inf, -np.inf]]), axis=1).round(3).tolist()
    [-999.307, -inf]
    """
    highest = values.max(axis=axis, keepdims=True)
    highest = np.where(np.isfinite(highest), highest, 0)
    with np.errstate(divide="ignore"):
        return np.log(np.exp(values - highest).sum(axis=axis)) + highest.squeeze(axis)
