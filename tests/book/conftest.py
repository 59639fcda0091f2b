"""The site, built once for all tests of it, and a browser that is cut off from every other machine."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from filelock import FileLock

ROOT = Path(__file__).resolve().parents[2]
EXTENSIONS = ROOT / "book" / "_ext"
sys.path[:0] = [str(EXTENSIONS), str(ROOT / "tests" / "check")]
SMALL = """
extensions = ["myst_nb", "rnn_book"]
html_math_renderer = "rnn_book"
myst_enable_extensions = ["colon_fence", "dollarmath"]
nb_execution_mode = "off"
"""


@dataclass(frozen=True)
class Site:
    """The built site, how the build ended, and what it said."""

    folder: Path
    returncode: int
    log: str

    def pages(self) -> list[Path]:
        """All pages that a reader sees."""
        return sorted((self.folder / "book").glob("*.html"))


def _build() -> tuple[int, str]:
    program = Path(sys.executable).with_name("jupyter-book")
    command = [str(program), "build", ".", "-W", "-n", "--keep-going"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    return done.returncode, done.stdout


@pytest.fixture(scope="session")
def build():
    """A function that builds the site as ``make book`` does, and returns the exit code and what was said."""
    return _build


@pytest.fixture(scope="session")
def build_small():
    """A function that builds a site of a few pages in a folder, and returns its warnings."""

    def build(source, pages, conf=""):
        (source / "conf.py").write_text(SMALL + conf)
        index = "\n".join(["# Small", "", "```{toctree}", ":numbered:", *pages, "```", ""])
        for name, text in {"index": index, **pages}.items():
            (source / f"{name}.md").write_text(text, encoding="utf-8")
        command = [sys.executable, "-m", "sphinx", "-q", "-b", "html", str(source), str(source / "out")]
        environment = {"PYTHONPATH": f"{EXTENSIONS}{os.pathsep}{ROOT}", "PATH": "", "NO_COLOR": "1", "PYTHONUTF8": "1"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stderr

    return build


@pytest.fixture(scope="session")
def site(tmp_path_factory):
    """The site, built by the first worker that needs it; the others wait for it."""
    shared = (
        tmp_path_factory.getbasetemp().parent
        if os.environ.get("PYTEST_XDIST_WORKER")
        else tmp_path_factory.getbasetemp()
    )
    log = shared / "book-build.log"
    with FileLock(shared / "book-build.lock"):
        if not log.exists():
            returncode, text = _build()
            log.write_text(f"{returncode}\n{text}", encoding="utf-8")
    returncode, _, text = log.read_text(encoding="utf-8").partition("\n")
    built = Site(ROOT / "_build" / "html", int(returncode), text)
    assert (built.folder / "index.html").exists(), f"no site was built:\n{text[-3000:]}"
    return built


@pytest.fixture(scope="session")
def server(site):
    """Address of the site, served from this machine."""

    from rnn_book.browser import serve

    with serve(site.folder) as address:
        yield address


class Visit:
    """A browser tab that reaches this site only, and remembers what went wrong in it."""

    def __init__(self, browser, server, site, **context):
        self.allowed = (server, site.folder.as_uri(), "data:", "blob:")
        self.context = browser.new_context(**context)
        self.tab = self.context.new_page()
        self.problems: list[str] = []
        self.tab.on("console", self._console)
        self.tab.on("pageerror", lambda error: self.problems.append(f"error: {error}"))
        self.tab.on("requestfailed", lambda request: self.problems.append(f"failed: {request.url}"))
        self.tab.on("response", self._response)
        self.tab.route("**/*", self._route)

    def _console(self, message):
        if message.type in ("error", "warning"):
            self.problems.append(f"console {message.type}: {message.text}")

    def _response(self, response):
        if response.status >= 400:
            self.problems.append(f"{response.status}: {response.url}")

    def _route(self, route):
        if route.request.url.startswith(self.allowed):
            route.continue_()
        else:
            self.problems.append(f"left the site: {route.request.url}")
            route.abort()


@pytest.fixture
def visit(chromium, server, site):
    """A function that opens a new tab; its keywords are Playwright's for a context."""
    opened = []

    def open_tab(**context):
        opened.append(Visit(chromium, server, site, **context))
        return opened[-1]

    yield open_tab
    for one in opened:
        one.context.close()


@pytest.fixture(scope="session")
def figures(site):
    """All moving figures as (page, CSS class, place among those of its class, name)."""
    found = []
    for page in site.pages():
        soup = BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
        for kind in ("frames", "playground"):
            for place, host in enumerate(soup.select(f"div.{kind}")):
                found.append((f"book/{page.name}", kind, place, host.get("data-playground", "")))
    assert {kind for _, kind, _, _ in found} == {"frames", "playground"}
    return found


@pytest.fixture(scope="session")
def pages(figures):
    """Names of the pages with moving figures."""
    return sorted({page for page, *_ in figures})


@pytest.fixture
def host(visit, server):
    """A function that returns a visit to the page of a moving figure, and the figure.

    Figures of one page share a visit.
    """
    opened = {}

    def open_figure(figure, **context):
        page, kind, place, _ = figure
        wanted = (page, str(context))
        one = opened.get(wanted)
        if one is None:
            one = opened[wanted] = visit(**({"viewport": {"width": 1280, "height": 900}} | context))
            one.tab.goto(f"{server}/{page}", wait_until="load")
        return one, one.tab.locator(f"div.{kind}").nth(place)

    return open_figure
