"""What runs the cells of a page inside the browser's Python. It travels with the course's package, and imports little."""

import ast
import html
import linecache
import sys
import traceback
from pathlib import Path
from typing import Any

HEAVY = {"numpy", "matplotlib"}  # what the page fetches when a cell first needs it
TYPES_WITH_HTML = ("_repr_html_", "_repr_svg_")


def needs(code: str, packages: str) -> list[str]:
    """Return which of numpy and matplotlib the code imports, itself or through the course's package.

    Parameters
    ----------
    code : str, Python; a syntax error needs nothing, and is reported when the code is run
    packages : str, the folder that holds ``rnn_course``

    Examples
    --------
    >>> needs("import numpy.linalg", ".")
    ['numpy']
    """
    try:
        waiting = _imports(ast.parse(code), inside=True)
    except SyntaxError:
        return []
    seen: set[str] = set()
    while waiting - seen:
        name = (waiting - seen).pop()
        seen.add(name)
        path = Path(packages).joinpath(*name.split("."))
        for file in (path.with_suffix(".py"), path / "__init__.py"):
            if name.startswith("rnn_course") and file.is_file():
                waiting |= _imports(ast.parse(file.read_text(encoding="utf-8")), inside=False)
    return sorted({name.partition(".")[0] for name in seen} & HEAVY)


def _imports(tree: ast.AST, inside: bool) -> set[str]:
    """Names of the modules that are imported; those inside functions count if ``inside``."""
    found: set[str] = set()
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
        elif inside or not isinstance(node, ast.FunctionDef):
            found |= _imports(node, inside)
    return found


def run(code: str, namespace: dict[str, Any], name: str) -> dict[str, Any]:
    """Run one cell.

    Parameters
    ----------
    code : str
    namespace : dict, shared by the cells of a page
    name : str, what the cell is called in a traceback

    Returns
    -------
    dict with ``"shown"``, a list of ``["html" or "text", str]``, and after an error also ``"error"``, its last line, and
    ``"traceback"``.

    Examples
    --------
    >>> run("x = 2; x * 3", {}, "cell 1")
    {'shown': [['text', '6']]}
    >>> run("1 / 0", {}, "cell 1")["error"]
    'ZeroDivisionError: division by zero'
    """
    file = f"<{name}>"
    linecache.cache[file] = (len(code), None, code.splitlines(keepends=True), file)
    shown: list[list[str]] = []
    try:
        value = _execute(code, namespace, file)
        shown += drawn(value)
        if value is not None and not _is_figure(value):
            namespace["_"] = value
            shown.append(display(value))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        last = traceback.format_exception_only(error)[-1].strip()
        return {"shown": shown, "error": last, "traceback": _from_cell(error, file)}
    return {"shown": shown}


def _execute(code: str, namespace: dict[str, Any], file: str) -> Any:
    tree = ast.parse(code, file)
    last = tree.body[-1] if tree.body else None
    if isinstance(last, ast.Expr):
        tree.body.pop()
    exec(compile(tree, file, "exec"), namespace)
    if not isinstance(last, ast.Expr) or code.rstrip().endswith(";"):
        return None
    return eval(compile(ast.Expression(last.value), file, "eval"), namespace)


def _from_cell(error: BaseException, file: str) -> str:
    """The traceback without the frames of this module."""
    frame = error.__traceback__
    while frame and frame.tb_frame.f_code.co_filename != file:
        frame = frame.tb_next
    return "".join(traceback.format_exception(type(error), error, frame))


def display(value: Any) -> list[str]:
    """Return a value as ``["html", markup]`` where its type offers that, else as ``["text", repr]``."""
    for method in TYPES_WITH_HTML:
        markup = getattr(value, method, lambda: None)() if not isinstance(value, type) else None
        if markup:
            return ["html", markup]
    rows = getattr(value, "rows", None)
    headings = getattr(value, "headings", None)
    if isinstance(rows, list) and isinstance(headings, list):
        return ["html", table(headings, rows)]
    return ["text", repr(value)]


def table(headings: list[str], rows: list[list[str]]) -> str:
    """Return an HTML table.

    Examples
    --------
    >>> table(["a"], [["1 < 2"]])
    '<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>1 &lt; 2</td></tr></tbody></table>'
    """
    head = "".join(f"<th>{html.escape(str(cell))}</th>" for cell in headings)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(str(cell))}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _is_figure(value: Any) -> bool:
    figure = getattr(sys.modules.get("matplotlib.figure"), "Figure", None)
    return figure is not None and isinstance(value, figure)


def drawn(value: Any) -> list[list[str]]:
    """Return the figures that pyplot holds, and ``value`` if it is one, as SVG; pyplot then holds none."""
    pyplot = sys.modules.get("matplotlib.pyplot")
    figures = [pyplot.figure(number) for number in pyplot.get_fignums()] if pyplot else []
    if _is_figure(value) and value not in figures:
        figures.append(value)
    if not figures:
        return []
    from rnn_course.plotting import Picture

    pictures = [["html", Picture(figure, alt=_alt(figure))._repr_html_()] for figure in figures]
    if pyplot:
        pyplot.close("all")
    return pictures


def _alt(figure: Any) -> str:
    """What a figure of the reader's own shows, as far as its titles and labels tell."""
    words = [
        text
        for ax in figure.axes
        for text in (ax.get_title() or ax.get_title(loc="left"), ax.get_xlabel(), ax.get_ylabel())
        if text
    ]
    return "A figure drawn by this cell" + (": " + ", ".join(words) if words else "")
