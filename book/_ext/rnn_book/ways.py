"""The ways to work on a chapter or its exercise: one row of plain links under the chapter's title.

``{assignment}`` puts the exercise's row where a chapter ends. What cannot be opened is not offered.
"""

import re
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from rnn_book.element import Element, element
from rnn_book.notebooks import FOLDER, chapter, code_cells, exercise, needs
from rnn_course.grading.install import extras

logger = logging.getLogger(__name__)

COLAB = "https://colab.research.google.com/github"
PUBLISHED = "notebooks"  # the branch that .github/workflows/publish.yml fills with the site's notebooks
OWN_MACHINE = "how-to-use.html#on-your-machine"


class assignment_row(nodes.Invisible, nodes.Element):  # noqa: N801 (docutils names nodes so)
    """Stands for the row until the page is written."""


class Assignment(SphinxDirective):
    """The ways to work on the exercise of this chapter."""

    def run(self) -> list[nodes.Node]:
        """Leave a node that is replaced when the page is written."""
        slug = self.env.docname.rpartition("/")[2]
        node = assignment_row(
            "", elsewhere=f"The exercise is the notebook `exercises/{slug}/{slug}.ipynb` of the course."
        )
        self.set_source_info(node)
        self.env.note_dependency(str(Path(self.env.app.confdir, "exercises", slug, f"{slug}.ipynb")))
        return [node]


def colab(repository: str, room: str, slug: str) -> str:
    """Return where Colab opens a notebook, or nothing: it opens only what a repository on GitHub holds.

    Parameters
    ----------
    repository : str, the address and the branch, with a space between them
    room : ``chapters``, which are built and published on a branch of their own, or ``exercises``, which are committed

    Examples
    --------
    >>> colab("https://github.com/someone/rnn main", "exercises", "lstm")
    'https://colab.research.google.com/github/someone/rnn/blob/main/exercises/lstm/lstm.ipynb'
    >>> colab("https://github.com/someone/rnn main", "chapters", "lstm")
    'https://colab.research.google.com/github/someone/rnn/blob/notebooks/chapters/lstm.ipynb'
    >>> colab("https://git.example/someone/rnn main", "chapters", "lstm")
    ''
    """
    address, _, branch = repository.partition(" ")
    found = re.fullmatch(r"https://github\.com/([^/]+/[^/]+)", address)
    if not found:
        return ""
    path = f"{branch}/exercises/{slug}/{slug}.ipynb" if room == "exercises" else f"{PUBLISHED}/chapters/{slug}.ipynb"
    return f"{COLAB}/{found[1]}/blob/{path}"


def row(app: Sphinx, page: str, room: str, slug: str, wanted: list[str]) -> Element:
    """Return the links to one notebook.

    Parameters
    ----------
    app : Sphinx
    page : str, the page that the row stands on
    room : ``chapters`` or ``exercises``
    slug : str, the notebook's name
    wanted : the extras of the package that it imports. Of these, the browser has the data.
    """
    top = "../" * page.count("/")
    what = room.removesuffix("s")
    links = []
    if getattr(app.config, "rnn_book_lite", "") and set(wanted) <= {"data"}:
        links.append(("in the browser", {"href": f"{top}lite/notebooks/index.html?path={room}/{slug}.ipynb"}))
    if address := colab(app.config.rnn_book_repository, room, slug):
        links.append(("in Colab", {"href": address}))
    links.append(("download .ipynb", {"href": f"{top}{FOLDER}/{room}/{slug}.ipynb", "download": ""}))
    if OWN_MACHINE.partition(".")[0] in {name.rpartition("/")[2] for name in app.env.found_docs}:
        links.append(("on your machine", {"href": OWN_MACHINE}))
    items = [element("li", element("a", text, **attributes)) for text, attributes in links]
    name = element("span", f"{what.capitalize()} notebook:", classes=["ways-name"])
    listed = element("ul", *items, aria_label=f"Ways to open the {what}'s notebook")
    return element("div", name, listed, classes=["ways", f"ways-{what}"])


def rows(app: Sphinx, page: str, slug: str) -> dict[str, Element]:
    """Return the rows of a chapter, by room."""
    codes = code_cells(Path(app.env.doc2path(page))).values()
    found = {"chapters": row(app, page, "chapters", slug, extras(code for code, _ in codes))}
    if path := exercise(app, slug):
        found["exercises"] = row(app, page, "exercises", slug, needs(path))
    return found


def add_rows(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put the rows under the title of a chapter, and the exercise's where the directive stands."""
    slug = chapter(app, page) if app.builder.format == "html" else ""
    found = rows(app, page, slug) if slug else {}
    for node in list(doctree.findall(assignment_row)):
        if "exercises" not in found:
            text = "assignment: expected a chapter with an exercise, found none"
            logger.warning(text, location=node, type="rnn_book", subtype="ways")
        node.replace_self([found["exercises"].deepcopy()] if "exercises" in found else [])
    title = next(doctree.findall(nodes.title), None)
    if found and title is not None:
        title.parent.insert(1, element("div", *found.values(), classes=["ways-box"]))


def setup(app: Sphinx) -> None:
    """Register the directive and the rows."""
    app.add_node(assignment_row)
    app.add_directive("assignment", Assignment)
    app.connect("doctree-resolved", add_rows)
