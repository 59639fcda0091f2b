"""Repair what docutils writes against today's rules for screen readers."""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

EMPTY_HEADING = re.compile(r'<th class="(head[^"]*)">(?:\s|<p></p>)*</th>')


def repair(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Repair the body of a page.

    The entries of the bibliography become items of their list: their own role is deprecated, and no child of a list. An
    empty corner of a table becomes a plain cell, for it heads nothing.
    """
    if "body" in context:
        body = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')
        context["body"] = EMPTY_HEADING.sub(r'<td class="\1"></td>', body)


def setup(app: Sphinx) -> None:
    """Register the repair."""
    app.connect("html-page-context", repair)
