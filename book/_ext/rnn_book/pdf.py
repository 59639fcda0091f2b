"""The whole book as one PDF, printed by Chromium from the pages of the site.

The finished pages are put after each other, so nothing is read or run twice, and what is on paper is what is on the
site. ``pdf_page.js`` makes one document of them, and ``pdf_page.css`` sets it for paper. Without Chromium or Playwright
there is no PDF and no link to it, and the build says so. An unchanged book is not printed again.
"""

import hashlib
import html
import io
import json
import mimetypes
import os
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.util import logging

from rnn_book.browser import find_browser, open_browser
from rnn_book.lean import pages

logger = logging.getLogger(__name__)

HERE = Path(__file__).parent
ORIGIN = "http://book"  # no such server: every request for it is answered from the site's folder
PRINTED_FROM = "/PrintedFrom"
ARTICLE = re.compile(r'<article class="bd-article"[^>]*>(.*?)</article>', re.DOTALL)
STYLE = re.compile(r'<link\b[^>]*?href="([^"?]+\.css)[^"]*"[^>]*>')
PLACE = re.compile(r'(<span class="book-pdf">).*?(</span>)', re.DOTALL)
SHOWN = {".css", ".png", ".svg", ".woff2"}  # suffixes of files, besides pages, that change what is on paper
SHEET = (642, 930)  # CSS pixels of A4 between the margins
SECONDS = 300
# Chromium has no page numbers for a table of contents, so the book is printed twice
NUMBER = """numbers => document.querySelectorAll(".book-contents a").forEach(
    link => { link.dataset.number = numbers[link.hash.slice(1)] })"""

Parts = list[tuple[str, list[str]]]


def parts_of(app: Sphinx) -> Parts:
    """Return the parts of the table of contents: a caption, and names of pages. The first part is the landing page."""
    site_map = app.config.external_site_map
    found: Parts = [("", [site_map.root.docname])]
    for tree in site_map.root.subtrees:
        found.append((tree.caption or "", [str(item) for item in tree.items if str(item) in app.env.all_docs]))
    return found


def assemble(site: Path, parts: Parts, title: str, author: str, about: str) -> str:
    """Return one HTML document: a title page, and the article of every page, still with the ids and links of its own.

    Parameters
    ----------
    site : folder of the finished site
    parts : captions, and names of pages without ``.html``
    title, author : str
    about : str, a line of HTML for the title page: year and licence
    """
    styles: dict[str, None] = {}  # in order, each once
    articles = []
    for number, name in enumerate([name for _, names in parts for name in names]):
        page = (site / f"{name}.html").read_text(encoding="utf-8")
        folder = Path(name).parent
        styles |= dict.fromkeys(os.path.normpath(folder / address) for address in STYLE.findall(page))
        body = ARTICLE.search(page)
        assert body, f"{name}.html has no article"
        articles.append(f'<article class="bd-article" data-page="{name}" data-sheet="s{number}">{body[1]}</article>')
    links = "".join(f'<link rel="stylesheet" href="{Path(style).as_posix()}" />' for style in styles)
    return f"""<!DOCTYPE html>
<html lang="en" data-theme="light" data-mode="light">
<head><meta charset="utf-8" /><title>{html.escape(title)}</title>{links}
<style>{(HERE / "pdf_page.css").read_text(encoding="utf-8")}</style></head>
<body><div class="bd-content"><div class="bd-article-container">
<header class="title-page"><p class="title">{html.escape(title)}</p>
<p class="author">{html.escape(author)}</p><p>{about}</p></header>
<nav class="book-contents"><h1>Contents</h1></nav>
{"".join(articles)}
</div></div></body></html>"""


def digest(site: Path, document: str, parts: Parts) -> str:
    """Return a hash of all that the printed pages show."""
    state = hashlib.sha256(document.encode() + json.dumps(parts).encode())
    for path in [*sorted(HERE.glob("pdf*")), *sorted(path for path in site.rglob("*") if path.suffix in SHOWN)]:
        state.update(path.name.encode() + path.read_bytes())
    return state.hexdigest()[:16]


def print_book(browser: Any, site: Path, document: str, parts: Parts) -> bytes:
    """Return the document as PDF with outline, tags and links; what it loads is in the site's folder."""

    def answer(route: Any) -> None:
        address = route.request.url.partition("?")[0]
        path = site / address.removeprefix(f"{ORIGIN}/")
        if address == f"{ORIGIN}/book.html":
            route.fulfill(body=document, content_type="text/html")
        elif address.startswith(f"{ORIGIN}/") and path.is_file():
            route.fulfill(body=path.read_bytes(), content_type=mimetypes.guess_type(path.name)[0] or "font/woff2")
        else:
            route.abort()

    paper: dict[str, Any] = {"prefer_css_page_size": True, "print_background": True}
    with browser.new_page(viewport={"width": SHEET[0], "height": SHEET[1]}) as tab:
        tab.set_default_timeout(1000 * SECONDS)
        tab.route("**/*", answer)
        tab.emulate_media(media="print", color_scheme="light")
        tab.goto(f"{ORIGIN}/book.html", wait_until="load")
        tab.evaluate((HERE / "pdf_page.js").read_text(encoding="utf-8"), parts)
        tab.evaluate("document.fonts.ready")
        tab.evaluate(NUMBER, page_numbers(tab.pdf(**paper)))
        return tab.pdf(**paper, outline=True, tagged=True)


def page_numbers(data: bytes) -> dict[str, int]:
    """Return the page, from 1, of every place in a PDF that a link leads to."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(data))
    places = reader.named_destinations.items()
    return {name.removeprefix("/"): (reader.get_destination_page_number(place) or 0) + 1 for name, place in places}


def describe(path: Path, data: bytes, author: str, about: dict[str, str]) -> None:
    """Write the PDF with what Chromium leaves out of its metadata."""
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=io.BytesIO(data))
    writer.add_metadata({"/Author": author, **about})
    part = path.with_suffix(".part")  # a build that is killed leaves no half a file
    writer.write(part)
    part.replace(path)


def printed_from(path: Path) -> tuple[str, int]:
    """Return the digest that a PDF was printed from, and its number of pages; empty where there is no PDF."""
    from pypdf import PdfReader

    if not path.exists():
        return "", 0
    reader = PdfReader(path)
    return str((reader.metadata or {}).get(PRINTED_FROM, "")), len(reader.pages)


def left_out(path: Path, reason: str) -> None:
    """Say that there is no PDF, and delete an old one."""
    path.unlink(missing_ok=True)
    logger.info(f"rnn_book: the site has no PDF of the book: {reason}")


def make(app: Sphinx) -> None:
    """Print the book, if it has changed and if it can be printed."""
    path = Path(app.outdir, app.config.rnn_book_pdf)
    if missing := [name for name in ("playwright", "pypdf") if find_spec(name) is None]:
        return left_out(path, f"{' and '.join(missing)} not installed. Cure: pip install {' '.join(missing)}")
    from playwright.sync_api import Error

    site, parts, config = Path(app.outdir), parts_of(app), app.config
    footer = PLACE.sub("", config.html_theme_options.get("extra_footer", ""))
    document = assemble(site, parts, config.html_title, config.author, f"{config.copyright}. {footer}")
    wanted = digest(site, document, parts)
    if printed_from(path)[0] == wanted:
        return None
    program = find_browser()
    if program is None:
        return left_out(path, "no Chromium on the PATH to print it with. Cure: apt install chromium")
    try:
        with open_browser(program) as browser:
            data = print_book(browser, site, document, parts)
    except Error as error:
        return left_out(path, f"{program} did not print it: {error.message.splitlines()[0]}")
    return describe(path, data, config.author, {PRINTED_FROM: wanted, "/Title": config.html_title})


def link(app: Sphinx, exception: Exception | None) -> None:
    """Print the book, and lead to it from every place that is marked for a link, or from none."""
    if exception is not None or app.builder.format != "html" or not app.config.rnn_book_pdf:
        return
    make(app)
    path = Path(app.outdir, app.config.rnn_book_pdf)
    text = f"{printed_from(path)[1]} pages, {path.stat().st_size / 1e6:.1f} MB" if path.exists() else ""
    for page in pages(Path(app.outdir)):
        address = Path(os.path.relpath(path, page.parent)).as_posix()
        inside = f'<a href="{address}">The whole book as PDF</a> ({text}).' if text else ""
        before = page.read_text(encoding="utf-8")
        if (after := PLACE.sub(rf"\g<1>{inside}\g<2>", before)) != before:
            page.write_text(after, encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Register the printing, after the pages are trimmed and before the scan for remote fetches."""
    app.add_config_value("rnn_book_pdf", "", "", [str])
    app.connect("build-finished", link, priority=850)
