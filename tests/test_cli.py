"""The command line: quick to start, one line for an error, and no traceback for what a person can cause."""

import subprocess
import sys
from pathlib import Path

import pytest

import rnn_course
from rnn_course import cli
from rnn_course.grading import CourseError
from rnn_course.grading.course import Course

COMMANDS = [
    "check",
    "collect",
    "demo",
    "experiment",
    "export",
    "feedback",
    "grade",
    "notebooks",
    "release",
    "report",
    "scores",
]


@pytest.fixture
def root(tmp_path, monkeypatch):
    """Return a course without assignments, and stay in it."""
    (tmp_path / "solutions").mkdir()
    (tmp_path / "nbgrader_config.py").touch()
    monkeypatch.setenv("RNN_COURSE_GRADING", "")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def call(capsys, monkeypatch):
    """Return a function that runs the command, and returns its exit code, output and errors."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["rnn-course", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        return ended.value.code, said.out, said.err

    return call


def test_help_names_every_command(call):
    code, out, err = call("--help")
    assert (code, err) == (0, "")
    assert [line.split()[0] for line in out[out.index("Commands:") :].splitlines()[1:]] == COMMANDS
    assert "..." not in out[out.index("Commands:") :]  # each command is described in a line that fits


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_has_a_help(command, call):
    code, out, _ = call(command, "--help")
    assert code == 0
    assert out.startswith(f"Usage: rnn-course {command}")


def test_the_version_is_the_packages(call):
    assert call("--version") == (0, f"rnn-course, version {rnn_course.__version__}\n", "")


def test_starting_loads_no_heavy_library():
    code = "import sys, rnn_course.cli; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "matplotlib", "nbgrader", "nbformat", "numpy", "rich"} & set(loaded)


@pytest.mark.parametrize(
    "arguments",
    [["notebooks", "fnn"], ["release", "fnn"], ["collect", "fnn", "."], ["grade", "fnn"], ["scores", "fnn"]],
)
def test_an_unknown_assignment_is_one_line_with_a_suggestion(arguments, root, call):
    (root / "solutions" / "ffnn").mkdir()
    (root / "solutions" / "ffnn" / "ffnn.py").touch()
    code, out, err = call(*arguments)
    assert (code, out) == (1, "")
    assert err == "error: unknown assignment 'fnn'. Did you mean 'ffnn'? There are: ffnn\n"


@pytest.mark.parametrize("command", ["notebooks", "release", "feedback", "demo"])
def test_a_course_without_assignments_is_one_line(command, root, call):
    assert call(command) == (1, "", f"error: no assignments: expected solutions/SLUG/SLUG.py in {root}\n")


def test_outside_a_clone_the_error_says_what_was_expected(tmp_path, monkeypatch, call):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(rnn_course, "__file__", str(tmp_path / "site-packages" / "rnn_course" / "__init__.py"))
    code, _, err = call("release")
    assert code == 1
    assert err.startswith("error: no course here: expected nbgrader_config.py and solutions/ in ")
    assert len(err.splitlines()) == 1


def test_outside_a_clone_the_packages_own_is_used(tmp_path):
    assert Course.find(tmp_path).root == Path(rnn_course.__file__).resolve().parents[1]


def test_a_missing_extra_is_named(root):
    (root / "solutions" / "tiny").mkdir()
    (root / "solutions" / "tiny" / "tiny.py").touch()
    code = (
        "import sys; sys.modules['nbgrader'] = None; sys.argv = ['rnn-course', 'grade', 'tiny']\n"
        "from rnn_course.cli import main; main()"
    )
    ran = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert ran.stderr == 'error: nbgrader is missing. Install it with: pip install "rnn-course[grading]"\n'


def test_an_unknown_experiment_is_one_line_with_a_suggestion(call):
    code, _, err = call("experiment", "ordr")
    assert code == 1
    assert err.startswith("error: unknown experiment 'ordr'. Did you mean 'order'?")


def test_an_experiment_runs_and_names_the_extra_that_it_misses(call, monkeypatch):
    import rnn_course.experiments.order as experiment

    ran = []
    monkeypatch.setattr(experiment, "main", lambda: ran.append("order"))
    assert call("experiment", "order")[0] == 0
    assert ran == ["order"]

    def needs_torch():
        raise ModuleNotFoundError("No module named 'torch'", name="torch")

    monkeypatch.setattr(experiment, "main", needs_torch)
    assert (
        call("experiment", "order")[2] == 'error: torch is missing. Install it with: pip install "rnn-course[torch]"\n'
    )


@pytest.mark.parametrize(
    ("error", "code", "said"),
    [
        (CourseError("expected this, received that"), 1, "error: expected this, received that\n"),
        (OSError(28, "No space left on device", "grades.csv"), 1, "error: No space left on device (grades.csv)\n"),
        (KeyboardInterrupt(), 130, "error: stopped. Run the same command again to go on\n"),
    ],
)
def test_what_a_person_can_cause_is_one_line(error, code, said, call, monkeypatch):
    import rnn_course.experiments.order as experiment

    def fails():
        raise error

    monkeypatch.setattr(experiment, "main", fails)
    ended, _, err = call("experiment", "order")
    assert (ended, err.lstrip("\n")) == (code, said)


def test_a_fault_of_the_program_keeps_its_traceback(monkeypatch):
    import rnn_course.experiments.order as experiment

    monkeypatch.setattr(experiment, "main", lambda: 1 / 0)
    monkeypatch.setattr(sys, "argv", ["rnn-course", "experiment", "order"])
    with pytest.raises(ZeroDivisionError):
        cli.main()


def test_a_wrong_option_is_a_usage_error(call):
    code, _, err = call("grade", "--agian")
    assert code == 2
    assert "--agian" in err
