"""Figures that the page draws: their numbers are the package's, they fit the page, and the reader's hand moves them."""

import importlib.util
import json
import re
from pathlib import Path

import numpy as np
import pytest
from bs4 import BeautifulSoup

HERE = Path(__file__).parent
NARROW = {"width": 390, "height": 844}
DRAWN = "host => host.querySelector('.live-drawing > svg').innerHTML"


def playgrounds(figures):
    """Those of the moving figures that the page draws."""
    return [figure for figure in figures if figure[1] == "playground"]


def test_reset_brings_the_first_drawing_back(host, figures):
    for figure in playgrounds(figures):
        one, box = host(figure)
        plain = re.compile(r"figure-clip-\d+")  # counted anew for each drawing
        first = plain.sub("", box.evaluate(DRAWN))
        for slider in box.get_by_role("slider").all():
            slider.press("End")
        for button in box.locator("button:not(.figure-play):not([aria-disabled])").all():
            button.click()
        assert plain.sub("", box.evaluate(DRAWN)) == first  # Reset is the last button
        assert one.problems == []


def test_page_loads_the_scripts_of_its_figures_and_no_others(site, figures):
    for page in site.pages():
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        loaded = [Path(tag["src"].partition("?")[0]).stem for tag in soup.select('script[src*="/figures/"]')]
        wanted = [name for at, kind, _, name in figures if at == f"book/{page.name}" and kind == "playground"]
        shared = {"controls", "base", "paper"}
        assert sorted(set(loaded) - shared) == sorted(wanted)
        if wanted:
            assert loaded[:3] == ["controls", "base", "paper"]  # they run in this order


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_drawing_follows_the_colour_mode_and_fits_a_phone(host, figures, scheme):
    for figure in playgrounds(figures):
        one, box = host(figure, viewport=NARROW, color_scheme=scheme)
        drawing = box.locator(".live-drawing > svg")
        text = drawing.locator("text").first
        assert text.evaluate("e => getComputedStyle(e).fill === getComputedStyle(document.body).color")
        assert float(text.evaluate("e => parseFloat(getComputedStyle(e).fontSize)")) >= 12
        frame = drawing.bounding_box()
        assert drawing.evaluate("e => e.viewBox.baseVal.width") == pytest.approx(frame["width"], abs=1)
        places = "all => all.map(e => e.getBoundingClientRect()).map(r => [r.left, r.right])"
        letters = drawing.locator("text").evaluate_all(places)
        assert min(left for left, _ in letters) >= frame["x"] - 1
        assert max(right for _, right in letters) <= frame["x"] + frame["width"] + 1
        assert one.tab.evaluate("document.documentElement.scrollWidth") <= NARROW["width"]


def test_symbols_change_places_by_click_and_by_arrow_key(host, figures):
    figure = next(one for one in figures if one[3] == "order-arrange")
    one, box = host(figure)
    items, status = box.locator(".figure-item"), box.get_by_role("status")
    assert "".join(items.all_inner_texts()) == "EbXabYacdB"
    items.nth(2).click()
    assert items.nth(2).get_attribute("aria-pressed") == "true"
    items.nth(5).click()
    assert "".join(items.all_inner_texts()) == "EbYabXacdB"
    assert "class YX" in status.inner_text()
    assert "9 are left" in status.inner_text()  # X and Y have the same neighbours
    one.tab.keyboard.press("ArrowLeft")
    assert "".join(items.all_inner_texts()) == "EbYaXbacdB"
    assert one.tab.evaluate("document.activeElement.textContent") == "X"
    for _ in range(9):
        one.tab.keyboard.press("ArrowLeft")
    assert "".join(items.all_inner_texts()) == "EXbYabacdB"  # E stays
    items.nth(0).click(force=True)
    items.nth(9).click(force=True)
    assert "".join(items.all_inner_texts()) == "EXbYabacdB"
    box.get_by_role("button", name="Reset").click()
    box.get_by_role("button", name="Turn round").click()
    assert "Of the 9 bigrams of the first order 0 are left" in status.inner_text()


def test_a_press_in_the_drawing_sets_the_start(host, figures):
    figure = next(one for one in figures if one[3] == "ffnn-descent")
    _, box = host(figure)
    area = box.locator(".figure-point").bounding_box()
    box.locator(".figure-point").click(position={"x": area["width"] / 2, "y": 20})
    assert box.get_by_role("slider", name="start").input_value() == "0"
    assert "has arrived" in box.get_by_role("status").inner_text()


def reference(name):
    """The module that computes a playground's numbers with rnn_course: tests/book/playgrounds/NAME.py."""
    path = HERE / "playgrounds" / f"{name.replace('-', '_')}.py"
    assert path.exists(), f"playground {name}: expected its reference in {path}, found none"
    spec = importlib.util.spec_from_file_location(f"playground_{name}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def leaves(value, name=""):
    """All numbers and strings of nested dicts and lists, with their names."""
    if isinstance(value, dict):
        return [leaf for key in value for leaf in leaves(value[key], f"{name}.{key}")]
    if isinstance(value, list | tuple | np.ndarray):
        return [leaf for i, item in enumerate(value) for leaf in leaves(item, f"{name}[{i}]")]
    return [(name, value)]


def test_every_playground_computes_what_the_package_does(host, figures):
    for figure in playgrounds(figures):
        one, box = host(figure)
        settings = json.loads(box.locator("script").text_content())
        first = {control["name"]: control["value"] for control in settings["controls"] if "value" in control}
        cases = list(reference(figure[3]).cases(settings["data"], first))
        assert len(cases) >= 20
        script = """([name, cases]) => cases.map(([task, params, data]) =>
            task ? rnnFigures.act(name, task, params, data) : rnnFigures.compute(name, params, data))"""
        asked = [(task, first | params, settings["data"] | data) for task, params, data, _ in cases]
        given = one.tab.evaluate(script, [figure[3], asked])
        for question, answer, (*_, expected) in zip(asked, given, cases, strict=True):
            received_of = dict(leaves(answer))
            assert expected
            for where, wanted in leaves(expected):
                received = received_of.pop(where)
                if isinstance(wanted, str):
                    assert received == wanted, (figure[3], question[:2], where)
                else:
                    assert abs(received - wanted) <= 1e-6 * max(1, abs(wanted)), (figure[3], question[:2], where)
            assert not any(where.startswith(tuple(f".{key}" for key in expected)) for where in received_of)


def test_a_map_is_read_by_moving_over_it(host, figures):
    figure = next(one for one in figures if one[3] == "lstm-gates")
    one, box = host(figure)
    area, status = box.locator(".figure-point"), box.get_by_role("status")
    frame = area.bounding_box()
    column, row = frame["width"] / 13, frame["height"] / 10  # symbols that are read, units
    for step, unit in ((3, 7), (13, 1)):
        area.hover(position={"x": (step - 0.5) * column, "y": (unit - 0.5) * row})
        assert status.inner_text().startswith(f"Step {step}, after BTBTSSXXTVVET"[: len(f"Step {step}, after ") + step])
        assert f"of unit {unit} is" in status.inner_text()
    assert one.problems == []
