"""Cells that run in the page: Python in a worker, from this site alone, and nothing of it before the first Run."""

import hashlib
import json
import os
import time
from pathlib import Path

import pytest

PAGE = "book/ffnn.html"
PATIENCE = 60_000  # milliseconds; the first run of a busy machine compiles the interpreter
AXE = Path(__file__).resolve().parents[2] / "node_modules" / "axe-core" / "axe.min.js"
PLOT = "import matplotlib.pyplot as plt\nplt.plot([1, 2, 4])\nplt.title('growth')\nNone"


@pytest.fixture(scope="module", autouse=True)
def live_site(site):
    """Skip where Pyodide could not be had. In CI it must be there."""
    if 'class="live-bar"' not in (site.folder / PAGE).read_text(encoding="utf-8"):
        reason = "the site was built without Pyodide, so it has no live cells; it needs npm and a package registry"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)


class Cell:
    """A live cell of an open page, counted from 1."""

    def __init__(self, tab, number):
        self.tab = tab
        self.box = tab.locator(".cell:has(.live-bar)").nth(number - 1)
        self.status = self.box.locator(".live-status")
        self.output = self.box.locator(".live-output")
        self.area = self.box.get_by_role("textbox")

    def press(self, name):
        self.box.get_by_role("button", name=f"{name} cell").click()

    def edit(self, code):
        if not self.area.count():
            self.press("Edit")
        self.area.fill(code)

    def wait(self, *starts):
        script = "([e, starts]) => starts.some(start => e.textContent.startsWith(start))"
        self.tab.wait_for_function(script, arg=[self.status.element_handle(), starts], timeout=PATIENCE)
        return self.status.inner_text()

    def run(self, *starts):
        self.press("Run")
        return self.wait(*(starts or ("Done",)))


@pytest.fixture
def page(visit, server):
    """A function that opens the page with live cells in a new tab."""

    def open_page(**context):
        one = visit(**({"viewport": {"width": 1280, "height": 900}} | context))
        one.tab.goto(f"{server}/{PAGE}", wait_until="load")
        return one

    return open_page


def test_nothing_of_python_is_loaded_before_the_first_run_and_then_only_from_this_site(page, server, visit, capsys):
    one = visit(viewport={"width": 1280, "height": 900})
    asked = []
    one.tab.on("request", lambda request: asked.append(request.url))
    one.tab.goto(f"{server}/{PAGE}", wait_until="networkidle")
    assert not [address for address in asked if "pyodide" in address or "worker" in address]
    before = time.perf_counter()
    assert Cell(one.tab, 1).run().startswith("Done")
    seconds = time.perf_counter() - before
    with capsys.disabled():
        print(f"\nlive cells: the first cell, cold, took {seconds:.1f} s")
    assert seconds < 60
    assert any("numpy" in address for address in asked)
    assert not any("matplotlib" in address for address in asked)
    assert one.problems == []


def test_cell_runs_after_the_cells_before_it_and_again_with_other_code(page):
    one = page()
    second = Cell(one.tab, 2)
    assert "Before it ran cell 1" in second.run()
    assert "loss" in second.output.inner_text()
    assert not second.box.locator(".cell_output").first.is_visible()
    second.edit("print('shape', points.shape)\npoints[1] * 2")
    second.area.press("Control+Enter")
    second.wait("Done")
    assert second.output.inner_text().split("\n")[0] == "shape (4, 2)"
    assert "array([0., 2.])" in second.output.inner_text()
    assert one.problems == []


def test_edited_code_is_kept_until_reset_brings_back_the_book(page):
    one = page()
    cell = Cell(one.tab, 1)
    original = cell.box.locator("pre").first.inner_text()
    cell.edit("print('mine')")
    one.tab.reload(wait_until="load")
    cell = Cell(one.tab, 1)
    assert cell.area.input_value() == "print('mine')"
    assert "kept in this browser" in cell.status.inner_text()
    cell.press("Reset")
    assert cell.area.input_value().strip() == original.strip()
    one.tab.reload(wait_until="load")
    assert Cell(one.tab, 1).area.count() == 0
    assert one.tab.evaluate("Object.keys(localStorage).filter(key => key.startsWith('live'))") == []


def test_stop_ends_an_endless_loop_and_the_next_run_works(page):
    one = page()
    cell = Cell(one.tab, 1)
    cell.edit("print('on and on', flush=True)\nwhile True:\n    pass")
    cell.run("Running")
    cell.press("Stop")
    assert cell.wait("Stopped")
    cell.press("Reset")
    assert cell.run()
    assert "loss" in (Cell(one.tab, 2).run() and Cell(one.tab, 2).output.inner_text())
    assert one.problems == []


def test_plot_appears_with_its_text(page):
    one = page()
    cell = Cell(one.tab, 1)
    cell.edit(PLOT)
    cell.run()
    drawing = cell.output.get_by_role("img", name="A figure drawn by this cell: growth")
    assert drawing.bounding_box()["width"] > 200
    assert one.problems == []


def test_moving_figure_gets_its_slider(page):
    one = page()
    cell = Cell(one.tab, 1)
    cell.edit(
        "from rnn_course.plotting import Frames, axes\nfigures = [axes()[0] for _ in range(3)]\n"
        "Frames(figures, ['a', 'b', 'c'], 'Letter', ['first', 'second', 'third'])"
    )
    cell.run()
    slider = cell.output.get_by_role("slider", name="Letter")
    slider.press("Home")
    assert slider.get_attribute("aria-valuetext") == "a"
    assert cell.output.get_by_role("img", name="first").is_visible()


def test_playground_whose_script_the_page_has_is_drawn(page):
    one = page()
    cell = Cell(one.tab, 1)
    cell.edit(
        "from rnn_course.plotting import Choice, Playground, Slider, axes\nPlayground('ffnn-descent', axes()[0], "
        "[Slider('steps', 0, 9, 1, 3), Slider('rate', 0, 1, 0.1, 0.5), Slider('start', -1, 1, 1, 1), "
        "Choice('loss', ['bowl', 'none'])], 'A bowl', {'losses': {'bowl': [0, 0, 1], 'none': [0]}, 'range': [-2, 2]})"
    )
    cell.run()
    cell.output.get_by_role("slider", name="steps").press("Home")
    assert "After 0 steps w is 1 " in cell.output.get_by_role("status").inner_text()
    assert one.problems == []


def test_error_shows_its_last_line_and_folds_the_rest(page):
    one = page()
    cell = Cell(one.tab, 1)
    cell.edit("def half(x):\n    return x / 0\n\n\nprint('before')\nhalf(3)")
    assert "ZeroDivisionError" in cell.run("Error")
    summary = cell.output.locator("summary")
    assert summary.inner_text() == "ZeroDivisionError: division by zero"
    trace = cell.output.locator("details pre")
    assert not trace.is_visible()
    summary.click()
    assert 'File "<cell 1>", line 2, in half' in trace.inner_text()
    assert "return x / 0" in trace.inner_text()
    assert "live_kernel" not in trace.inner_text()
    cell.edit("1 +")
    assert "SyntaxError" in cell.run("Error: Syn")
    assert "Not run: cell 1" in Cell(one.tab, 2).run("Not run")


@pytest.mark.skipif(not AXE.exists(), reason="axe-core is not installed; run: npm ci")
def test_edited_cell_with_output_and_error_fits_a_phone_and_has_no_fault_that_axe_finds(page):
    one = page(viewport={"width": 360, "height": 800})
    cell = Cell(one.tab, 1)
    cell.edit("print('a long line ' * 20)\n[['a']] * 3 + " + "1 + " * 30 + "1")
    cell.run("Error")
    cell.output.locator("summary").click()
    assert one.tab.evaluate("document.documentElement.scrollWidth") <= 360
    one.tab.add_script_tag(path=str(AXE))
    for scheme in ("light", "dark"):
        one.tab.emulate_media(color_scheme=scheme)
        one.tab.wait_for_timeout(400)  # colours fade
        script = "axe.run(document.querySelector('.cell:has(.live-bar)')).then(r => r.violations.map(v => v.id))"
        assert one.tab.evaluate(script) == [], scheme


def test_page_from_disk_says_how_to_run_it(visit, site):
    one = visit()
    one.tab.goto((site.folder / PAGE).as_uri(), wait_until="load")
    assert "python -m http.server" in Cell(one.tab, 1).run("A page opened from disk")
    assert one.problems == []


def test_wheels_are_taken_from_the_first_source_whose_hash_is_right(tmp_path):
    from rnn_book.pyodide import fetch_wheels

    right = hashlib.sha256(b"right").hexdigest()
    lock = {"info": {"version": "0"}, "packages": {"one": {"file_name": "one.whl", "sha256": right}}}

    def away(names, folder, version):
        raise OSError("no network")

    def source(content):
        return lambda names, folder, version: [(folder / name).write_bytes(content) for name in names]

    assert not fetch_wheels(lock, tmp_path, [away, source(b"wrong")])
    assert list(tmp_path.iterdir()) == []
    assert fetch_wheels(lock, tmp_path, [away, source(b"wrong"), source(b"right")])
    assert (tmp_path / "one.whl").read_bytes() == b"right"
    assert fetch_wheels(lock, tmp_path, [away])


def test_site_does_without_when_a_source_is_missing(tmp_path):
    from rnn_book.pyodide import files_of_site

    assert files_of_site(tmp_path, tmp_path / "cache") is None
    for name in ("pyodide.js", "python_stdlib.zip", "pyodide.asm.js", "pyodide.asm.wasm"):
        (tmp_path / name).write_bytes(b"")
    packages = {name: {"file_name": name, "sha256": "0", "depends": []} for name in ("numpy", "matplotlib")}
    (tmp_path / "pyodide-lock.json").write_text(json.dumps({"info": {"version": "0"}, "packages": packages}))
    assert files_of_site(tmp_path, tmp_path / "cache", sources=[]) is None


def test_only_what_a_cell_imports_is_loaded():
    from rnn_book.live_kernel import needs

    root = str(Path(__file__).resolve().parents[2])
    assert needs("import math", root) == []
    assert needs("from rnn_course import order", root) == ["numpy"]
    assert needs("from rnn_course.plotting import axes", root) == ["matplotlib"]
    assert needs("def f():\n    import matplotlib.pyplot", root) == ["matplotlib"]
    assert needs("this is no Python", root) == []
