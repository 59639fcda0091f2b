"""From one source per assignment to grades and feedback. Only this package and the command line know nbgrader.

`sources` turns ``solutions/SLUG/SLUG.py`` into a notebook, `release` takes the solutions out of it, `collect` files
what students hand in, `repair` makes it safe to grade, `grade` and `feedback` run nbgrader on it. `scores` reads the
gradebook, `report` and `exports` show it to the instructor and to other systems. `variants` and `demo` grade answers that
are known to be right or wrong. `config` is what ``nbgrader_config.py`` says.
"""

import sys

# jsonschema looks for it, to check addresses that no notebook has. Building its grammar is half of the time that a
# command takes to start.
sys.modules.setdefault("rfc3987_syntax", None)  # pyright: ignore[reportArgumentType] - what Python means by: not here


class CourseError(Exception):
    """A mistake that a person can make and mend. Its message is one line: what was expected, what was found."""
