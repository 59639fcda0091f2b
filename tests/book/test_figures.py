"""Every moving figure of the book, found in the built pages: it moves, it stands still when it must, it can be seen."""

import re
from datetime import datetime
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from rnn_course.plotting import COLOURS

AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
WIDE, NARROW = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
SHOWN = "host => [...host.querySelectorAll('.frame:not([hidden]), .live-drawing > svg')].map(e => e.outerHTML).join()"
SEEN = """boxes => boxes.map(box => {
    const seen = kind => [...box.querySelectorAll(kind)].filter(e => e.checkVisibility({visibilityProperty: true}));
    const told = e => [e.closest(".frame, .still") !== null, e.getBoundingClientRect().width, e.ariaLabel];
    return [seen("svg[role=img]").map(told), seen("input, button").length];
})"""
STEP = {"range": "ArrowLeft", "radio": "ArrowRight"}


def test_every_control_of_every_figure_changes_it_by_keyboard_and_says_so(host, figures):
    for figure in figures:
        one, box = host(figure)
        inputs = box.locator("input[type=range], input[type=radio]:checked")
        assert box.get_by_role("slider").count() + box.get_by_role("button").count() >= 2
        for i in range(inputs.count()):
            control = inputs.nth(i).element_handle()
            kind, name = control.get_attribute("type"), control.evaluate("e => e.labels[0].textContent")
            before, said = box.evaluate(SHOWN), control.get_attribute("aria-valuetext")
            control.focus()
            one.tab.keyboard.press(STEP[kind])
            assert box.evaluate(SHOWN) != before, (figure, name)
            assert name.strip()
            if kind == "range":
                assert control.get_attribute("aria-valuetext") != said
                assert control.evaluate("e => e.previousSibling.textContent") == control.get_attribute("aria-valuetext")
            if figure[1] == "playground":
                assert box.get_by_role("status").inner_text()
        assert one.problems == []


def test_keys_move_a_slider_of_frames_to_its_ends_without_moving_the_page(host, figures):
    for figure in [one for one in figures if one[1] == "frames"]:
        one, box = host(figure, viewport=NARROW)
        labels = box.locator(".frame").evaluate_all("frames => frames.map(f => f.dataset.label)")
        height = box.evaluate("e => e.offsetHeight")
        slider = box.get_by_role("slider")
        slider.focus()
        reached = {"ArrowLeft": labels[-2], "Home": labels[0], "ArrowRight": labels[1], "End": labels[-1]}
        for key, label in reached.items():
            one.tab.keyboard.press(key)
            assert box.locator(".frame:not([hidden])").get_attribute("data-label") == label
            assert slider.get_attribute("aria-valuetext") == label
            assert box.locator(".figure-value").inner_text() == label
            assert box.evaluate("e => e.offsetHeight") == height


def test_play_goes_on_until_it_is_paused_or_at_its_end(visit, server, pages):
    played = 0
    for page in pages:
        one = visit(viewport=WIDE)
        one.tab.clock.install(time=datetime(2030, 1, 1))
        one.tab.goto(f"{server}/{page}", wait_until="load")
        one.tab.clock.pause_at(datetime(2030, 1, 2))
        for box in one.tab.locator("div:is(.frames, .playground)", has=one.tab.locator(".figure-play")).all():
            play(one.tab.clock, box)
            played += 1
        assert one.problems == []
    assert played >= 3


def play(clock, box):
    """Let a figure play, pause, play again, and come to its end."""
    button = box.locator(".figure-play")
    assert re.match("Play: .+", button.get_attribute("aria-label"))
    button.click()
    clock.run_for(700)
    moving = box.evaluate(SHOWN)
    assert re.match("Pause: .+", button.get_attribute("aria-label"))
    button.click()
    clock.run_for(5000)
    assert re.sub(r"clip-\d+", "", box.evaluate(SHOWN)) == re.sub(r"clip-\d+", "", moving)
    button.click()
    clock.run_for(700)
    assert box.evaluate(SHOWN) != moving
    clock.run_for(60_000)
    ends = "frames" in box.get_attribute("class") or box.evaluate(
        "e => JSON.parse(e.querySelector('script').textContent).controls.find(c => c.play).kind === 'slider'"
    )
    assert button.inner_text() == ("Play" if ends else "Pause")
    if not ends:
        button.click()


def test_play_of_frames_shows_each_in_turn(host, figures):
    figure = next(one for one in figures if one[1] == "frames")
    one, box = host(figure)
    one.tab.clock.install(time=datetime(2030, 1, 1))
    one.tab.reload()
    one.tab.clock.pause_at(datetime(2030, 1, 2))
    box.locator(".figure-play").click()
    for label in box.locator(".frame").evaluate_all("frames => frames.map(f => f.dataset.label)"):
        assert box.locator(".frame:not([hidden])").get_attribute("data-label") == label
        one.tab.clock.run_for(600)


def test_reader_who_wants_calm_gets_all_controls_but_play(visit, server, pages):
    for page in pages:
        one = visit(viewport=WIDE, reduced_motion="reduce")
        one.tab.goto(f"{server}/{page}", wait_until="load")
        assert one.tab.locator(".figure-play:visible").count() == 0
        assert one.tab.locator(".figure-controls input:visible").count() >= 1
        one.tab.emulate_media(reduced_motion="no-preference")
        one.tab.locator(".figure-play").first.wait_for(state="visible")


@pytest.mark.parametrize("seen", ["without JavaScript", "in print"])
def test_without_javascript_and_in_print_each_figure_is_one_still(visit, server, pages, seen):
    for page in pages:
        one = visit(viewport=WIDE, java_script_enabled=seen == "in print")
        one.tab.goto(f"{server}/{page}", wait_until="load")
        one.tab.emulate_media(media="print" if seen == "in print" else "screen")
        for drawings, controls in one.tab.locator("div.frames, div.playground").evaluate_all(SEEN):
            assert controls == 0
            ((is_still, width, label),) = drawings
            assert is_still
            assert width > 300
            assert len(label) > 30


def test_controls_of_frames_do_not_push_the_page_down(visit, server, figures):
    page = next(page for page, kind, *_ in figures if kind == "frames")
    heights = []
    for enabled in (True, False):
        one = visit(viewport=WIDE)
        if not enabled:
            one.tab.route("**/figures/base.js*", lambda route: route.abort())
        one.tab.goto(f"{server}/{page}")
        heights.append(one.tab.locator(".frames").first.evaluate("e => e.offsetHeight"))
    assert abs(heights[0] - heights[1]) <= 2


def test_a_page_from_disk_has_its_figures(visit, site, pages):
    for page in pages:
        one = visit(viewport=WIDE)
        one.tab.goto((site.folder / page).as_uri(), wait_until="load")
        assert one.tab.locator(":is(.frames, .playground):not(.ready)").count() == 0
        assert one.problems == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_stand_out_from_the_page_and_stay_apart_for_the_colour_blind(visit, server, pages, scheme):
    """Graphics need a contrast of 3 (WCAG 1.4.11). The dichromacies are those of tests/test_plotting.py."""
    one = visit(viewport=WIDE, color_scheme=scheme)
    one.tab.goto(f"{server}/{pages[0]}", wait_until="load")
    look = "name => getComputedStyle(document.documentElement).getPropertyValue(name).trim()"
    page = linear(one.tab.evaluate(look, "--pst-color-background"))
    colours = {name: linear(one.tab.evaluate(look, f"--figure-{name}")) for name in [*COLOURS, "grey"]}
    for name, colour in colours.items():
        assert contrast(colour, page) >= 3, name
    protan = np.array([[0.1124, 0.8876, 0], [0.1124, 0.8876, 0], [0.0040, -0.0040, 1]])
    deutan = np.array([[0.2929, 0.7071, 0], [0.2929, 0.7071, 0], [-0.0223, 0.0223, 1]])
    for view in (np.eye(3), protan, deutan):
        seen = {name: np.clip(view @ colours[name], 0, 1) ** (1 / 2.2) for name in COLOURS}
        for one_name, other in combinations(seen, 2):
            assert np.linalg.norm(seen[one_name] - seen[other]) > 0.12, (one_name, other)


def linear(colour):
    """Linear RGB of a colour written as #rrggbb or #rgb."""
    digits = colour.lstrip("#")
    digits = digits if len(digits) == 6 else "".join(2 * digit for digit in digits)
    rgb = np.array([int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)])
    return np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)


def contrast(one, other):
    """Contrast ratio of WCAG 2 from linear RGB."""
    dark, light = sorted(float(colour @ [0.2126, 0.7152, 0.0722]) for colour in (one, other))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed; run: npm ci")
def test_axe_finds_no_fault_in_any_figure_in_either_mode_also_when_it_was_used(visit, server, pages):
    fault = """axe.run('.frames, .playground', {resultTypes: ["violations"]})
        .then(r => r.violations.map(v => [v.id, v.nodes[0].html]))"""
    for page in pages:
        one = visit(viewport=NARROW, color_scheme="light")
        one.tab.goto(f"{server}/{page}", wait_until="load")
        buttons = one.tab.locator(".figure-buttons button:not(.figure-play), .figure-item[aria-pressed]")
        for button in buttons.all()[:3]:
            button.click()
        one.tab.add_script_tag(path=str(AXE))
        assert one.tab.evaluate(fault) == [], (page, "light")
        one.tab.emulate_media(color_scheme="dark")
        one.tab.set_viewport_size(WIDE)
        one.tab.wait_for_function("document.documentElement.dataset.theme === 'dark'")
        assert one.tab.evaluate(fault) == [], (page, "dark")
