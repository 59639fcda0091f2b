"""Budgets of every page: its weight, what moves, what it asks of other servers, and the work before its largest paint."""

import gzip
import importlib.util
import random
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
NAMES = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]
KILOBYTES = 400  # gzipped, of all that a page loads before the first click
SHIFT = 0.02
PAINT = 1.5  # seconds of work on a processor four times slower
MEASURED = ROOT / "benchmarks" / "pages.py"


@pytest.fixture(scope="module")
def measuring():
    """The module that also prints the table."""
    spec = importlib.util.spec_from_file_location("benchmarks_pages", MEASURED)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def slow_script(size):
    """A script of about ``size`` bytes that does not compress, and works for a while before the browser may paint."""
    draw = random.Random(1997)
    functions = "".join(f"function f{draw.getrandbits(256):x}() {{}}\n" for _ in range(size // 80))
    return f"{functions}let sum = 0; for (let i = 0; i < 1e8; i++) sum += Math.sin(i);"


@pytest.mark.parametrize("name", NAMES)
def test_page_keeps_its_budgets(measuring, chromium, server, name):
    one = measuring.load(chromium, server, f"{name}.html")
    assert one.errors == []
    assert one.elsewhere == 0
    assert one.requests > 5
    assert one.kilobytes <= KILOBYTES
    assert one.shift < SHIFT
    assert measuring.best_paint_work(chromium, f"{server}/{name}.html", enough=PAINT) <= PAINT


def test_a_script_that_blocks_the_page_would_break_the_budgets(measuring, chromium, server):
    script = slow_script(1_000_000)

    def inject(tab):
        answer = {"body": script, "content_type": "text/javascript"}
        tab.route("**/documentation_options.js*", lambda route: route.fulfill(**answer))

    url = f"{server}/book/how-to-use.html"
    assert measuring.best_paint_work(chromium, url, enough=PAINT, loads=2, prepare=inject) > PAINT
    assert len(gzip.compress(script.encode())) > 1000 * KILOBYTES


def test_what_moves_and_what_is_fetched_elsewhere_is_seen(measuring, chromium, tmp_path):
    from rnn_book.browser import serve

    late = "setTimeout(() => document.body.prepend(Object.assign(document.createElement('div'), {style: 'height:400px'})), 50)"
    text = "<p>Much text. </p>" * 40
    (tmp_path / "bad.html").write_text(
        f'<link rel="icon" href="data:,">{text}<img src="http://localhost:9/x.png"><script>{late}; nonsense()</script>'
    )
    with serve(tmp_path) as address:
        one = measuring.load(chromium, address, "bad.html")
    assert one.elsewhere == 1
    assert one.shift > SHIFT
    assert any("nonsense" in error for error in one.errors)
