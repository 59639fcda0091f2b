"""What the figure of the rearranged sequence must show: the package's counts, and the labels of the task itself."""

import numpy as np

from rnn_course.order import bag_of_words, ngram_counts
from rnn_course.tasks.temporal_order import CLASSES, SYMBOLS, make_temporal_order


def numbers(tokens, label):
    column = np.array(tokens)[:, np.newaxis]
    size = len(SYMBOLS)
    return {
        "tokens": tokens,
        "bag": bag_of_words(column, size)[0],
        "bigrams": ngram_counts(column, size, n=2)[0],
        "label": label,
    }


def cases(data, first):
    """Yield (task, params, data, expected): rearrangements of the figure's sequence, then sequences of the task."""
    assert data["symbols"] == SYMBOLS
    rng = np.random.default_rng(0)
    start = np.array(data["tokens"])
    for _ in range(20):
        order = [0, *(1 + rng.permutation(len(start) - 2)).tolist(), len(start) - 1]
        tokens = start[order].tolist()
        label = "".join(SYMBOLS[token] for token in tokens if SYMBOLS[token] in "XY")
        kept = np.minimum(*(ngram_counts(np.array([one]).T, len(SYMBOLS), n=2) for one in (start, tokens))).sum()
        yield "", {"order": order}, {}, numbers(tokens, label) | {"kept": kept}
    sequences, labels = make_temporal_order(20, rng, length=14)
    for tokens, label in zip(sequences.T.tolist(), labels, strict=True):
        order = list(range(len(tokens)))
        yield "", {"order": order}, {"tokens": tokens}, numbers(tokens, CLASSES[label])
        swapped = list(order)
        one, other = (place for place in order if SYMBOLS[tokens[place]] in "XY")
        swapped[one], swapped[other] = other, one
        yield "swap", {"order": order}, {"tokens": tokens}, {"order": swapped}
    turned = [0, *range(len(start) - 2, 0, -1), len(start) - 1]
    yield "reverse", first, {}, {"order": turned}
