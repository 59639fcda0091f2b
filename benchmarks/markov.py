"""Count n-grams by sorting, against the usual dictionary of tuples; best of three runs, as a ratio of times.

Run with ``python benchmarks/markov.py``. Also printed: seconds and peak memory of a Kneser-Ney model of order 6 of the
tragedies, fitted and scored on the last tenth.
"""

import time
import tracemalloc
from collections import Counter

from rnn_course.datasets import shakespeare
from rnn_course.markov import KneserNey, NGramModel, WittenBell, encode


def best_of(run, repeats=3):
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        run()
        times.append(time.perf_counter() - began)
    return min(times)


def count_with_dictionaries(tokens, order):
    tokens = tuple(tokens.tolist())
    return [Counter(tokens[t - k : t + 1] for t in range(k, len(tokens))) for k in range(order + 1)]


def main():
    tokens, symbols = encode(shakespeare())
    print("order  sorting / dictionary of tuples, 100,000 characters")
    for order in range(0, 7, 2):
        part = tokens[:100_000]
        sorting = best_of(lambda: NGramModel(len(symbols), order, WittenBell()).fit(part))  # noqa: B023
        plain = best_of(lambda: count_with_dictionaries(part, order))  # noqa: B023
        print(f"{order:5}  {sorting / plain:.2f}")
    n_train = round(0.9 * len(tokens))
    model = NGramModel(len(symbols), 6, KneserNey())
    print(f"fit {n_train:,} characters at order 6: {best_of(lambda: model.fit(tokens[:n_train])):.2f} s")
    print(f"score {len(tokens) - n_train:,}: {best_of(lambda: model.bits(tokens, n_train)):.2f} s")
    tracemalloc.start()
    model.fit(tokens[:n_train]).bits(tokens, n_train)
    print(f"peak memory of both: {tracemalloc.get_traced_memory()[1] / 2**20:.0f} MiB")


if __name__ == "__main__":
    main()
