"""Checks that a student sees: the same in any kernel, without a network and without torch.

Each assignment has a module here with one function per part, named as the function that the student writes::

    from rnn_course.check import ffnn as check

    check.affine_backward(affine_backward)

A check that passes prints one line. One that fails raises `CheckFailed`, which names the quantity, what was expected,
what was received, and where it can, the likely fault.
"""

from rnn_course.check.core import CheckFailed

__all__ = ["CheckFailed"]
