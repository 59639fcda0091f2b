"""Python in the browser: it computes what Python elsewhere computes, and its wheels are whole."""

import base64
import contextlib
import hashlib
import io
import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import harness
import pytest

ROOT = Path(__file__).resolve().parents[2]
SLUGS = sorted(path.stem for path in ROOT.glob("exercises/*/*.ipynb"))
PATIENCE = 180_000  # milliseconds; a busy machine takes ten times as long as an idle one
# A program for the browser's Python: what each visible check says, for each set of cells
OUTCOMES = """
import contextlib, io, json, warnings
warnings.simplefilter("ignore")

def outcomes(cells):
    names = {"__name__": "__main__"}
    for test, source in cells:
        if not test:
            exec(source, names)
    said = {}
    for test, source in cells:
        if test:
            try:
                exec(source, dict(names))
                said[test] = ""
            except Exception as error:
                said[test] = str(error)
    return said

answer = {}
for name, cells in json.loads(given).items():
    with contextlib.redirect_stdout(io.StringIO()):
        answer[name] = outcomes(cells)
print(json.dumps(answer))
"""
RUN_IN_WORKER = """([worker, code]) => new Promise(done => {
  const written = [];
  const running = new Worker(worker);
  running.onmessage = ({ data }) => {
    if (data.kind === "written") written.push(...data.parts.map(part => part[1]));
    if (data.kind === "done") done([data.result.traceback ?? "", written.join("")]);
    if (data.kind === "failed") done([data.text, ""]);
  };
  running.postMessage({ id: 1, code, name: "cell" });
})"""


@pytest.fixture(scope="module")
def python(site):
    """The folder of Pyodide; skip where it could not be had. In CI it must be there."""
    folder = site.folder / "_static" / "pyodide"
    if not folder.exists():
        reason = "the site was built without Pyodide; it needs npm and a package registry"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder


def in_worker(visit, server, code):
    """Run code in the browser's Python; return what it writes."""
    one = visit()
    one.tab.set_default_timeout(PATIENCE)
    one.tab.goto(f"{server}/book/index.html")
    error, written = one.tab.evaluate(RUN_IN_WORKER, [f"{server}/_static/live-worker.js?test", code])
    assert error == ""
    return written


def test_bincount_needs_integers_of_32_bits_as_the_book_says(python, visit, server):
    code = """
import numpy as np
drawn = np.random.default_rng(0).integers(3, size=4)
try:
    np.bincount(drawn)
except TypeError:
    print(drawn.dtype, "refused")
print(np.bincount(drawn.astype(int)).sum())
"""
    assert in_worker(visit, server, code).split() == ["int64", "refused", "4"]


@pytest.mark.parametrize("slug", SLUGS)
def test_visible_checks_say_in_the_browser_what_they_say_elsewhere(python, visit, server, slug):
    answers = {
        each.name: [
            (cell.test, harness.visible(cell.source) if cell.test else each.cells.get(cell.solution, cell.source))
            for cell in harness.graded_cells(slug)
            if not cell.test or cell.test in each.cells
        ]
        for each in harness.variants(slug)
    }
    code = f"given = {json.dumps(answers)!r}\n{OUTCOMES}"
    written = in_worker(visit, server, code)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(code, {})
    there, here = json.loads(written), json.loads(printed.getvalue())
    assert {name: _of_any_width(said) for name, said in there.items()} == {
        name: _of_any_width(said) for name, said in here.items()
    }
    assert [name for name, said in there.items() if name.startswith("right_") and any(said.values())] == []


def _of_any_width(said):
    """Messages without the width of numpy's default integer, which is 32 bits in the browser."""
    return {part: re.sub(r"\bint(32|64)\b", "int", text) for part, text in said.items()}


def test_real_data_are_there_without_their_packages(python):
    from rnn_book.wheels import reading

    lock = json.loads((python / "pyodide-lock.json").read_text())["packages"]
    modules = lock["rnn-course-data"]["imports"]
    assert modules == reading(ROOT)
    assert {"rnn_course.datasets", "rnn_course.experiments.order"} <= set(modules)
    assert not [name for name in modules if name.startswith("rnn_course.check")]
    with zipfile.ZipFile(python / lock["rnn-course-data"]["file_name"]) as archive:
        carried = {Path(name).stem for name in archive.namelist() if name.endswith(".npz")}
    assert {"shakespeare", "sunspots", "basic_motions"} <= carried


def test_python_of_the_site_is_complete_local_and_has_the_right_hashes(python):
    packages = json.loads((python / "pyodide-lock.json").read_text())["packages"]
    for one in packages.values():
        assert "/" not in one["file_name"]
        assert hashlib.sha256((python / one["file_name"]).read_bytes()).hexdigest() == one["sha256"], one["name"]
        assert {name.replace("_", "-") for name in one["depends"]} <= packages.keys(), one["name"]


def test_wheel_of_the_course_can_be_installed_and_needs_only_numpy(tmp_path):
    from rnn_book.wheels import course

    wheel = course(ROOT)
    file = tmp_path / wheel.file_name
    file.write_bytes(wheel.content)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target"]
    subprocess.run([*pip, str(tmp_path / "there"), str(file)], check=True, timeout=120)
    assert (tmp_path / "there" / "rnn_course" / "check" / "core.py").exists()
    assert not (tmp_path / "there" / "rnn_course" / "grading").exists()
    with zipfile.ZipFile(file) as archive:
        rows = archive.read(f"rnn_course-{wheel.version}.dist-info/RECORD").decode().splitlines()
        for name, digest, size in (row.rsplit(",", 2) for row in rows[:-1]):
            right = base64.urlsafe_b64encode(hashlib.sha256(archive.read(name)).digest()).rstrip(b"=").decode()
            assert (digest, int(size)) == (f"sha256={right}", archive.getinfo(name).file_size)


def test_matplotlib_is_fetched_only_for_modules_that_need_it():
    from rnn_book.wheels import drawing

    modules = drawing(ROOT)
    assert "rnn_course.plotting" in modules
    assert not [name for name in modules if name.startswith(("rnn_course.check", "rnn_course.order"))]
