"""What a student handed in, however damaged or hostile, becomes a notebook that is safe to grade.

`reading` takes cells out of bytes, `matching` says which cell answers which part, `rebuilding` grafts the answers into
the released notebook. `files` looks into a folder without following a link, `choosing` finds the notebook in it.
`preparing` puts the rebuilt notebook where nbgrader looks, and keeps the original; `records` says what was repaired.
`zero` enters a row and a reason for work that cannot be graded. Nothing of nbgrader may read a submission before
`prepare` did.
"""

from rnn_course.grading.repair.matching import Repair
from rnn_course.grading.repair.preparing import prepare
from rnn_course.grading.repair.rebuilding import rebuild
from rnn_course.grading.repair.records import Prepared, record
from rnn_course.grading.repair.zero import absent, enrolled, reason_of, zero_rows

__all__ = [
    "Prepared",
    "Repair",
    "absent",
    "enrolled",
    "prepare",
    "reason_of",
    "rebuild",
    "record",
    "zero_rows",
]
