"""Visible checks of the assignment ``ffnn``: one function per part, each with hints that name the likely fault."""

from collections.abc import Callable
from typing import Any

import numpy as np

from rnn_course import functional
from rnn_course.check.core import (
    ArgumentChanged,
    CheckFailed,
    call,
    expect,
    expect_array,
    expect_close,
    expect_raises,
    expect_shape,
    expect_tuple,
    passed,
)

Array = np.ndarray
Student = Callable[..., Any]


def affine_backward(student: Student) -> None:
    """Check part 1: the gradients of ``x @ weight.T + bias`` with three different sizes N, I, O."""
    rng = np.random.default_rng(11)
    x, weight, d_output = rng.normal(size=(4, 3)), rng.normal(size=(2, 3)), rng.normal(size=(4, 2))
    names = ("dx", "d_weight", "d_bias")
    gradients = expect_tuple("affine_backward", call(student, d_output, x, weight), names)
    expected = (d_output @ weight, d_output.T @ x, d_output.sum(axis=0))
    for name, received in zip(names, gradients, strict=True):
        expect_array(name, received)
    received_shapes = [gradient.shape for gradient in gradients]
    in_order = [gradient.shape for gradient in expected]
    expect(
        received_shapes == in_order or sorted(received_shapes) != sorted(in_order),
        "affine_backward",
        f"the shapes {in_order} for (dx, d_weight, d_bias)",
        received_shapes,
        "these are the right three shapes in another order.",
    )
    mean = "this is the mean over the examples. Sum them: the loss has already divided by N."
    sign = "the sign is turned round. The minus of gradient descent belongs to the update, not to the gradient."
    hints = {
        "dx": [(-expected[0], sign), (expected[0] / 4, mean)],
        "d_weight": [
            (expected[1].T, "this is the transpose. A gradient has the shape of its parameter, here (O, I)."),
            (expected[1] / 4, mean),
            (-expected[1], sign),
            (np.outer(d_output.sum(0), x.sum(0)), "sum the products of each example, do not multiply the sums."),
            (d_output[-1:].T * x[-1], "only the last example is in it. Add up all of them."),
            (d_output[:, :, None] * x[:, None, :], "there is one gradient for each example. Add them over the batch."),
        ],
        "d_bias": [
            (d_output, "all examples share one bias. Add their gradients over the batch."),
            (expected[2] / 4, mean),
            (-expected[2], sign),
            (expected[2][None], "the sum kept the batch axis, and bias has only one axis."),
            (d_output.sum(axis=1), "this is the sum over the outputs. The batch is the other axis."),
            (d_output.sum(), "this is the sum over both axes. Keep the axis of the outputs."),
            (d_output[-1], "only the last example is in it. Add up all of them."),
        ],
    }
    for name, received, wanted in zip(names, gradients, expected, strict=True):
        expect_close(name, received, wanted, hints[name])
    passed("affine_backward", "dx, d_weight and d_bias are right for N = 4, I = 3, O = 2.")


def softmax_cross_entropy(student: Student) -> None:
    """Check part 2: loss and gradient for small logits, then for logits of ±1000."""
    rng = np.random.default_rng(12)
    logits, target = rng.normal(size=(4, 3)), np.array([2, 0, 1, 2])
    loss, d_logits = _loss_and_gradient(student, logits, target)
    expected_loss, expected_gradient = functional.cross_entropy(logits, target)
    probability, one_hot = functional.softmax(logits), np.eye(3)[target]
    expect_close("loss", loss, expected_loss, _loss_hints(logits, target))
    row_hint = "softmax ran over the batch (axis 0). Each row of logits is one example and sums to 1 on its own."
    expect_close(
        "d_logits",
        d_logits,
        expected_gradient,
        [
            (4 * expected_gradient, "the loss is a mean over N examples, so its gradient is divided by N too."),
            (-expected_gradient, "the sign is turned round. Raising the right logit must lower the loss."),
            (expected_gradient / 3, "this is divided by N · C. The mean is over the N examples only."),
            (expected_gradient / 4, "this is divided by N twice."),
            (probability / 4, "these are the probabilities over N. What does the target change?"),
            (probability, "these are the probabilities. What does the target change, and what does the mean?"),
            ((functional.softmax(logits, axis=0) - one_hot) / 4, row_hint),
            (
                -one_hot / probability / 4,
                "this is the gradient with respect to the probabilities. Go on through the softmax to the logits.",
            ),
        ],
    )
    _large_logits(student)
    passed("softmax_cross_entropy", "loss and d_logits are right, also for logits of ±1000.")


def _loss_and_gradient(student: Student, logits: Array, target: Array) -> tuple[Any, Any]:
    result = call(student, logits, target)
    loss, d_logits = expect_tuple("softmax_cross_entropy", result, ("loss", "d_logits"))
    swapped = np.shape(loss) == logits.shape and np.ndim(d_logits) == 0
    expect(not swapped, "softmax_cross_entropy", "(loss, d_logits)", "them the other way round")
    expect_array("d_logits", d_logits)
    return loss, d_logits


def _loss_hints(logits: Array, target: Array) -> list[tuple[Any, str]]:
    """Wrong losses and the faults that make them; they differ from each other for this input."""
    loss, _ = functional.cross_entropy(logits, target)
    n, c = logits.shape
    rows = np.arange(n)
    each = -functional.log_softmax(logits)[rows, target]
    over_batch = -functional.log_softmax(logits, axis=0)[rows, target]
    probability = functional.softmax(logits)[rows, target]
    return [
        (n * loss, "this is the sum over the examples. The loss is their mean."),
        (-loss, "the sign is turned round. A cross-entropy is never negative."),
        (loss / c, "this is divided by N · C. The mean is over the N examples only."),
        (loss / np.log(2), "this is in bits. The loss is in nats: take the natural logarithm."),
        (loss / np.log(10), "this uses the logarithm to base 10. The loss is in nats: take the natural logarithm."),
        (each, "there is one loss for each example. Return their mean, one number."),
        (over_batch.mean(), "softmax ran over the batch (axis 0). Each row of logits is one example."),
        (-np.log(probability.mean()), "take the logarithm of each probability first, then the mean."),
        (-logits[rows, target].mean(), "these are the logits themselves. Normalise them with the softmax first."),
        ((1 - probability).mean(), "the logarithm is missing: this is the mean of 1 - p."),
    ]


def _large_logits(student: Student) -> None:
    """Logits so far apart that a plain exponential overflows, and a plain probability underflows."""
    overflow = "e^1000 is more than a float can hold. Subtract each row's largest logit before the exponential."
    underflow = (
        "the probability of the target is too small for a float, so its logarithm is lost. "
        "Compute log-probabilities from the shifted logits, without forming the probability."
    )
    for target, expected in ((0, 0.0), (1, 2000.0)):
        logits = np.array([[1000.0, -1000.0]])
        loss, d_logits = _loss_and_gradient(student, logits, np.array([target]))
        name = f"loss for logits [[1000, -1000]] and target [{target}]"
        expect_shape(name, loss, ())
        expect(not np.isnan(loss), name, f"{expected:g}", "nan", overflow)
        expect_close(name, loss, expected, [(loss, underflow if target == 1 else overflow)])
        gradient = np.array([[0.0, 0.0]]) if target == 0 else np.array([[1.0, -1.0]])
        name = f"d_logits for logits [[1000, -1000]] and target [{target}]"
        expect(not np.isnan(d_logits).any(), name, "finite numbers", "nan", overflow)
        expect_close(name, d_logits, gradient)


def check_gradient(student: Student) -> None:
    """Check part 3 with a step so large that its error can be told from that of every other formula."""
    x, eps = np.array([0.7, -1.1, 1.9]), 0.1

    def cubes(values: Array) -> float:
        if np.shape(values) != (3,):
            raise ValueError(f"function takes an array of the shape of x, (3,), and received {np.shape(values)}")
        return float((values**3).sum())

    gradient = np.array([1.0, 4.0, 9.0])  # not the true one, so that the error is large and known
    central = 3 * x**2 + eps**2
    error = _gradient_error(student, cubes, x, gradient, eps)
    expect_close("relative error with eps=0.1", error, _relative(gradient, central), _error_hints(x, gradient, eps))

    correct = _gradient_error(student, cubes, x, 3 * x**2)
    expect(
        0 <= correct < 1e-7,
        "relative error of a correct gradient with the default eps",
        "less than 1e-07",
        f"{correct:.3g}",
        "is eps=1e-5 the default? A much smaller step drowns in rounding.",
    )
    short = np.array([1.0])  # would broadcast
    expect_raises(ValueError, "gradient of shape (1,) for x of shape (3,)", student, cubes, x, short)
    passed("check_gradient", "it tells a right gradient from a wrong one, and leaves x as it was.")


def _relative(a: Array, b: Array) -> float:
    return float(np.abs(a - b).max() / max(np.abs(a).max(), np.abs(b).max()))


def _gradient_error(
    student: Student, function: Callable[[Array], float], x: Array, gradient: Array, *eps: float
) -> Any:
    """Call the student's function; say more than `call` does about an ``x`` that was not put back."""
    before = x.copy()
    try:
        error = call(student, function, x, gradient, *eps)
    except ArgumentChanged:
        moved = np.abs(x - before).max()
        rounding = "adding and subtracting eps leaves a rounding error. Keep the entry's value, and put that back."
        shifted = "put each entry back before you go on to the next one, or work on a copy."
        if moved > 0:
            raise CheckFailed(
                f"x: expected it unchanged after the call, received it changed by up to {moved:.3g}. "
                f"Hint: {rounding if moved < 1e-9 else shifted}"
            ) from None
        raise
    number = expect_shape("relative error", error, (), "it is one number, the largest over all entries.")
    expect(
        number.dtype.kind == "f",
        "relative error",
        "a float",
        f"{error!r}",
        "return the error itself, not whether it is small.",
    )
    return number


def _error_hints(x: Array, gradient: Array, eps: float) -> list[tuple[Any, str]]:
    """Wrong errors and the faults that make them; they differ from each other for this input."""
    forward, backward = 3 * x**2 + 3 * x * eps + eps**2, 3 * x**2 - 3 * x * eps + eps**2
    central = 3 * x**2 + eps**2
    tiny = 3 * x**2
    together = np.full(3, ((x + eps) ** 3 - (x - eps) ** 3).sum() / (2 * eps))
    difference, norm = np.abs(gradient - central), np.linalg.norm
    one_sided = "this is a one-sided difference, with an error of order eps. Step to both sides of x."
    entrywise = "the differences are divided entry by entry. Divide the largest difference by the largest entry."
    return [
        (_relative(gradient, forward), one_sided),
        (_relative(gradient, backward), one_sided),
        (_relative(gradient, 2 * central), "x + eps and x - eps are two steps apart, not one."),
        (_relative(gradient, forward / 2), "from x to x + eps is one step. Is it x - eps that you meant?"),
        (_relative(gradient, tiny), "this does not depend on eps. Use the argument, not a number of your own."),
        (_relative(gradient, together), "all entries were moved at once. Move one entry at a time."),
        (difference.max(), "this is the absolute difference. Divide it by the scale of the gradients."),
        (difference.max() / np.abs(gradient).max(), "the scale is the larger of both gradients' largest entries."),
        (
            difference.max() / (np.abs(gradient).max() + np.abs(central).max()),
            "the scale is the larger one, not the sum.",
        ),
        ((difference / np.maximum(np.abs(gradient), np.abs(central))).max(), entrywise),
        ((difference / (np.abs(gradient) + np.abs(central))).max(), entrywise),
        (difference.mean() / max(np.abs(gradient).max(), np.abs(central).max()), "take the largest difference."),
        (norm(gradient - central) / (norm(gradient) + norm(central)), "use largest entries, not 2-norms."),
        (norm(gradient - central) / max(norm(gradient), norm(central)), "use largest entries, not 2-norms."),
        (
            (gradient - central).max() / max(np.abs(gradient).max(), np.abs(central).max()),
            "a difference may be negative. Compare its size.",
        ),
    ]


def sliding_windows(student: Student) -> None:
    """Check part 4: a sequence of numbers, a sequence of vectors, and widths that cannot be."""
    x = np.array([3.0, 1.0, 4.0, 1.5, 9.0, 2.0])
    _check_windows(student, x, 3)
    _check_windows(student, np.random.default_rng(14).normal(size=(6, 4)), 3)
    for width in (0, 7):
        expect_raises(ValueError, f"width {width} for a sequence of 6 steps", student, x, width)
    passed("sliding_windows", "windows of numbers and of vectors are right, and impossible widths are refused.")


def _check_windows(student: Student, x: Array, width: int) -> None:
    count = len(x) - width + 1
    expected = np.stack([x[start : start + width] for start in range(count)])
    name = f"windows of width {width} for x of shape {x.shape}"
    received = expect_array(name, call(student, x, width))
    few = "there are windows missing. How many fit when width is T? And when width is T - 1?"
    past = "there are too many windows. None may reach past an end of the sequence."
    axes = "the axes are (window, step in the window, feature). Which axis of yours is the step?"
    hints: list[tuple[Any, str]] = [
        (expected[1:], "the first window is missing. It starts at step 0."),
        (expected[::width], "the windows do not overlap. Each starts one step after the one before."),
        (expected[:, ::-1], "each window runs backwards. The oldest step comes first."),
        (expected[::-1], "the windows come in the wrong order. The first starts at step 0."),
        (expected.reshape(count, -1), "each window is flattened. Keep the axis of the features."),
        (np.swapaxes(expected, 0, 1), "window and step have changed places. The first axis counts the windows."),
        (np.roll(x, -1, axis=0)[np.arange(count)[:, None] + np.arange(width)], "window 0 starts at step 0."),
    ]
    if x.ndim == 2:
        features = np.stack([x[:, i : i + width] for i in range(x.shape[1] - width + 1)])
        across = "these windows slide over the features. Slide over time, the first axis."
        hints += [
            (np.swapaxes(expected, 1, 2), axes),
            *((np.moveaxis(features, 0, axis), across) for axis in range(3)),
            (expected[:, :, 0], "only the first feature is in it. A window holds whole vectors."),
        ]
    if received.ndim and len(received) != count:  # whatever is in them
        hints.append((received, few if len(received) < count else past))
    expect_close(name, received, expected, hints)
