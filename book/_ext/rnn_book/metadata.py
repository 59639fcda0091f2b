"""What search engines, link previews and people who cite need to know of a page.

The address of the site is ``html_baseurl`` in ``_config.yml``. Where that is empty, a publisher may say it in the
environment. Without it, nothing that needs an absolute address is written: no canonical link, no preview picture, no
sitemap.
"""

import html
import os
import re
import textwrap
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from rnn_book.card import draw_card

ADDRESS = "RNN_COURSE_ADDRESS"
CARD = "social-card.png"
CITE = """
<details class="cite-page">
<summary>Cite this page</summary>
<p>{plain}</p>
<div class="highlight-bibtex notranslate"><div class="highlight"><pre>{bibtex}</pre></div></div>
</details>
"""


def know_address(app: Sphinx, config: Config) -> None:
    """Take the address of the site from the environment, if the configuration has none."""
    config.html_baseurl = config.html_baseurl or os.environ.get(ADDRESS, "")


def address(app: Sphinx, name: str) -> str:
    """Return the absolute address of a file of the site, or nothing where the site's own is not known."""
    base = app.config.html_baseurl
    return f"{base.rstrip('/')}/{name}" if base else ""


def description(doctree: nodes.document | None, length: int = 160) -> str:
    """Return the first paragraph of a page that stands in no box, cut at a word."""
    for paragraph in doctree.findall(nodes.paragraph) if doctree else ():
        if isinstance(paragraph.parent, (nodes.section, nodes.document)):
            words = nodes.paragraph("", "", *[part.deepcopy() for part in paragraph]).astext().split()
            return textwrap.shorten(" ".join(words), length, placeholder=" …")
    return ""


def tags(site: str, title: str, text: str, page: str, picture: str) -> str:
    r"""Return the elements for a page's head; an empty address gives no element.

    Examples
    --------
    >>> print(tags("Course", "LSTM", "Gates & cells.", page="", picture=""))
    <meta name="description" content="Gates &amp; cells." />
    <meta property="og:type" content="article" />
    <meta property="og:site_name" content="Course" />
    <meta property="og:title" content="LSTM" />
    <meta property="og:description" content="Gates &amp; cells." />
    <meta property="og:locale" content="en" />
    <meta name="twitter:card" content="summary" />
    """
    pairs = [
        ("name", "description", text),
        ("property", "og:type", "article"),
        ("property", "og:site_name", site),
        ("property", "og:title", title),
        ("property", "og:description", text),
        ("property", "og:locale", "en"),
        ("property", "og:url", page),
        ("property", "og:image", picture),
        ("property", "og:image:alt", f"{site}: a recurrent network, unrolled in time" if picture else ""),
        ("name", "twitter:card", "summary_large_image" if picture else "summary"),
    ]
    written = [f'<meta {kind}="{name}" content="{html.escape(value)}" />' for kind, name, value in pairs if value]
    return "\n".join(written)


def citation(author: str, year: str, title: str, book: str, chapter: str, page: str = "") -> tuple[str, str]:
    r"""Return the citation of a chapter as BibTeX and as a sentence; an empty address is left out.

    Examples
    --------
    >>> bibtex, plain = citation("A. Writer", "2026", "LSTM", "The Book", "4")
    >>> print(bibtex)
    @incollection{writer2026lstm,
      author    = {{A. Writer}},
      title     = {{LSTM}},
      booktitle = {{The Book}},
      chapter   = {4},
      year      = {2026}
    }
    >>> plain
    'A. Writer (2026). LSTM. In: The Book, chapter 4.'
    """
    key = "".join(re.findall(r"[a-z0-9]+", f"{author.split()[-1]}{year}{title.split()[0]}".lower()))
    fields = {"author": f"{{{author}}}", "title": f"{{{title}}}", "booktitle": f"{{{book}}}", "chapter": chapter}
    fields |= {"year": year} | ({"url": page} if page else {})
    body = ",\n".join(f"  {name:9} = {{{value}}}" for name, value in fields.items())
    plain = f"{author} ({year}). {title}. In: {book}, chapter {chapter}." + (f" {page}" if page else "")
    return f"@incollection{{{key},\n{body}\n}}", plain


def describe(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Write the metadata of a page, and at the end of a chapter how to cite it."""
    if page not in app.env.titles:
        return
    own = address(app, f"{page}.html")
    title, site = app.env.titles[page].astext(), app.config.html_title
    written = tags(site, title, description(doctree), own, address(app, f"_static/{CARD}"))
    context["metatags"] = f"{context.get('metatags', '')}\n{written}\n"
    if number := app.env.toc_secnumbers.get(page, {}).get(""):
        year = re.sub(r"\D*(\d{4}).*", r"\1", app.config.copyright)
        bibtex, plain = citation(app.config.author, year, title, site, ".".join(map(str, number)), own)
        context["body"] += CITE.format(plain=html.escape(plain), bibtex=html.escape(bibtex))


def write_files(app: Sphinx, exception: Exception | None) -> None:
    """Write the preview picture and the page for wrong addresses; with an address also sitemap and robots."""
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    draw_card(site / "_static" / CARD, app.config.html_title)
    missing = Path(__file__).with_name("not_found.html").read_text(encoding="utf-8")
    home = address(app, "")
    (site / "404.html").write_text(missing.replace("{base}", html.escape(home)), encoding="utf-8")
    if home:
        places = "".join(
            f"<url><loc>{html.escape(address(app, f'{p}.html'))}</loc></url>\n" for p in sorted(app.env.titles)
        )
        schema = "http://www.sitemaps.org/schemas/sitemap/0.9"
        text = f'<?xml version="1.0" encoding="utf-8"?>\n<urlset xmlns="{schema}">\n{places}</urlset>\n'
        (site / "sitemap.xml").write_text(text, encoding="utf-8")
        (site / "robots.txt").write_text(f"User-agent: *\nAllow: /\nSitemap: {home}sitemap.xml\n", encoding="utf-8")


def setup(app: Sphinx) -> None:
    """Register the metadata, before the files of a page are chosen by its content."""
    app.connect("config-inited", know_address)
    app.connect("html-page-context", describe, priority=600)
    app.connect("build-finished", write_files, priority=700)
