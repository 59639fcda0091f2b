"""A site that fetches nothing from other servers: drop what would, and warn of what is left.

A page works from disk, behind a firewall, and tells nobody who reads it.
"""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

REMOTE = re.compile(r"\s*(?:https?:|wss?:|ftp:)?//", re.IGNORECASE)
FETCHING_LINKS = {
    "stylesheet", "preconnect", "dns-prefetch", "preload", "prefetch", "modulepreload", "icon", "manifest",
    "apple-touch-icon", "mask-icon",
}  # fmt: skip
SOURCES = {"src", "srcset", "data", "poster", "background", "xlink:href"}
IN_CSS = re.compile(r"(?:@import\s+|url\()\s*['\"]?\s*((?:https?:)?//[^'\")\s]+)", re.IGNORECASE)
IN_SCRIPT = re.compile(
    r"(?:\bimport\s*\(?\s*|\bfrom\s*|\bfetch\s*\(\s*|\bimportScripts\s*\(\s*|\.src\s*=\s*|\.href\s*=\s*"
    r"|\w*URL\w*\s*=\s*|\bnew\s+(?:Worker|WebSocket|EventSource)\s*\(\s*)['\"`]\s*((?:https?:|wss?:)?//[^'\"`\s]+)"
)


class Scanner(HTMLParser):
    """Collect every address on another server that a browser would fetch when it shows the page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.inside = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at the attributes that make a browser fetch."""
        values = {name: value or "" for name, value in attrs}
        self.inside = tag if tag in ("script", "style") else ""
        fetched = [(name, values[name]) for name in SOURCES & values.keys()]
        if tag == "link" and FETCHING_LINKS & set(values.get("rel", "").lower().split()):
            fetched.append(("href", values.get("href", "")))
        if tag in ("image", "use"):
            fetched.append(("href", values.get("href", "")))
        for name, value in fetched:
            parts = value.split(",") if name == "srcset" else [value]
            self.found += [f"<{tag} {name}> {part.strip()}" for part in parts if REMOTE.match(part)]
        self.found += [f"<{tag} style> {address}" for address in IN_CSS.findall(values.get("style", ""))]

    def handle_data(self, data: str) -> None:
        """Look into style sheets and scripts that stand in the page."""
        if self.inside == "style":
            self.found += [f"<style> {address}" for address in IN_CSS.findall(data)]
        elif self.inside == "script":
            self.found += [f"<script> {address}" for address in IN_SCRIPT.findall(data)]

    def handle_endtag(self, tag: str) -> None:
        """Leave a style sheet or script."""
        self.inside = ""


def remote_fetches(path: Path) -> list[str]:
    """Return what the browser would fetch from other servers for a page, style sheet, drawing or script."""
    text = path.read_text(encoding="utf-8", errors="replace")
    if path.suffix == ".css":
        return [f"url {address}" for address in IN_CSS.findall(text)]
    if path.suffix in (".js", ".mjs"):
        return [f"script {address}" for address in IN_SCRIPT.findall(text)]
    scanner = Scanner()
    scanner.feed(text)
    return scanner.found


def files_to_scan(site: Path) -> Iterator[Path]:
    """Yield the site's pages, style sheets, drawings and scripts."""
    for path in sorted(site.rglob("*")):
        if path.suffix in (".html", ".css", ".js", ".mjs", ".svg") and "_sources" not in path.parts:
            yield path


def warn_of_remote_fetches(app: Sphinx, exception: Exception | None) -> None:
    """Scan the finished site."""
    if exception is None and app.builder.format == "html":
        site = Path(app.outdir)
        for path in files_to_scan(site):
            if path.is_relative_to(site / "lite"):
                continue  # 19 MB that rarely change: they are scanned when they are built
            for fetch in remote_fetches(path):
                logger.warning(f"remote fetch: {fetch}", location=str(path), type="rnn_book", subtype="remote")


def remove_thebe(app: Sphinx) -> None:
    """Take out sphinx-thebe, which Jupyter Book always loads; it names a CDN and throws an error on every page."""
    for listeners in app.events.listeners.values():
        listeners[:] = [one for one in listeners if not one.handler.__module__.startswith("sphinx_thebe")]


def drop_remote_files(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Drop scripts and style sheets from other servers, and sphinx-thebe's, that are on every page."""
    for key in ("script_files", "css_files"):
        context[key] = [file for file in context.get(key, []) if not _unwanted(getattr(file, "filename", None) or "")]


def _unwanted(address: str) -> bool:
    return bool(REMOTE.match(address)) or "sphinx-thebe" in address


def setup(app: Sphinx) -> None:
    """Register the clean-up and the scan."""
    remove_thebe(app)
    app.connect("html-page-context", drop_remote_files, priority=900)
    app.connect("build-finished", warn_of_remote_fetches, priority=900)
