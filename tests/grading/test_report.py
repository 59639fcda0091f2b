"""The instructor's page and the exports: right numbers, named faults, flags, and nothing that a student can inject."""

import csv
import json
import re
import shutil
import stat

import nbformat
import pytest
from bs4 import BeautifulSoup

from rnn_course.grading import exports, notebooks
from rnn_course.grading.course import Course
from rnn_course.grading.engine import gradebook
from rnn_course.grading.grade import grade
from rnn_course.grading.repair import zero_rows
from rnn_course.grading.report import likeness, messages, report
from rnn_course.grading.report.facts import _imports, facts
from rnn_course.grading.variants import reference, variants

from .tiny import ROOT, run

EVIL = "=cmd|'/c calc'!A1"
SCRIPT = "<img src=x onerror=alert(1)>"


@pytest.fixture
def course(graded_root, tmp_path, monkeypatch):
    """Return a graded class of six, and one who handed in nothing."""
    shutil.copytree(graded_root, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    course = Course.at(tmp_path / "copy")
    with gradebook(course) as opened:
        opened.add_student("zoe", first_name=EVIL, last_name=SCRIPT, email="zoe@example.org", lms_user_id="77")
    zero_rows(course, "tiny", {"zoe": "Nothing was handed in."})
    return course


def hand_in(course, student, **cells):
    notebook = nbformat.read(course.released("tiny"), as_version=4)
    for cell in notebook.cells:
        cell.source = cells.get(notebooks.grade_id(cell), cell.source)
    course.submitted("tiny", student).parent.mkdir(parents=True, exist_ok=True)
    course.submitted("tiny", student).write_text(notebooks.text(notebook))


def table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.reader(file))


def test_the_facts_are_those_of_the_gradebook(course):
    found = facts(course, "tiny")
    assert [(one.part.name, one.full, one.of, one.mean) for one in found.passed] == [
        ("square", 3, 7, pytest.approx(180 / 7)),
        ("root", 3, 7, pytest.approx(120 / 7)),
    ]
    assert found.zeros == {"zoe": "Nothing was handed in."}
    said = {(fault.part, fault.said): (fault.known, fault.students) for fault in found.faults}
    assert said["square", "square: expected 9 for a negative number"] == (
        ("Two faults.", "Loses the sign [of x]."),
        ("demo-03", "demo-04"),
    )
    assert said["root", "NameError: name 'undefined_name' is not defined"] == (("Stops with an error.",), ("demo-05",))
    assert said["root", messages.NOT_WRITTEN] == ((), ("demo-06",))


def test_what_variants_provoke_is_kept_until_one_changes(course, monkeypatch):
    first = messages.of_variants(course, "tiny")
    with monkeypatch.context() as patch:
        patch.setattr(messages, "_provoked", None)
        assert messages.of_variants(course, "tiny") == first
    variant = course.root / "solutions/tiny/variants/wrong_stops.py"
    variant.write_text(variant.read_text().replace("undefined_name", "another_name"))
    assert ("root", "NameError: name 'another_name' is not defined") in messages.of_variants(course, "tiny")


def test_messages_that_differ_in_numbers_are_one_fault(course):
    for number, student in enumerate(("demo-01", "demo-02"), start=5):
        notebook = nbformat.read(course.autograded("tiny", student), as_version=4)
        test = notebooks.tests(notebook)["root"]
        test.outputs = [
            nbformat.v4.new_output("error", ename="AssertionError", evalue=f"expected 3, received {number}.5")
        ]
        course.autograded("tiny", student).chmod(0o644)
        course.autograded("tiny", student).write_text(notebooks.text(notebook))
    faults = [fault for fault in facts(course, "tiny").faults if "expected 3, received" in fault.said]
    assert faults[0].students == ("demo-01", "demo-02")


def test_what_is_worth_a_look_is_flagged(course):
    copied = "def root(x):\n" + "".join(f"    y{i} = x + {i} * abs(x - {i})\n" for i in range(12)) + "    return y3\n"
    renamed = copied.replace("y", "other").replace("x", "value") + "    # my own work\n"
    hand_in(course, "demo-01", root=copied)
    hand_in(course, "demo-02", root=renamed)
    hand_in(course, "demo-03", root="from rnn_course import ffnn\nfrom rnn_course.tdnn import receptive_field as root")
    forged = json.loads(course.submitted("tiny", "demo-04").read_text())
    forged["cells"][3]["metadata"]["tags"] = ["skip-execution"]
    course.submitted("tiny", "demo-04").write_text(json.dumps(forged))
    grade(course, "tiny")
    flags = facts(course, "tiny").flags
    assert flags["demo-01"] == ["nearly the same as demo-02 (100%)"]
    assert flags["demo-02"] == ["nearly the same as demo-01 (100%)"]
    assert flags["demo-03"] == ["imports code of the course: rnn_course.ffnn, rnn_course.tdnn.receptive_field"]
    assert flags["demo-04"] == ["Tags were taken off: skip-execution."]
    assert set(flags) == {"demo-01", "demo-02", "demo-03", "demo-04"}


@pytest.mark.parametrize(
    "code",
    [
        "import rnn_course.ffnn",
        "from rnn_course.ffnn import affine",
        "from rnn_course import ffnn as f",
        "__import__('rnn_course.ffnn')",
        "import importlib; importlib.import_module('rnn_course.ffnn')",
        "def f(: # no Python\n    import rnn_course.ffnn",
        "%time import rnn_course.ffnn",
    ],
)
def test_an_import_of_the_reference_code_is_found(code):
    assert any(name.startswith("rnn_course.ffnn") for name in _imports([code]))


def test_independent_right_answers_are_not_alike_and_a_renamed_copy_is():
    course = Course.at(ROOT)
    published = reference(course, "ffnn")
    right = [variant for variant in variants(course, "ffnn") if not variant.breaks]
    works = {variant.name: likeness.prints({**published, **variant.cells}) for variant in right}
    works["published"] = likeness.prints(published)
    assert likeness.alike(works) == []
    renamed = {
        part: re.sub(r"\b(shifted|windows|index)\b", r"my_\1", code) + "\n# done" for part, code in published.items()
    }
    works["copy"] = likeness.prints(renamed)
    assert likeness.alike(works) == [("copy", "published", 1.0)]
    for hostile in ("-" * 100_000 + "1", "(" * 100_000, "\0", "def f(:"):
        assert likeness.prints({"a": hostile}) == frozenset()


def test_the_page_needs_nothing_and_runs_nothing(course):
    evil = f"{SCRIPT}</main>"
    hand_in(course, "demo-05", root=f"def root(x):\n    raise ValueError({evil!r})")
    grade(course, "tiny")
    with gradebook(course) as opened:
        opened.add_student(SCRIPT)
    text = report(course, "tiny").read_text()
    page = BeautifulSoup(text, "html.parser")
    assert "default-src 'none'" in text
    assert [tag.name for tag in page.find_all(["script", "img", "iframe", "link", "object", "form"])] == []
    assert all(a["href"].startswith(("#", "../feedback/")) for a in page.find_all("a"))
    assert SCRIPT in page.get_text()
    links = [a["href"] for a in page.find_all("a") if a["href"].startswith("../")]
    assert "../feedback/demo-01/tiny/tiny.html" in links
    assert all((course.grading / "reports" / link).is_file() for link in links)
    assert "zoe: Nothing was handed in." in page.get_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_fault_in_the_page(course, chromium, scheme):
    axe = ROOT / "node_modules" / "axe-core" / "axe.min.js"
    if not axe.is_file():
        pytest.skip("axe-core is not installed; run: npm ci")
    page = report(course, "tiny")
    view = chromium.new_page(color_scheme=scheme, viewport={"width": 390, "height": 800}, bypass_csp=True)
    asked = []
    view.on("request", lambda request: asked.append(request.url))
    view.goto(page.as_uri())
    view.add_script_tag(content=axe.read_text())
    faults = view.evaluate("axe.run(document).then(r => r.violations.map(v => [v.id, v.nodes[0].html]))")
    wide = view.evaluate("document.documentElement.scrollWidth")
    view.close()
    assert faults == []
    assert asked == [page.as_uri()]
    assert wide <= 390


def test_canvas_gets_its_columns(course, tmp_path):
    with gradebook(course) as opened:
        opened.add_student("lovelaceada_123")
    assert exports.canvas(course, "tiny", tmp_path / "c.csv") == 8
    lines = table(tmp_path / "c.csv")
    assert lines[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "tiny"]
    assert lines[1] == ["    Points Possible", "", "", "", "", "100"]
    assert lines[2] == ["01, Demo", "", "", "demo-01", "", "100"]
    assert lines[8] == ["lovelaceada_123", "123", "", "lovelaceada_123", "", ""]
    assert lines[9] == [f"{SCRIPT}, {EVIL}", "77", "", "zoe", "", "0"]


def test_moodle_gets_its_columns_and_no_formula(course, tmp_path):
    assert exports.moodle(course, "tiny", tmp_path / "m.csv") == 7
    lines = table(tmp_path / "m.csv")
    assert lines[0] == ["First name", "Last name", "ID number", "Username", "Email address", "tiny"]
    assert lines[-1] == [f"'{EVIL}", SCRIPT, "77", "zoe", "zoe@example.org", "0"]


def test_the_anonymous_table_tells_no_name_and_can_be_resolved_with_the_key(course, tmp_path):
    assert exports.anonymous(course, "tiny", tmp_path / "a.csv") == 7
    text = (tmp_path / "a.csv").read_text()
    assert not re.search("demo|zoe|undefined|handed", text)
    lines = table(tmp_path / "a.csv")
    assert lines[0] == ["id", "square", "root", "total"]
    assert lines[1:] == sorted(lines[1:])
    path = course.grading / exports.KEY
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    key = bytes.fromhex(path.read_text())
    assert exports.pseudonym(key, "demo-04") in {line[0] for line in lines if line[1:] == ["0", "40", "40"]}
    exports.anonymous(course, "tiny", tmp_path / "b.csv", text=True)
    assert table(tmp_path / "b.csv")[0] == ["id", "square", "root", "total", "said of square", "said of root"]
    assert {line[0] for line in table(tmp_path / "b.csv")} == {line[0] for line in lines}
    assert "undefined_name" in (tmp_path / "b.csv").read_text()
    path.unlink()
    exports.anonymous(course, "tiny", tmp_path / "c.csv")
    assert not {line[0] for line in table(tmp_path / "c.csv")[1:]} & {line[0] for line in lines}


def test_in_the_terminal(course, tmp_path):
    ran = run("rnn-course", "report", "tiny", cwd=course.root)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "tiny: grading/reports/tiny.html\n", "")
    ran = run("rnn-course", "export", "tiny", "--canvas", "c.csv", "--anonymous", "a.csv", cwd=course.root)
    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "c.csv: 7 students\na.csv: 7 students\n", "")
    ran = run("rnn-course", "export", "tiny", cwd=course.root)
    assert ran.returncode == 2
    assert "expected --canvas FILE" in ran.stderr
    shutil.rmtree(course.grading)
    ran = run("rnn-course", "report", "tiny", cwd=course.root)
    assert (ran.returncode, ran.stderr.count("\n")) == (1, 1)
