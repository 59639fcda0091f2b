"""The row of links to notebooks: what it offers is there, and what is not there is not offered."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).resolve().parents[2]
CONF = """
extensions = ["myst_nb", "rnn_book"]
html_math_renderer = "rnn_book"
html_baseurl = {base!r}
myst_enable_extensions = ["colon_fence", "dollarmath"]
nb_execution_mode = "off"
numfig = True
exclude_patterns = ["exercises", "out", "jupyter_execute"]

def setup(app):
    app.add_config_value("rnn_book_lite", {lite!r}, "html") if "rnn_book_lite" not in app.config.values else None
    app.connect("config-inited", lambda app, config: setattr(config, "rnn_book_lite", {lite!r}), priority=900)
"""
HEAD = "---\nfile_format: mystnb\nkernelspec: {name: python3, display_name: Python 3, language: python}\n---\n"
CHAPTER = (
    HEAD
    + r"""# Tiny

See {doc}`how-to-use` and [elsewhere](https://example.org/a_b). It costs $5, or `a|b`, and 2 * 3 * 4 is 24.

1. A step with

   ```{math}
   :label: eq-tiny
   |a| =
   \|b\|
   ```
2. and {eq}`eq-tiny`.

:::{note}
Inside: $x < y$.
:::

| a | $\|a\|$ |
|---|---|
| `x\|y` | 1 |

```{code-cell} ipython3
:tags: [remove-cell]
from myst_nb import glue
half, quarter = 0.5, 0.25
unused = 3
glue("half", half)
```

```{code-cell} ipython3
:tags: [hide-input]
print(half)
glue(
    "quarter",
    quarter,
)
```

```{assignment}
```
"""
)
HOW = "# How\n\n## On your machine\n\nText.\n"
GITHUB = "https://github.com/someone/rnn"


def build(folder, url="", base="", lite="", imports="import numpy", how=HOW):
    """Build a site of one chapter, and return what was said."""
    for name in ("rnn_course", "exercises/tiny"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "rnn_course" / "tiny.py").write_text("")
    notebook = new_notebook(cells=[new_code_cell(imports, id="one")])
    (folder / "exercises" / "tiny" / "tiny.ipynb").write_text(nbformat.writes(notebook))
    (folder / "_config.yml").write_text(f'repository: {{url: "{url}", branch: trunk}}\n')
    (folder / "conf.py").write_text(CONF.format(base=base, lite=lite))
    (folder / "index.md").write_text("# Index\n\n```{toctree}\ntiny\nhow-to-use\n```\n")
    (folder / "how-to-use.md").write_text(how)
    (folder / "tiny.md").write_text(CHAPTER)
    path = os.pathsep.join([str(ROOT / "book" / "_ext"), str(ROOT)])
    environment = {"PYTHONPATH": path, "PATH": "", "NO_COLOR": "1", "PYTHONUTF8": "1"}
    command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(folder), str(folder / "out")]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stderr


def links(folder, selector):
    soup = BeautifulSoup((folder / "out" / "tiny.html").read_text(encoding="utf-8"), "html.parser")
    return {link.get_text(): link["href"] for link in soup.select(f"{selector} a")}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    folder = tmp_path_factory.mktemp("plain")
    assert build(folder) == ""
    return folder


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    folder = tmp_path_factory.mktemp("full")
    assert build(folder, GITHUB, "https://example.org/course/", "digest", "import numpy as np\nimport torch") == ""
    return folder


def test_without_a_repository_nothing_is_offered_that_cannot_be_opened(plain):
    own = "how-to-use.html#on-your-machine"
    for room in ("chapter", "exercise"):
        expected = {"download .ipynb": f"notebooks/{room}s/tiny.ipynb", "on your machine": own}
        assert links(plain, f".ways-box .ways-{room}") == expected
    assert links(plain, "section > .ways") == links(plain, ".ways-box .ways-exercise")
    assert (plain / "out" / "notebooks" / "chapters" / "tiny.ipynb").is_file()
    assert (plain / "out" / "notebooks" / "exercises" / "tiny.ipynb").is_file()


def test_with_a_repository_colab_opens_what_a_branch_holds_and_torch_stays_out_of_the_browser(full):
    chapter, exercise = links(full, ".ways-box .ways-chapter"), links(full, ".ways-box .ways-exercise")
    assert list(chapter) == ["in the browser", "in Colab", "download .ipynb", "on your machine"]
    assert list(exercise) == ["in Colab", "download .ipynb", "on your machine"]
    colab = "https://colab.research.google.com/github/someone/rnn/blob"
    assert chapter["in Colab"] == f"{colab}/notebooks/chapters/tiny.ipynb"
    assert exercise["in Colab"] == f"{colab}/trunk/exercises/tiny/tiny.ipynb"
    browser = urlsplit(chapter["in the browser"])
    assert browser.path == "lite/notebooks/index.html"
    assert parse_qs(browser.query) == {"path": ["chapters/tiny.ipynb"]}


def test_first_cells_say_where_the_page_is_and_install_from_the_repository(full, plain):
    there, here = (nbformat.read(f / "out/notebooks/chapters/tiny.ipynb", 4).cells for f in (full, plain))
    assert "<https://example.org/course/tiny.html>" in there[0].source
    assert "https://example.org" not in here[0].source
    assert f"git+{GITHUB}" in there[1].source
    assert "git+" not in here[1].source


def test_markdown_is_what_any_notebook_shows(full, plain):
    there, here = (nbformat.read(f / "out/notebooks/chapters/tiny.ipynb", 4).cells for f in (full, plain))
    assert (
        "See [How](https://example.org/course/how-to-use.html) and [elsewhere](https://example.org/a_b)."
        in there[2].source
    )
    assert (
        r"See How and [elsewhere](https://example.org/a_b). It costs \$5, or `a|b`, and 2 \* 3 \* 4 is 24."
        in here[2].source
    )
    assert "1. A step with\n\n   $$|a| = \\|b\\| \\tag{1}$$\n2. and (1)." in here[2].source
    assert "> **Note**\n>\n> Inside: $x < y$." in here[2].source
    assert "| a | $\\vert a\\vert $ |\n| --- | --- |\n| `x\\|y` | 1 |" in here[2].source
    assert [(cell.source, dict(cell.metadata)) for cell in here[3:5]] == [
        ("half, quarter = 0.5, 0.25", {"jupyter": {"source_hidden": True}}),
        ("print(half)", {"jupyter": {"source_hidden": True}}),
    ]
    assert here[-1].source == "The exercise is the notebook `exercises/tiny/tiny.ipynb` of the course."


def test_same_page_gives_the_same_bytes_and_what_is_unchanged_stays(plain, tmp_path):
    build(tmp_path)
    paths = [Path("out/notebooks/chapters/tiny.ipynb"), Path("out/notebooks/exercises/tiny.ipynb")]
    before = [(tmp_path / path).stat().st_mtime_ns for path in paths]
    assert [(tmp_path / path).read_bytes() for path in paths] == [(plain / path).read_bytes() for path in paths]
    stray = tmp_path / "out" / "notebooks" / "chapters" / "gone.ipynb"
    stray.write_text("{}")
    build(tmp_path)
    assert [(tmp_path / path).stat().st_mtime_ns for path in paths] == before
    assert not stray.exists()
    build(tmp_path, GITHUB)
    assert "in Colab" in links(tmp_path, ".ways-box .ways-chapter")
    assert "git+" in (tmp_path / paths[0]).read_text()


def test_assignment_on_a_page_without_an_exercise_is_a_warning_with_its_line(tmp_path):
    said = build(tmp_path, how="# How\n\n```{assignment}\n```\n\n## On your machine\n")
    assert "how-to-use.md:3: WARNING: assignment: expected a chapter with an exercise, found none" in said


@pytest.mark.parametrize("width", [390, 768, 1280, 1600])
def test_row_fits_and_is_not_printed(visit, server, site, width):
    page = next(path for path in site.pages() if 'class="ways-box' in path.read_text(encoding="utf-8"))
    one = visit(viewport={"width": width, "height": 900})
    one.tab.goto(f"{server}/book/{page.name}")
    box = one.tab.locator(".ways-box")
    place = box.bounding_box()
    assert place["x"] >= 0
    assert place["x"] + place["width"] <= width
    assert place["height"] < (80 if width > 700 else 190)
    assert one.tab.get_by_role("list", name="Ways to open the chapter's notebook").get_by_role("link").count() >= 2
    link = one.tab.get_by_role("list", name="Ways to open the exercise's notebook").first
    with one.tab.expect_download() as got:
        link.get_by_role("link", name="download").click()
    assert got.value.suggested_filename == f"{page.stem}.ipynb"
    one.tab.emulate_media(media="print")
    assert not box.is_visible()


def test_every_link_of_the_row_leads_to_a_file_of_the_site(site):
    for page in site.pages():
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        for link in soup.select(".ways a"):
            parts = urlsplit(link["href"])
            if parts.netloc:
                assert parts.geturl().startswith("https://colab.research.google.com/github/")
                continue
            assert (page.parent / parts.path).resolve().is_file(), link["href"]
            for inside in parse_qs(parts.query).get("path", []):
                assert (site.folder / "notebooks" / inside).is_file(), link["href"]
