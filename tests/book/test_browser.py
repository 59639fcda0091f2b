"""The site in a browser that reaches nothing else: wide and narrow, light and dark, by keyboard, and from disk."""

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
FAULTS = """options => axe.run(document, options).then(result => result.violations.flatMap(fault => fault.nodes
    .filter(node => fault.id !== "empty-table-header" || !document.querySelector(node.target[0]).querySelector("math"))
    .map(node => [fault.id, node.html])))"""
# target size, 24 by 24 pixels in WCAG 2.2, is off in axe by default
EVERYTHING = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
# all that differs between light and dark
COLOURS = {"resultTypes": ["violations"], "runOnly": ["color-contrast", "link-in-text-block"]}
LOOKS = [("light", "wide"), ("dark", "wide"), ("dark", "narrow"), ("light", "narrow")]
VISIBLE = "figure => [...figure.children].filter(e => e.matches('.frame') && !e.hidden).map(e => e.dataset.label)"


def moving_figure(site):
    """Return the name of a page with a figure that moves."""
    for page in site.pages():
        if 'class="frames"' in page.read_text(encoding="utf-8"):
            return f"book/{page.name}"
    raise AssertionError("no page has a moving figure")


def change_look(one, scheme, size):
    """Change the colours and the size of an open page, and wait until the page has followed."""
    one.tab.emulate_media(color_scheme=scheme)
    one.tab.set_viewport_size(SIZES[size])
    one.tab.wait_for_function("scheme => document.documentElement.dataset.theme === scheme", arg=scheme)
    one.tab.wait_for_timeout(250)  # course.js looks at what scrolls 150 ms after a change of size


@pytest.mark.parametrize("name", NAMES)
def test_page_loads_without_an_error_and_fits_in_every_look(visit, server, name):
    one = visit(viewport=SIZES["wide"])
    one.tab.goto(f"{server}/{name}.html", wait_until="load")
    for scheme, size in LOOKS:
        change_look(one, scheme, size)
        assert one.tab.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"], (scheme, size)
    one.tab.set_viewport_size({"width": 360, "height": 740})
    assert one.tab.evaluate("document.documentElement.scrollWidth") <= 360
    assert one.problems == []


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed; run: npm ci")
def test_page_has_no_accessibility_fault_that_axe_finds_in_any_look(visit, server, name):
    one = visit(viewport=SIZES["wide"], color_scheme="light", reduced_motion="reduce")
    one.tab.goto(f"{server}/{name}.html", wait_until="load")
    one.tab.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true })")
    one.tab.add_script_tag(path=str(AXE))
    for scheme, size in LOOKS:
        change_look(one, scheme, size)
        found = one.tab.evaluate(FAULTS, COLOURS if scheme == "dark" else EVERYTHING)
        assert found == [], (scheme, size)


@pytest.mark.parametrize("name", ["ffnn", "matrix-calculus", "data"])
def test_what_scrolls_sideways_on_a_phone_is_reached_by_keyboard(visit, server, name):
    one = visit(viewport={"width": 360, "height": 740})
    one.tab.goto(f"{server}/book/{name}.html", wait_until="load")
    unreachable = one.tab.evaluate(
        """[...document.querySelectorAll("article *")].filter(e => e.scrollWidth > e.clientWidth + 1
        && ["auto", "scroll"].includes(getComputedStyle(e).overflowX) && e.clientWidth && e.tabIndex < 0)
        .map(e => e.outerHTML.slice(0, 120))"""
    )
    assert unreachable == []


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


def test_without_javascript_the_last_frame_is_there(visit, server, site):
    one = visit(viewport=SIZES["narrow"], java_script_enabled=False)
    one.tab.goto(f"{server}/{moving_figure(site)}")
    frames = one.tab.locator(".frames").first.locator(".frame")
    assert frames.last.is_visible()
    assert not frames.first.is_visible()


def test_controls_of_a_moving_figure_do_not_push_the_page_down(visit, server, site):
    heights = []
    for enabled in (True, False):
        one = visit(viewport=SIZES["wide"])
        if not enabled:
            one.tab.route("**/frames.js*", lambda route: route.abort())
        one.tab.goto(f"{server}/{moving_figure(site)}")
        heights.append(one.tab.locator(".frames").first.evaluate("e => e.offsetHeight"))
    assert abs(heights[0] - heights[1]) <= 2


def test_menu_on_a_phone_keeps_the_focus_and_closes_with_escape(visit, server):
    one = visit(viewport=SIZES["narrow"])
    one.tab.goto(f"{server}/book/index.html")
    link = one.tab.get_by_role("link", name="Glossary").first
    menu = one.tab.locator("#pst-primary-sidebar-modal")
    assert not link.is_visible()
    button = one.tab.locator("button.primary-toggle:visible")
    button.focus()
    one.tab.keyboard.press("Enter")
    link.wait_for(state="visible")
    for _ in range(40):  # more stops than the menu has: the focus goes round, or to the browser's own bar
        one.tab.keyboard.press("Tab")
        assert menu.evaluate("e => e.contains(document.activeElement) || document.activeElement === document.body")
    one.tab.keyboard.press("Escape")
    link.wait_for(state="hidden")
    assert button.evaluate("e => e === document.activeElement")
    button.click()
    link.click()
    one.tab.wait_for_url("**/glossary.html")
    assert one.problems == []


def test_first_stop_of_the_keyboard_leads_past_the_menu(visit, server):
    one = visit(viewport=SIZES["wide"])
    one.tab.goto(f"{server}/book/order.html")
    one.tab.keyboard.press("Tab")
    skip = one.tab.get_by_role("link", name="Skip to main content")
    assert skip.evaluate("e => e === document.activeElement")
    assert skip.bounding_box()["y"] >= 0
    one.tab.keyboard.press("Enter")
    one.tab.keyboard.press("Tab")
    assert one.tab.evaluate("document.querySelector('main').contains(document.activeElement)")


def test_focus_is_seen_on_every_stop_of_the_keyboard(visit, server):
    one = visit(viewport=SIZES["wide"])
    one.tab.goto(f"{server}/book/how-to-use.html")
    bare = set()
    for _ in range(60):
        one.tab.keyboard.press("Tab")
        style = "e => [e.tagName, e.className, getComputedStyle(e).outlineStyle, getComputedStyle(e).boxShadow]"
        tag, name, outline, shadow = one.tab.evaluate(f"({style})(document.activeElement)")
        if tag != "BODY" and outline == "none" and shadow == "none":
            bare.add((tag, name))
    assert bare == set()
