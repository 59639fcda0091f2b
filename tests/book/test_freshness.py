"""Which pages are run again after a change: those whose cells read what changed, and no other."""

import os
import subprocess
import sys
from pathlib import Path

import jupytext
import pytest

ROOT = Path(__file__).resolve().parents[2]
CONF = """
extensions = ["myst_nb", "rnn_book"]
html_math_renderer = "rnn_book"
nb_execution_mode = "cache"
exclude_patterns = ["out"]
nb_execution_raise_on_error = True
nb_render_markdown_format = "myst"
"""
PAGE = (
    "---\nfile_format: mystnb\nkernelspec:\n  name: python3\n---\n# {name}\n\n```{{code-cell}} ipython3\n{code}\n```\n"
)
PACKAGE = {
    "__init__": "",
    "functional": "one = 1",
    "markov": "from .functional import one\n\nstate = one",
    "lonely": "",
    "experiments/__init__": "",
    "experiments/markov": "from rnn_course import markov",
    "experiments/order": "",
    "grading/__init__": "",
    "grading/measured": "",
}
PAGES = {
    "plain": None,
    "uses_markov": "from rnn_course.markov import state\nprint('state', state)",
    "uses_functional": "def later():\n    from rnn_course import functional\n    return functional.one\nlater()",
    "uses_nothing": "2 + 2",
    "runs_experiment": "from rnn_course.experiments import markov\n1",
    "order": "from rnn_course import functional as F\nF.one + 1",
    "shows_grading": "from rnn_course.grading import measured\n1",
    "unsure": "import importlib\nimportlib.import_module('rnn_course.markov').state",
}
READS = {
    "plain": set(),
    "uses_nothing": {"orphan.json"},
    "uses_markov": {"__init__", "functional", "markov", "markov_order.json", "orphan.json"},
    "uses_functional": {"__init__", "functional", "orphan.json"},
    "order": {"__init__", "functional", "order.json", "order_leak.json", "orphan.json"},
    "shows_grading": {"__init__", "grading/__init__", "grading/measured", "grading_speed.json", "orphan.json"},
    "runs_experiment": {
        *("__init__", "functional", "markov", "experiments/__init__", "experiments/markov"),
        *("markov_order.json", "orphan.json"),
    },
}


@pytest.fixture
def course(tmp_path):
    """A small course: a package, stored results, and pages that read some of them."""
    results = tmp_path / "book" / "results"
    results.mkdir(parents=True)
    (tmp_path / "_toc.yml").write_text("")
    (tmp_path / "conf.py").write_text(CONF)
    for name in ("markov_order", "order", "order_leak", "orphan", "grading_speed"):
        (results / f"{name}.json").write_text("[]")
    for name, code in PACKAGE.items():
        path = tmp_path / "rnn_course" / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(code)
    for name, code in PAGES.items():
        text = PAGE.format(name=name, code=code) if code else f"# {name}\n"
        (tmp_path / f"{name}.md").write_text(text)
    (tmp_path / "index.md").write_text("\n".join(["# Index", "", "```{toctree}", *PAGES, "```", ""]))
    return tmp_path


def short(path, root):
    """A file as ``READS`` names it."""
    name = path.relative_to(root).as_posix()
    return name.removeprefix("rnn_course/").removesuffix(".py").removeprefix("book/results/")


@pytest.mark.parametrize("name", READS)
def test_page_reads_the_modules_it_imports_and_their_results(course, name):
    from rnn_book.depends import files_read

    found = {short(path, course) for path in files_read(course / f"{name}.md", course)}
    assert found == READS[name]


def test_page_whose_reading_is_not_known_reads_everything(course):
    from rnn_book.depends import files_read

    found = {short(path, course) for path in files_read(course / "unsure.md", course)}
    modules = {name for name in PACKAGE if not name.startswith("grading/")}
    results = {"markov_order.json", "order.json", "order_leak.json", "orphan.json", "grading_speed.json"}
    assert found == modules | results | {"_toc.yml"}


@pytest.mark.parametrize("page", sorted(ROOT.joinpath("book").glob("*.md")), ids=lambda page: page.stem)
def test_cells_are_those_that_jupytext_reads(page):
    from rnn_book.depends import code_of

    text = page.read_text(encoding="utf-8")
    cells = [cell.source for cell in jupytext.reads(text, fmt="md:myst").cells if cell.cell_type == "code"]
    assert code_of(text).split() == "\n".join(cells).split()


def build(course):
    """Build the small course, and return the pages whose cells were run."""
    command = [sys.executable, "-m", "sphinx", "-b", "html", str(course), str(course / "out" / "html")]
    paths = os.pathsep.join([str(course), str(ROOT / "book" / "_ext")])
    environment = {**os.environ, "PYTHONPATH": paths, "NO_COLOR": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return {Path(line.split(": Exec")[0]).stem for line in done.stdout.splitlines() if "Executing notebook" in line}


def test_change_runs_the_pages_that_import_it_and_no_other(course):
    package = course / "rnn_course"
    assert build(course) == {name for name, code in PAGES.items() if code}
    (package / "markov.py").write_text(PACKAGE["markov"] + " + 1")
    assert build(course) == {"uses_markov", "runs_experiment", "unsure"}
    assert "state 2" in (course / "out" / "html" / "uses_markov.html").read_text()
    (package / "functional.py").write_text("one = 5")
    assert build(course) == {name for name, code in PAGES.items() if code} - {"uses_nothing", "shows_grading"}
