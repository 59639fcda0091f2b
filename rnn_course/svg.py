"""Smaller SVG: matplotlib's drawings without what no reader sees.

A page holds dozens of drawings, and a phone loads them all before the first paragraph is shown. `shrink` rounds
coordinates to a hundredth of a point, drops names that nothing refers to, and says once what matplotlib says a hundred
times. The picture stays the same.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator

SVG = "{http://www.w3.org/2000/svg}"
XLINK = "{http://www.w3.org/1999/xlink}"
NUMBER = re.compile(r"-?\d+\.\d+(?:e[-+]\d+)?")
STEP = re.compile(r"([A-Za-z])([^A-Za-z]*)")
FAMILY = re.compile(r"'DejaVu Sans'(?:, (?:'[^']+'|[\w-]+))*")
REFERENCE = re.compile(r"url\(#([^)]+)\)")
ROUNDED = ("x", "y", "width", "height")
TO_ALL = {"stroke-linejoin": "round", "stroke-linecap": "butt", "font-family": "'DejaVu Sans', sans-serif"}


def rounded(text: str, digits: int = 2) -> str:
    """Return ``text`` with every decimal number in it rounded.

    Examples
    --------
    >>> rounded("rotate(-90 12.345678 -0.0001)")
    'rotate(-90 12.35 0)'
    """
    return NUMBER.sub(lambda found: _short(float(found[0]), digits), text)


def _short(number: float, digits: int) -> str:
    text = f"{number:.{digits}f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text


def short_path(path: str) -> str:
    r"""Return an SVG path with rounded coordinates and no letter twice in a row.

    Examples
    --------
    >>> short_path("M 0 1.50001 \nL 2 3 \nL 4.123456 5 \nz\n")
    'M0 1.5L2 3 4.12 5z'
    """
    written: list[str] = []
    last = ""
    for letter, numbers in STEP.findall(path):
        values = " ".join(rounded(numbers).split())
        written.append(f" {values}" if letter == last and letter in "LCQ" else letter + values)
        last = letter
    return "".join(written)


def shrink(text: str) -> str:
    """Return one ``<svg>`` of matplotlib, smaller and with the same look.

    Parameters
    ----------
    text : str, the element, without an XML declaration

    Returns
    -------
    str, the element. Ids that something refers to are ``1``, ``2``, and so on, in their order.
    """
    root = ET.fromstring(re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL))
    _drop_style_sheet(root)
    _name_again(root)
    for node in root.iter():
        _shorten(node)
    _unwrap(root)
    for group in root.iter(f"{SVG}g"):
        _share_style(group)
    ET.register_namespace("", SVG[1:-1])
    return ET.tostring(root, encoding="unicode")


def _drop_style_sheet(root: ET.Element) -> None:
    """Say on the root what matplotlib's style sheet says to every element, of the whole page too."""
    for defs in root.findall(f"{SVG}defs"):
        if defs.find(f"{SVG}style") is not None:
            root.remove(defs)
    for name, value in TO_ALL.items():
        root.set(name, value)
    root.attrib.pop("version", None)


def _name_again(root: ET.Element) -> None:
    """Give short ids to what is referred to, and none to the rest."""
    used = dict.fromkeys(name for node in root.iter() for name in _references(node))
    short = {name: str(number) for number, name in enumerate(used, 1)}
    for node in root.iter():
        if (name := node.attrib.pop("id", None)) in short:
            node.set("id", short[name])
        if (link := node.attrib.pop(f"{XLINK}href", None)) is not None:
            node.set("href", f"#{short[link[1:]]}" if link.startswith("#") else link)
        for key, value in node.attrib.items():
            if "url(#" in value:
                node.set(key, REFERENCE.sub(lambda found: f"url(#{short[found[1]]})", value))


def _references(node: ET.Element) -> Iterator[str]:
    if (link := node.get(f"{XLINK}href", "")).startswith("#"):
        yield link[1:]
    for value in node.attrib.values():
        yield from REFERENCE.findall(value)


def _shorten(node: ET.Element) -> None:
    """Round the coordinates of one element, and drop the space around its children."""
    for name in ROUNDED:
        if name in node.attrib and node.tag != f"{SVG}svg":
            node.set(name, rounded(node.attrib[name]))
    if "d" in node.attrib:
        node.set("d", short_path(node.attrib["d"]))
    if "transform" in node.attrib:
        turned = re.sub(r"^rotate\(-?0 .*\)$", "", rounded(node.attrib["transform"], 4))
        if turned:
            node.set("transform", turned)
        else:
            del node.attrib["transform"]
    if "style" in node.attrib:
        style = [part for part in node.attrib["style"].split("; ") if not part.startswith("font-family: 'DejaVu Sans'")]
        node.set("style", FAMILY.sub(TO_ALL["font-family"], "; ".join(style)))
    if node.tag not in (f"{SVG}text", f"{SVG}tspan") and not (node.text or "").strip():
        node.text = None
    if not (node.tail or "").strip() and node.tag != f"{SVG}tspan":
        node.tail = None


def _unwrap(node: ET.Element) -> None:
    """Take the children out of groups that say nothing."""
    children: list[ET.Element] = []
    for child in node:
        _unwrap(child)
        children += list(child) if child.tag == f"{SVG}g" and not child.attrib else [child]
    node[:] = children


def _share_style(group: ET.Element) -> None:
    """Say the style of a group's markers once, unless it is one that markers do not inherit."""
    styles = {child.get("style", "") for child in group}
    if len(group) > 1 and {child.tag for child in group} == {f"{SVG}use"} and len(styles) == 1:
        style = styles.pop()
        if style and "style" not in group.attrib and re.fullmatch(r"((fill|stroke)[\w-]*: [^;]+(; )?)*", style):
            group.set("style", style)
            for child in group:
                del child.attrib["style"]
