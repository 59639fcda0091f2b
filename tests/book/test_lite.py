"""Whole notebooks in the browser: JupyterLite in the site, with no other server, and with the checks of anywhere else."""

import hashlib
import json
import os
import re
import time
from pathlib import Path, PurePosixPath
from types import SimpleNamespace

import harness
import nbformat
import pytest
from playwright import sync_api

ROOT = Path(__file__).resolve().parents[2]
SLUGS = sorted(path.stem for path in ROOT.glob("exercises/*/*.ipynb"))
PATIENCE = 180_000  # milliseconds; a busy machine takes ten times as long as an idle one
EXPECTED = (
    r"console warning: Menu entry for command '.*' is duplicated",  # JupyterLite's own menus
)
KEPT = """async text => {
  for (const { name } of await indexedDB.databases()) {
    if (!name.startsWith("JupyterLite Storage")) continue;
    const wait = request => new Promise(done => { request.onsuccess = () => done(request.result); });
    const base = await wait(indexedDB.open(name));
    const files = await wait(base.transaction("files").objectStore("files").getAll());
    base.close();
    if (JSON.stringify(files).includes(JSON.stringify(text).slice(1, -1))) return true;
  }
  return false;
}"""


@pytest.fixture(scope="module")
def lite(site):
    """The folder of JupyterLite; skip where it could not be had. In CI it must be there."""
    folder = site.folder / "lite"
    if not folder.exists():
        reason = (
            "the site was built without JupyterLite; it needs Pyodide (npm and a package registry) and pip's [book]"
        )
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


class Notebook:
    """An exercise, open in JupyterLite."""

    def __init__(self, visit, server, slug, **context):
        self.one = visit(**({"viewport": {"width": 1280, "height": 900}} | context))
        self.tab = self.one.tab
        self.address = f"{server}/lite/notebooks/index.html?path=exercises/{slug}.ipynb"
        self.open()

    def open(self):
        self.tab.goto(self.address)
        kernel = ".jp-Toolbar-kernelName:not(:has-text('No Kernel'))"  # until then a cell that is run opens a dialog
        for seen in (".jp-Notebook .jp-CodeCell .cm-content", kernel):
            self.tab.wait_for_selector(seen, timeout=PATIENCE)

    def cell(self, start):
        """The code cell that contains this text."""
        return self.tab.locator(".jp-CodeCell").filter(has=self.tab.locator(".cm-content", has_text=start)).first

    def write(self, start, code):
        """Replace a cell's code."""
        self.cell(start).locator(".cm-content").click()
        self.tab.keyboard.press("Control+a")
        self.tab.keyboard.insert_text(code)

    def run(self, start):
        """Run a cell, and return what it shows."""
        prompt = self.cell(start).locator(".jp-InputPrompt")
        before = prompt.inner_text()
        try:
            self._press(start, prompt, before)
            self._wait(prompt, before, r"^\[\d+\]", PATIENCE)
        except sync_api.TimeoutError as error:
            raise AssertionError(f"the cell does not run: {self._seen(prompt, before)}") from error
        return self.output(start)

    def _press(self, start, prompt, before):
        """Press the keys that run a cell, again if nothing has begun after a while."""
        for patience in (15_000, 15_000, PATIENCE):
            try:
                self.cell(start).locator(".cm-content").click(timeout=patience)
                self.tab.keyboard.press("Control+Enter")
                self._wait(prompt, before, "", patience)
                return
            except sync_api.TimeoutError:
                if patience == PATIENCE:
                    raise
            self.tab.keyboard.press("Escape")  # closes a dialog, if that is what was in the way

    def _wait(self, prompt, before, pattern, patience):
        script = "([e, before, pattern]) => e.textContent !== before && new RegExp(pattern).test(e.textContent)"
        self.tab.wait_for_function(script, arg=[prompt.element_handle(), before, pattern], timeout=patience)

    def _seen(self, prompt, before):
        shown = self.tab.locator(".jp-Toolbar-kernelName, .jp-Dialog-content").all_inner_texts()
        status = self.tab.locator(".jp-Notebook-ExecutionIndicator").first.get_attribute("data-status")
        now = f"prompt {prompt.inner_text()!r}, before {before!r}, kernel {status}, shown {shown}"
        return f"{now}, problems {self.problems()}"

    def output(self, start):
        return self.cell(start).locator(".jp-OutputArea").inner_text()

    def wait_until_kept(self, code):
        until = time.monotonic() + PATIENCE / 1000
        while not self.tab.evaluate(KEPT, code):
            assert time.monotonic() < until, "the browser has not stored the notebook"
            self.tab.wait_for_timeout(500)

    def menu(self, *names):
        for name in names:
            self.tab.locator(".lm-MenuBar-itemLabel, .lm-Menu-itemLabel").get_by_text(name, exact=True).first.click()

    def problems(self):
        return [line for line in self.one.problems if not any(re.match(known, line) for known in EXPECTED)]


def variant(slug, name):
    return next(each for each in harness.variants(slug) if each.name == name)


def test_student_works_an_exercise_in_the_browser(lite, visit, server, tmp_path, capsys):
    before = time.perf_counter()
    book = Notebook(visit, server, "ffnn")
    book.run("import numpy")
    with capsys.disabled():
        print(f"\nJupyterLite: the first cell, cold, took {time.perf_counter() - before:.1f} s")

    book.menu("Run", "Run All Cells")
    book.tab.wait_for_selector(".jp-OutputArea [data-mime-type='application/vnd.jupyter.stderr']", timeout=PATIENCE)
    test, definition = "check.affine_backward", "def affine_backward"
    assert "not written yet" in book.output(test)

    wrong = variant("ffnn", "wrong_bias_not_summed").cells["affine_backward"]
    book.write(definition, wrong)
    book.run(definition)
    said = book.run(test)
    assert "Hint" in said
    assert "bias" in said

    right = variant("ffnn", "right_einsum").cells["affine_backward"]
    book.write(definition, right)
    book.run(definition)
    assert "✓ affine_backward" in book.run(test)
    book.wait_until_kept(right.strip())

    book.open()
    assert right.split("\n")[1].strip() in book.cell(definition).inner_text()
    with book.tab.expect_download() as waiting:
        book.menu("File", "Download")
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    assert book.problems() == []
    _is_graded_like_any_other(path)


def _is_graded_like_any_other(path):
    from rnn_course.grading.check import check
    from rnn_course.grading.collect import owner
    from rnn_course.grading.course import Course

    handed_in = PurePosixPath("ada", path.name)
    assert owner(handed_in, "ffnn", [handed_in]) == "ada"
    slug, verdicts = check(path, Course(ROOT, path.parent))
    assert slug == "ffnn"
    assert [verdict.part.name for verdict in verdicts if not verdict.fault] == ["affine_backward"]


def test_kernel_asks_for_what_is_there(lite, site):
    packages = json.loads((site.folder / "_static" / "pyodide" / "pyodide-lock.json").read_text())["packages"]
    options = _kernel(lite)["loadPyodideOptions"]
    absent = {name.replace("_", "-") for name in options["packages"]} - packages.keys()
    script = (site.folder / "_static" / "pyodide-gzipped.js").read_text()
    assert absent == set(json.loads(re.search(r"ABSENT = (\[.*?\])", script)[1]))
    for key in ("indexURL", "lockFileURL"):
        assert (lite / options[key].partition("?")[0]).exists(), key


def test_jupyterlite_names_no_other_server(lite):
    from rnn_book.local_only import files_to_scan, remote_fetches

    kernel = _kernel(lite)
    assert kernel["disablePyPIFallback"] is True
    assert (lite / kernel["pyodideUrl"].partition("?")[0]).exists()
    for address in kernel["pipliteUrls"]:
        name, _, digest = address.partition("?sha256=")
        index = lite / name
        assert hashlib.sha256(index.read_bytes()).hexdigest() == digest
        for package in json.loads(index.read_text()).values():
            for release in (one for several in package["releases"].values() for one in several):
                wheel = index.parent / release["url"]
                assert release["url"].startswith("./")
                assert hashlib.sha256(wheel.read_bytes()).hexdigest() == release["digests"]["sha256"]
    assert "://" not in (lite / "jupyter-lite.json").read_text()
    fetched = {fetch for path in files_to_scan(lite) for fetch in remote_fetches(path)}
    assert fetched <= {"script https://github.com/jupyterlite/jupyterlite"}  # a link in the menu Help
    assert list(lite.rglob("*.map")) == []


def _kernel(lite):
    settings = json.loads((lite / "jupyter-lite.json").read_text())["jupyter-config-data"]["litePluginSettings"]
    return settings["@jupyterlite/pyodide-kernel-extension:kernel"]


def test_every_exercise_is_there_and_asks_for_the_python_of_the_browser(lite):
    for slug in SLUGS:
        there = nbformat.read(lite / "files" / "exercises" / f"{slug}.ipynb", as_version=4)
        released = nbformat.read(ROOT / "exercises" / slug / f"{slug}.ipynb", as_version=4)
        assert there.cells == released.cells
        assert there.metadata.kernelspec.name == "python"
    listed = json.loads((lite / "api" / "contents" / "exercises" / "all.json").read_text())["content"]
    assert sorted(one["name"] for one in listed) == [f"{slug}.ipynb" for slug in SLUGS]


def test_unchanged_notebooks_are_not_built_again(tmp_path, monkeypatch):
    from rnn_book import lite

    (tmp_path / "site" / "notebooks" / "chapters").mkdir(parents=True)
    chapter = tmp_path / "site" / "notebooks" / "chapters" / "one.ipynb"
    chapter.write_text('{"metadata": {}}')
    built = []

    def assemble(folder, contents, live):
        built.append(sorted(contents))
        (folder / "out").mkdir()
        return folder / "out"

    monkeypatch.setattr(lite, "assemble", assemble)
    monkeypatch.setattr(lite, "trim", lambda folder: None)
    app = SimpleNamespace(
        builder=SimpleNamespace(format="html"),
        config=SimpleNamespace(rnn_book_lite="a", rnn_book_live="b"),
        confdir=tmp_path,
        doctreedir=tmp_path,
        outdir=tmp_path / "site",
    )
    lite.build(app, None)
    lite.build(app, None)
    assert built == [["chapters/one.ipynb"]]
    chapter.write_text('{"metadata": {"title": 1}}')
    lite.build(app, None)
    assert len(built) == 2
    app.config.rnn_book_lite = ""
    lite.build(app, None)
    assert not (tmp_path / "site" / "lite").exists()


def test_site_does_without_jupyterlite_where_there_is_no_pyodide():
    from rnn_book import lite

    config = SimpleNamespace(rnn_book_live="", rnn_book_lite="")
    lite.prepare(None, config)
    assert config.rnn_book_lite == ""
