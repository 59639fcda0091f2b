"""Where everything is: the course's root, its assignments, and the folder that holds a class's work."""

import difflib
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import rnn_course
from rnn_course.grading import CourseError

CONFIG = "nbgrader_config.py"
FOLDER = "RNN_COURSE_GRADING"  # environment variable: where a class's work is, seen from the root
DATABASE = "RNN_COURSE_DB_URL"  # environment variable: the gradebook, if it is not a file in that folder


@dataclass(frozen=True)
class Course:
    """One checkout of the course, and one folder with a class's work.

    Parameters
    ----------
    root : Path, the folder of ``nbgrader_config.py``
    grading : Path, the folder of the gradebook, and of what was submitted, graded and given back
    """

    root: Path
    grading: Path

    @classmethod
    def at(cls, root: Path) -> "Course":
        """Return the course in ``root``; the class's folder is ``grading/``, or the one that the environment names."""
        root = root.resolve()
        return cls(root, root / (os.environ.get(FOLDER) or "grading"))

    @classmethod
    def find(cls, *starts: Path) -> "Course":
        """Return the course that one of ``starts`` is in, by default the working directory; else the package's clone.

        Raises
        ------
        CourseError
            If none of them is in a checkout of the course.
        """
        starts = tuple(start.resolve() for start in starts or (Path.cwd(),))
        own = Path(rnn_course.__file__).resolve().parents[1]
        for folder in (*(folder for start in starts for folder in (start, *start.parents)), own):
            if (folder / CONFIG).is_file() and (folder / "solutions").is_dir():
                return cls.at(folder)
        raise CourseError(
            f"no course here: expected {CONFIG} and solutions/ in {starts[-1]} or a folder above it. "
            "Clone the course's repository and run the command in it"
        )

    @property
    def gradebook(self) -> Path:
        """The gradebook's file."""
        return self.grading / "gradebook.db"

    @property
    def db_url(self) -> str:
        """The gradebook as SQLAlchemy names it: that of the environment, for example a PostgreSQL server's, else the file."""
        return os.environ.get(DATABASE) or f"sqlite:///{self.gradebook}"

    @property
    def has_gradebook(self) -> bool:
        """Whether there is a gradebook already. On a server there always is one."""
        return not self.db_url.startswith("sqlite:") or self.gradebook.is_file()

    @property
    def shown_gradebook(self) -> str:
        """The gradebook's name for people, without a password."""
        server = os.environ.get(DATABASE)
        if not server:
            return self.shown(self.gradebook)
        from sqlalchemy.engine import make_url  # not here for a student, who has no gradebook

        return make_url(server).render_as_string()

    def slugs(self) -> list[str]:
        """Return the names of all assignments, sorted."""
        return sorted(path.parent.name for path in self.root.glob("solutions/*/*.py") if path.stem == path.parent.name)

    def known(self, slug: str) -> str:
        """Return ``slug`` if there is such an assignment, else say which there are."""
        if slug not in self.slugs():
            raise unknown("assignment", slug, self.slugs())
        return slug

    def source(self, slug: str) -> Path:
        """Path of the assignment's one source."""
        return self.root / "solutions" / slug / f"{slug}.py"

    def source_notebook(self, slug: str) -> Path:
        """Path of the notebook built from the source, with solutions and hidden tests in it."""
        return self.source(slug).with_suffix(".ipynb")

    def released(self, slug: str) -> Path:
        """Path of the notebook that students get."""
        return self.root / "exercises" / slug / f"{slug}.ipynb"

    def submitted(self, slug: str, student: str) -> Path:
        """Path of what a student handed in."""
        return self.grading / "submitted" / student / slug / f"{slug}.ipynb"

    def autograded(self, slug: str, student: str) -> Path:
        """Path of what a student handed in, after it ran."""
        return self.grading / "autograded" / student / slug / f"{slug}.ipynb"

    def feedback(self, slug: str, student: str) -> Path:
        """Path of the page that a student gets back."""
        return self.grading / "feedback" / student / slug / f"{slug}.html"

    def submitters(self, slug: str = "*") -> list[str]:
        """Return the students who handed in this assignment, or any, sorted."""
        return sorted({path.parent.name for path in self.grading.glob(f"submitted/*/{slug}") if path.is_dir()})

    def shown(self, path: Path) -> str:
        """Return ``path`` as a person would type it: from the root if it is inside."""
        return str(path.relative_to(self.root)) if path.is_relative_to(self.root) else str(path)


def unknown(what: str, name: str, names: Iterable[str]) -> CourseError:
    """Return the error for a name that does not exist, with the nearest one that does.

    Examples
    --------
    >>> print(unknown("assignment", "fnn", ["ffnn", "order"]))
    unknown assignment 'fnn'. Did you mean 'ffnn'? There are: ffnn, order
    """
    names = list(names)
    near = difflib.get_close_matches(name, names, n=1)
    guess = f" Did you mean {near[0]!r}?" if near else ""
    return CourseError(f"unknown {what} {name!r}.{guess} There are: {', '.join(names) or 'none'}")


def write(path: Path, content: bytes | str) -> bool:
    """Write a file whole or not at all; leave one that already holds ``content`` alone, and return whether it changed."""
    data = content.encode() if isinstance(content, str) else content
    if path.is_file() and path.read_bytes() == data:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        partial.write_bytes(data)
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)
    return True
