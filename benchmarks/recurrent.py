"""Forward and backward of the Elman network, the LSTM and the GRU against torch's: python benchmarks/recurrent.py.

A ratio above 1 means that this package is faster. All run in float32, with one thread and then with two, each count in
a process of its own. The two take turns, and each time is the best of all rounds: on a busy machine the median measures
the neighbours.
"""

import os
import statistics
import subprocess
import sys

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from ffnn import seconds
from rnn_course.elman_jordan import ElmanRNN
from rnn_course.gru import GRU
from rnn_course.lstm import LSTM

MODELS = {"Elman": (ElmanRNN, torch.nn.RNN), "LSTM": (LSTM, torch.nn.LSTM), "GRU": (GRU, torch.nn.GRU)}
SIZES = [(50, 32, 32, 64), (100, 64, 64, 128), (100, 64, 128, 256), (200, 20, 2, 32), (100, 64, 256, 512)]
THREADS = (1, 2)
ROUNDS = 40


def ours(model_class, n_steps, batch_size, n_inputs, n_hidden, rng):
    """Return a function that runs one forward and backward pass in numpy."""
    model = model_class(n_inputs, n_hidden, rng, dtype=np.float32)
    x = rng.standard_normal((n_steps, batch_size, n_inputs), dtype=np.float32)
    d_output = rng.standard_normal((n_steps, batch_size, n_hidden), dtype=np.float32)

    def run():
        _, _, cache = model.forward(x)
        model.backward(d_output, cache)

    return run


def torchs(model_class, n_steps, batch_size, n_inputs, n_hidden, rng):
    """Return a function that does the same in torch."""
    model = model_class(n_inputs, n_hidden)
    x = torch.tensor(rng.standard_normal((n_steps, batch_size, n_inputs), dtype=np.float32), requires_grad=True)
    d_output = torch.from_numpy(rng.standard_normal((n_steps, batch_size, n_hidden), dtype=np.float32))

    def run():
        model.zero_grad()
        x.grad = None
        model(x)[0].backward(d_output)

    return run


def measure(n_threads):
    """Print the tables for one number of threads, which the environment has set for numpy."""
    torch.set_num_threads(n_threads)
    rng, ratios = np.random.default_rng(0), []
    for name, classes in MODELS.items():
        title = f"{name}, forward and backward, threads: {n_threads}"
        table = Table("T, B, I, H", "numpy, ms", "torch, ms", "torch / numpy", title=title)
        for sizes in SIZES:
            runs = ours(classes[0], *sizes, rng), torchs(classes[1], *sizes, rng)
            times = [[seconds(run) for run in runs] for _ in tqdm(range(ROUNDS), desc=str(sizes), leave=False)]
            mine, other = (min(column) for column in zip(*times, strict=True))
            ratios.append(other / mine)
            table.add_row(str(sizes), f"{mine * 1e3:.2f}", f"{other * 1e3:.2f}", f"{ratios[-1]:.2f}")
        Console().print(table)
    Console().print(f"Geometric mean of all: {statistics.geometric_mean(ratios):.2f}, smallest: {min(ratios):.2f}")


def main():
    """Measure each number of threads in a new process: numpy's BLAS reads it when it is loaded."""
    for n_threads in THREADS:
        environment = {name: str(n_threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
        subprocess.run([sys.executable, __file__, str(n_threads)], env={**os.environ, **environment}, check=True)


if __name__ == "__main__":
    measure(int(sys.argv[1])) if len(sys.argv) > 1 else main()
