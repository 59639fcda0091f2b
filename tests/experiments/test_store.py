"""Experiments are stored as they go, resumed where they stopped, and summarised honestly."""

import json

import numpy as np
import pytest

from rnn_course.experiments import store


@pytest.fixture
def results(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "RESULTS", tmp_path)
    return tmp_path


def test_a_killed_grid_goes_on_where_it_stopped(results):
    calls = []

    def run(size, seed):
        calls.append((size, seed))
        if len(calls) == 3:
            raise KeyboardInterrupt
        return {"value": size * 10 + seed}

    grid = ([{"size": 1}, {"size": 2}], [0, 1])
    with pytest.raises(KeyboardInterrupt):
        store.run_grid("toy_sizes", run, *grid, progress=False)
    runs = store.run_grid("toy_sizes", run, *grid, progress=False)
    assert calls == [(1, 0), (1, 1), (2, 0), (2, 0), (2, 1)]
    assert [r["result"]["value"] for r in runs] == [10, 11, 20, 21]
    assert store.load("toy_sizes") == runs
    assert json.loads((results / "toy_sizes.json").read_text())["command"] == "rnn-course experiment toy"
    store.run_grid("toy_sizes", lambda **call: pytest.fail("ran again"), *grid, progress=False)


def test_a_run_that_was_never_made_names_its_command(results):
    with pytest.raises(FileNotFoundError, match=r"rnn-course experiment toy$"):
        store.load("toy_sizes")
    with pytest.raises(FileNotFoundError, match=r"rnn-course experiment toy_train$"):
        store.load("toy_train_sizes")


def test_outside_a_clone_nothing_runs(results, monkeypatch):
    monkeypatch.setattr(store, "RESULTS", results / "gone")
    with pytest.raises(FileNotFoundError, match="in a clone of the repository"):
        store.run_grid("toy", lambda seed: {}, [{}], [0])


def test_results_that_came_with_a_wheel_are_read_and_not_added_to(results, monkeypatch):
    monkeypatch.setattr(store, "INSTALLED", results)
    (results / "toy.json").write_text('{"runs": [{"seed": 0, "result": {"value": 1}}]}')
    assert store.load("toy") == [{"seed": 0, "result": {"value": 1}}]
    with pytest.raises(FileNotFoundError, match="in a clone of the repository"):
        store.run_grid("toy", lambda seed: {}, [{}], [0])


def test_intervals_cover_the_truth_about_as_often_as_they_say():
    rng = np.random.default_rng(0)
    hits = sum(low <= 0 <= high for _, low, high in (store.interval(rng.standard_normal(30)) for _ in range(200)))
    assert 178 <= hits <= 199
    low, high = store.wilson_interval(0, 20)
    assert low == 0
    assert high == pytest.approx(0.161, abs=1e-3)


def test_a_rate_is_written_with_its_interval_and_does_not_break_inside():
    assert store.rate(2, 4) == "2 of 4 [15–85\u00a0%]"
    assert store.rate(0, 20) == "0 of 20 [0–16\u00a0%]"


def test_table_is_markdown():
    row = store.Row("accuracy", "", "derived", "0.75", 10)
    assert store.published_obtained([row])._repr_markdown_().splitlines()[2] == "| accuracy | - | derived | 0.75 | 10 |"
