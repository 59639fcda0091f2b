"""Figures: alt text, one drawing for both colour modes, colours that stay apart, the same bytes each time."""

import io
import json
import re
import xml.etree.ElementTree as ET

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pytest
from bs4 import BeautifulSoup

from rnn_course import plotting
from rnn_course.svg import shrink


def drawing(height=1.0):
    figure, ax = plotting.axes()
    ax.plot([0, height], label="h")
    ax.set(xlabel="t (steps)", ylabel="h")
    ax.legend()
    return figure


def test_picture_has_alt_text_the_pages_ink_and_its_words():
    svg = plotting.Picture(drawing(), alt='A line <rising> to "one"').svg()
    assert ET.fromstring(svg).get("aria-label") == 'A line <rising> to "one"'
    assert plotting.INK not in svg
    assert "currentColor" in svg
    assert "t (steps)" in svg
    assert not re.search(r"#0{6}|: ?black|white", svg)


def test_picture_is_reproducible_and_its_ids_are_its_own():
    one, same, other = (plotting.Picture(drawing(h), alt="A line").svg() for h in (1, 1, 2))
    assert one == same
    ids = [set(re.findall(r'\bid="([^"]+)"', svg)) for svg in (one, other)]
    assert not ids[0] & ids[1]
    for svg, own in zip((one, other), ids, strict=True):
        assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg)) <= own


def test_svg_is_small_and_loses_nothing_that_is_seen():
    figure, ax = plotting.axes()
    ax.scatter(np.linspace(0, 1, 50), np.linspace(0, 1, 50) ** 2, alpha=0.5)
    ax.set_xlabel("$x$ and more")
    buffer = io.BytesIO()
    with plotting.style():
        figure.savefig(buffer, format="svg")
    before = buffer.getvalue().decode()
    before = before[before.index("<svg") :]
    after = shrink(before)
    assert len(after) < 0.5 * len(before)
    old, new = ET.fromstring(before), ET.fromstring(after)
    name = "{http://www.w3.org/2000/svg}"
    for tag in ("use", "path", "tspan", "text", "clipPath"):
        assert len(list(new.iter(name + tag))) == len(list(old.iter(name + tag)))
    assert [tag.text for tag in new.iter(f"{name}tspan")] == [tag.text for tag in old.iter(f"{name}tspan")]
    for one, other in zip(old.iter(f"{name}use"), new.iter(f"{name}use"), strict=True):
        for axis in ("x", "y"):
            assert abs(float(one.get(axis, "0")) - float(other.get(axis, "9e9"))) <= 0.005 + 1e-9
    assert shrink(before) == after
    marks = [group for group in new.iter(f"{name}g") if len(group) == 50]
    assert len(marks) == 1
    assert "fill-opacity: 0.5" in marks[0].get("style", "")


def test_style_that_markers_do_not_inherit_stays_on_each():
    mark = '<use xlink:href="#a" style="fill: #123456; opacity: 0.5"/>'
    space = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    text = shrink(f'<svg {space}><path id="a" d="M 0 0"/><g clip-path="none">{mark}{mark}</g></svg>')
    assert text.count("opacity: 0.5") == 2


def test_frames_show_the_last_without_javascript():
    page = plotting.Frames([drawing(h) for h in (1, 2, 3)], ["1", "2", "3"], "height", ["a", "b", "c"])._repr_html_()
    frames = re.findall(r'<div class="frame" data-label="(\d)"( hidden)?>', page)
    assert frames == [("1", " hidden"), ("2", " hidden"), ("3", "")]


def test_png_for_viewers_without_html():
    assert plotting.Picture(drawing(), alt="A line")._repr_png_().startswith(b"\x89PNG")


def test_colours_stay_apart_for_colour_blind_readers():
    """Simulate the three dichromacies (Viénot, Brettel & Mollon 1999, linear RGB) and compare every pair."""
    rgb = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in plotting.COLOURS.values()])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    protan = np.array([[0.1124, 0.8876, 0], [0.1124, 0.8876, 0], [0.0040, -0.0040, 1]])
    deutan = np.array([[0.2929, 0.7071, 0], [0.2929, 0.7071, 0], [-0.0223, 0.0223, 1]])
    for view in (np.eye(3), protan, deutan):
        seen = np.clip(linear @ view.T, 0, 1) ** (1 / 2.2)
        distance = np.linalg.norm(seen[:, None] - seen[None], axis=-1) + np.eye(len(seen))
        assert distance.min() > 0.12


@pytest.mark.parametrize("alt", ["", "  \n"])
def test_a_picture_without_alt_text_is_refused(alt):
    with pytest.raises(ValueError, match="alt: expected a sentence"):
        plotting.Picture(drawing(), alt=alt)


def test_frames_that_do_not_match_are_refused():
    with pytest.raises(ValueError, match="received 1, 1 and 1"):
        plotting.Frames([drawing()], ["1"], "height", ["a"])


@pytest.fixture
def slider():
    return plotting.Slider("steps", low=0, high=10, step=1, value=3)


def test_what_is_drawn_later_has_the_look_too_and_the_readers_settings_stay():
    before = dict(matplotlib.rcParams)
    figure, ax = plotting.axes()
    words = [ax.text(0, 0, "a"), ax.annotate("b", (0, 0)), ax.set_title("c", loc="left"), figure.suptitle("d")]
    legend = ax.legend(handles=ax.plot([0, 1], label="e"))
    words += [ax.set_xlabel("x"), *legend.get_texts()]
    assert {word.get_color() for word in words} == {plotting.INK}
    assert not legend.get_frame_on()
    assert ax.lines[0].get_linewidth() == plotting.STYLE["lines.linewidth"]
    assert dict(matplotlib.rcParams) == before
    assert type(plt.subplots()[1]).__name__ == "Axes"
    plt.close("all")


def test_colours_are_those_of_the_page_where_it_has_its_own_shades():
    figure, ax = plotting.axes()
    ax.plot([0, 1], color=plotting.COLOURS["sky"])
    assert "stroke: var(--figure-sky, #56b4e9)" in plotting.Picture(figure, alt="A line").svg()


def test_playground_holds_a_still_and_what_its_script_needs(slider):
    choice = plotting.Choice("loss", ["bowl", "valley"])
    row = plotting.Arrangement("order", "EXYB", fixed=[0, 3])
    data = {"x": np.arange(2), "text": "</script>", "one": np.float64(0.5)}
    figure = plotting.Playground("a-b", drawing(), [slider, choice, row], alt="A line", data=data)
    page = BeautifulSoup(figure._repr_html_(), "html.parser")
    host = page.select_one("div.playground[data-playground=a-b]")
    assert host.select_one(".still svg")["aria-label"] == "A line"
    settings = json.loads(host.select_one("script[type='application/json']").string)
    assert settings == figure.settings()
    assert settings["data"] == {"x": [0, 1], "text": "</script>", "one": 0.5}
    assert [(one["kind"], one["name"], one["value"]) for one in settings["controls"]] == [
        ("slider", "steps", 3),
        ("choice", "loss", "bowl"),
        ("arrangement", "order", [0, 1, 2, 3]),
    ]
    assert figure._repr_png_().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"name": "Two Words"}, "name: expected lower-case words joined by hyphens, received 'Two Words'"),
        ({"controls": []}, r"expected at least one control.*received \[\]"),
        ({"controls": 2}, r"a name of its own for each, received \['steps', 'steps'\]"),
        ({"alt": " "}, "alt: expected a sentence"),
    ],
)
def test_playground_that_cannot_work_is_refused(slider, change, message):
    good = {"name": "a", "still": drawing(), "controls": [slider], "alt": "A line"}
    if change.get("controls") == 2:
        change = {"controls": [slider, slider]}
    with pytest.raises(ValueError, match=message):
        plotting.Playground(**(good | change))


@pytest.mark.parametrize("data", [{"x": np.array([1.0, np.nan])}, {"x": float("inf")}, {"x": object()}])
def test_data_that_is_not_finite_or_not_plain_is_refused(slider, data):
    with pytest.raises(ValueError, match="data: expected"):
        plotting.Playground("a", drawing(), [slider], alt="A line", data=data)


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: plotting.Slider("a", 1, 0, 0.1, 1), "a: expected low < high"),
        (lambda: plotting.Slider("a", 0, 1, 0, 1), "a step above 0"),
        (lambda: plotting.Slider("a", 0, 1, 0.3, 0.3), "a: expected a step that divides 1, received 0.3"),
        (lambda: plotting.Slider("a", 0, 1, 0.1, -0.1), "a: expected a value from 0 to 1, received -0.1"),
        (lambda: plotting.Choice("a", ["one"]), r"a: expected at least two options, received \['one'\]"),
        (lambda: plotting.Choice("a", ["b", "c"], "d"), "a: expected a value among"),
        (lambda: plotting.Arrangement("a", "xyz", fixed=[0, 1]), "a: expected at least two items that can move"),
        (lambda: plotting.Arrangement("a", "xyz", fixed=[3]), "fixed places from 0 to 2"),
    ],
)
def test_control_that_makes_no_sense_is_refused(make, message):
    with pytest.raises(ValueError, match=message):
        make()
