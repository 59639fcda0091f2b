"""A fair comparison: equal data, equal sizes, tests unseen by the pilot; and what the stored runs say."""

from collections import deque
from itertools import islice, pairwise

import numpy as np
import pytest

from rnn_course.datasets import digits_by_row, shakespeare
from rnn_course.experiments import comparison, gru, problems
from rnn_course.experiments.cells import build
from rnn_course.experiments.store import load
from rnn_course.functional import cross_entropy
from rnn_course.markov import encode
from rnn_course.module import Module
from rnn_course.order import time_split

TASKS = list(comparison.TASKS)
PAIRS = (("LSTM", "GRU"), ("GRU", "Elman"), ("LSTM", "Elman"))


def prepare(task, final=True, seed=0):
    return comparison.TASKS[task].prepare(np.random.default_rng(seed), final)


class TestProblems:
    def test_brackets_are_judged_by_the_whole_sequence(self):
        closing = np.array([[1, 3], [-1, 1], [3, 1]])
        answers = np.array([[1, 3], [0, 1], [3, 3]])
        assert problems._all_right(answers, closing) == 0.5

    def test_validation_digits_are_none_of_the_test(self):
        """The last 300 images for training judge a pilot: 96 % of them is another share than 96 % of 597."""
        x, labels, test_x, test_labels, _ = digits_by_row()

        class Watched(Module):
            def forward(self, x, state=None):
                self.x = x
                return np.eye(10)[np.zeros(x.shape[1], int)], None, None

        for final, images, answers in ((False, x[:, 900:], labels[900:]), (True, test_x, test_labels)):
            network = Watched()
            assert prepare("digits", final).quality(network) == (answers == 0).mean()
            assert (network.x == images / 8 - 1).all()
        read = {image.tobytes() for batch in islice(prepare("digits", False).batches, 60) for image in batch.x.mT.T}
        assert read == {image.tobytes() for image in problems._grey(x[:, :900]).mT.T}

    def test_text_goes_on_from_batch_to_batch(self):
        for before, after in pairwise(islice(prepare("shakespeare").batches, 3)):
            assert (before.target[:-1] == before.x[1:].argmax(axis=2)).all()
            assert (before.target[-1] == after.x[0].argmax(axis=1)).all()

    @pytest.mark.parametrize(("final", "share"), [(False, 0.8), (True, 0.9)])
    def test_text_is_read_up_to_the_part_that_judges(self, final, share):
        whole = shakespeare()
        _, symbols = encode(whole)
        end = round(len(whole) * share)
        batches = islice(prepare("shakespeare", final).batches, end // 16 // 50 - 1)
        last = deque((batch.target[:, -1] for batch in batches), maxlen=6)  # of the 16 places, the last one
        read = "".join(symbols[i] for i in np.concatenate(last))
        assert end - 200 < whole.find(read) + len(read) <= end

    def test_bits_are_those_of_one_pass_over_the_whole_part(self, rng):
        """With a warm-up from the very start of the text, each place knows all that came before."""
        tokens = rng.integers(5, size=400)
        model = build("GRU", 5, 5, 4, rng)
        x = np.eye(5, dtype=np.float32)[tokens]
        output, _, _ = model.forward(x[:-1, np.newaxis])
        expected = cross_entropy(output[299:], tokens[300:, np.newaxis])[0] / np.log(2)
        for places, warm_up in ((1, 299), (3, 40), (64, 30)):
            got = problems.bits(model, tokens, slice(300, 400), 5, places, warm_up)
            assert got == pytest.approx(expected, abs=1e-5 if places == 1 else 2e-3)

    def test_test_parts_are_those_of_the_n_grams(self):
        assert time_split(len(shakespeare()))[2] == time_split(len(shakespeare()), (0.9, 0.1))[1]

    def test_baselines(self):
        digits = comparison.baselines("digits")
        assert digits["logistic regression"] == pytest.approx(0.92, abs=0.01)
        assert digits["nearest neighbour"] == pytest.approx(0.962, abs=0.005)
        assert comparison.baselines("shakespeare") == {"n-grams, Kneser–Ney": 2.18216}
        assert comparison.baselines("dyck")["the last symbol"] < 0.01
        for task in ("digits", "dyck"):
            assert comparison.baselines(task) == pytest.approx(comparison.TASKS[task].baselines())


@pytest.mark.parametrize("task", TASKS)
def test_data_are_the_same_for_all_cells_and_other_for_another_seed(task, monkeypatch):
    seen = {}

    def watch(cell, *sizes, **options):
        model = build(cell, *sizes, **options)
        forward = model.forward

        def spy(x, state=None):
            seen.setdefault((cell, seed), []).append(x.sum(axis=1).tobytes())
            return forward(x, state)

        monkeypatch.setattr(model, "forward", spy)
        return model

    monkeypatch.setattr(comparison, "build", watch)
    for cell, seed in (("Elman", 0), ("LSTM", 0), ("LSTM", 1)):
        comparison.train(task, cell, 0.01, seed, updates=2, measured=1)
    assert seen["Elman", 0] == seen["LSTM", 0]
    assert seen["LSTM", 0] != seen["LSTM", 1]


def test_a_short_run_learns_and_is_measured_ten_times():
    run = comparison.train("digits", "GRU", 0.01, seed=0, updates=100)
    assert len(run["quality"]) == len(run["seconds"]) == comparison.MEASURED
    assert run["quality"][-1] > 0.7 > run["quality"][0]
    assert run["seconds"] == sorted(run["seconds"])


class TestStored:
    @pytest.mark.parametrize("task", TASKS)
    def test_runs_are_complete_and_pilots_have_other_seeds(self, task):
        runs, pilots = load(f"comparison_{task}"), load(f"comparison_pilot-{task}")
        assert len(runs) == comparison.TASKS[task].seeds * len(comparison.CELLS)
        assert not {run["seed"] for run in runs} & {run["seed"] for run in pilots}
        for cell in comparison.CELLS:
            assert {run["lr"] for run in runs if run["cell"] == cell} == {comparison.best_rate(task, cell)}
            updates, seconds, quality = comparison.curves(task, cell)
            assert seconds.shape == quality.shape == (comparison.TASKS[task].seeds, len(updates))
            assert updates[-1] == comparison.TASKS[task].updates
            assert (quality[:, -1] == comparison.final(task, cell)).all()

    @pytest.mark.parametrize("task", TASKS)
    def test_parameters_are_equal_within_a_twentieth(self, task):
        counts = [line["parameters"] for line in comparison.summary(task)]
        assert max(counts) / min(counts) < 1.05

    def test_differences_are_paired(self):
        mean, low, high = comparison.difference("digits", "GRU", "Elman")
        assert mean == pytest.approx(np.mean(comparison.final("digits", "GRU") - comparison.final("digits", "Elman")))
        assert low < mean < high

    def test_no_cell_is_best_on_all_tasks(self):
        """Each difference that is stated lies outside zero by its interval; that of LSTM and GRU on digits does not."""
        sign = {task: np.sign(comparison.difference(task)[1:]).tolist() for task in TASKS}
        assert sign == {"dyck": [1, 1], "digits": [-1, 1], "shakespeare": [1, 1]}  # of bits, fewer are better
        assert comparison.difference("dyck", "GRU", "Elman")[2] < 0 < comparison.difference("digits", "GRU", "Elman")[1]
        assert comparison.difference("shakespeare", "LSTM", "Elman")[2] < 0

    def test_no_cell_reaches_the_best_baseline_of_the_real_tasks(self):
        assert max(comparison.final("digits", cell).max() for cell in comparison.CELLS) < 0.9648
        assert min(comparison.final("shakespeare", cell).min() for cell in comparison.CELLS) > 2.18216

    def test_rows(self):
        table = gru.rows()
        assert len(table) == len(gru.STARTS) + len(TASKS) * 5 + len(comparison.CELLS)
        assert all(row.seeds >= 5 and row.obtained for row in table)
        assert "bits" in table[-4].obtained


def test_words():
    assert comparison.in_words("digits", 0.96123, 0.95, 0.9712) == "96.1 % [95.0, 97.1]"
    assert comparison.in_words("dyck", -0.011, -0.02, 0.0, points=True) == "-1.1 points [-2.0, 0.0]"
    assert comparison.in_words("shakespeare", -0.1234, -0.2, 0.01) == "-0.123 bits [-0.200, 0.010]"


def test_what_the_chapter_says_of_the_three_tasks():
    """Brackets: LSTM, tanh, GRU. Digits: the gated ones, then tanh. Text: GRU, LSTM, tanh; fewer bits are better."""
    ends = {(task, a, b): comparison.difference(task, a, b)[1:] for task in TASKS for a, b in PAIRS}
    low, high = ends["digits", "LSTM", "GRU"]
    assert low < 0 < high
    for better in (("dyck", "LSTM", "GRU"), ("digits", "GRU", "Elman"), ("shakespeare", "LSTM", "GRU")):
        assert ends[better][0] > 0
    for less in (("dyck", "GRU", "Elman"), ("shakespeare", "GRU", "Elman"), ("shakespeare", "LSTM", "Elman")):
        assert ends[less][1] < 0
    for cell in comparison.CELLS:
        assert comparison.final("digits", cell).max() < comparison.baselines("digits")["nearest neighbour"]
        assert comparison.final("shakespeare", cell).min() > comparison.baselines("shakespeare")["n-grams, Kneser–Ney"]
    pilot = {cell: max(comparison.pilot("digits", cell).values()) for cell in comparison.CELLS}
    assert max(pilot, key=pilot.__getitem__) == "Elman"
