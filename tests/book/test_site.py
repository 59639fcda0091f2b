"""The built site: no warnings, nothing fetched from elsewhere, no dead links, a text for every picture."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
NAMES = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]


@pytest.fixture(scope="module")
def soups(site):
    return {page: BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser") for page in site.pages()}


def test_build_gives_no_warnings(site):
    warnings = [line for line in site.log.splitlines() if "WARNING:" in line or "ERROR:" in line]
    assert warnings == []
    assert site.returncode == 0


def test_every_page_of_the_contents_is_built_and_no_other(site):
    assert {page.stem for page in site.pages()} == {name.removeprefix("book/") for name in NAMES}


def test_unchanged_site_is_built_without_running_or_reading_a_page(site, build):
    returncode, log = build()
    assert returncode == 0
    assert "Executing notebook" not in log
    assert "0 added, 0 changed, 0 removed" in log


def test_nothing_is_fetched_from_elsewhere(site):
    from rnn_book.lite import FOLLOWED_ONLY
    from rnn_book.local_only import files_to_scan, remote_fetches

    files = list(files_to_scan(site.folder))
    assert len(files) > 20
    found = {str(path): [one for one in remote_fetches(path) if not one.endswith(FOLLOWED_ONLY)] for path in files}
    assert {path: fetches for path, fetches in found.items() if fetches} == {}


def test_every_id_is_unique(soups):
    twice = {}
    for page, soup in soups.items():
        names = [tag["id"] for tag in soup.find_all(id=True)]
        if again := {name for name in names if names.count(name) > 1}:
            twice[page.name] = again
    assert twice == {}


def test_every_picture_has_a_text(soups):
    bare = []
    for page, soup in soups.items():
        for image in soup.find_all("img"):
            if not image.get("alt", "").strip():
                bare.append(f"{page.name}: {image}")
        for drawing in soup.find_all("svg"):
            hidden = any(tag.get("aria-hidden") == "true" for tag in [drawing, *drawing.parents])
            if not hidden and not drawing.get("aria-label", "").strip():
                bare.append(f"{page.name}: {str(drawing)[:120]}")
    assert bare == []


def test_headings_have_one_title_and_skip_no_level(soups):
    for page, soup in soups.items():
        levels = [int(heading.name[1]) for heading in soup.find("article").find_all(re.compile("^h[1-6]$"))]
        assert levels[0] == 1, page.name
        assert levels.count(1) == 1, page.name
        assert all(after - before <= 1 for before, after in pairwise(levels)), page.name


def test_maths_is_rendered_and_its_style_is_of_the_same_version(site, soups):
    from sphinxcontrib import katex

    soup = soups[site.folder / "book" / "matrix-calculus.html"]
    assert len(soup.select(".equation")) == len(soup.select(".equation .katex-display math")) > 0
    assert not soup.select("code.tex")
    assert re.match(r"\(\d+\)", soup.select_one(".equation-number").get_text())
    lock = (ROOT / "package-lock.json").read_text()
    assert re.search(rf'"node_modules/katex": {{\s+"version": "{re.escape(katex.katex_version)}"', lock)


def test_every_claim_is_a_row_of_the_table_that_links_to_it(site, soups):
    rows = soups[site.folder / "book" / "claims.html"].select(".claims-table tbody tr")
    boxes = [(page.name, box["id"]) for page, soup in soups.items() for box in soup.select("div.claim")]
    linked = [tuple(row.find("a")["href"].split("#")) for row in rows]
    assert sorted(linked) == sorted(boxes)
    numbers = [row.find("td").get_text() for row in rows]
    numbered = [int(number) for number in numbers if number.isdigit()]
    assert numbered == sorted(numbered)
    assert numbers[: len(numbered)] == [str(number) for number in numbered]


def test_results_show_every_experiment(site, soups):
    text = soups[site.folder / "book" / "results.html"].find("article")
    links = {link["href"] for link in text.select("p > a.reference.internal")}
    modules = {path.stem for path in ROOT.joinpath("rnn_course", "experiments").glob("*.py")}
    chapters = {name.removeprefix("book/") for name in NAMES} & modules
    assert {f"{chapter}.html" for chapter in chapters} <= links
    assert len(text.find_all("table")) == len(chapters)


def test_landing_page_links_the_chapters_that_exist_and_marks_the_others(site, soups):
    stops = soups[site.folder / "book" / "index.html"].select("ol.course-map > li")
    assert len(stops) == 11
    for stop in stops:
        written = f"book/{stop['data-chapter']}" in NAMES
        assert stop.select_one(".map-status").get_text() == ("Ready" if written else "Planned")
        assert bool(stop.find("a")) == written
