"""Known answers: how they are written, and that nbgrader tells the right ones from the wrong ones."""

import shutil

import pytest

from rnn_course.grading import CourseError, notebooks, sources
from rnn_course.grading.collect import Filed, store
from rnn_course.grading.course import Course
from rnn_course.grading.grade import grade
from rnn_course.grading.release import release
from rnn_course.grading.scores import scores
from rnn_course.grading.variants import expected, graft, parse, variants

from .tiny import ROOT

SLUGS = sorted(path.parent.name for path in ROOT.glob("solutions/*/*.py") if path.stem == path.parent.name)
ANSWERS = [
    pytest.param(slug, path.stem, id=f"{slug}-{path.stem}")
    for slug in SLUGS
    for path in sorted(ROOT.glob(f"solutions/{slug}/variants/*.py"))
]


@pytest.fixture(scope="module")
def classes(tmp_path_factory, empty_gradebook):
    """Return a function from an assignment's name to what its variants must get, and what nbgrader gave them."""
    done = {}

    def graded(slug):
        if slug not in done:
            done[slug] = grade_all(slug, tmp_path_factory.mktemp(slug), empty_gradebook)
        return done[slug]

    return graded


def grade_all(slug, root, empty_gradebook):
    shutil.copytree(ROOT / "solutions" / slug, root / "solutions" / slug, ignore=shutil.ignore_patterns("*.ipynb"))
    shutil.copy(ROOT / "nbgrader_config.py", root)
    (root / "grading").mkdir()
    shutil.copy(empty_gradebook, root / "grading")
    course = Course.at(root)
    release(course, slug)
    known = variants(course, slug)
    for variant in known:
        store(course, slug, variant.name, notebooks.text(graft(course, slug, variant)).encode(), Filed())
    assert grade(course, slug).failed == {}
    _, rows = scores(course, slug)
    return {v.name: expected(course, slug, v) for v in known}, {row.student: row.parts for row in rows}


@pytest.mark.parametrize(("slug", "name"), ANSWERS)
def test_an_answer_loses_exactly_the_points_of_the_parts_that_it_breaks(slug, name, classes):
    wanted, obtained = classes(slug)
    assert obtained[name] == wanted[name]


@pytest.mark.parametrize("slug", SLUGS)
def test_an_assignment_has_three_right_and_eight_wrong_answers_that_break_every_part(slug):
    course = Course.at(ROOT)
    parts = {part.name for part in notebooks.parts(sources.marked(course.source(slug).read_text(), slug))}
    known = [parse(path, sorted(parts)) for path in ROOT.glob(f"solutions/{slug}/variants/*.py")]
    assert sum(not variant.breaks for variant in known) >= 3
    assert sum(bool(variant.breaks) for variant in known) >= 8
    assert set().union(*(variant.breaks for variant in known)) == parts


def test_a_variant_overrides_its_cells_and_takes_the_rest_from_the_reference(root):
    course = Course.find()
    release(course, "tiny")
    known = {variant.name: variant for variant in variants(course, "tiny")}
    assert known["wrong_both"].breaks == {"square", "root"}
    assert known["right_power"].about == "Uses a power."
    cells = {notebooks.grade_id(cell): cell.source for cell in graft(course, "tiny", known["right_power"]).cells}
    assert cells["square"] == "def square(x):\n    return x**2"
    assert "secret_root" in cells["root"]
    assert "SOLUTION" not in "".join(cells.values())
    assert "HIDDEN" not in "".join(cells.values())


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("right_a", "# %% a\nx = 1\n", "expected a docstring with one line 'breaks: "),
        ("right_a", '"""A.\n\nbreaks: a\n"""\n# %% a\nx = 1\n', "expected right_NAME.py that breaks nothing"),
        ("wrong_a", '"""A.\n\nbreaks: nothing\n"""\n# %% a\nx = 1\n', "or wrong_NAME.py that breaks a part"),
        ("other_a", '"""A.\n\nbreaks: nothing\n"""\n# %% a\nx = 1\n', "expected right_NAME.py"),
        ("wrong_a", '"""A.\n\nbreaks: c\n"""\n# %% a\nx = 1\n', "unknown part 'c'; there are a, b"),
        ("wrong_a", '"""A.\n\nbreaks: a\n"""\n# %% c\nx = 1\n', "unknown part 'c'; there are a, b"),
        ("wrong_a", '"""A.\n\nbreaks: a\n"""\n', "expected at least one cell"),
        ("wrong_a", '"""A.\n\nbreaks: a\n"""\n# %% a\n1\n# %% a\n2\n', "each part once"),
        ("wrong_a", '"""A.\n\nbreaks: a\n"""\n# %% a\ndef a(:\n', "invalid syntax"),
    ],
)
def test_a_wrongly_written_variant_is_one_clear_error(name, text, message, tmp_path):
    path = tmp_path / "tiny" / "variants" / f"{name}.py"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    with pytest.raises(CourseError, match=f"^tiny/variants/{name}.py: ") as caught:
        parse(path, ["a", "b"])
    assert message in str(caught.value)
