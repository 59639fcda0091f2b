"""The site in a browser that reaches nothing else: wide and narrow, light and dark, by keyboard, and from disk."""

import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
NAMES = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]
SIZES = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 390, "height": 844}}
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# axe does not count MathML as text, but screen readers read it: a heading that is a formula is not empty
FAULTS = """axe.run().then(result => result.violations.flatMap(fault => fault.nodes
    .filter(node => fault.id !== "empty-table-header" || !document.querySelector(node.target[0]).querySelector("math"))
    .map(node => [fault.id, node.html])))"""


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", SIZES)
def test_page_loads_without_an_error_and_fits(visit, server, name, scheme, size):
    one = visit(viewport=SIZES[size], color_scheme=scheme)
    one.tab.goto(f"{server}/{name}.html", wait_until="load")
    assert one.tab.evaluate("document.documentElement.dataset.theme") == scheme
    assert one.tab.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    assert one.problems == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed; run: npm ci")
def test_page_has_no_accessibility_fault_that_axe_finds(visit, server, name):
    one = visit(viewport=SIZES["wide"])
    for scheme, size in (("light", "wide"), ("dark", "narrow")):
        one.tab.emulate_media(color_scheme=scheme)
        one.tab.set_viewport_size(SIZES[size])
        one.tab.goto(f"{server}/{name}.html", wait_until="load")
        one.tab.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true })")
        one.tab.add_script_tag(path=str(AXE))
        found = one.tab.evaluate(FAULTS)
        assert found == [], (scheme, size)


def test_site_works_when_opened_from_disk(visit, site):
    one = visit(viewport=SIZES["wide"])
    one.tab.goto((site.folder / "index.html").as_uri(), wait_until="load")
    one.tab.wait_for_url("**/book/index.html")
    one.tab.get_by_role("link", name="Matrix calculus").first.click()
    one.tab.wait_for_url("**/matrix-calculus.html")
    one.tab.evaluate("document.fonts.ready")
    fonts = one.tab.evaluate(
        "[...document.fonts].filter(f => f.family.startsWith('KaTeX')).map(f => [f.family, f.status])"
    )
    assert ["KaTeX_Main", "loaded"] in fonts
    assert ["KaTeX_Math", "loaded"] in fonts
    assert not [font for font in fonts if font[1] == "error"]
    assert one.problems == []


def test_quiz_opens_by_keyboard_and_says_the_verdict(visit, server):
    one = visit(viewport=SIZES["narrow"])
    one.tab.goto(f"{server}/book/how-to-use.html")
    options = one.tab.locator("details.quiz-option")
    first, second = options.nth(0), options.nth(1)
    first.locator("summary").focus()
    one.tab.keyboard.press("Enter")
    assert first.evaluate("e => e.open")
    assert first.locator(".quiz-verdict").inner_text() == "Not right"
    one.tab.keyboard.press("Tab")
    one.tab.keyboard.press("Space")
    assert second.evaluate("e => e.open")
    assert second.locator(".quiz-verdict").inner_text() == "Right"
    one.tab.keyboard.press("Space")
    assert not second.evaluate("e => e.open")
    assert one.tab.get_by_role("group", name=re.compile("Question 1")).count() == 1


def test_without_javascript_the_quiz_is_there(visit, server):
    one = visit(viewport=SIZES["narrow"], java_script_enabled=False)
    one.tab.goto(f"{server}/book/how-to-use.html")
    assert one.tab.locator("details.quiz-option summary").first.is_visible()


def test_menu_opens_on_a_phone(visit, server):
    one = visit(viewport=SIZES["narrow"])
    one.tab.goto(f"{server}/book/index.html")
    link = one.tab.get_by_role("link", name="Glossary").first
    assert not link.is_visible()
    one.tab.locator("button.primary-toggle:visible").click()
    link.wait_for(state="visible")
    link.click()
    one.tab.wait_for_url("**/glossary.html")
    assert one.problems == []
