"""Makes this folder a course of nbgrader, so that its own commands and Formgrader work here without an option."""

from pathlib import Path

from rnn_course.grading.config import configure

configure(get_config(), Path(__file__).parent)  # noqa: F821 - nbgrader provides it
