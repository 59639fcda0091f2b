"""A chain of states in which the next depends on the last alone."""

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.floating]
Tokens = NDArray[np.integer]


class MarkovChain:
    """A Markov chain over V states.

    Parameters
    ----------
    transition : ndarray of shape (V, V). Row i is the distribution of the state that follows i: equation
        eq-markov-chain of the chapter.

    Raises
    ------
    ValueError
        If ``transition`` is not square, has a negative entry, or has a row that does not sum to 1.

    Examples
    --------
    >>> weather = MarkovChain(np.array([[0.9, 0.1], [0.5, 0.5]]))  # sun, rain
    >>> weather.stationary().round(3).tolist(), round(weather.entropy_rate(), 3)
    ([0.833, 0.167], 0.557)
    """

    def __init__(self, transition: Array) -> None:
        transition = np.asarray(transition, np.float64)
        if transition.ndim != 2 or transition.shape[0] != transition.shape[1] or not transition.size:
            raise ValueError(f"transition: expected shape (V, V), received {transition.shape}")
        sums = transition.sum(axis=1)
        if transition.min() < 0 or not np.allclose(sums, 1):
            raise ValueError(
                f"transition: expected rows of probabilities that sum to 1, received sums from {sums.min():g} to "
                f"{sums.max():g} and a smallest entry of {transition.min():g}"
            )
        self.transition = transition

    @classmethod
    def fit(cls, tokens: Tokens, vocabulary_size: int, k: float = 0.0) -> "MarkovChain":
        """Estimate the transitions of one sequence by their shares: maximum likelihood, or add-k smoothing.

        Parameters
        ----------
        tokens : int ndarray of shape (T,)
        vocabulary_size : int, V
        k : float, added to each of the V² counts

        Raises
        ------
        ValueError
            If a state is never left in ``tokens`` and ``k`` is 0: its row would be 0 / 0.

        Examples
        --------
        >>> MarkovChain.fit(np.array([0, 1, 0, 0, 1, 0]), vocabulary_size=2).transition.round(2).tolist()
        [[0.33, 0.67], [1.0, 0.0]]
        """
        counts = np.full((vocabulary_size, vocabulary_size), float(k))
        np.add.at(counts, (tokens[:-1], tokens[1:]), 1)
        totals = counts.sum(axis=1, keepdims=True)
        if not totals.all():
            never = np.flatnonzero(totals[:, 0] == 0).tolist()
            raise ValueError(
                f"tokens: expected each state to be left at least once, states {never} never are. Use k > 0."
            )
        return cls(counts / totals)

    def n_step(self, n: int) -> Array:
        """Return the probabilities of each state ``n`` steps after each state: the power P^n, of shape (V, V)."""
        return np.linalg.matrix_power(self.transition, n)

    def stationary(self) -> Array:
        """Return the distribution that a step leaves as it is: π = π P with entries that sum to 1, shape (V,).

        Raises
        ------
        ValueError
            If there is more than one. It takes two groups of states of which neither can be left.
        """
        V = len(self.transition)
        equations = np.vstack([self.transition.T - np.eye(V), np.ones(V)])  # the last row says that π sums to 1
        solution, _, rank, _ = np.linalg.lstsq(equations, np.append(np.zeros(V), 1.0), rcond=1e-12)
        if rank < V:
            raise ValueError(
                "expected a chain with one stationary distribution, received one with several: it has groups of "
                "states that are never left. Take one group, or fit with k > 0."
            )
        return solution.clip(min=0) / solution.clip(min=0).sum()

    def entropy_rate(self) -> float:
        """Uncertainty of the next state given the last one, in bits per step: -Σᵢ πᵢ Σⱼ Pᵢⱼ log₂ Pᵢⱼ."""
        P = self.transition
        surprise = np.log2(P, out=np.zeros_like(P), where=P > 0)
        return float(-self.stationary() @ (P * surprise).sum(axis=1))

    def sample(self, length: int, rng: np.random.Generator, start: int | None = None) -> Tokens:
        """Draw ``length`` states; int64 of shape (length,). The first is ``start``, or drawn from the stationary law."""
        V, cumulative = len(self.transition), self.transition.cumsum(axis=1)
        state = int(rng.choice(V, p=self.stationary())) if start is None else start
        states = np.empty(length, np.int64)
        for t, u in enumerate(rng.random(length)):
            states[t] = state
            state = min(int(np.searchsorted(cumulative[state], u, side="right")), V - 1)
        return states
