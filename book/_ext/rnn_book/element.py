"""A docutils node that becomes one HTML element, for elements that docutils has no node for."""

from typing import Any

from docutils import nodes


class Element(nodes.General, nodes.TextElement):
    """One HTML element with classes and attributes; other formats show only what it holds.

    Examples
    --------
    >>> element("summary", "An option", classes=["option"]).astext()
    'An option'
    """


def element(tag: str, *children: nodes.Node | str, classes: list[str] | None = None, **attributes: str) -> Element:
    """Return an `Element` with ``children``, a string among them as text; underscores in names become hyphens."""
    names = [attributes.pop("id")] if "id" in attributes else []
    html = {name.replace("_", "-"): value for name, value in attributes.items()}
    node = Element("", "", tag=tag, html=html, ids=names, classes=list(classes or []))
    node += [nodes.Text(child) if isinstance(child, str) else child for child in children]
    return node


def visit_element(writer: Any, node: Element) -> None:
    """Open the element."""
    writer.body.append(writer.starttag(node, node["tag"], "", **node["html"]))


def depart_element(writer: Any, node: Element) -> None:
    """Close the element."""
    writer.body.append(f"</{node['tag']}>\n" if node["tag"] != "span" else "</span>")


def skip_element(writer: Any, node: Element) -> None:
    """Show the content alone, in a format that is not HTML."""
