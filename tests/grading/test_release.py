"""What students get: no solution, no hidden test, no output, and the same bytes each time."""

import json
import re
import shutil

import pytest

from rnn_course.grading import CourseError
from rnn_course.grading.course import Course
from rnn_course.grading.engine import Engine, gradebook
from rnn_course.grading.release import leaks, release

from .tiny import ROOT, SOURCE

SLUGS = sorted(path.parent.name for path in ROOT.glob("solutions/*/*.py") if path.stem == path.parent.name)
BLOCK = r"(?ms)^[^\n]*BEGIN (SOLUTION|HIDDEN TESTS).*?END \1[^\n]*$"


def in_the_open(source):
    """Return a source without its blocks, found in another way than the code under test does."""
    return re.sub(BLOCK, "", source)


def secrets_of(source):
    """Return the lines that stand only in blocks."""
    outside = {line.strip() for line in in_the_open(source).splitlines()}
    inside = {line.strip() for piece in re.finditer(BLOCK, source) for line in piece[0].splitlines()[1:-1]}
    return {line for line in inside - outside if re.search(r"\w", line)}


def test_release_takes_solutions_and_hidden_tests_out(root):
    course = Course.find()
    text = release(course, "tiny").read_text()
    assert "secret" not in text
    assert "root(16)" not in text
    assert "HIDDEN" not in text
    assert "raise NotImplementedError()" in text
    assert leaks(course, "tiny") == []
    assert all(not cell.get("outputs") for cell in json.loads(text)["cells"])
    assert [p.name for p in root.glob("exercises/tiny/*")] == ["tiny.ipynb"]  # no source, no variants beside it


def test_release_fills_the_gradebook(root):
    course = Course.find()
    release(course, "tiny")
    with gradebook(course) as opened:
        assert opened.find_assignment("tiny").max_score == 100
        assert [cell.name for cell in opened.find_notebook("tiny", "tiny").grade_cells] == ["test_square", "test_root"]


def test_releasing_twice_gives_the_same_bytes(root):
    course = Course.find()
    engine = Engine.of(course)
    first = release(course, "tiny", engine).read_bytes()
    assert release(course, "tiny", engine).read_bytes() == first


def test_a_solution_that_got_into_the_release_is_found(root):
    course = Course.find()
    notebook = release(course, "tiny")
    notebook.write_text(notebook.read_text().replace('"import math"', '"secret_square = x * x"'))
    assert leaks(course, "tiny") == ["secret_square = x * x"]


def test_a_wrong_source_releases_nothing_and_keeps_what_was_released(root):
    course = Course.find()
    before = release(course, "tiny").read_bytes()
    course.source("tiny").write_text(SOURCE.replace("points=40", "points=41"))
    with pytest.raises(CourseError, match="sum to 100"):
        release(course, "tiny")
    assert course.released("tiny").read_bytes() == before


def test_parts_cannot_come_or_go_once_students_are_graded(graded_root, tmp_path):
    shutil.copytree(graded_root, tmp_path / "copy")
    course = Course.at(tmp_path / "copy")
    course.source("tiny").write_text(SOURCE.replace('"root"', '"radix"'))
    before = course.gradebook.read_bytes(), course.released("tiny").read_bytes()
    with pytest.raises(CourseError, match="cells were added or removed, but students are graded"):
        release(course, "tiny")
    assert (course.gradebook.read_bytes(), course.released("tiny").read_bytes()) == before


@pytest.mark.parametrize("slug", SLUGS)
def test_the_committed_notebook_is_what_the_source_gives_today(slug, tmp_path):
    shutil.copytree(ROOT / "solutions" / slug, tmp_path / "solutions" / slug, ignore=shutil.ignore_patterns("*.ipynb"))
    for name in ("nbgrader_config.py", "_config.yml"):
        shutil.copy(ROOT / name, tmp_path)
    fresh = release(Course.at(tmp_path), slug)
    assert fresh.read_bytes() == (ROOT / "exercises" / slug / f"{slug}.ipynb").read_bytes()


@pytest.mark.parametrize("slug", SLUGS)
def test_no_text_of_a_solution_stands_in_exercises(slug):
    source = (ROOT / "solutions" / slug / f"{slug}.py").read_text()
    secrets = secrets_of(source)
    assert len(secrets) > 20
    text = (ROOT / "exercises" / slug / f"{slug}.ipynb").read_text()
    shown = {line.strip() for cell in json.loads(text)["cells"] for line in "".join(cell["source"]).splitlines()}
    assert not secrets & shown
    assert not [s for s in secrets if len(s) > 20 and s not in in_the_open(source) and json.dumps(s)[1:-1] in text]


def test_exercises_hold_one_notebook_for_each_source_and_nothing_else():
    files = sorted(str(p.relative_to(ROOT / "exercises")) for p in (ROOT / "exercises").rglob("*") if p.is_file())
    assert files == [f"{slug}/{slug}.ipynb" for slug in SLUGS]
