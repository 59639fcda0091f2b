"""Spells everything out: counts one token at a time, waits until the chain has settled, keeps whole paths.

breaks: nothing
"""

import numpy as np


# %% fit_ngram
def fit_ngram(tokens, vocabulary_size, order, k=0.0):
    table = np.zeros([vocabulary_size] * (order + 1))
    for t in range(order, len(tokens)):
        place = []
        for i in range(order + 1):
            place.append(int(tokens[t - order + i]))
        table[tuple(place)] += 1
    for context in np.ndindex(*[vocabulary_size] * order):
        total = table[context].sum() + k * vocabulary_size
        for token in range(vocabulary_size):
            place = (*context, token)
            if total > 0:
                table[place] = (table[place] + k) / total
            else:
                table[place] = 1 / vocabulary_size
    return table


# %% negative_log_likelihood
def negative_log_likelihood(tokens, table):
    order = np.ndim(table) - 1
    total = 0.0
    for t in range(order, len(tokens)):
        row = table
        for i in range(t - order, t + 1):
            row = row[int(tokens[i])]
        if row == 0:
            return np.inf
        total -= np.log(row)
    return total / (len(tokens) - order)


# %% perplexity
def perplexity(probabilities):
    total = 0.0
    for p in probabilities:
        if p == 0:
            return np.inf
        total += np.log(p)
    return np.exp(-total / len(probabilities))


# %% stationary_distribution
def stationary_distribution(transition):
    lazy = (transition + np.eye(len(transition))) / 2  # staying half of the time changes where it settles in nothing
    pi = np.full(len(transition), 1 / len(transition))
    while not np.allclose(pi @ lazy, pi, rtol=0, atol=1e-15):
        lazy = lazy @ lazy
        lazy /= lazy.sum(axis=1, keepdims=True)
        pi = pi @ lazy
    return pi / pi.sum()


# %% viterbi
def viterbi(log_initial, log_transition, log_likelihood):
    n_states = len(log_initial)
    scores = [log_initial[s] + log_likelihood[0][s] for s in range(n_states)]
    pointers = []
    for t in range(1, len(log_likelihood)):
        new_scores, row = [], []
        for s in range(n_states):
            best = 0
            for before in range(n_states):
                if scores[before] + log_transition[before][s] > scores[best] + log_transition[best][s]:
                    best = before
            row.append(best)
            new_scores.append(scores[best] + log_transition[best][s] + log_likelihood[t][s])
        scores = new_scores
        pointers.append(row)
    state = scores.index(max(scores))
    path = [state]
    for row in reversed(pointers):
        state = row[state]
        path.append(state)
    path.reverse()
    return np.array(path, dtype=int)
