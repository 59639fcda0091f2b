"""The course's own Sphinx extension: maths at build time, quizzes, claims under test, a site that fetches nothing."""

import codecs
from contextlib import suppress
from typing import Any

from sphinx.application import Sphinx

from rnn_book import accessible, claims, figures, freshness, lean, live, local_only, maths, metadata, quiz
from rnn_book.element import Element, depart_element, skip_element, visit_element


def free_codec_names() -> None:
    """Take back the codec of future-typing, a dependency of the plays' package.

    It starts with the interpreter, more than once, and answers to every codec's name, also to that of the LaTeX in the
    bibliography.
    """
    try:
        from future_typing.codec import search_function
    except ImportError:
        return
    with suppress(LookupError):
        while codecs.lookup("rnn-book-no-such-codec"):
            codecs.unregister(search_function)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register every part."""
    free_codec_names()
    html = (visit_element, depart_element)
    plain = (skip_element, skip_element)
    app.add_node(Element, html=html, latex=plain, text=plain, man=plain, texinfo=plain)
    for part in (freshness, maths, quiz, claims, accessible, metadata, lean, live, figures, local_only):
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
