"""The ``{quiz}`` directive: questions whose options open to say whether they are right, and why.

Every option is a ``<details>`` element, so a quiz works with a keyboard, with a screen reader, and without JavaScript;
``quiz.js`` keeps the score. What an option opens is veiled in the page's source, and nothing else there tells the right
option from the others.
"""

import hashlib
import re
from dataclasses import dataclass, field
from string import ascii_uppercase
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from rnn_book.element import Element, element
from rnn_book.held import Held

logger = logging.getLogger(__name__)

QUESTION = re.compile(r"\?\s+(?P<text>.*)")
OPTION = re.compile(r"[-*]\s+\[(?P<mark>[ xX])\]\s+(?P<text>.*)")
EXPLANATION = re.compile(r"\s+>\s?(?P<text>.*)")


@dataclass
class Block:
    """Lines of Markdown, and the index of the first of them in the directive's content."""

    line: int
    lines: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return any(line.strip() for line in self.lines)


@dataclass
class Option:
    """One answer: its text, whether it is right, and why."""

    text: Block
    right: bool
    explanation: Block


@dataclass
class Question:
    """A question and its options."""

    text: Block
    options: list[Option] = field(default_factory=list)

    def key(self) -> str:
        """Name the question by its words, so that an answer is remembered until they change."""
        words = [" ".join(block.lines) for block in (self.text, *(option.text for option in self.options))]
        return hashlib.sha256("\n".join(words).encode()).hexdigest()[:8]


def parse(lines: list[str]) -> tuple[list[Question], list[tuple[int, str]]]:
    """Split a quiz into questions.

    Parameters
    ----------
    lines : the directive's content

    Returns
    -------
    questions : list of Question
    problems : list of (index of the line, what is wrong with it)

    Examples
    --------
    >>> questions, problems = parse(["? Is 2 even?", "- [x] Yes", "  > 2 is twice 1.", "- [ ] No"])
    >>> questions[0].options[0].right, problems
    (True, [(3, 'quiz: this option has no explanation')])
    """
    questions: list[Question] = []
    problems: list[tuple[int, str]] = []
    block: Block | None = None  # what a line without a mark continues
    for index, line in enumerate(lines):
        if match := QUESTION.fullmatch(line):
            block = Block(index, [match["text"]])
            questions.append(Question(block))
        elif (match := OPTION.fullmatch(line)) and questions:
            block = Block(index, [match["text"]])
            questions[-1].options.append(Option(block, match["mark"] != " ", Block(index)))
        elif (match := EXPLANATION.fullmatch(line)) and questions and questions[-1].options:
            explanation = questions[-1].options[-1].explanation
            if not explanation.lines:
                explanation.line = index
            explanation.lines.append(match["text"])
            block = explanation
        elif block is not None:
            block.lines.append(line.strip() if questions[-1].options else line)
        elif line.strip():
            problems.append((index, "quiz: expected a question, a line that begins with '? '"))
    return questions, problems + _missing(questions)


def _missing(questions: list[Question]) -> list[tuple[int, str]]:
    """What every question and option must have, and does not."""
    problems = [] if questions else [(0, "quiz: expected at least one question, a line that begins with '? '")]
    for question in questions:
        if len(question.options) < 2:
            problems.append((question.text.line, "quiz: this question has fewer than two options"))
        elif not any(option.right for option in question.options):
            problems.append((question.text.line, "quiz: this question has no right option, '- [x] '"))
        problems += [
            (option.text.line, "quiz: this option has no explanation")
            for option in question.options
            if not option.explanation
        ]
    return problems


class Quiz(SphinxDirective):
    """Questions in the form of CONTRIBUTING.md."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the quiz as one node; what is wrong with it becomes a warning with its line."""
        questions, problems = parse(list(self.content))
        path = self.env.doc2path(self.env.docname)
        for index, problem in problems:
            logger.warning(problem, location=f"{path}:{self._line(index)}", type="rnn_book", subtype="quiz")
        name = f"quiz-{self.env.new_serialno('rnn-book-quiz') + 1}"
        title = element("p", "Quiz", classes=["quiz-title"], id=f"{name}-title")
        hint = element("p", "Open an answer to see whether it is right, and why.", classes=["quiz-hint"])
        quiz = element("section", title, hint, classes=["quiz"], id=name, aria_labelledby=f"{name}-title")
        quiz += [
            self._question(question, f"{name}-{number}", number) for number, question in enumerate(questions, start=1)
        ]
        return [quiz]

    def _line(self, index: int) -> int:
        return self.lineno + self.content_offset + index + 1

    def _question(self, question: Question, name: str, number: int) -> Element:
        label = element("p", f"Question {number}", classes=["quiz-number"])
        text = element("div", label, *self._markdown(question.text), classes=["quiz-text"], id=name)
        kept = {"role": "group", "aria_labelledby": name, "data_key": question.key()}
        group = element("div", text, classes=["quiz-question"], **kept)
        group += [
            self._option(option, letter) for option, letter in zip(question.options, ascii_uppercase, strict=False)
        ]
        return group

    def _option(self, option: Option, letter: str) -> Element:
        parsed = self._markdown(option.text)
        inline = parsed[0].children if len(parsed) == 1 and isinstance(parsed[0], nodes.paragraph) else parsed
        text = element("span", *inline, classes=["quiz-option-text"])
        sign, word = ("\N{CHECK MARK}", "Right") if option.right else ("\N{BALLOT X}", "Wrong")
        verdict = element(
            "p", element("span", sign, classes=["quiz-sign"], aria_hidden="true"), classes=["quiz-verdict"]
        )
        verdict += element("span", word, classes=["quiz-word"])
        return element(
            "details",
            element("summary", element("span", letter, classes=["quiz-letter"]), text),
            element(
                "div", Held("", verdict, *self._markdown(option.explanation), veiled=True), classes=["quiz-explanation"]
            ),
            classes=["quiz-option"],
        )

    def _markdown(self, block: Block) -> list[Any]:
        holder = nodes.Element()
        holder.document = self.state.document
        source = self.env.doc2path(self.env.docname)
        items = [(source, self.content_offset + block.line + i) for i in range(len(block.lines))]
        self.state.nested_parse(StringList(block.lines, items=items), self.content_offset + block.line, holder)
        return list(holder.children)


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("quiz", Quiz)
