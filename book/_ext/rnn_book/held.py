"""A node whose content is written, but stands in no index: what a reader opens, and what a search must not give away."""

import re
from html import unescape
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

TEXT = re.compile(r"(?<=>)[^<]+|^[^<]+")


class Held(nodes.General, nodes.Element):
    """Content that the search index does not see. With ``veiled`` its text is written as character references."""


def hold(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Take the content, now that its references are resolved, out of the tree that the search index reads."""
    for node in list(doctree.findall(Held)):
        node["content"] = list(node.children)
        node.clear()


def visit_held(writer: Any, node: Held) -> None:
    """Write the content."""
    start = len(writer.body)
    for child in node.get("content", []):
        child.walkabout(writer)
    if node.get("veiled"):
        writer.body[start:] = [veil("".join(writer.body[start:]))]
    raise nodes.SkipNode


def veil(html: str) -> str:
    """Return HTML that a browser shows as before, and whose source cannot be read at a glance.

    Examples
    --------
    >>> veil("<p>No: 1 &lt; 2</p>")
    '<p>&#78;&#111;&#58; &#49; &#60; &#50;</p>'
    """
    return TEXT.sub(lambda text: re.sub(r"\S", lambda sign: f"&#{ord(sign[0])};", unescape(text[0])), html)


def setup(app: Sphinx) -> None:
    """Register the node; other formats show its content where it stands."""
    app.add_node(Held, html=(visit_held, None))
    app.connect("doctree-resolved", hold, priority=900)
