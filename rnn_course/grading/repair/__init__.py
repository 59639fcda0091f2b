"""What a student handed in, however damaged or hostile, becomes a notebook that is safe to grade.

`reading` takes cells out of bytes, `matching` says which cell answers which part, `rebuild` grafts the answers into the
released notebook. `files` looks into a folder without following a link. `prepare` puts the rebuilt notebook where nbgrader
looks, and keeps the original. `zero` enters a row and a reason for work that cannot be graded. Nothing of nbgrader reads
a submission before `prepare` did.
"""

from rnn_course.grading.repair.matching import Repair
from rnn_course.grading.repair.rebuilding import rebuild

__all__ = ["Repair", "rebuild"]
