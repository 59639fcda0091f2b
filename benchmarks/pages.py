"""What each page of the built site costs a reader, as a table: python benchmarks/pages.py [--json FILE].

Weight, requests, layout shift and errors do not depend on the machine's load. The paint has two columns. *Paint work* is
the processor time of the page's main thread up to its largest paint, times four: what a phone four times slower needs
when nothing else runs. *Largest paint* is the clock's time under Chromium's fourfold throttle, best of several loads; on
a busy machine it says more of the machine than of the page.
"""

import gzip
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "book" / "_ext"))
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
PHONE = {"width": 390, "height": 844}
DESKTOP = {"width": 1280, "height": 900}
SLOWER = 4  # a mid-range phone against a desktop
LOADS = 5
SHIFT = """() => new Promise(done => {
  let shift = 0;
  new PerformanceObserver(list => list.getEntries().forEach(e => { if (!e.hadRecentInput) shift += e.value }))
    .observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(shift), 300);
})"""
PAINT = """() => new Promise(done => {
  new PerformanceObserver(list => done(Math.max(...list.getEntries().map(e => e.startTime)) / 1000))
    .observe({type: "largest-contentful-paint", buffered: true});
})"""
# axe does not count MathML as text, but screen readers read it: a heading that is a formula is not empty
FAULTS = """() => axe.run().then(result => result.violations.flatMap(fault => fault.nodes.filter(node =>
  fault.id !== "empty-table-header" || !document.querySelector(node.target[0]).querySelector("math"))).length)"""
LARGEST, TASK = "largestContentfulPaint::Candidate", "ThreadControllerImpl::RunTask"


@dataclass
class Load:
    """What one load of a page brought, before the first click and with all of the page scrolled past."""

    kilobytes: float  # of all answers, each gzipped
    requests: int
    elsewhere: int  # requests to other servers
    errors: list[str]
    shift: float  # cumulative layout shift, the larger of desktop's and phone's


def load(browser, address, page):
    """Load a page of the site at ``address`` wide and narrow, and return a `Load`."""
    errors, shifts, answers, elsewhere = [], [], {}, set()
    for size in (DESKTOP, PHONE):
        with browser.new_page(viewport=size) as tab:
            tab.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
            tab.on("pageerror", lambda error: errors.append(str(error)))
            tab.on("requestfailed", lambda request: errors.append(request.url))
            tab.on("response", lambda answer: answers.setdefault(answer.url, answer.body()))
            tab.on("request", lambda one: elsewhere.add(one.url) if one.url.startswith("http") else None)
            tab.goto(f"{address}/{page}", wait_until="load")
            shifts.append(tab.evaluate(SHIFT))
            tab.evaluate("scrollTo(0, document.body.scrollHeight)")
            tab.wait_for_load_state("networkidle")
    fetched = {url: body for url, body in answers.items() if url.startswith("http")}
    size = sum(min(len(body), len(gzip.compress(body, mtime=0))) for body in fetched.values())
    others = sum(not url.startswith(f"{address}/") for url in elsewhere)
    return Load(size / 1000, len(elsewhere), others, errors, max(shifts))


def paint_work(browser, url, prepare=lambda tab: None):
    """Return the seconds that the page's main thread works up to its largest paint, on a processor ``SLOWER`` times slower.

    Processor time, unlike the clock's, hardly changes with what else the machine does.
    """
    with browser.new_page(viewport=PHONE) as tab:
        prepare(tab)
        browser.start_tracing(page=tab, categories=["devtools.timeline", "toplevel", "loading"])
        tab.goto(url, wait_until="load")
        tab.evaluate(PAINT)
        events = json.loads(browser.stop_tracing())["traceEvents"]
    paint = max((event for event in events if event["name"] == LARGEST), key=lambda event: event["ts"])
    thread = paint["pid"], paint["tid"]
    tasks = [event for event in events if event["name"] == TASK and (event["pid"], event["tid"]) == thread]
    return SLOWER * sum(task.get("tdur", 0) for task in tasks if task["ts"] < paint["ts"]) / 1e6


def best_paint_work(browser, url, enough=0.0, loads=LOADS, prepare=lambda tab: None):
    """Return the least `paint_work` of several loads, or the first that is not above ``enough``."""
    best = float("inf")
    for _ in range(loads):
        best = min(best, paint_work(browser, url, prepare))
        if best <= enough:
            break
    return best


def largest_paint(browser, url):
    """Return the clock's seconds to the largest paint under the throttle."""
    with browser.new_page(viewport=PHONE) as tab:
        tab.context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
        tab.goto(url, wait_until="load")
        return tab.evaluate(PAINT)


def axe_violations(browser, url):
    """Return the number of faults that axe finds, or None where it is not installed."""
    if not AXE.exists():
        return None
    with browser.new_page(viewport=DESKTOP) as tab:
        tab.goto(url, wait_until="load")
        tab.add_script_tag(path=str(AXE))
        return tab.evaluate(FAULTS)


def pages(site):
    """Return the addresses of the book's pages within the site."""
    return [path.relative_to(site).as_posix() for path in sorted(site.glob("book/*.html"))]


def measure(site):
    """Yield one row for each page: a dict of numbers."""
    from rnn_book.browser import find_browser, open_browser, serve

    program = find_browser()
    if program is None:
        raise click.ClickException(
            "no Chromium on the PATH to measure with; install one, for example: apt install chromium"
        )
    with serve(site) as address, open_browser(program) as browser:
        for page in pages(site):
            url = f"{address}/{page}"
            paints = [largest_paint(browser, url) for _ in range(LOADS)]
            one = asdict(load(browser, address, page))
            yield {
                "page": Path(page).stem,
                **one,
                "errors": len(one["errors"]),
                "axe": axe_violations(browser, url),
                "paint_work": best_paint_work(browser, url, loads=3),
                "largest_paint": min(paints),
            }


@click.command()
@click.option("--json", "target", type=click.Path(path_type=Path), help="Also write the rows into this file.")
def main(target):
    """Measure every page of _build/html and print a table."""
    site = ROOT / "_build" / "html"
    if not (site / "index.html").exists():
        raise click.ClickException(f"expected a site in {site}, found none; run: make book")
    headings = ("page", "kB", "requests", "elsewhere", "errors", "axe", "shift", "paint work, s", "largest paint, s")
    table = Table(*headings, title="Cost of a page before the first click", box=box.SIMPLE_HEAD)
    rows = []
    for row in measure(site):
        rows.append(row)
        counts = (row[name] for name in ("requests", "elsewhere", "errors", "axe"))
        times = (f"{row['paint_work']:.2f}", f"{row['largest_paint']:.2f}")
        table.add_row(row["page"], f"{row['kilobytes']:.0f}", *map(str, counts), f"{row['shift']:.4f}", *times)
    Console().print(table)
    if target:
        target.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
