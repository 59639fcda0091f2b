"""The built folder needs nothing but itself: copied elsewhere and served by Python, every link and file is there."""

import os
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from functools import cache
from urllib.parse import unquote, urlsplit

import pytest
from bs4 import BeautifulSoup

FETCHED = re.compile(r"url\(\s*['\"]?(?!data:|#)([^'\")]+)")


@pytest.fixture(scope="module")
def copy(site, tmp_path_factory):
    """The site in another place."""
    folder = tmp_path_factory.mktemp("elsewhere") / "site"
    shutil.copytree(site.folder, folder, copy_function=os.link)
    return folder


@cache
def soup_of(path):
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@cache
def ids_of(path):
    return {tag["id"] for tag in soup_of(path).find_all(id=True)}


def addresses(page):
    """All that a page leads to or loads, within the site."""
    for tag in soup_of(page).select("[href], [src]"):
        address = tag.get("href") or tag.get("src") or ""
        inside_drawing = tag.name in ("use", "image") or tag.find_parent("svg")
        if not inside_drawing and not urlsplit(address).scheme and not address.startswith("//"):
            yield address


def test_every_link_anchor_and_file_of_every_page_is_there(copy):
    dead = defaultdict(list)
    pages = [page for page in sorted(copy.rglob("*.html")) if "_static" not in page.parts]
    assert len(pages) > 10
    for page in pages:
        for address in addresses(page):
            parts = urlsplit(address)
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            anchor = unquote(parts.fragment) if target.suffix == ".html" else ""
            if not target.is_file() or (anchor and anchor not in ids_of(target)):
                dead[page.name].append(address)
    assert dead == {}


def test_every_file_that_a_style_sheet_names_is_there(copy):
    sheets = list(copy.rglob("*.css"))
    loaded = {
        (page.parent / link["href"].partition("?")[0]).resolve()
        for page in copy.glob("book/*.html")
        for link in soup_of(page).select("link[rel=stylesheet]")
    }
    assert loaded <= {sheet.resolve() for sheet in sheets}
    dead = {
        sheet.name: missing
        for sheet in loaded
        if (
            missing := [
                n for n in FETCHED.findall(sheet.read_text()) if not (sheet.parent / n.partition("?")[0]).exists()
            ]
        )
    }
    assert dead == {}


def test_copy_served_by_python_works(copy, visit):
    command = [sys.executable, "-u", "-m", "http.server", "--bind", "127.0.0.1", "--directory", str(copy), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as running:
        try:
            home = re.search(r"http://[\d.]+:\d+/", running.stdout.readline())[0]
            one = visit(viewport={"width": 1280, "height": 900})
            one.allowed = (home, "data:", "blob:")
            one.tab.goto(home, wait_until="load")
            one.tab.wait_for_url("**/book/index.html")
            one.tab.get_by_role("link", name="Glossary").first.click()
            one.tab.wait_for_url("**/glossary.html")
            one.tab.wait_for_load_state("networkidle")
            assert one.problems == []
        finally:
            running.terminate()
