"""The ``{course-map}`` directive: the chapters as a path, and a small copy of it at the head of each chapter.

A chapter is ready when it stands in the table of contents. ``progress.js`` adds what a reader has done.
"""

import posixpath
from dataclasses import dataclass

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from rnn_book.element import Element, element

logger = logging.getLogger(__name__)


@dataclass
class Stop:
    """A chapter on the path: the page's name, its title while it is planned, and the question that it asks."""

    page: str
    title: str
    question: str


class course_map(nodes.General, nodes.Element):  # noqa: N801 (docutils names nodes so)
    """Stands for the path until all chapters are read."""


class CourseMap(SphinxDirective):
    """The chapters in their order, one a line: ``slug | title | question``."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Remember the chapters, and leave a node that is replaced when all pages are read."""
        page, path = self.env.docname, self.env.doc2path(self.env.docname)
        stops = []
        for index, line in enumerate(self.content):
            parts = [part.strip() for part in line.split("|")]
            if len(parts) != 3 or not all(parts):
                place = f"{path}:{self.lineno + self.content_offset + index + 1}"
                message = f"course-map: expected 'slug | title | question', received {line!r}"
                logger.warning(message, location=place, type="rnn_book", subtype="course_map")
                continue
            stops.append(Stop(posixpath.join(posixpath.dirname(page), parts[0]), *parts[1:]))
        self.env.rnn_book_course_map = (page, stops)  # type: ignore[attr-defined]
        return [course_map("")]


def _map(env: BuildEnvironment) -> tuple[str, list[Stop]]:
    return getattr(env, "rnn_book_course_map", ("", []))


def pages_with_map(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Name the pages to write again: another chapter may have become ready."""
    page, stops = _map(env)
    return [name for name in (page, *(stop.page for stop in stops)) if name in env.found_docs]


def merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    """Take over the map that a parallel reader found."""
    if _map(other)[0] in docnames:
        env.rnn_book_course_map = _map(other)  # type: ignore[attr-defined]


def draw(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the path where the directive stood, or its small copy under the title of a chapter."""
    env = app.env
    home, stops = _map(env)
    if page == home:
        names = {stop.page for stop in stops}
        for chapter in env.toc_secnumbers:
            if env.toc_secnumbers[chapter].get("") and chapter not in names:
                logger.warning(f"course-map: {chapter} is a chapter, and not on the map", location=page)
        for place in list(doctree.findall(course_map)):
            items = [_item(app, stop, number, page) for number, stop in enumerate(stops, start=1)]
            place.replace_self(element("ol", *items, classes=["course-map"]))
    elif any(stop.page == page for stop in stops):
        title = next(doctree.findall(nodes.title))
        title.parent.insert(title.parent.index(title) + 1, _strip(app, stops, page))


def _chapter(stop: Stop) -> str:
    return posixpath.basename(stop.page)


def _item(app: Sphinx, stop: Stop, number: int, page: str) -> Element:
    ready = stop.page in app.env.found_docs
    name = app.env.titles[stop.page].astext() if ready else stop.title
    title: nodes.Node | str = name
    if ready:
        title = element("a", name, href=app.builder.get_relative_uri(page, stop.page))
    status = "ready" if ready else "planned"
    head = element("p", title, element("span", status.capitalize(), classes=["map-status"]), classes=["map-title"])
    ring = element("span", str(number), classes=["map-ring"])
    text = element("div", head, element("p", stop.question, classes=["map-question"]), classes=["map-text"])
    return element("li", ring, text, classes=["map-stop", status], data_chapter=_chapter(stop))


def _strip(app: Sphinx, stops: list[Stop], page: str) -> Element:
    items = []
    for number, stop in enumerate(stops, start=1):
        if stop.page in app.env.found_docs:
            name = f"{number}. {app.env.titles[stop.page].astext()}"
            here = {"aria_current": "page"} if stop.page == page else {}
            link = app.builder.get_relative_uri(page, stop.page) or "#"
            mark = element("a", str(number), classes=["map-ring"], href=link, aria_label=name, title=name, **here)
            items.append(element("li", mark, classes=["ready"], data_chapter=_chapter(stop)))
        else:
            unseen = element("span", f", planned: {stop.title}", classes=["course-unseen"])
            mark = element("span", str(number), unseen, classes=["map-ring"], title=f"Planned: {stop.title}")
            items.append(element("li", mark, classes=["planned"]))
    done = element("p", classes=["map-done"])  # its room is kept, so that nothing moves when it is filled
    return element("nav", element("ol", *items), done, classes=["course-strip"], aria_label="Chapters")


def setup(app: Sphinx) -> None:
    """Register the directive and the events that draw the path."""
    app.add_node(course_map)
    app.add_directive("course-map", CourseMap)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", pages_with_map)
    app.connect("doctree-resolved", draw)
