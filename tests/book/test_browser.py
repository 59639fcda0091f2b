"""The site in a browser that reaches nothing else: wide and narrow, light and dark, by keyboard, and from disk."""

from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
NAMES = [TOC["root"], *(chapter["file"] for part in TOC["parts"] for chapter in part["chapters"])]
SIZES = {"wide": {"width": 1280, "height": 900}, "narrow": {"width": 390, "height": 844}}
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
# axe does not count MathML as text, but screen readers read it: a heading that is a formula is not empty
FAULTS = """([where, options]) => axe.run(where, options).then(result => result.violations.flatMap(fault => fault.nodes
    .filter(node => fault.id !== "empty-table-header" || !document.querySelector(node.target[0]).querySelector("math"))
    .map(node => [fault.id, node.html])))"""
EVERYTHING = {"rules": {"target-size": {"enabled": True}}}  # 24 by 24 pixels in WCAG 2.2; off in axe by default
COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}  # all that differs between light and dark
PLACES = {"runOnly": ["target-size", "scrollable-region-focusable"]}  # and, in the text, between wide and narrow
PAGE, AROUND = {"exclude": []}, {"exclude": ["article"]}
LOOKS = {
    ("light", "wide"): [(PAGE, EVERYTHING)],
    ("dark", "wide"): [(AROUND, COLOURS)],
    ("dark", "narrow"): [(PAGE, COLOURS)],
    ("light", "narrow"): [(PAGE, PLACES), (AROUND, EVERYTHING)],
}


def change_look(one, scheme, size):
    """Change the colours and the size of an open page, and wait until the page has followed."""
    one.tab.emulate_media(color_scheme=scheme)
    one.tab.set_viewport_size(SIZES[size])
    one.tab.wait_for_function("scheme => document.documentElement.dataset.theme === scheme", arg=scheme)
    one.tab.wait_for_timeout(250)  # course.js looks at what scrolls 150 ms after a change of size


@pytest.mark.parametrize("name", NAMES)
def test_page_has_no_error_fits_and_has_no_fault_that_axe_finds_in_any_look(visit, server, name):
    one = visit(viewport=SIZES["wide"], color_scheme="light", reduced_motion="reduce")
    one.tab.goto(f"{server}/{name}.html", wait_until="load")
    assert one.problems == []
    one.tab.evaluate("document.querySelectorAll('details').forEach(e => { e.open = true })")
    if AXE.exists():
        one.tab.add_script_tag(path=str(AXE))
    for (scheme, size), runs in LOOKS.items():
        change_look(one, scheme, size)
        assert one.tab.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"], (scheme, size)
        for where, options in runs if AXE.exists() else ():
            found = one.tab.evaluate(FAULTS, [where, {"resultTypes": ["violations"], **options}])
            assert found == [], (scheme, size)
    one.tab.set_viewport_size({"width": 360, "height": 740})
    assert one.tab.evaluate("document.documentElement.scrollWidth") <= 360
    assert one.problems == []


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
