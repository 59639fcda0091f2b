"""Counts with a Counter, solves by replacing an equation, keeps the best path to each state as a tuple.

breaks: nothing
"""

import numpy as np


# %% fit_ngram
def fit_ngram(tokens, vocabulary_size, order, k=0.0):
    from collections import Counter
    from itertools import product

    text = [int(token) for token in tokens]
    counts = Counter(tuple(text[t : t + order + 1]) for t in range(len(text) - order))
    ids = range(vocabulary_size)
    rows = []
    for context in product(ids, repeat=order):
        row = np.array([counts[(*context, token)] + k for token in ids], float)
        rows.append(row / row.sum() if row.sum() else np.full(vocabulary_size, 1 / vocabulary_size))
    return np.array(rows).reshape((vocabulary_size,) * (order + 1))


# %% negative_log_likelihood
def negative_log_likelihood(tokens, table):
    order = table.ndim - 1
    chances = np.array([table[tuple(tokens[t - order : t + 1])] for t in range(order, len(tokens))])
    with np.errstate(divide="ignore"):
        return np.average(-np.log(chances))


# %% perplexity
def perplexity(probabilities):
    with np.errstate(all="ignore"):
        return np.exp(np.sum(-np.log(probabilities) / len(probabilities)))


# %% stationary_distribution
def stationary_distribution(transition):
    size = len(transition)
    equations = transition.T - np.eye(size)
    equations[-1] = 1  # one of the equations follows from the others
    pi = np.linalg.solve(equations, np.eye(size)[-1])
    return np.maximum(pi, 0)


# %% viterbi
def viterbi(log_initial, log_transition, log_likelihood):
    states = range(len(log_initial))
    best = {s: (log_initial[s] + log_likelihood[0, s], None) for s in states}
    steps = [best]
    for likelihood in log_likelihood[1:]:
        best = {
            s: max(((best[i][0] + log_transition[i, s] + likelihood[s], i) for i in states), key=lambda pair: pair[0])
            for s in states
        }
        steps.append(best)
    path = [max(states, key=lambda s: best[s][0])]
    for step in steps[:0:-1]:
        path.append(step[path[-1]][1])
    return np.array(path[::-1])
