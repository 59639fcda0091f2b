"""The definitions of the glossary's terms that a page links to, within the page, so that they can be shown at the link.

``terms.js`` shows them. Without it, and on a touch screen, a term is a link to the glossary.
"""

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment

from rnn_book.element import Element, element
from rnn_book.held import Held


def add_notes(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Put a note for each term at the end of the page, and name it at the links."""
    if app.builder.format != "html":
        return
    meanings: dict[str, Element] = {}
    for link in list(doctree.findall(nodes.reference)):
        anchor = link.get("refuri", "").partition("#")[2]
        if anchor and any("std-term" in child.get("classes", ()) for child in link.findall(nodes.inline)):
            link["classes"].append("term")
            if anchor not in meanings and (definition := meaning(app.env, anchor)):
                meanings[anchor] = definition
    if meanings:
        notes = element("div", *meanings.values(), classes=["term-notes"])
        doctree += Held("", notes)


def meaning(env: BuildEnvironment, anchor: str) -> Element | None:
    """Return the note of the term that stands at an anchor of the glossary."""
    places = {label: page for (kind, _), (page, label) in env.domaindata["std"]["objects"].items() if kind == "term"}
    if anchor not in places:
        return None
    for item in env.get_doctree(places[anchor]).findall(nodes.definition_list_item):
        names = [term for term in item.findall(nodes.term) if anchor in term["ids"]]
        if names:
            body = [node.deepcopy() for node in next(item.findall(nodes.definition)).children]
            for reference in [found for node in body for found in node.findall(pending_xref)]:
                reference.replace_self(reference.children)  # a note holds no links: it cannot be entered by keyboard
            name = anchor.removeprefix("term-")
            return element("div", *body, classes=["term-note"], id=f"note-{name}", role="tooltip", hidden="hidden")
    return None


def pages_with_terms(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Name the pages to write again: the glossary may have changed."""
    links = {page: env.get_doctree(page).findall(pending_xref) for page in env.found_docs}
    return [page for page, found in links.items() if any(link["reftype"] == "term" for link in found)]


def setup(app: Sphinx) -> None:
    """Register the notes, before `hold` takes them out of the search index."""
    app.connect("env-updated", pages_with_terms)
    app.connect("doctree-resolved", add_notes)
