"""Style sheets without the rules that no page of the site uses."""

import re
from collections.abc import Iterator

COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
TOKEN = re.compile(r'"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'|url\([^)"\']*\)|[{};]', re.DOTALL)
CLASS = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
WORD = re.compile(r"-?[A-Za-z_][\w-]*")


def words(text: str) -> set[str]:
    """Return every word that could be a class in a page or script.

    Examples
    --------
    >>> sorted(words('<p class="sd-card">two words</p>'))
    ['class', 'p', 'sd-card', 'two', 'words']
    """
    return set(WORD.findall(text))


def rules(css: str) -> Iterator[tuple[str, str]]:
    """Yield each rule as what stands before the brace, and the block with its braces; ``@import`` has no block."""
    depth = start = opened = 0
    for token in TOKEN.finditer(css):
        sign = token[0]
        if sign == "{":
            opened = token.start() if depth == 0 else opened
            depth += 1
        elif sign == "}":
            depth -= 1
            if depth == 0:
                yield css[start:opened].strip(), css[opened : token.end()]
                start = token.end()
        elif sign == ";" and depth == 0:
            yield css[start : token.end()].strip(), ""
            start = token.end()


def selectors(prelude: str) -> list[str]:
    """Return the selectors of a rule, split at the commas that stand outside brackets.

    Examples
    --------
    >>> selectors("a:is(.b, .c) > p, h1")
    ['a:is(.b, .c) > p', 'h1']
    """
    parts, depth = [""], 0
    for letter in prelude:
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return [part.strip() for part in parts]


def prune(css: str, used: set[str]) -> str:
    """Return ``css`` without the selectors whose classes are not all among ``used``.

    Classes inside ``:not()``, ``:is()`` and ``:where()`` are not looked at: they may be absent and the rule still hold.

    Examples
    --------
    >>> prune("/* x */ .a, .b p {color: red} @media print {.c {top: 0}} h1:not(.c) {top: 1px}", {"b"})
    '.b p{color: red}h1:not(.c){top: 1px}'
    """
    kept = []
    for prelude, block in rules(COMMENT.sub("", css)):
        if prelude.startswith(("@media", "@supports", "@layer")) and block:
            inner = prune(block[1:-1], used)
            kept.append(f"{prelude}{{{inner}}}" if inner else "")
        elif prelude.startswith("@"):
            kept.append(prelude + block)
        else:
            names = [one for one in selectors(prelude) if _may_match(one, used)]
            kept.append(",".join(names) + block if names else "")
    return "".join(kept)


def _may_match(selector: str, used: set[str]) -> bool:
    outside = re.sub(r"\((?:[^()]|\([^()]*\))*\)", "", selector)
    return all(name in used for name in CLASS.findall(outside))
