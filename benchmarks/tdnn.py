"""Forward and backward of a time-delay layer against torch.nn.Conv1d, side by side in one run: python benchmarks/tdnn.py.

A ratio above 1 means that this package is faster. Both run in float32 on one thread, each on its own layout, (T, B, I)
here and (B, I, T) there; each time is the median of rounds in which the two take turns.
"""

import statistics

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from ffnn import seconds
from rnn_course.tdnn import Conv1d

# T, B, I, O, K, stride, dilation
SIZES = [
    (15, 8, 16, 8, 3, 1, 1),
    (100, 8, 6, 16, 9, 1, 1),
    (100, 32, 1, 16, 8, 1, 1),
    (100, 32, 16, 32, 5, 1, 2),
    (256, 32, 32, 64, 3, 1, 4),
    (1000, 8, 64, 64, 9, 2, 1),
]
ROUNDS = 50


def ours(size, rng):
    """Return a function that runs one forward and backward pass in numpy."""
    n_steps, batch, n_inputs, n_outputs, kernel_size, stride, dilation = size
    layer = Conv1d(n_inputs, n_outputs, kernel_size, rng, stride, dilation, dtype=np.float32)
    x = rng.standard_normal((n_steps, batch, n_inputs), dtype=np.float32)
    d_output = rng.standard_normal(layer.forward(x)[0].shape, dtype=np.float32)

    def run():
        _, _, cache = layer.forward(x)
        layer.backward(d_output, cache)

    return run


def torchs(size, rng):
    """Return a function that does the same in torch."""
    n_steps, batch, n_inputs, n_outputs, kernel_size, stride, dilation = size
    layer = torch.nn.Conv1d(n_inputs, n_outputs, kernel_size, stride, dilation=dilation)
    x = torch.tensor(rng.standard_normal((batch, n_inputs, n_steps), dtype=np.float32), requires_grad=True)
    d_output = torch.tensor(rng.standard_normal(tuple(layer(x).shape), dtype=np.float32))

    def run():
        layer.zero_grad()
        x.grad = None
        layer(x).backward(d_output)

    return run


def main():
    """Print the table."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    columns = ("T, B, I, O, K, stride, dilation", "numpy, µs", "torch, µs", "torch / numpy")
    table = Table(*columns, title="Time-delay layer, forward and backward")
    for size in SIZES:
        runs = ours(size, rng), torchs(size, rng)
        times = [[seconds(run) for run in runs] for _ in tqdm(range(ROUNDS), desc=str(size), leave=False)]
        mine, other = (statistics.median(column) for column in zip(*times, strict=True))
        table.add_row(str(size), f"{mine * 1e6:.0f}", f"{other * 1e6:.0f}", f"{other / mine:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
