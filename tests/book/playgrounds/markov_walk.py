"""What the walk on a transition graph must show: the package's chain with the same random numbers."""

import numpy as np

from rnn_course.markov import MarkovChain
from rnn_course.tasks.ba_dii_guuu import WORDS


def cases(data, first):
    """Yield (task, params, data, expected) for both graphs, every walk, and walks of no, some and all steps."""
    assert data["words"] == list(WORDS)
    for title, model in data["models"].items():
        chain = MarkovChain(np.array(model["transition"]))
        np.testing.assert_allclose(chain.stationary(), model["stationary"], atol=1e-12)
        for seed in range(len(data["uniform"])):
            for steps in (0, 1, 7, 60):
                path = chain.sample(61, np.random.default_rng(seed), start=model["start"])[: steps + 1]
                text = "".join(model["names"][state][0] for state in path)
                words = "".join(f" {letter}" if letter in "bdg" else letter for letter in text).split()[:-1]
                surprise = -np.log2(chain.transition[path[:-1], path[1:]])
                expected = {
                    "path": path,
                    "bits": surprise.mean() if steps else 0.0,
                    "words": len(words),
                    "wrong": sum(word not in WORDS for word in words),
                    "share": np.bincount(path, minlength=len(model["names"])) / len(path),
                }
                yield "", first | {"model": title, "steps": steps, "walk": seed + 1}, {}, expected
