"""Cells tagged ``live`` run in the page: they get a bar of buttons, and the site carries Python for the browser.

Nothing is loaded before a reader presses Run. Where Pyodide could not be had, the pages are as if nothing were tagged.
"""

import hashlib
import json
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util import logging

from rnn_book import wheels
from rnn_book.element import Element, element
from rnn_book.pyodide import cache_folder, files_of_site

logger = logging.getLogger(__name__)

FOLDER = "_static/pyodide"
LOCK = "pyodide-lock.json"
BUTTONS = (("run", "Run"), ("edit", "Edit"), ("stop", "Stop"), ("reset", "Reset"))


def prepare(app: Sphinx, config: Config) -> None:
    """Find all that pages need to run cells; a page is written again when that has changed."""
    root = Path(app.confdir)
    own: list[wheels.Wheel] = []
    try:
        found = files_of_site(root / "node_modules" / "pyodide", cache_folder())
        if found is not None:
            course, data = wheels.course(root), wheels.data(root, cache_folder())
            own = [course, data, wheels.installed("tqdm"), *wheels.kernel()]
    except (OSError, ModuleNotFoundError) as error:
        logger.info(f"live cells: {error}")
        found = None
    if found is None:
        logger.info("live cells: Pyodide could not be had, so the site has no Run buttons")
        return
    lock, files = found
    lock["packages"] |= {wheel.name: wheel.entry for wheel in own}
    lock["packages"]["matplotlib"]["imports"] += wheels.drawing(root)
    text = json.dumps(lock).encode()
    app.rnn_book_live_files = {**files, LOCK: text, **{wheel.file_name: wheel.content for wheel in own}}  # type: ignore[attr-defined]
    config.rnn_book_live = hashlib.sha256(text).hexdigest()[:16]


def live_cells(doctree: nodes.document) -> list[nodes.container]:
    """Return the cells of a page that can be run, in order."""
    cells = [node for node in doctree.findall(nodes.container) if "tag_live" in node["classes"]]
    return [cell for cell in cells if _input(cell)]


def _input(cell: nodes.container) -> nodes.container | None:
    return next((node for node in cell.findall(nodes.container) if "cell_input" in node["classes"]), None)


def bar(number: int) -> Element:
    """Return the buttons and the status line of a page's cell."""
    buttons = [
        element("button", label, type="button", data_do=task, aria_label=f"{label} cell {number}")
        for task, label in BUTTONS
    ]
    status = element("span", classes=["live-status"], role="status")
    return element("div", *buttons, status, classes=["live-bar"], role="group", aria_label=f"Live cell {number}")


def add_bars(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put a bar under the code of every live cell of a page."""
    if app.builder.format == "html" and app.config.rnn_book_live:
        for number, cell in enumerate(live_cells(doctree), start=1):
            code = _input(cell)
            assert code is not None
            code += bar(number)


def add_script(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Load the script and the style sheet on pages with live cells, and on no other."""
    if doctree is not None and app.config.rnn_book_live and live_cells(doctree):
        app.add_css_file("live.css")
        app.add_js_file("live.js", defer="defer", **{"data-version": app.config.rnn_book_live})


def copy_files(app: Sphinx, exception: Exception | None) -> None:
    """Put Pyodide, the wheels and the course's package into the site, as far as they differ from what is there."""
    if exception is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir, FOLDER)
    wanted: dict[str, Path | bytes] = getattr(app, "rnn_book_live_files", {})
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.name not in wanted:
            path.unlink()
    for name, content in wanted.items():
        target = folder / name
        if isinstance(content, Path):
            if not target.exists() or target.stat().st_mtime_ns != content.stat().st_mtime_ns:
                shutil.copy2(content, target)
        else:
            target.write_bytes(content)
    if not wanted:
        folder.rmdir()


def setup(app: Sphinx) -> None:
    """Register the bars and the files."""
    app.add_config_value("rnn_book_live", "", "html", [str])
    app.connect("config-inited", prepare)
    app.connect("doctree-resolved", add_bars)
    app.connect("html-page-context", add_script)
    app.connect("build-finished", copy_files)
