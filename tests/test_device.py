"""The GPU-optional cell: runs on a GPU, else shows a stored run, else says that there is none."""

import json

import pytest
import torch

from rnn_course import device


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


def test_picks_cuda_and_names_the_card(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: "Test Card")
    assert device.pick_device() == ("cuda", "Running on Test Card.")


def test_picks_mps_then_cpu(monkeypatch, no_gpu):
    assert device.pick_device()[0] == "cpu"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert device.pick_device()[0] == "mps"


def test_without_torch_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "torch", None)
    name, reason = device.pick_device()
    assert name == "cpu"
    assert "pip install torch" in reason


def test_a_gpu_runs_the_cell(monkeypatch, tmp_path):
    monkeypatch.setattr(device, "pick_device", lambda: ("cuda", "Running on Test Card."))
    result = device.gpu_or_stored(lambda name: {"ran_on": name}, tmp_path / "none.json")
    assert result == {"device": "Running on Test Card.", "ran_on": "cuda"}


def test_without_a_gpu_a_stored_run_is_shown_and_nothing_runs(no_gpu, tmp_path, capsys):
    stored = tmp_path / "run.json"
    stored.write_text(json.dumps({"device": "Ran on Test Card.", "seconds": 1.5}))
    assert device.gpu_or_stored(lambda name: pytest.fail("ran"), stored)["seconds"] == 1.5
    assert "stored run. Ran on Test Card." in capsys.readouterr().out


def test_with_neither_it_says_so(no_gpu, tmp_path, capsys):
    assert device.gpu_or_stored(lambda name: pytest.fail("ran"), tmp_path / "none.json") is None
    assert "No GPU run of this cell has been stored yet" in capsys.readouterr().out
