"""The package as a whole: light to import, no secrets of the authors' machines, files that can be read in one sitting."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def imported_by(statement):
    code = f"import sys; {statement}; print(' '.join(sys.modules))"
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()


def test_importing_the_package_loads_neither_torch_nor_matplotlib():
    assert not {"torch", "matplotlib", "nbgrader", "numpy"} & set(imported_by("import rnn_course"))


STUDENTS_NEED = [
    "check",
    "check.core",
    "check.order",
    "check.ffnn",
    "check.markov",
    "check.tdnn",
    "check.elman_jordan",
    "check.bptt",
    "check.gradients",
    "check.lstm",
    "check.gru",
    "training",
    "order",
    "ffnn",
    "markov",
    "tdnn",
    "elman_jordan",
    "bptt",
    "jordan",
    "readout",
    "lstm",
    "lstm_variants",
    "gru",
    "gradients",
    "comparison",
]


@pytest.mark.parametrize("name", STUDENTS_NEED)
def test_what_a_student_needs_loads_neither_torch_nor_nbgrader(name):
    assert not {"torch", "matplotlib", "nbgrader"} & set(imported_by(f"import rnn_course.{name}"))


@pytest.mark.parametrize("path", sorted((ROOT / "rnn_course").rglob("*.py")), ids=lambda p: p.stem)
def test_a_file_is_read_in_one_sitting(path):
    assert len(path.read_text().splitlines()) <= 300


def test_the_import_contracts_hold():
    run = subprocess.run(["lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_ruff_finds_nothing():
    for command in (["check"], ["format", "--check"]):
        run = subprocess.run(["ruff", *command, "."], cwd=ROOT, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout
