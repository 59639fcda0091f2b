"""The notebooks in the site: nothing of a page is lost, nothing of MyST is left, and they run where there is no clone."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import nbformat
import pytest
import yaml
from bs4 import BeautifulSoup
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
NAMES = [chapter["file"].removeprefix("book/") for part in TOC["parts"] for chapter in part["chapters"]]
CHAPTERS = [name for name in NAMES if any((ROOT / "rnn_course" / each).exists() for each in (name, f"{name}.py"))]
EXERCISES = sorted(path.parent.name for path in ROOT.glob("solutions/*/*.py") if path.stem == path.parent.name)
FENCED = re.compile(r"^(> )*```.*?^(> )*```$", re.DOTALL | re.MULTILINE)
INSTEAD_OF_CODE = (
    "div.cell, div.highlight, .ways-box, .ways, .cite-page, .headerlink, .equation, .math-inline, .quiz-title"
)


@pytest.fixture(scope="module")
def chapter(site):
    """A function that reads the notebook of a chapter."""
    return lambda slug: nbformat.read(site.folder / "notebooks" / "chapters" / f"{slug}.ipynb", as_version=4)


@pytest.fixture(scope="module")
def article(site):
    """A function that reads the page of a chapter."""

    def read(slug):
        page = BeautifulSoup((site.folder / "book" / f"{slug}.html").read_text(encoding="utf-8"), "html.parser")
        for notes in page.select(".term-notes"):  # the glossary's words, shown at a link
            notes.decompose()
        return page.find("article")

    return read


def text_of(notebook):
    """Return the notebook's prose, without code."""
    cells = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    return FENCED.sub("", "\n\n".join(cells))


def letters(text):
    """Return what must be the same however it is marked up: letters and digits outside of formulas."""
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$", "", text.replace(r"\$", ""), flags=re.DOTALL)
    return re.sub(r"[\W_]+", "", re.sub(r"</?\w[^>]*>|&lt;|&gt;|&amp;", "", text))


def test_there_is_a_notebook_for_every_chapter_and_every_exercise_and_no_other(site):
    found = sorted(
        str(path.relative_to(site.folder / "notebooks")) for path in (site.folder / "notebooks").rglob("*.*")
    )
    wanted = [f"chapters/{slug}.ipynb" for slug in CHAPTERS] + [f"exercises/{slug}.ipynb" for slug in EXERCISES]
    assert CHAPTERS
    assert found == sorted(wanted)
    for slug in EXERCISES:
        released = ROOT / "exercises" / slug / f"{slug}.ipynb"
        assert (site.folder / "notebooks" / "exercises" / f"{slug}.ipynb").read_bytes() == released.read_bytes()


@pytest.mark.parametrize("slug", CHAPTERS)
def test_chapter_is_a_valid_small_notebook_without_outputs(slug, chapter):
    notebook = chapter(slug)
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3"
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    assert all(cell.source.strip() for cell in notebook.cells)
    assert not any(cell.outputs or cell.execution_count for cell in notebook.cells if cell.cell_type == "code")
    assert notebook.cells[0].source.startswith("# ")
    assert "CC BY 4.0" in notebook.cells[0].source
    assert notebook.cells[1].source.count("import rnn_course") == 1


@pytest.mark.parametrize("slug", CHAPTERS)
def test_nothing_of_myst_is_left(slug, chapter):
    text = text_of(chapter(slug))
    for trace in (
        "```",
        ":::",
        "{ref}",
        "{numref}",
        "{eq}",
        "{cite",
        "{term}",
        "{doc}",
        "{glue",
        ":label:",
        "](#",
        ".md)",
    ):
        assert trace not in text, trace
    assert not re.search(r"</?(?:div|span|svg|section|cite)\b", text)
    assert text.count("<details>") == text.count("</details>")


@pytest.mark.parametrize("slug", CHAPTERS)
def test_every_number_of_an_equation_and_every_formula_is_that_of_the_page(slug, chapter, article):
    numbers = [re.search(r"\((.*?)\)", found.get_text())[1] for found in article(slug).select(".equation-number")]
    text = text_of(chapter(slug))
    assert re.findall(r"\\tag\{(.*?)\}", text) == numbers
    for block in re.findall(r"\$\$.*?\$\$", text, re.DOTALL):
        assert block.count("{") == block.count("}")
        assert "\n\n" not in block
        assert "\n>" not in block
    shown = [tag.get_text() for tag in article(slug).select("annotation") if not tag.find_parent(class_="cell")]
    ours = re.sub(r"\\tag\{.*?\}", "", "\n\n".join(cell.source for cell in chapter(slug).cells))
    ours = re.sub(r"\s+", "", ours.replace(r"\vert ", "|"))
    assert shown
    assert [tex for tex in shown if re.sub(r"\s+", "", tex) not in ours] == []


@pytest.mark.parametrize("slug", CHAPTERS)
def test_every_word_of_the_page_is_in_the_notebook(slug, chapter, article):
    page = article(slug)
    for tag in page.select(INSTEAD_OF_CODE):
        tag.decompose()
    ours = letters(text_of(chapter(slug)))
    blocks = page.select("p, figcaption, td, th, dt, h1, h2, h3, summary .quiz-option-text")
    lost = [block.get_text() for block in blocks if letters(block.get_text()) not in ours]
    assert len(blocks) > 50
    assert lost == []


@pytest.mark.parametrize("slug", CHAPTERS)
def test_every_figure_has_its_number_and_caption_after_its_code(slug, chapter, article):
    cells = chapter(slug).cells
    captions = article(slug).select("figcaption")
    assert captions
    for caption in captions:
        number = re.search(r"(\d+\.\d+)", caption.select_one(".caption-number").get_text())[1]
        for tag in caption.select(".math-inline, .headerlink, .caption-number"):
            tag.decompose()
        (place,) = (i for i, cell in enumerate(cells) if cell.source.startswith(f"**Figure {number}.**"))
        assert letters(caption.get_text()) in letters(cells[place].source)
        assert re.search(r"\b(Picture|Frames|Playground)\(", cells[place - 1].source)


@pytest.mark.parametrize("slug", CHAPTERS)
def test_code_is_that_of_the_source_without_glue(slug, chapter):
    source = (ROOT / "book" / f"{slug}.md").read_text(encoding="utf-8")
    blocks = re.findall(r"^```\{code-cell\}[^\n]*\n(.*?)^```$", source, re.DOTALL | re.MULTILINE)
    ours = [cell for cell in chapter(slug).cells if cell.cell_type == "code"][1:]
    code = "\n".join(cell.source for cell in ours)
    shown = [
        re.sub(r"\A(---\n.*?\n---\n|(:\w+:.*\n)+)", "", b, flags=re.DOTALL) for b in blocks if "remove-cell" not in b
    ]
    assert shown
    for block in shown:
        assert [
            line for line in block.splitlines() if line not in code and not line.startswith(("glue(", "glue_text("))
        ] == []
    assert "glue" not in code
    folded = sum(bool(cell.metadata.get("jupyter", {}).get("source_hidden")) for cell in ours)
    assert folded >= sum("hide-input" in block or "remove-input" in block for block in blocks)


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A folder with the package as a wheel installs it, and no trace of the book's tools."""
    folder = tmp_path_factory.mktemp("installed")
    settings = (ROOT / "pyproject.toml").read_text()
    source, target = re.search(r'force-include\]\n"(.*?)" = "(.*?)"', settings).groups()
    shutil.copytree(ROOT / "rnn_course", folder / "rnn_course")
    shutil.copytree(ROOT / source, folder / target)
    (folder / "myst_nb.py").write_text("raise ImportError('the book is not here')\n")
    return folder


@pytest.mark.parametrize("slug", CHAPTERS)
def test_chapter_runs_from_top_to_bottom_where_there_is_no_clone(slug, chapter, installed, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(installed))
    notebook = chapter(slug)
    where = nbformat.v4.new_code_cell("import rnn_course\nprint(rnn_course.__file__)", id="where")
    notebook.cells.append(where)
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    assert where.outputs[0].text.startswith(str(installed))
    figures = sum(cell.source.startswith("**Figure") for cell in notebook.cells)
    drawn = [
        o
        for cell in notebook.cells
        for o in cell.get("outputs", ())
        if "<svg" in o.get("data", {}).get("text/html", "")
    ]
    assert len(drawn) == figures > 0


def test_branch_for_colab_gets_the_notebooks_and_nothing_else_changes(tmp_path):
    def git(*words, cwd=tmp_path / "clone"):
        run = ["git", "-c", "user.name=a", "-c", "user.email=a@b", *words]
        return subprocess.run(run, cwd=cwd, capture_output=True, text=True, check=True).stdout.strip()

    (tmp_path / "clone").mkdir()
    git("init", "--quiet", "--bare", str(tmp_path / "origin"), cwd=tmp_path)
    git("init", "--quiet", "--initial-branch=main")
    (tmp_path / "clone" / ".gitignore").write_text("built/\n")
    folder = tmp_path / "clone" / "built"
    (folder / "chapters").mkdir(parents=True)
    git("add", ".")
    git("commit", "--quiet", "-m", "one")
    git("remote", "add", "origin", str(tmp_path / "origin"))
    for names in (["order", "ffnn"], ["order"]):
        shutil.rmtree(folder / "chapters")
        (folder / "chapters").mkdir()
        for name in names:
            (folder / "chapters" / f"{name}.ipynb").write_text(name)
        script = [str(ROOT / ".ci" / "publish-notebooks"), "built", "notebooks"]
        subprocess.run(script, cwd=tmp_path / "clone", check=True, env={**os.environ, "GIT_CONFIG_GLOBAL": os.devnull})
        listed = git("ls-tree", "-r", "--name-only", "notebooks", cwd=tmp_path / "origin").split()
        assert listed == sorted(f"chapters/{name}.ipynb" for name in names)
    assert git("rev-list", "--count", "notebooks", cwd=tmp_path / "origin") == "1"
    assert git("status", "--short") == ""
    assert git("branch", "--show-current") == "main"


def test_workflow_fills_the_branch_that_the_links_name():
    from rnn_book.notebooks import FOLDER
    from rnn_book.ways import PUBLISHED

    workflow = (ROOT / ".github" / "workflows" / "publish.yml").read_text()
    assert f".ci/publish-notebooks _build/html/{FOLDER} {PUBLISHED} " in workflow
    assert "contents: write" in workflow
