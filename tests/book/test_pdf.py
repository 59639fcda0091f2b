"""The book as PDF: whole, linked, readable without the site, and left out where nothing can print it."""

import io
import re
from contextlib import nullcontext
from itertools import pairwise
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from sphinx_external_toc.parsing import parse_toc_data

PAGE = """<html><head><link rel="stylesheet" href="_static/a.css?v=1"></head><body>
<article class="bd-article"><section id="top"><h1>{title}</h1>{body}</section></article>
<span class="book-pdf"></span></body></html>"""
QUIZ = """<section class="quiz"><p class="quiz-hint">Open</p><div class="quiz-question"><p class="quiz-number">Question 1</p>
<details class="quiz-option right"><summary><span class="quiz-letter">A</span> Tea</summary>
<div class="quiz-explanation"><p class="quiz-verdict">Right</p><p>Because</p></div></details></div></section>
<section><h2>Later</h2></section>"""
TITLE, AUTHOR = "A Small Book", "A. Writer"


def squeezed(text):
    """Text without spaces, which a PDF does not keep, and without ligatures."""
    return re.sub(r"\s", "", text.replace("ﬁ", "fi").replace("ﬂ", "fl"))


def chapters(reader):
    """Titles of the outline's top level, and the page where each begins, from 1."""
    return {
        entry.title: reader.get_destination_page_number(entry) + 1
        for entry in reader.outline
        if not isinstance(entry, list)
    }


def links(reader):
    """Every link: the page it is on, its place in this file or None, and its address or None."""
    for number, page in enumerate(reader.pages, start=1):
        for annotation in page.get("/Annots", []):
            action = annotation.get_object().get("/A", {})
            yield number, annotation.get_object().get("/Dest"), action.get("/URI")


@pytest.fixture(scope="module")
def reader(site, chromium):
    return PdfReader(site.folder / "rnn-course.pdf")


@pytest.fixture(scope="module")
def soups(site):
    return {page.stem: BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser") for page in site.pages()}


@pytest.fixture(scope="module")
def text(reader):
    return squeezed(" ".join(page.extract_text() for page in reader.pages))


def test_every_page_of_the_site_is_a_chapter_that_starts_on_a_page_of_its_own(reader, soups):
    found = chapters(reader)
    assert next(iter(found)) == "Contents"
    starts = list(found.values())
    assert all(before < after for before, after in pairwise(starts))
    titles = {re.sub(r"#$", "", soup.select_one("article h1").get_text()) for soup in soups.values()}
    assert set(found) == {"Contents", *titles}
    for title, start in found.items():
        assert squeezed(title) in squeezed(reader.pages[start - 1].extract_text())


def test_contents_name_the_page_of_every_chapter(reader):
    found = chapters(reader)
    contents = [page.extract_text() for page in reader.pages[1 : sorted(found.values())[1] - 1]]
    lines = squeezed(" ".join(contents))
    for title, start in list(found.items())[1:]:
        assert squeezed(title) + str(start) in lines


def test_file_says_what_it_is(reader, site):
    assert reader.metadata.title == "Recurrent Neural Networks for Sequence Learning"
    assert reader.metadata.author == "The RNN course contributors"
    assert reader.root_object["/Lang"] == "en"
    assert reader.root_object["/MarkInfo"]["/Marked"]
    assert 40 < len(reader.pages) < 100 * len(site.pages())


def test_every_figure_heading_and_quiz_is_there_and_no_reference_is_open(text, soups):
    for name, soup in soups.items():
        for caption in soup.select("article figcaption .caption-number"):
            assert squeezed(caption.get_text()) in text, (name, caption)
        for heading in soup.select("article h2 a.headerlink"):
            assert squeezed(heading.parent.get_text()[:-1]) in text, (name, heading)
    quizzes = [len(soup.select("article .quiz-hint")) for soup in soups.values()]
    assert text.count("Answerstothequiz") == len(quizzes) - quizzes.count(0)
    assert text.count("Theanswers,withreasons,areattheendofthechapter.") == sum(quizzes)
    assert "??" not in text
    assert "Citethispage" not in text


def test_links_lead_to_places_in_the_file_or_to_the_world(reader, soups):
    places = set(reader.named_destinations)
    inside = [place for _, place, _ in links(reader) if place]
    outside = [address for _, _, address in links(reader) if address]
    assert set(inside) <= places
    references = sum(len(soup.select("article a.reference.internal")) for soup in soups.values())
    assert len(inside) > 0.9 * references
    assert all(address.startswith("https://") for address in outside), outside


def test_every_font_is_inside(reader):
    fonts = {}
    for page in reader.pages:
        for name, font in page["/Resources"].get("/Font", {}).items():
            font = font.get_object()
            holder = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
            fonts[name, str(font.get("/BaseFont"))] = holder
    assert any("KaTeX" in name for _, name in fonts)
    for name, holder in fonts.items():
        descriptor = holder.get("/FontDescriptor", {})
        assert holder["/Subtype"] == "/Type3" or any(key.startswith("/FontFile") for key in descriptor), name


def test_pages_link_to_it_with_its_length(reader, soups):
    for soup in soups.values():
        footer = soup.select_one("footer .book-pdf")
        assert footer.a["href"] == "../rnn-course.pdf"
        assert f"{len(reader.pages)} pages" in footer.get_text()
    assert soups["index"].select("article .book-pdf a")


@pytest.fixture
def small(tmp_path):
    """The folder of a site of two pages, which use one id twice."""
    (tmp_path / "_static").mkdir()
    (tmp_path / "_static" / "a.css").write_text("p { color: red }")
    one = 'See <a href="two.html#top">two</a>, <a href="search.html">search</a>, <a href="https://example.org/">x</a>.'
    far = '<img src="https://example.org/pixel.png" alt="far">'
    (tmp_path / "one.html").write_text(PAGE.format(title="One", body=f"<p>{one}</p>{far}{QUIZ}"))
    (tmp_path / "two.html").write_text(PAGE.format(title="Two", body="<p>Second</p>"))
    return tmp_path


@pytest.fixture
def app(small):
    """As much of Sphinx's application as the printing asks for."""
    site_map = parse_toc_data({"root": "one", "subtrees": [{"entries": [{"file": "two"}]}]})
    options = {"extra_footer": "A licence."}
    config = SimpleNamespace(external_site_map=site_map, html_title=TITLE, author=AUTHOR, copyright="2026")
    config.rnn_book_pdf, config.html_theme_options = "small.pdf", options
    env = SimpleNamespace(all_docs={"one": 0, "two": 0})
    return SimpleNamespace(outdir=str(small), config=config, env=env, builder=SimpleNamespace(format="html"))


def test_links_between_pages_survive_equal_ids_and_the_site_alone_is_not_linked(chromium, small):
    from rnn_book.pdf import assemble, print_book

    parts = [("", ["one"]), ("Part", ["two"])]
    document = assemble(small, parts, TITLE, AUTHOR, "2026")
    reader = PdfReader(io.BytesIO(print_book(chromium, small, document, parts)))
    found = chapters(reader)
    goals = {place: number for number, place, _ in links(reader) if place and number == found["One"]}
    assert [reader.get_destination_page_number(reader.named_destinations[str(goal)]) + 1 for goal in goals] == [
        found["Two"]
    ]
    assert [address for _, _, address in links(reader) if address] == ["https://example.org/"]
    text = squeezed(reader.pages[found["One"] - 1].extract_text())
    assert text.index("ATea") < text.index("Later") < text.index("Answerstothequiz") < text.index("Because")


def test_book_is_printed_when_it_changed_and_not_again(chromium, app, small, monkeypatch):
    from rnn_book import pdf

    printed = []

    def record(browser, site, document, parts):
        printed.append(document)
        return real(browser, site, document, parts)

    real = pdf.print_book
    monkeypatch.setattr(pdf, "print_book", record)
    monkeypatch.setattr(pdf, "open_browser", lambda path: nullcontext(chromium))
    pdf.link(app, None)
    assert (small / "small.pdf").is_file()
    assert '<a href="small.pdf">' in (small / "one.html").read_text()
    pdf.link(app, None)
    assert len(printed) == 1
    (small / "_static" / "a.css").write_text("p { color: blue }")
    pdf.link(app, None)
    assert len(printed) == 2


@pytest.mark.parametrize("program", [None, "/bin/false"])
def test_without_a_browser_there_is_no_file_and_no_link(app, small, monkeypatch, program):
    from rnn_book import pdf

    said = []
    monkeypatch.setattr(pdf, "find_browser", lambda: program)
    monkeypatch.setattr(pdf.logger, "info", said.append)
    (small / "one.html").write_text((small / "one.html").read_text().replace('pdf">', 'pdf"><a href="small.pdf">P</a>'))
    pdf.link(app, None)
    assert "small.pdf" not in (small / "one.html").read_text()
    assert not (small / "small.pdf").exists()
    assert len(said) == 1
    assert "no PDF of the book" in said[0]
