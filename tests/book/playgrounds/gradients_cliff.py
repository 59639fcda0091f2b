"""What the figure of the cliff must show: the package's descent on the same surface."""

import numpy as np

from rnn_course.gradients import descend, error_surface


def cases(data, first):
    """Yield (task, params, data, expected) for every clipping, before, at and after the cliff."""
    surface, _, _ = error_surface(np.array(data["weights"]), np.array(data["biases"])[:, np.newaxis])
    np.testing.assert_allclose(data["errors"], surface, atol=1e-3)
    for clipping in ("none", "0.3", "0.1"):
        max_norm = None if clipping == "none" else float(clipping)
        for weight in (4.5, 5.0, 5.5):
            for updates in (0, 1, 15, 30, 40):
                path = descend(weight, data["bias"], data["rate"], updates, max_norm)
                _, d_weight, d_bias = error_surface(path[:, 0], path[:, 1])
                expected = {"path": np.column_stack([path, np.hypot(d_weight, d_bias)])}
                yield "", {"clipping": clipping, "weight": weight, "updates": updates}, {}, expected
