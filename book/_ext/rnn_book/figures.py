"""The script of each playground goes to the pages that show it, and to no other."""

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util import logging

logger = logging.getLogger(__name__)

NAME = re.compile(r'<div class="playground" data-playground="([a-z0-9-]+)"')
FOLDER = "book/_static"


def playgrounds(body: str) -> list[str]:
    """Return the names of the playgrounds in a page's HTML, each once, in order.

    Examples
    --------
    >>> playgrounds('<div class="playground" data-playground="gates"></div>' * 2)
    ['gates']
    """
    return list(dict.fromkeys(NAME.findall(body)))


def add_scripts(app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    """Add the scripts that a page's playgrounds need; one that does not exist is a warning."""
    for name in playgrounds(context.get("body", "")):
        script = f"figures/{name}.js"
        if Path(app.confdir, FOLDER, script).is_file():
            app.add_js_file(script, priority=900, defer="defer")  # after the scripts of all pages, which are at 800
        else:
            message = f"playground {name}: expected its script in {FOLDER}/{script}, found none"
            logger.warning(message, location=page, type="rnn_book", subtype="figures")


def setup(app: Sphinx) -> None:
    """Register the choice."""
    app.connect("html-page-context", add_scripts)
