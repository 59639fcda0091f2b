"""Forward and backward of the MLP against its torch twin, timed side by side in one run: python benchmarks/ffnn.py.

A ratio above 1 means that this package is faster. Both run in float32 on one thread; each time is the median of rounds
in which the two take turns.
"""

import statistics
import time

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from rnn_course.ffnn import MLP
from rnn_course.torch_twins import MLP as TorchMLP

SIZES = [(1, [2, 8, 1]), (32, [20, 50, 10]), (32, [64, 128, 64]), (256, [64, 256, 256, 10]), (1024, [256, 512, 256])]
ROUNDS = 200


def ours(batch, sizes, rng):
    """Return a function that runs one forward and backward pass in numpy."""
    model = MLP(sizes, rng, dtype=np.float32)
    x = rng.standard_normal((batch, sizes[0])).astype(np.float32)
    d_output = rng.standard_normal((batch, sizes[-1])).astype(np.float32)

    def run():
        _, _, cache = model.forward(x)
        model.backward(d_output, cache)

    return run


def torchs(batch, sizes, rng):
    """Return a function that does the same in torch."""
    model = TorchMLP(sizes).float()
    x = torch.tensor(rng.standard_normal((batch, sizes[0])), dtype=torch.float32, requires_grad=True)
    d_output = torch.tensor(rng.standard_normal((batch, sizes[-1])), dtype=torch.float32)

    def run():
        model.zero_grad()
        x.grad = None
        model(x).backward(d_output)

    return run


def seconds(run):
    """Time one call."""
    start = time.perf_counter()
    run()
    return time.perf_counter() - start


def main():
    """Print the table."""
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    table = Table("batch", "sizes", "numpy, µs", "torch, µs", "torch / numpy", title="MLP, forward and backward")
    for batch, sizes in SIZES:
        runs = ours(batch, sizes, rng), torchs(batch, sizes, rng)
        times = [[seconds(run) for run in runs] for _ in tqdm(range(ROUNDS), desc=str(sizes), leave=False)]
        mine, other = (statistics.median(column) for column in zip(*times, strict=True))
        table.add_row(str(batch), str(sizes), f"{mine * 1e6:.0f}", f"{other * 1e6:.0f}", f"{other / mine:.2f}")
    Console().print(table)


if __name__ == "__main__":
    main()
