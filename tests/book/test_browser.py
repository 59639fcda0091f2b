"""The site in a browser that reaches nothing else: wide and narrow, light and dark, by keyboard, and from disk."""

import re
from datetime import datetime
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
VISIBLE = "figure => [...figure.children].filter(e => e.matches('.frame') && !e.hidden).map(e => e.dataset.label)"


def moving_figure(site):
    """Return the name of a page with a figure that moves."""
    for page in site.pages():
        if 'class="frames"' in page.read_text(encoding="utf-8"):
            return f"book/{page.name}"
    raise AssertionError("no page has a moving figure")


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


def test_slider_moves_the_figure_by_keyboard_without_moving_the_page(visit, server, site):
    one = visit(viewport=SIZES["narrow"])
    one.tab.goto(f"{server}/{moving_figure(site)}")
    figure = one.tab.locator(".frames").first
    labels = figure.locator(".frame").evaluate_all("frames => frames.map(f => f.dataset.label)")
    height = figure.evaluate("e => e.offsetHeight")
    slider = figure.get_by_role("slider")
    assert figure.evaluate(VISIBLE) == labels[-1:]
    slider.focus()
    for key, shown in (("ArrowLeft", labels[-2]), ("Home", labels[0]), ("ArrowRight", labels[1]), ("End", labels[-1])):
        one.tab.keyboard.press(key)
        assert figure.evaluate(VISIBLE) == [shown]
        assert slider.get_attribute("aria-valuetext") == shown
        assert figure.locator("output").inner_text() == shown
        assert figure.evaluate("e => e.offsetHeight") == height
    assert figure.evaluate("e => document.querySelector('label[for=' + e.querySelector('input').id + ']').textContent")


def test_play_runs_once_through_the_frames_and_pause_stops_it(visit, server, site):
    one = visit(viewport=SIZES["wide"])
    one.tab.clock.install(time=datetime(2030, 1, 1))
    one.tab.goto(f"{server}/{moving_figure(site)}")
    one.tab.clock.pause_at(datetime(2030, 1, 2))
    figure = one.tab.locator(".frames").first
    labels = figure.locator(".frame").evaluate_all("frames => frames.map(f => f.dataset.label)")
    button = figure.get_by_role("button")
    button.click()
    assert figure.evaluate(VISIBLE) == labels[:1]
    one.tab.clock.run_for(700)
    assert figure.evaluate(VISIBLE) == labels[1:2]
    button.click()
    one.tab.clock.run_for(5000)
    assert figure.evaluate(VISIBLE) == labels[1:2]
    button.click()
    one.tab.clock.run_for(1000 * len(labels))
    assert figure.evaluate(VISIBLE) == labels[-1:]
    assert button.inner_text() == "Play"


def test_reader_who_wants_calm_gets_a_slider_and_no_play_button(visit, server, site):
    one = visit(viewport=SIZES["wide"], reduced_motion="reduce")
    one.tab.goto(f"{server}/{moving_figure(site)}")
    assert one.tab.locator(".frames-controls button:visible").count() == 0
    assert one.tab.locator(".frames-controls input:visible").count() >= 1


def test_without_javascript_the_last_frame_and_the_quiz_are_there(visit, server, site):
    one = visit(viewport=SIZES["narrow"], java_script_enabled=False)
    one.tab.goto(f"{server}/{moving_figure(site)}")
    frames = one.tab.locator(".frames").first.locator(".frame")
    assert frames.last.is_visible()
    assert not frames.first.is_visible()
    one.tab.goto(f"{server}/book/how-to-use.html")
    assert one.tab.locator("details.quiz-option summary").first.is_visible()


def test_controls_of_a_moving_figure_do_not_push_the_page_down(visit, server, site):
    heights = []
    for enabled in (True, False):
        one = visit(viewport=SIZES["wide"])
        if not enabled:
            one.tab.route("**/frames.js*", lambda route: route.abort())
        one.tab.goto(f"{server}/{moving_figure(site)}")
        heights.append(one.tab.locator(".frames").first.evaluate("e => e.offsetHeight"))
    assert abs(heights[0] - heights[1]) <= 2


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
