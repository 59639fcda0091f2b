"""Every chapter and every exercise as a notebook in the site, ``notebooks/chapters/`` and ``notebooks/exercises/``.

A chapter's notebook is written with its page, from the same resolved tree, so that the two never differ. It holds no
outputs: it is small, and runs from top to bottom.
"""

from collections.abc import Iterator
from pathlib import Path

import nbformat
from docutils import nodes
from myst_nb.core.read import myst_nb_reader_plugin
from nbformat.notebooknode import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from sphinx.application import Sphinx
from sphinx.config import Config

from rnn_book.glueless import without_glue
from rnn_book.markdown import Translator, escaped, flat
from rnn_book.metadata import address
from rnn_course.grading.course import write
from rnn_course.grading.install import extras, installation, repository

FOLDER = "notebooks"
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
FOLDED = {"hide-input", "hide-cell", "remove-input", "remove-cell"}  # tags of cells whose code a page does not show
LICENCE = "Text: [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/). Code: BSD 3-Clause."


def chapter(app: Sphinx, page: str) -> str:
    """Return the slug of a page that is a chapter, one that explains a module of the package; else nothing."""
    slug = page.rpartition("/")[2]
    module = Path(app.confdir, "rnn_course", slug)
    return slug if module.with_suffix(".py").is_file() or (module / "__init__.py").is_file() else ""


def exercise(app: Sphinx, slug: str) -> Path | None:
    """Return the path of a chapter's exercise, if it has one."""
    path = Path(app.confdir, "exercises", slug, f"{slug}.ipynb")
    return path if slug and path.is_file() else None


def place(app: Sphinx, room: str, slug: str) -> Path:
    """Return where a notebook lies in the site; ``room`` is ``chapters`` or ``exercises``."""
    return Path(app.outdir, FOLDER, room, f"{slug}.ipynb")


def needs(path: Path) -> list[str]:
    """Return the extras of the package that a notebook's cells import."""
    return extras(cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "code")


def code_cells(path: Path) -> dict[int, tuple[str, bool]]:
    """Return the code of a chapter's cells without glue, and whether it is folded, by the cell's place in the source."""
    cells = {i: cell for i, cell in enumerate(myst_nb_reader_plugin(str(path)).cells) if cell.cell_type == "code"}
    tags = {i: set(cell.metadata.get("tags", ())) for i, cell in cells.items()}
    codes = without_glue((cell.source, "remove-cell" in tags[i]) for i, cell in cells.items())
    return {i: (code, bool(tags[i] & FOLDED)) for i, code in zip(cells, codes, strict=True)}


def parts(doctree: nodes.document, words: Translator, codes: dict[int, tuple[str, bool]]) -> Iterator[str | int]:
    """Yield what a notebook holds, in order: Markdown as text, code as the cell's place in the source.

    A section begins a cell. Cells that the page leaves out stand before the next one that it shows.
    """
    text: list[str] = []
    waiting = sorted(codes)
    for node, level in flat(doctree, level=0):
        if isinstance(node, nodes.title):
            yield "\n\n".join(text)
            text = [f"{'#' * level} {words.inline(node)}"]
        elif isinstance(node, nodes.container) and node.get("nb_element") == "cell_code":
            yield "\n\n".join(text)
            while waiting and waiting[0] <= node["cell_index"]:
                yield waiting.pop(0)
            text = [words.caption(figure) for figure in node.findall(nodes.figure)]
        else:
            text += words.block(node)
    yield "\n\n".join(text)
    yield from waiting
    if words.cited:
        yield "## Works cited\n\n" + "\n".join(f"- {escaped(work)}" for work in words.cited)


def notebook(app: Sphinx, doctree: nodes.document, page: str) -> NotebookNode:
    """Return the notebook of a chapter.

    Parameters
    ----------
    app : Sphinx
    doctree : the page's tree, in which all references are resolved
    page : str, the page's name
    """
    codes = code_cells(Path(app.env.doc2path(page)))
    first = installation(repository(Path(app.confdir)).address, [code for code, _ in codes.values()])
    cells = [new_markdown_cell(_heading(app, page)), new_code_cell(first)]
    words = Translator(app, page)
    title, *rest = (part for part in parts(doctree, words, codes) if part != "")
    assert isinstance(title, str)
    for part in [title.partition("\n\n")[2], *rest]:
        if isinstance(part, str):
            cells.append(new_markdown_cell(part))
            continue
        code, folded = codes[part]
        cells.append(new_code_cell(code, metadata={"jupyter": {"source_hidden": True}} if folded else {}))
    cells = [cell for cell in cells if cell.source]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number:03d}"
    return new_notebook(cells=cells, metadata={"kernelspec": KERNEL, "language_info": {"name": "python"}})


def _heading(app: Sphinx, page: str) -> str:
    number = ".".join(map(str, app.env.toc_secnumbers.get(page, {}).get("", ())))
    title = f"# {number}{'. ' if number else ''}{app.env.titles[page].astext()}"
    where = f" The page is at <{own}>." if (own := address(app, f"{page}.html")) else ""
    book = app.config.html_title or app.config.project
    about = f"A chapter of *{book}* as a notebook.{where} Run the cells from top to bottom. {LICENCE}"
    return f"{title}\n\n{about}"


def write_chapter(app: Sphinx, doctree: nodes.document, page: str) -> None:
    """Write a chapter's notebook when its page is written."""
    if app.builder.format == "html" and (slug := chapter(app, page)):
        write(place(app, "chapters", slug), nbformat.writes(notebook(app, doctree, page)) + "\n")


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Copy the exercises, and delete notebooks of chapters and exercises that are no more."""
    if exception is not None or app.builder.format != "html":
        return
    wanted = {place(app, "chapters", slug) for page in app.env.found_docs if (slug := chapter(app, page))}
    for source in Path(app.confdir, "exercises").glob("*/*.ipynb"):
        if source == exercise(app, source.stem):
            wanted.add(target := place(app, "exercises", source.stem))
            write(target, source.read_bytes())
    for path in Path(app.outdir, FOLDER).rglob("*"):
        if path.is_file() and path not in wanted:
            path.unlink()


def set_repository(app: Sphinx, config: Config) -> None:
    """Remember the repository among the settings, so that pages are written again when it changes."""
    said = repository(Path(app.confdir))
    config.rnn_book_repository = f"{said.address} {said.branch}" if said.address else ""


def setup(app: Sphinx) -> None:
    """Register the notebooks, before anything is added to the tree that belongs to the page alone."""
    app.add_config_value("rnn_book_repository", "", "html", [str])
    app.connect("config-inited", set_repository)
    app.connect("doctree-resolved", write_chapter, priority=400)
    app.connect("build-finished", finish, priority=500)
