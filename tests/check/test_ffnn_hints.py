"""The assignment ``ffnn``: the hints for faults that no variant has."""

from functools import partial

import numpy as np
import pytest

from rnn_course import ffnn as reference
from rnn_course import gradcheck
from rnn_course.check import ffnn as check

from . import harness

see = partial(harness.message, check)

D = "d_output @ weight, d_output.T @ x"
AFFINE = {
    f"({D}, d_output.sum(axis=0, keepdims=True))": "the sum kept the batch axis",
    f"({D}, d_output.sum(axis=1))": "this is the sum over the outputs",
    f"({D}, np.asarray(d_output.sum()))": "this is the sum over both axes",
    f"({D}, d_output[-1])": "only the last example is in it",
    f"({D}, d_output.mean(axis=0))": "the loss has already divided by N",
    f"({D}, -d_output.sum(axis=0))": "the sign is turned round",
    "(d_output @ weight, d_output[-1:].T * x[-1], d_output.sum(axis=0))": "only the last example is in it",
    "(d_output @ weight, np.outer(d_output.sum(0), x.sum(0)), d_output.sum(0))": "do not multiply the sums",
    "(d_output @ weight, d_output[:, :, None] * x[:, None, :], d_output.sum(0))": "one gradient for each example",
    "(-d_output @ weight, d_output.T @ x, d_output.sum(axis=0))": "the sign is turned round",
    "(d_output.T @ x, d_output @ weight, d_output.sum(axis=0))": "right three shapes in another order",
    f"({D})": "received 2 values",
}
E_Z = "np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)"
R, ONE = "np.arange(4), target", "np.eye(3)[target]"
LOSS = {
    "-np.log2(p[R]).mean()": "this is in bits",
    "-np.log10(p[R]).mean()": "logarithm to base 10",
    "np.log(p[R]).mean()": "A cross-entropy is never negative",
    "-np.log(p[R])": "one loss for each example",
    "-(ONE * np.log(p)).mean()": "this is divided by N · C",
    "-np.log(p[R].mean())": "the logarithm of each probability first",
    "-logits[R].mean()": "these are the logits themselves",
    "(1 - p[R]).mean()": "the logarithm is missing",
}
GRADIENT = {
    "p": "these are the probabilities",
    "p / 4": "What does the target change?",
    "(ONE - p) / 4": "Raising the right logit must lower the loss",
    "(p - ONE) / 12": "this is divided by N · C",
    "(p - ONE) / 16": "divided by N twice",
    "-ONE / p / 4": "Go on through the softmax",
    "(np.exp(logits) / np.exp(logits).sum(axis=0) - ONE) / 4": "sums to 1 on its own",
}
WINDOWS = {
    "np.stack([x[k : k + width] for k in range(1, n + 1 - width)])": "the first window is missing",
    "np.stack([x[k : k + width] for k in range(0, n, width)])": "the windows do not overlap",
    "np.stack([x[k : k + width][::-1] for k in range(n + 1 - width)])": "each window runs backwards",
    "np.stack([x[k : k + width] for k in range(n + 1 - width)][::-1])": "come in the wrong order",
    "np.stack([x[k : k + width] for k in range(n + 1 - width)]).swapaxes(0, 1)": "have changed places",
    "np.stack([x[k : k + width].ravel() for k in range(n + 1 - width)])": "each window is flattened",
    "np.stack([np.roll(x, -k, axis=0)[:width] for k in range(n)])": "there are too many windows",
    "np.stack([np.roll(x, -k, axis=0)[:width] for k in range(1, n + 2 - width)])": "window 0 starts at step 0",
    "np.stack([x[:, k : k + width] for k in range(2)]) if x.ndim == 2 else right(x, width)": "slide over the features",
    "right(x, width)[:, :, 0] if x.ndim == 2 else right(x, width)": "only the first feature is in it",
}


class TestHints:
    @pytest.mark.parametrize(("result", "phrase"), AFFINE.items())
    def test_affine_backward(self, result, phrase):
        assert phrase in see("affine_backward", eval(f"lambda d_output, x, weight: {result}", {"np": np}))

    @pytest.mark.parametrize(("loss", "phrase"), LOSS.items())
    def test_loss(self, loss, phrase):
        loss = loss.replace("[R]", f"[{R}]").replace("ONE", ONE)
        assert phrase in see("softmax_cross_entropy", self.student(f"{loss}, p - {ONE}"))

    @pytest.mark.parametrize(("gradient", "phrase"), GRADIENT.items())
    def test_d_logits(self, gradient, phrase):
        student = self.student(f"-np.log(p[{R}]).mean(), {gradient.replace('ONE', ONE)}")
        assert phrase in see("softmax_cross_entropy", student)

    def test_loss_and_gradient_the_other_way_round(self):
        message = see("softmax_cross_entropy", self.student("p, 0.5"))
        assert message == "softmax_cross_entropy: expected (loss, d_logits), received them the other way round."

    @staticmethod
    def student(result):
        return eval(f"lambda logits, target: (lambda p: ({result}))({E_Z})", {"np": np})

    @pytest.mark.parametrize(("result", "phrase"), WINDOWS.items())
    def test_sliding_windows(self, result, phrase):
        names = {"np": np, "right": reference.sliding_windows}
        student = eval(f"lambda x, width: (lambda n: {result})(len(x))", names)
        assert phrase in see("sliding_windows", student)

    @pytest.mark.parametrize(
        ("slope", "error", "phrase"),
        [
            ("(f(x) - f(x - e)) / eps", "relative(a, b)", "one-sided difference"),
            ("(f(x + e) - f(x)) / (2 * eps)", "relative(a, b)", "from x to x + eps is one step"),
            ("(f(x + e / 1e4) - f(x - e / 1e4)) / (2e-4 * eps)", "relative(a, b)", "does not depend on eps"),
            ("(f(x + eps) - f(x - eps)) / (2 * eps)", "relative(a, b)", "Move one entry at a time"),
            ("right", "difference.max() / abs(a).max()", "the larger of both gradients' largest entries"),
            ("right", "difference.max() / (abs(a).max() + abs(b).max())", "not the sum"),
            ("right", "(difference / np.maximum(abs(a), abs(b))).max()", "divided entry by entry"),
            ("right", "(difference / (abs(a) + abs(b))).max()", "divided entry by entry"),
            ("right", "difference.mean() / max(abs(a).max(), abs(b).max())", "take the largest difference"),
            ("right", "norm(a - b) / (norm(a) + norm(b))", "not 2-norms"),
            ("right", "(a - b).max() / max(abs(a).max(), abs(b).max())", "Compare its size"),
            ("right", "bool(relative(a, b) < 1e-7)", "return the error itself, not whether it is small"),
            ("right", "relative(a, b) if eps == 0.1 else 0.5", "is eps=1e-5 the default?"),
        ],
    )
    def test_check_gradient(self, slope, error, phrase):
        def student(function, x, gradient, eps=1e-5):
            names = {"f": function, "x": x, "eps": eps, "right": None, "np": np, "norm": np.linalg.norm, "a": gradient}
            names["b"] = b = np.empty(x.shape)
            for i, e in enumerate(eps * np.eye(len(x))):
                central = (function(x + e) - function(x - e)) / (2 * eps)
                b[i] = central if slope == "right" else eval(slope, names | {"e": e})
            return eval(error, names | {"relative": gradcheck.relative_error, "difference": np.abs(gradient - b)})

        assert phrase in see("check_gradient", student)

    def test_shapes_that_would_broadcast(self):
        def student(function, x, gradient, eps=1e-5):
            slope = gradcheck.central_difference(function, x, eps)
            return gradcheck.relative_error(np.broadcast_to(gradient, x.shape), slope)

        assert see("check_gradient", student).startswith(
            "gradient of shape (1,) for x of shape (3,): expected ValueError"
        )

    def test_x_left_where_it_was_moved_to(self):
        def student(function, x, gradient, eps=1e-5):
            x += eps
            return 0.5

        message = see("check_gradient", student)
        assert "received it changed by up to 0.1" in message
        assert "put each entry back" in message

    def test_function_called_with_a_single_entry(self):
        message = see("check_gradient", lambda f, x, g, eps=1e-5: (f(x[0] + eps) - f(x[0] - eps)) / (2 * eps))
        assert "function takes an array of the shape of x, (3,), and received ()" in message

    def test_no_two_faults_look_alike(self):
        x, gradient = np.array([0.7, -1.1, 1.9]), np.array([1.0, 4.0, 9.0])
        rng = np.random.default_rng(12)
        for hints in (
            check._error_hints(x, gradient, 0.1),
            check._loss_hints(rng.normal(size=(4, 3)), np.array([2, 0, 1, 2])),
        ):
            for wrong, hint in hints:
                same = {
                    other for value, other in hints if np.shape(value) == np.shape(wrong) and np.allclose(value, wrong)
                }
                assert same == {hint}
