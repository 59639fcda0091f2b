"""What a page does not load: unused rules, scripts and icons. And what it still shows."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[2]
ICON = "e => [getComputedStyle(e, '::before').content, e.getBoundingClientRect().width, e.ariaHidden]"


@pytest.fixture
def head():
    return (
        '<html data-theme="auto"><head><meta name="viewport" content="a"/><meta name="viewport" content="b" />'
        '<link href="_static/styles/theme.css?digest=1" rel="stylesheet" />'
        '<link href="_static/katex/katex.min.css">'
        '<script defer src="_static/scripts/fontawesome.js?digest=1"></script>'
        '<script src="_static/documentation_options.js"></script><script src="_static/doctools.js"></script>'
        '<script src="_static/searchtools.js"></script></head>'
        '<i class="fa-solid fa-sun"></i><span class="katex"><span class="mathbf">x</span></span></html>'
    )


def test_page_is_trimmed_once(head):
    from rnn_book.lean import trim

    page = trim(head)
    assert trim(page) == page
    assert 'content="a"' in page
    assert 'content="b"' not in page
    assert "fontawesome" not in page
    assert "searchtools" not in page
    assert '<script src="_static/documentation_options.js">' in page
    assert '<script defer src="_static/doctools.js">' in page
    assert "['1em KaTeX_Main', 'bold 1em KaTeX_Main']" in page
    assert '<i class="fa-solid fa-sun" aria-hidden="true">' in page
    assert 'href="_static/basic.css"' in page


def test_search_page_keeps_its_scripts(head):
    from rnn_book.lean import trim

    page = trim(head.replace("</html>", '<div id="search-results"></div></html>'))
    assert '<script src="_static/searchtools.js">' in page
    assert '<script src="_static/doctools.js">' in page


@pytest.mark.parametrize(
    ("css", "kept"),
    [
        ('.a::before{content:"}"}.b{x:1}', ".b{x:1}"),
        (".b,.a{x:1}", ".b{x:1}"),
        ("@media print{.a{x:1}}", ""),
        ("@media print{.a{x:1}.b{x:1}}", "@media print{.b{x:1}}"),
        ('@import "c.css";.b{x:1}', '@import "c.css";.b{x:1}'),
        ("@font-face{x:url(a;b)}p:is(.a,h1){x:1}", "@font-face{x:url(a;b)}p:is(.a,h1){x:1}"),
    ],
)
def test_prune_keeps_what_can_match(css, kept):
    from rnn_book.prune import prune

    assert prune(css, {"b"}) == kept


def test_files_are_chosen_by_the_body():
    from rnn_book.lean import choose_files

    def chosen(body):
        files = [SimpleNamespace(filename=name) for name in ("copybutton.js", "sphinx-design.min.css", "course.css")]
        context = {"body": body, "script_files": [], "css_files": files}
        choose_files(None, "page", "page.html", context, None)
        return [file.filename for file in context["css_files"]]

    assert chosen("<p></p>") == ["course.css"]
    assert chosen('<div class="highlight"></div>') == ["copybutton.js", "course.css"]
    assert chosen('<div class="x sd-card"></div>') == ["sphinx-design.min.css", "course.css"]


def test_playground_without_its_script_is_a_warning(caplog):
    from rnn_book.figures import add_scripts

    added = []
    app = SimpleNamespace(confdir=ROOT, add_js_file=lambda name, **options: added.append(name))
    body = "".join(
        f'<div class="playground" data-playground="{name}">' for name in ("ffnn-units", "no-such", "ffnn-units")
    )
    add_scripts(app, "page", "page.html", {"body": body}, None)
    assert added == ["figures/ffnn-units.js"]
    assert "playground no-such: expected its script in book/_static/figures/no-such.js" in caplog.text


def test_no_page_loads_the_icons_script_or_misses_a_file(site):
    for page in site.pages():
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        for tag in soup.select("script[src], link[href]"):
            name = (tag.get("src") or tag["href"]).partition("?")[0]
            assert "fontawesome" not in name
            assert (page.parent / name).resolve().is_file(), (page.name, name)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_icons_are_drawn_and_hidden_from_screen_readers(visit, server, scheme):
    one = visit(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    one.tab.goto(f"{server}/book/order.html", wait_until="networkidle")
    assert one.tab.evaluate("document.fonts.check('900 16px \"Font Awesome 6 Free\"', '\\uf002')")
    icons = one.tab.locator("[class*='fa-']:visible")
    assert icons.count() >= 3
    for i in range(icons.count()):
        content, width, hidden = icons.nth(i).evaluate(ICON)
        assert content not in ("none", '""')
        assert width > 5
        assert hidden == "true"
