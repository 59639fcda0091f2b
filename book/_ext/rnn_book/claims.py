"""The ``{claim}`` directive, a claim under test with its verdict, and ``{claims-table}``, all of them in one table."""

import re
from dataclasses import dataclass
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from rnn_book.element import Element, element

logger = logging.getLogger(__name__)

VERDICTS = {"true": "True", "false": "False", "partly": "Partly true", "open": "Open"}


@dataclass
class Claim:
    """A box that was found in a chapter."""

    docname: str
    anchor: str
    number: str
    says: list[nodes.Node]
    verdict: str

    def order(self) -> tuple[int, str, str]:
        """Sort the article's claims by number, and popular beliefs, which have none, after them."""
        return (int(self.number) if self.number.isdigit() else 10**6, self.number, self.docname)


class claims_table(nodes.General, nodes.Element):  # noqa: N801 (docutils names nodes so)
    """Stands for the table until all chapters are read."""


class ClaimBox(SphinxDirective):
    """One claim under test. The argument is its number in the article; a popular belief has none."""

    has_content = True
    optional_arguments = 1
    option_spec = {"says": directives.unchanged_required, "verdict": directives.unchanged_required}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        """Return the box and remember it for the table."""
        verdict, says = self.options.get("verdict", ""), self.options.get("says", "")
        if verdict not in VERDICTS:
            self._warn(f"claim: expected :verdict: to be one of {', '.join(VERDICTS)}, received {verdict!r}")
            verdict = "open"
        if not says:
            self._warn("claim: expected :says:, the claim in one sentence")
        if not self.content:
            self._warn("claim: expected what the experiment or the source says, received no text")
        number = self.arguments[0] if self.arguments else ""
        anchor = "claim-" + re.sub(r"[^a-z0-9]+", "-", (number or says).lower()).strip("-")[:40].strip("-")
        sentence, problems = self.state.inline_text(says, self.lineno)
        claim = Claim(self.env.docname, anchor, number, [node.deepcopy() for node in sentence], verdict)
        found = _claims(self.env)
        if any(other.docname == claim.docname and other.anchor == anchor for other in found):
            self._warn(f"claim: {anchor} is already on this page")
        found.append(claim)
        return [self._box(claim, sentence), *problems]

    def _box(self, claim: Claim, sentence: list[nodes.Node]) -> Element:
        heading = "Claim " + claim.number + " under test" if claim.number else "A popular belief under test"
        name = element("p", heading, classes=["claim-title"], id=f"{claim.anchor}-title")
        badge = element("p", verdict_badge(claim.verdict), classes=["claim-verdict"])
        link = element(
            "a",
            "#",
            classes=["headerlink"],
            href=f"#{claim.anchor}",
            aria_label=f"Link to: {heading}",
            title="Link here",
        )
        name += link
        body = element("div", classes=["claim-body"])
        self.state.nested_parse(self.content, self.content_offset, body)
        return element(
            "div",
            element("div", name, badge, classes=["claim-head"]),
            element("p", element("span", "The claim: ", classes=["claim-label"]), *sentence, classes=["claim-says"]),
            body,
            classes=["claim", f"claim-{claim.verdict}"],
            id=claim.anchor,
            role="note",
            aria_labelledby=f"{claim.anchor}-title",
        )

    def _warn(self, message: str) -> None:
        path = self.env.doc2path(self.env.docname)
        logger.warning(message, location=f"{path}:{self.lineno}", type="rnn_book", subtype="claim")


class ClaimsTable(SphinxDirective):
    """All claims of the book, in the order of their numbers."""

    def run(self) -> list[nodes.Node]:
        """Leave a node that is replaced when all chapters are read."""
        self.env.metadata[self.env.docname]["claims_table"] = "yes"
        return [claims_table("")]


def verdict_badge(verdict: str) -> Element:
    """Return the verdict as a small label: its word, and a sign beside the colour."""
    return element("span", VERDICTS[verdict], classes=["verdict", f"verdict-{verdict}"])


def _claims(env: BuildEnvironment) -> list[Claim]:
    if not hasattr(env, "rnn_book_claims"):
        env.rnn_book_claims = []  # type: ignore[attr-defined]
    return env.rnn_book_claims  # type: ignore[attr-defined]


def purge(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Forget the boxes of a page that is read again."""
    _claims(env)[:] = [claim for claim in _claims(env) if claim.docname != docname]


def merge(app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment) -> None:
    """Take over the boxes that a parallel reader found."""
    _claims(env).extend(claim for claim in _claims(other) if claim.docname in docnames)


def pages_with_table(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Name the pages to write again: a box on any page may have changed."""
    return [name for name, metadata in env.metadata.items() if "claims_table" in metadata]


def fill_tables(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Put the table where the directive stood."""
    for place in list(doctree.findall(claims_table)):
        claims = sorted(_claims(app.env), key=Claim.order)
        rows = [_row(app, claim, docname) for claim in claims]
        place.replace_self(_table(rows) if rows else nodes.paragraph("", "No claim has been tested yet."))


def _row(app: Sphinx, claim: Claim, docname: str) -> list[Any]:
    uri = app.builder.get_relative_uri(docname, claim.docname) + "#" + claim.anchor
    title = app.env.titles[claim.docname].astext()
    link = nodes.reference("", title, refuri=uri, internal=True)
    says = [node.deepcopy() for node in claim.says]
    return [[nodes.Text(claim.number or "–")], says, [verdict_badge(claim.verdict)], [link]]


def _table(rows: list[list[Any]]) -> Element:
    headings = ("Number", "The claim", "Verdict", "Tested in")
    head = element("thead", element("tr", *(element("th", text, scope="col") for text in headings)))
    body = element("tbody", *(element("tr", *(element("td", *cell) for cell in row)) for row in rows))
    return element(
        "div",
        element("table", head, body, classes=["table", "claims-table"]),
        classes=["pst-scrollable-table-container"],
    )


def setup(app: Sphinx) -> None:
    """Register the directives and the events that collect the boxes."""
    app.add_node(claims_table)
    app.add_directive("claim", ClaimBox)
    app.add_directive("claims-table", ClaimsTable)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", pages_with_table)
    app.connect("doctree-resolved", fill_tables)
