"""Run nbgrader from Python: the course's own configuration, one step, one student, and a reason if it failed."""

import functools
import logging
import os
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import nbgrader.api
import sqlalchemy.exc
from jinja2 import Environment
from jinja2.bccache import Bucket, BytecodeCache
from nbconvert.exporters import templateexporter
from nbgrader.api import Base, Gradebook
from nbgrader.apps.baseapp import NbGrader
from nbgrader.converters.base import NbGraderException
from nbgrader.utils import chdir, temp_attrs

from rnn_course.grading import CourseError
from rnn_course.grading.course import FOLDER, Course
from rnn_course.grading.notebooks import one_line

UNUSABLE = "*?[]{}()+^$|\\"


class _Log(logging.Handler):
    """Keeps the messages of one run."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[tuple[int, str]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append((record.levelno, record.getMessage()))


class Engine(NbGrader):
    """nbgrader with the course's ``nbgrader_config.py``. Its log is kept, not printed."""

    name = "rnn-course"
    heard: "_Log"

    @classmethod
    def of(cls, course: Course) -> "Engine":
        """Return an engine for the course.

        Raises
        ------
        CourseError
            If nbgrader cannot work in a folder of that name, for it uses paths as patterns, or it cannot be made.
        """
        for path in (course.root, course.grading):
            odd = sorted(set(UNUSABLE) & set(str(path)))
            if odd:
                raise CourseError(f"nbgrader cannot work in {path}: rename the folder so that it has no {odd[0]!r}")
        try:
            course.grading.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise CourseError(f"{course.grading}: the class's folder cannot be made ({error.strerror})") from None
        engine = cls()
        engine.heard = _Log()
        with chdir(str(course.root)), _environment(FOLDER, str(course.grading)):  # nbgrader_config.py reads it
            engine.initialize([], root=str(course.root))
        engine.log.handlers[:] = [engine.heard]
        engine.log.propagate = False
        return engine

    def init_syspath(self) -> None:
        """Leave the import path of the calling program alone."""

    def run(self, converter: Any, slug: str, student: str = "*") -> None:
        """Run one of nbgrader's converters, whatever was there before.

        Raises
        ------
        CourseError
            With the reason, if it failed.
        """
        self.heard.messages.clear()
        assert self.coursedir is not None
        with temp_attrs(self.coursedir, assignment_id=slug, student_id=student):
            step = converter(coursedir=self.coursedir, parent=self)
            step.force = True
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")  # nbgrader's own, of no use to a teacher
                    step.start()
            except NbGraderException as error:
                raise CourseError(_reason(self.heard.messages) or one_line(error)) from None
            except sqlalchemy.exc.SQLAlchemyError as error:
                raise CourseError(_unreadable(error)) from None


@contextmanager
def one_connection() -> Iterator[None]:
    """Let all steps of a batch share one engine of SQLAlchemy.

    nbgrader makes a dozen for each submission. Each compiles its queries anew and asks for every table whether it is
    there: that is more than half of the time of a batch whose notebooks run quickly.
    """
    made: dict[str, Any] = {}
    has_tables: set[Any] = set()
    create, make_tables = nbgrader.api.create_engine, Base.metadata.create_all

    def shared(url: str, **options: Any) -> Any:
        if url not in made:
            made[url] = create(url, **options)
            made[url].dispose = lambda *_, **__: None
        return made[url]

    def make_tables_once(bind: Any) -> None:
        if bind not in has_tables:
            make_tables(bind=bind)
            has_tables.add(bind)

    try:
        with (
            _replaced(nbgrader.api, "create_engine", shared),
            _replaced(Base.metadata, "create_all", make_tables_once),
        ):
            yield
    finally:
        for engine in made.values():
            type(engine).dispose(engine)


class _Compiled(BytecodeCache):
    """Templates that were compiled, in memory."""

    def __init__(self) -> None:
        self._codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill a bucket, if its template was compiled before."""
        if bucket.key in self._codes:
            bucket.bytecode_from_string(self._codes[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._codes[bucket.key] = bucket.bytecode_to_string()


@contextmanager
def one_compilation() -> Iterator[None]:
    """Let all pages of a batch share compiled templates: nbconvert compiles them for each page anew."""
    create = functools.partial(Environment, bytecode_cache=_Compiled())
    with _replaced(templateexporter, "Environment", create):
        yield


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)


@contextmanager
def gradebook(course: Course) -> Iterator[Any]:
    """Open the course's gradebook.

    Raises
    ------
    CourseError
        If the file cannot be read or written.
    """
    try:
        with Gradebook(course.db_url) as opened:
            yield opened
    except sqlalchemy.exc.SQLAlchemyError as error:
        raise CourseError(f"{course.shown_gradebook}: {_unreadable(error)}") from None


@contextmanager
def _environment(name: str, value: str) -> Iterator[None]:
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        if before is None:
            del os.environ[name]
        else:
            os.environ[name] = before


def _unreadable(error: sqlalchemy.exc.SQLAlchemyError) -> str:
    return f"the gradebook cannot be used ({one_line(str(getattr(error, 'orig', None) or error))})"


def _reason(messages: list[tuple[int, str]]) -> str:
    for level, text in reversed(messages):
        if level >= logging.ERROR and text.startswith("Traceback"):
            last = [line for line in text.splitlines() if re.match(r"[\w.]+(: |$)", line)][-1]
            name, _, rest = last.partition(": ")
            return one_line(f"{name.rpartition('.')[2]}: {rest}" if rest else name)
    errors = [text for level, text in messages if level >= logging.ERROR]
    return one_line(errors[0]) if errors else ""
