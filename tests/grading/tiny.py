"""A course with one tiny assignment, for tests, and a way to run commands in it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

SOURCE = '''\
# %% [markdown]
# # Tiny
# Two parts with $x^2$ in the text.

# %%
import math

# %% [markdown]
# ## Part 1

# %% solution="square"
def square(x):
    """The square of a number."""
    ### BEGIN SOLUTION
    secret_square = x * x
    return secret_square
    ### END SOLUTION

# %% test="square" points=60
assert square(2) == 4, f"square(2): expected 4, received {square(2)}"
print("square: the square of 2")
### BEGIN HIDDEN TESTS
assert square(-3) == 9, "square: expected 9 for a negative number"
### END HIDDEN TESTS

# %% solution="root"
def root(x):
    """The square root of a number."""
    ### BEGIN SOLUTION
    secret_root = math.sqrt(x)
    return secret_root
    ### END SOLUTION

# %% test="root" points=40
assert root(9) == 3, f"root(9): expected 3, received {root(9)}"
### BEGIN HIDDEN TESTS
assert root(16) == 4
### END HIDDEN TESTS
'''

VARIANTS = {
    "right_power": '"""Uses a power.\n\nbreaks: nothing\n"""\n\n# %% square\ndef square(x):\n    return x**2\n',
    "right_warns": '"""Warns on stderr.\n\nbreaks: nothing\n"""\n# %% root\nimport sys, warnings\ndef root(x):\n'
    '    warnings.warn("careful")\n    print("careful", file=sys.stderr)\n    return x**0.5\n',
    "wrong_sign": '"""Loses the sign [of x].\n\nbreaks: square\n"""\n# %% square\ndef square(x):\n    return x * abs(x)\n',
    "wrong_stops": '"""Stops with an error.\n\nbreaks: root\n"""\n# %% root\ndef root(x):\n    return undefined_name\n',
    "wrong_both": '"""Two faults.\n\nbreaks: square, root\n"""\n# %% square\ndef square(x):\n    return 4\n'
    "# %% root\ndef root(x):\n    return 3\n",
}


def make_course(folder, variants=VARIANTS):
    """Make a course with the assignment ``tiny`` in ``folder``."""
    home = folder / "solutions" / "tiny"
    (home / "variants").mkdir(parents=True)
    (home / "tiny.py").write_text(SOURCE)
    for name, text in variants.items():
        (home / "variants" / f"{name}.py").write_text(text)
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    return folder


def run(*command, cwd, timeout=180, **environment):
    """Run a command of this Python's environment in ``cwd``, as a person would."""
    program = str(Path(sys.executable).with_name(command[0]))
    env = {**os.environ, "RNN_COURSE_GRADING": "", "OMP_NUM_THREADS": "1", "COLUMNS": "200", **environment}
    return subprocess.run(
        [program, *map(str, command[1:])],
        cwd=cwd,
        env=env,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )
