"""What the figure of finished runs must show: shares and intervals from the stored runs, by the package."""

import numpy as np

from rnn_course.experiments.store import load, wilson_interval


def cases(data, first):
    """Yield (task, params, data, expected) for budgets from none to all."""
    stored = [run for name in data["files"] for run in load(name)]
    assert {run["cell"] for run in stored} == set(data["needed"])
    for budget in range(0, 105, 5):
        expected = {}
        for cell in data["needed"]:
            counts = []
            for length in data["lengths"]:
                runs = [run["result"]["sequences"] for run in stored if (run["cell"], run["length"]) == (cell, length)]
                counts.append((sum(one is not None and one <= 1000 * budget for one in runs), len(runs)))
            low, high = np.array([wilson_interval(*count) for count in counts]).T
            expected[cell] = {"share": [solved / total for solved, total in counts], "low": low, "high": high}
        yield "", first | {"budget": budget}, {}, expected
