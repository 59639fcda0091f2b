"""Search, wrong addresses, metadata and citations."""

import http.server
import re
import threading
from pathlib import Path

import pytest
from bs4 import BeautifulSoup

SIZES = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 390, "height": 844}}
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
FAULTS = "axe.run().then(result => result.violations.map(fault => fault.id))"
CHAPTER = "book/matrix-calculus.html"


def results(one, word):
    """Type a word into the open search box, and return what the search page lists."""
    box = one.tab.locator("dialog[open] input[type=search]")
    box.wait_for(state="visible")
    box.fill(word)
    one.tab.keyboard.press("Enter")
    one.tab.wait_for_url(f"**/search.html?q={word}")
    one.tab.locator("#search-results .search-summary", has_text="finished").wait_for()  # results come one by one
    return one.tab.locator("#search-results li a").evaluate_all("links => links.map(e => e.getAttribute('href'))")


def test_search_by_keyboard(visit, server):
    one = visit(viewport=SIZES["wide"])
    one.tab.goto(f"{server}/{CHAPTER}")
    one.tab.keyboard.press("Control+k")
    assert any("ffnn.html" in link for link in results(one, "backpropagation"))
    assert one.problems == []


def test_search_on_a_phone_leads_to_the_page(visit, server):
    one = visit(viewport=SIZES["narrow"], has_touch=True, is_mobile=True)
    one.tab.goto(f"{server}/{CHAPTER}")
    one.tab.get_by_role("button", name="Search").locator("visible=true").first.tap()
    assert any("glossary.html" in link for link in results(one, "leakage"))
    one.tab.locator("#search-results li a").first.tap()
    one.tab.wait_for_url("**/book/*.html*")
    assert one.problems == []


def test_search_works_from_disk(visit, site):
    one = visit(viewport=SIZES["wide"])
    one.tab.goto((site.folder / CHAPTER).as_uri())
    one.tab.keyboard.press("Control+k")
    assert any("ffnn.html" in link for link in results(one, "backpropagation"))


@pytest.mark.parametrize("depth", ["missing.html", "course/missing.html", "course/book/missing.html", "course/a/b/c/d"])
def test_page_for_wrong_addresses_finds_home_at_any_depth(visit, site, depth):
    class Server(http.server.SimpleHTTPRequestHandler):
        """A server that has the site under ``/course/`` or at its top, and answers 404.html to all else."""

        def translate_path(self, path):
            inner = path.removeprefix("/course") if depth.startswith("course/") else path
            if depth.startswith("course/") and not path.startswith("/course/"):
                return "/nowhere"
            return str(site.folder / inner.lstrip("/").partition("?")[0])

        def send_error(self, code, message=None, explain=None):
            self.send_response(code)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write((site.folder / "404.html").read_bytes())

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as running:
        threading.Thread(target=running.serve_forever, daemon=True).start()
        top = f"http://127.0.0.1:{running.server_port}/"
        home = top + "course/" * depth.startswith("course/")
        one = visit(viewport=SIZES["narrow"])
        one.allowed = (top, "data:")
        one.tab.goto(top + depth)
        one.tab.wait_for_function("document.documentElement.dataset.base")
        assert one.tab.evaluate("document.querySelector('form').action") == f"{home}search.html"
        one.tab.get_by_role("link").click()
        one.tab.wait_for_url(f"{home}book/index.html")
        running.shutdown()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_for_wrong_addresses_has_no_fault(visit, server, scheme):
    one = visit(viewport=SIZES["narrow"], color_scheme=scheme)
    one.tab.goto(f"{server}/404.html")
    one.tab.wait_for_function("document.documentElement.dataset.base")
    assert one.problems == []
    if AXE.exists():
        one.tab.add_script_tag(path=str(AXE))
        assert one.tab.evaluate(FAULTS) == []


def test_every_page_says_what_it_is_and_gives_no_address_that_is_not_known(site):
    texts = []
    for page in site.pages():
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        found = {tag.get("name") or tag.get("property"): tag["content"] for tag in soup.select("meta[content]")}
        assert soup.html["lang"] == "en"
        assert 20 < len(found["description"]) <= 160, page.name
        assert found["og:title"]
        assert found["og:site_name"] in soup.title.get_text()
        assert not {"og:url", "og:image"} & found.keys()
        assert not soup.select("link[rel=canonical]")
        texts.append(found["description"])
    assert len(set(texts)) == len(texts)
    assert not (site.folder / "sitemap.xml").exists()
    assert not (site.folder / "robots.txt").exists()


def test_chapters_can_be_cited_and_other_pages_have_no_box(site):
    for page in site.pages():
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        chapter = soup.select_one("article h1 .section-number")
        boxes = soup.select("article details.cite-page")
        assert len(boxes) == (1 if chapter else 0), page.name
        if chapter:
            assert re.search(r"year\s+= \{\d{4}\}", boxes[0].pre.get_text())
            assert f"chapter {chapter.get_text().strip(' .')}." in boxes[0].p.get_text()


def test_card_is_small_and_of_the_size_that_previews_want(site):
    data = (site.folder / "_static" / "social-card.png").read_bytes()
    assert len(data) < 100_000
    assert (int.from_bytes(data[16:20]), int.from_bytes(data[20:24])) == (1200, 630)


def test_with_an_address_there_are_a_sitemap_and_absolute_links(tmp_path):
    from types import SimpleNamespace

    from rnn_book.metadata import tags, write_files

    config = SimpleNamespace(html_baseurl="https://example.org/rnn", html_title="Course")
    env = SimpleNamespace(titles={"book/order": "", "book/index": ""})
    app = SimpleNamespace(builder=SimpleNamespace(format="html"), outdir=tmp_path, config=config, env=env)
    write_files(app, None)
    places = re.findall("<loc>(.*?)</loc>", (tmp_path / "sitemap.xml").read_text())
    assert places == ["https://example.org/rnn/book/index.html", "https://example.org/rnn/book/order.html"]
    assert "Sitemap: https://example.org/rnn/sitemap.xml" in (tmp_path / "robots.txt").read_text()
    assert 'data-base="https://example.org/rnn/"' in (tmp_path / "404.html").read_text()
    written = tags("Course", "LSTM", "Gates.", "https://example.org/a.html", "https://example.org/b.png")
    assert '<meta property="og:image" content="https://example.org/b.png" />' in written
    assert "summary_large_image" in written
