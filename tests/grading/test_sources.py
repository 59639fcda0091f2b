"""From a marked source to a notebook: the same twice, and one clear error for each wrong mark."""

import json
import subprocess
import sys

import nbformat
import pytest
from IPython.core.inputtransformer2 import TransformerManager

from rnn_course.grading import CourseError, notebooks, sources
from rnn_course.grading.course import Course
from rnn_course.grading.install import installation, repository

from .tiny import SOURCE


def test_marks_become_metadata_of_nbgrader(root):
    notebook = nbformat.read(sources.build(Course.find(), "tiny"), as_version=4)
    nbformat.validate(notebook)
    marks = [cell.metadata.nbgrader for cell in notebook.cells]
    ids = ["cell-00", "cell-01", "cell-02", "square", "test_square", "root", "test_root"]
    assert [mark.grade_id for mark in marks] == ids == [cell.id for cell in notebook.cells]
    assert [mark.solution for mark in marks] == [i in ("square", "root") for i in ids]
    assert [mark.locked for mark in marks] == [i not in ("square", "root") for i in ids]
    assert [mark.get("points") for mark in marks] == [None, None, None, None, 60, None, 40]
    assert {mark.schema_version for mark in marks} == {3}
    assert notebook.metadata.kernelspec.name == "python3"
    assert (notebook.nbformat, notebook.nbformat_minor) == (4, 5)
    assert notebooks.parts(notebook) == [notebooks.Part("square", 60), notebooks.Part("root", 40)]


def test_building_twice_gives_the_same_bytes_and_leaves_the_file_alone(root):
    course = Course.find()
    path = sources.build(course, "tiny")
    first, moment = path.read_bytes(), path.stat().st_mtime_ns
    assert sources.build(course, "tiny").stat().st_mtime_ns == moment
    path.unlink()
    assert sources.build(course, "tiny").read_bytes() == first


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('solution="root"', 'solution="square"', "two cells have the name 'square'"),
        ('test="root" points=40', 'test="square" points=40', "two cells have the name 'test_square'"),
        (" points=40", "", "test 'root': expected points, a whole number above 0, received none"),
        ("points=40", "points=0", "received 0"),
        ("points=40", "points=39", "expected points that sum to 100, received 99 in 2 tests"),
        ('solution="root"', 'solution="roots"', "test 'root' has no solution cell of its name"),
        ('solution="root"', 'solution="square root"', "expected a function's name as the mark, received 'square root'"),
        ('solution="root"', 'solutoin="root"', "unknown mark 'solutoin'"),
        ('solution="root"', 'solution="root" test="root"', "expected a solution or a test, received both"),
        ('solution="root"', 'solution="root" points=3', "points belong to a test"),
        (
            "# %%\nimport",
            "# %%\n### BEGIN SOLUTION\n### END SOLUTION\nimport",
            "BEGIN SOLUTION stands in a cell that is",
        ),
        ("# %%\nimport", "# %%\n### BEGIN HIDDEN TESTS\nimport", "BEGIN HIDDEN TESTS stands in a cell that is"),
        ("    ### BEGIN SOLUTION\n", "", "END SOLUTION has no partner"),
        ("    ### END SOLUTION\n", "", "BEGIN SOLUTION has no partner"),
        ("### END HIDDEN TESTS\n", "", "BEGIN HIDDEN TESTS has no partner"),
        ("# %% [markdown]\n# ## Part 1", '# %% [markdown] solution="a"\n# ## Part 1', "only a code cell can be marked"),
    ],
)
def test_a_wrong_mark_is_one_clear_error(old, new, message):
    assert old in SOURCE
    with pytest.raises(CourseError, match=r"^solutions/tiny/tiny\.py") as caught:
        sources.marked(SOURCE.replace(old, new, 1), "solutions/tiny/tiny.py")
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_solution_without_a_region_is_refused():
    source = SOURCE.replace("    ### BEGIN SOLUTION\n", "", 1).replace("    ### END SOLUTION\n", "", 1)
    with pytest.raises(CourseError, match="expected ### BEGIN SOLUTION and ### END SOLUTION, found none"):
        sources.marked(source, "tiny.py")


def test_a_broken_source_leaves_no_stale_notebook(root):
    course = Course.find()
    path = sources.build(course, "tiny")
    course.source("tiny").write_text(SOURCE.replace("points=40", "points=41"))
    with pytest.raises(CourseError):
        sources.build(course, "tiny")
    assert not path.exists()


def test_secrets_are_the_lines_that_stand_only_in_blocks():
    hidden = sources.secrets(SOURCE)
    assert {"secret_square = x * x", "return secret_root", "assert root(16) == 4"} <= hidden
    assert not {"import math", "def root(x):"} & hidden


def test_the_notebook_of_a_real_assignment_has_no_outputs(root):
    content = json.loads(sources.build(Course.find(), "tiny").read_text())
    assert all(not cell.get("outputs") and cell.get("execution_count") is None for cell in content["cells"])


@pytest.mark.parametrize("url", ["", "https://github.com/someone/rnn", "https://github.com/someone/rnn.git"])
def test_the_first_code_cell_gets_the_package(root, url):
    (root / "_config.yml").write_text(f'repository: {{url: "{url}", branch: main}}\n')
    notebook = nbformat.read(sources.build(Course.find(), "tiny"), as_version=4)
    first = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert first.id == "cell-01"
    assert first.source.startswith("try:\n    import rnn_course\nexcept ImportError:\n")
    assert first.source.endswith("\n\nimport math")
    assert ('%pip install --quiet "rnn-course @ git+https://github.com/someone/rnn"\n' in first.source) == bool(url)
    assert ("In a clone of the course, run: pip install ." in first.source) == (not url)


def test_without_the_package_or_an_address_the_first_cell_says_what_to_do():
    run = [sys.executable, "-I", "-S", "-c", installation("")]
    said = subprocess.run(run, capture_output=True, text=True, check=False).stderr
    assert said.splitlines()[-1] == "ImportError: rnn_course is missing. In a clone of the course, run: pip install ."


def test_without_the_package_the_first_cell_installs_it_and_what_the_notebook_needs():
    code = installation("https://github.com/someone/rnn", ["import torch.nn", "from rnn_course import datasets"])
    code = TransformerManager().transform_cell(code)
    asked = "class Shell:\n    def run_line_magic(self, *words):\n        print(*words)\n\ndef get_ipython():\n    return Shell()\n\n"
    run = [sys.executable, "-I", "-S", "-c", asked + code]
    said = subprocess.run(run, capture_output=True, text=True, check=True).stdout
    assert said == 'pip install --quiet "rnn-course[data,torch] @ git+https://github.com/someone/rnn"\n'


@pytest.mark.parametrize("url", ["github.com/someone/rnn", "git@github.com:someone/rnn.git", "https://github.com"])
def test_an_address_that_nothing_can_open_is_one_clear_error(tmp_path, url):
    (tmp_path / "_config.yml").write_text(f"repository: {{url: '{url}'}}\n")
    with pytest.raises(CourseError, match=r"repository\.url: expected https://HOST/OWNER/NAME or nothing, received"):
        repository(tmp_path)
