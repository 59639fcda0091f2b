"""A page as Markdown that any notebook can show: the resolved tree, where every number and name is in place.

Jupyter, Colab and JupyterLite know no MyST. Here equations are ``$$…$$`` with their numbers as tags, boxes are quotes, a
quiz folds with ``<details>``, and references are plain text.
"""

import html
import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.locale import admonitionlabels
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from rnn_book.element import Element
from rnn_book.metadata import address

logger = logging.getLogger(__name__)

MARKS = {"emphasis": ("*", "em"), "strong": ("**", "strong"), "literal": ("`", "code")}
SPECIAL = re.compile(r"([\\`*$<]|(?<!\w)_|_(?!\w))")
LIST_OR_TITLE = re.compile(r"^(\d*)(#+\s|[-+]\s|>|(?<=\d)[.)]\s)")


def escaped(text: str) -> str:
    r"""Return text in which Markdown sees no mark.

    Examples
    --------
    >>> escaped("a * b < $5, _so_ snake_case stays")
    'a \\* b \\< \\$5, \\_so\\_ snake_case stays'
    """
    return SPECIAL.sub(r"\\\1", text.replace("\n", " "))


def quoted(blocks: list[str]) -> str:
    r"""Return blocks as one quote.

    Examples
    --------
    >>> quoted(["**Title**", "Text"])
    '> **Title**\n>\n> Text'
    """
    lines = "\n\n".join(blocks).splitlines()
    return "\n".join(f"> {line}".rstrip() for line in lines)


def fenced(code: str, language: str) -> str:
    """Return code between fences that are longer than any inside it."""
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", code)), 3)
    return f"{fence}{language}\n{code}\n{fence}"


def classed(node: nodes.Element, name: str) -> Iterator[Element]:
    """Yield the elements in ``node`` that have the class ``name``."""
    yield from (one for one in node.findall(Element) if name in one["classes"])


class Translator:
    """Turns the parts of one resolved page into Markdown, and remembers which works it cites.

    Parameters
    ----------
    app : Sphinx
    page : str, the page's name, for example ``book/order``
    """

    def __init__(self, app: Sphinx, page: str) -> None:
        self.app, self.page = app, page
        self.cited: dict[str, None] = {}

    def number(self, kind: str, name: str) -> str:
        """Return the number that the page shows for a figure or table."""
        numbers = self.app.env.toc_fignumbers.get(self.page, {}).get(kind, {}).get(name, ())
        return self.app.config.numfig_format[kind] % ".".join(map(str, numbers))

    def caption(self, figure: nodes.figure) -> str:
        """Return a figure's number and caption, and a note where it moves on the page only."""
        caption = next(figure.findall(nodes.caption), nodes.caption())
        text = f"**{self.number('figure', figure['ids'][0])}.** {self.inline(caption)}"
        if any('class="frames"' in drawing.astext() for drawing in figure.findall(nodes.raw)):
            text += " (In the book this figure moves. Here it may stand still.)"
        return text

    def blocks(self, node: nodes.Element, nested: bool = True) -> list[str]:
        """Return the Markdown of all blocks in ``node``."""
        return [text for child in node.children for text in self.block(child, nested) if text]

    def block(self, node: nodes.Node, nested: bool = False) -> list[str]:
        """Return one block as Markdown; in a quote or list, where ``nested``, a formula stands on one line."""
        match node:
            case nodes.math_block():
                return [self._display(node, nested)]
            case nodes.literal_block():
                return self._code(node)
            case nodes.bullet_list() | nodes.enumerated_list():
                return [self._list(node)]
            case nodes.term():
                return [f"**{self.inline(node)}**"]
            case nodes.block_quote():
                return [quoted(self.blocks(node))]
            case nodes.table():
                return self._table(node)
            case nodes.Admonition():
                return [quoted(self._admonition(node))]
            case nodes.figure():
                return [
                    *(text for image in node.findall(nodes.image) for text in self.block(image)),
                    self.caption(node),
                ]
            case nodes.caption() | nodes.rubric():
                return [f"**{self.inline(node)}**"]
            case Element() if "quiz" in node["classes"]:
                return self._quiz(node)
            case Element() if "claim" in node["classes"]:
                return [quoted(self._claim(node))]
            case nodes.raw():
                return [node.astext()] if "html" in node["format"].split() else []
            case nodes.Invisible():
                return [node["elsewhere"]] if "elsewhere" in node else []  # type: ignore[index,operator]
            case nodes.Element() if any(not isinstance(child, nodes.Inline | nodes.Text) for child in node.children):
                return self.blocks(node, nested)
            case nodes.TextElement():
                return [LIST_OR_TITLE.sub(r"\1\\\2", self.inline(node))]
        logger.warning(
            f"notebook: no Markdown for {type(node).__name__}", location=node, type="rnn_book", subtype="notebooks"
        )
        return []

    def inline(self, node: nodes.Node, as_html: bool = False) -> str:
        """Return what stands in a line; ``as_html`` within an element of HTML, where Markdown sees nothing."""
        if isinstance(node, nodes.Text):
            text = html.escape(node.astext(), quote=False).replace("$", "&#36;") if as_html else escaped(node.astext())
            return text.replace("\n", " ")
        if isinstance(node, nodes.math):
            return f"${' '.join(node.astext().split())}$"
        if isinstance(node, nodes.raw):
            line_break = "<br" in node.astext() and "html" in node["format"].split()
            return ("<br>" if as_html else "\\\n") if line_break else ""
        if isinstance(node, Element) and "headerlink" in node["classes"]:
            return ""
        if isinstance(node, nodes.literal) and not as_html:
            ticks = "``" if "`" in node.astext() else "`"
            return f"{ticks}{node.astext()}{ticks}"
        inside = "".join(self.inline(child, as_html) for child in getattr(node, "children", ()))
        if isinstance(node, nodes.reference):
            return self._reference(node, inside, as_html)
        mark, tag = MARKS.get(getattr(node, "tagname", ""), ("", ""))
        return (f"<{tag}>{inside}</{tag}>" if as_html else f"{mark}{inside}{mark}") if mark else inside

    def _reference(self, node: nodes.reference, text: str, as_html: bool) -> str:
        if "bibtex-citation" in getattr(node.parent, "attributes", {}).get("classes", ()) and node.get("reftitle"):
            self.cited[node["reftitle"]] = None
            return text
        target = node.get("refuri", "")
        if node.get("internal") and target:
            target = address(self.app, posixpath.normpath(posixpath.join(posixpath.dirname(self.page), target)))
        return f"[{text}]({target})" if target and not as_html else text

    def _display(self, node: nodes.math_block, nested: bool) -> str:
        tex = node.astext().strip()
        if node["number"]:
            numbers = self.app.env.toc_fignumbers.get(self.page, {})
            builder = SimpleNamespace(config=self.app.config, name=self.app.builder.name, fignumbers=numbers)
            tex += rf" \tag{{{get_node_equation_number(SimpleNamespace(builder=builder), node)}}}"  # type: ignore[arg-type]
        return f"$${' '.join(tex.split())}$$" if nested else f"$$\n{tex}\n$$"

    def _code(self, node: nodes.literal_block) -> list[str]:
        source = Path(node.get("source") or "")
        shown = [f"From `{source.relative_to(self.app.confdir).as_posix()}`:"] if source.suffix == ".py" else []
        language = node.get("language", "")
        plain = {"default": "python" if shown else "", "ipython3": "python", "none": "", "myst-ansi": ""}
        return [*shown, fenced(node.astext().rstrip(), plain.get(language, language))]

    def _list(self, node: nodes.bullet_list | nodes.enumerated_list) -> str:
        items = []
        for position, item in enumerate(node.children, start=node.get("start", 1)):
            mark = f"{position}. " if isinstance(node, nodes.enumerated_list) else "- "
            text = "\n\n".join(self.blocks(item))  # type: ignore[arg-type]
            items.append(mark + text.replace("\n", f"\n{' ' * len(mark)}").replace(f"\n{' ' * len(mark)}\n", "\n\n"))
        return "\n".join(items)

    def _table(self, node: nodes.table) -> list[str]:
        titles = [f"**{self.inline(title)}**" for title in node.findall(nodes.title)]
        rows = [[self._entry(entry) for entry in row.findall(nodes.entry)] for row in node.findall(nodes.row)]
        if not any(node.findall(nodes.thead)):
            rows.insert(0, [""] * len(rows[0]))
        lines = [rows[0], ["---"] * len(rows[0]), *rows[1:]]
        return [*titles, "\n".join(f"| {' | '.join(line)} |" for line in lines)]

    def _entry(self, entry: nodes.entry) -> str:
        text = "<br>".join(self.blocks(entry)).replace("\n", " ")
        bars = re.sub(r"\$[^$]+\$", lambda tex: tex[0].replace(r"\|", r"\Vert ").replace("|", r"\vert "), text)
        return bars.replace("|", r"\|")

    def _admonition(self, node: nodes.Element) -> list[str]:
        titles = list(node.findall(nodes.title))
        title = self.inline(titles[0]) if titles else admonitionlabels.get(node.tagname, "Note")
        return [f"**{title}**", *(t for c in node.children if c not in titles for t in self.block(c, nested=True))]

    def _claim(self, node: Element) -> list[str]:
        title, verdict, says, body = (
            next(classed(node, f"claim-{part}")) for part in ("title", "verdict", "says", "body")
        )
        head = f"**{self.inline(title)}. Verdict: {self.inline(verdict)}.**"
        return [head, self.inline(says), *self.blocks(body)]

    def _quiz(self, node: Element) -> list[str]:
        written = [self.inline(next(classed(node, "quiz-hint")))]
        for question in classed(node, "quiz-question"):
            number, *text = self.blocks(next(classed(question, "quiz-text")))
            written += [f"### {number}", *text]
            for option in classed(question, "quiz-option"):
                letter = next(classed(option, "quiz-letter")).astext()
                choice = self.inline(next(classed(option, "quiz-option-text")), as_html=True)
                verdict, *why = self.blocks(next(classed(option, "quiz-explanation")))
                answer = "\n\n".join([f"**{verdict}.** {why[0]}", *why[1:]])
                written.append(f"<details><summary>{letter}. {choice}</summary>\n\n{answer}\n\n</details>")
        return written


def flat(section: nodes.Element, level: int = 1) -> Iterator[tuple[Any, int]]:
    """Yield the blocks of a page in their order, each with the level of its section."""
    for node in section.children:
        if isinstance(node, nodes.section):
            yield from flat(node, level + 1)
        else:
            yield node, level
