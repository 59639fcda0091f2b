"""What all checks are made of: each fault gives one clear message, and nothing else comes through."""

import subprocess
import sys

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from rnn_course.check import CheckFailed, core

from . import harness

NAN, INF = float("nan"), float("inf")


def said(function, *args, **kwargs):
    """What the student reads when this check fails."""
    with pytest.raises(CheckFailed) as failed:
        function(*args, **kwargs)
    message = str(failed.value)
    assert "\n" not in message
    assert failed.value.__suppress_context__ or failed.value.__context__ is None
    return message


def double(x):
    return 2 * x


class TestCall:
    def test_returns_what_the_function_returns(self):
        assert core.call(double, 3) == 6
        assert core.call(lambda a, *, b: a + b, 1, b=2) == 3

    def test_not_written_yet(self):
        def double(x):
            raise NotImplementedError()

        assert said(core.call, double, 1) == (
            "double is not written yet. Replace the line that raises NotImplementedError."
        )

    def test_exception_is_named_with_arguments_and_line(self):
        def double(x, n):
            return x[n]

        message = said(core.call, double, np.zeros((2, 3)), n=7)
        assert message == (
            "double(float64 array of shape (2, 3), n=7) stopped with IndexError: index 7 is out of bounds for axis 0 "
            "with size 2. It happened at: return x[n]"
        )

    def test_line_is_the_students_not_one_inside_numpy(self):
        def pile(x):
            return np.stack([x, x[:1]])

        assert said(core.call, pile, np.arange(3)).endswith("It happened at: return np.stack([x, x[:1]])")

    def test_line_of_a_cell_in_a_notebook(self):
        names = {}
        harness.run("def ratio(x):\n    return 1 / x\n", names)
        assert "ZeroDivisionError: division by zero. It happened at: return 1 / x" in said(core.call, names["ratio"], 0)

    def test_wrong_number_of_parameters_names_no_line_of_ours(self):
        def nothing():
            return 1

        message = said(core.call, nothing, 1)
        assert "stopped with TypeError" in message
        assert "takes 0 positional arguments but 1 was given." in message
        assert "It happened at" not in message

    @pytest.mark.parametrize("function", [None, 3, np.zeros(2)])
    def test_not_a_function(self, function):
        assert said(core.call, function, 1).startswith("expected a function to check, received ")

    def test_none(self):
        assert said(core.call, lambda x: None, 1).endswith("returned None. Is there a return statement?")

    def test_changed_in_place(self):
        def centre(x, y):
            y -= y.mean()
            return y

        message = said(core.call, centre, np.ones(2), np.ones(3))
        assert message.startswith("centre changed its argument number 2 in place.")
        with pytest.raises(core.ArgumentChanged):
            core.call(centre, np.ones(2), np.ones(3))

    def test_nan_in_an_argument_is_no_change(self):
        assert np.isnan(core.call(double, np.array([NAN]))[0])

    def test_numpy_warnings_of_the_student_are_silent(self):
        assert core.call(lambda x: np.log(x), np.zeros(1))[0] == -INF


class TestExpectations:
    @pytest.mark.parametrize("value", [None, "abc", {}, object(), [1, [2, 3]], 1j, np.array(["a"]), [None]])
    def test_no_number(self, value):
        for hints in ([], [(0.3, "a hint that does not fit")]):
            message = said(core.expect_close, "loss", value, 0.5, hints)
            assert message.startswith("loss: expected an array of numbers, received ")
            assert "hint" not in message

    @pytest.mark.parametrize("value", [[1.0, 2.0], np.zeros((2, 2)), np.zeros((1, 1, 1))])
    def test_wrong_shape(self, value):
        message = said(core.expect_close, "loss", value, 0.5)
        assert message == f"loss: expected shape (), received {np.shape(value)}."

    def test_wrong_shape_with_hint(self):
        message = said(core.expect_shape, "dx", np.zeros((2, 3)), (3, 2), "this is the transpose.")
        assert message == "dx: expected shape (3, 2), received (2, 3). Hint: this is the transpose."

    def test_nan(self):
        message = said(core.expect_close, "dx", np.array([1.0, NAN]), np.ones(2))
        assert message == ("dx: expected finite numbers, received NaN. Is something divided by zero, or overflowing?")

    def test_infinity(self):
        assert said(core.expect_close, "dx", INF, 1.0) == "dx: expected 1, received inf."

    def test_expected_nan_is_met(self):
        core.expect_close("dx", np.array([NAN, 1]), np.array([NAN, 1]))

    def test_value_place_and_count(self):
        message = said(core.expect_close, "dx", np.array([[1, 2], [3, 5]]), np.array([[1, 2], [3, 4]]))
        assert message == "dx[1, 1]: expected 4, received 5 (1 of 4 entries differ)."

    def test_booleans(self):
        assert said(core.expect_close, "mask", np.array([True, False]), np.array([True, True])) == (
            "mask[1]: expected 1, received 0 (1 of 2 entries differ)."
        )

    def test_close_numbers_are_shown_apart(self):
        message = said(core.expect_close, "loss", 1 / 3 + 1e-8, 1 / 3, rtol=1e-12)
        left, right = message.removeprefix("loss: expected ").rstrip(".").split(", received ")
        assert left != right

    def test_first_matching_hint_is_named(self):
        hints = [(np.zeros(3), "shape"), (4.0, "four"), (5.0, "five"), (5.0, "also five")]
        assert said(core.expect_close, "loss", 5.0, 1.0, hints).endswith(" Hint: five")

    def test_tuple(self):
        parts = ("loss", "d_logits")
        assert core.expect_tuple("f", [1, 2], parts) == (1, 2)
        assert said(core.expect_tuple, "f", 3, parts) == "f: expected a tuple (loss, d_logits), received 3."
        assert said(core.expect_tuple, "f", (1, 2, 3), parts).endswith("received 3 values.")

    def test_array(self):
        assert said(core.expect_array, "dx", [1]) == "dx: expected a numpy array, received a list of 1 value."

    def test_condition(self):
        core.expect(True, "a", "b", "c")
        assert said(core.expect, False, "labels", "4 classes", 3, "one is missing.") == (
            "labels: expected 4 classes, received 3. Hint: one is missing."
        )

    def test_exception_that_must_come(self):
        core.expect_raises(ValueError, "width of 0", int, "a")
        assert said(core.expect_raises, ValueError, "width of 0", int, "1").endswith("but no exception was raised.")
        assert "expected ValueError, received TypeError" in said(core.expect_raises, ValueError, "width", int, None)


class TestDescribe:
    @pytest.mark.parametrize(
        ("value", "words"),
        [
            (np.zeros(3, int), "int64 array of shape (3,)"),
            (np.float32(0.5), "0.5"),
            (True, "True"),
            (slice(0, 5), "slice(0, 5, None)"),
            ((0.5, np.float64(0.5)), "(0.5, 0.5)"),
            ((1, "a"), "a tuple of 2 values"),
            ([1, 2], "a list of 2 values"),
            ("x" * 1000, f"'{'x' * 40}'…"),
            (np.random.default_rng(), "Generator"),
        ],
    )
    def test_few_words(self, value, words):
        assert core.describe(value) == words


class TestInANotebook:
    """In IPython, and so in Jupyter, Colab and VS Code, only the message is shown."""

    @pytest.fixture
    def shell(self, tmp_path):
        quiet = Config({"HistoryManager": {"enabled": False}})
        yield InteractiveShell.instance(config=quiet, ipython_dir=str(tmp_path))
        InteractiveShell.clear_instance()

    def run(self, shell, capsys, code):
        result = shell.run_cell(code)
        return result, capsys.readouterr()

    def test_only_the_message_is_shown(self, shell, capsys):
        code = "from rnn_course.check import core\ncore.expect_close('loss', 2, 1, [(2, 'twice.')])"
        result, shown = self.run(shell, capsys, code)
        assert isinstance(result.error_in_exec, CheckFailed)
        assert shown.out.strip() == "✗ loss: expected 1, received 2. Hint: twice."
        assert shown.err == ""

    def test_an_error_in_the_students_code_is_one_line_too(self, shell, capsys):
        code = "from rnn_course.check import core\ndef ratio(x):\n    return 1 / x\ncore.call(ratio, 0)"
        _, shown = self.run(shell, capsys, code)
        assert shown.out.strip() == (
            "✗ ratio(0) stopped with ZeroDivisionError: division by zero. It happened at: return 1 / x"
        )

    def test_other_errors_keep_their_traceback(self, shell, capsys):
        _, shown = self.run(shell, capsys, "1 / 0")
        assert "Traceback" in shown.out


def test_passing_prints_one_line(capsys):
    core.passed("affine_backward", "dx is right.")
    assert capsys.readouterr().out == "✓ affine_backward: dx is right.\n"


def test_needs_neither_torch_nor_matplotlib_nor_nbgrader():
    code = (
        "import sys\n"
        "import rnn_course.check.core, rnn_course.check.order, rnn_course.check.ffnn\n"
        "assert not {'torch', 'matplotlib', 'nbgrader', 'IPython'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
