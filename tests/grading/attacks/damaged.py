"""Submissions that are damaged, or forged in their form: what stands in the student's folder is no plain notebook.

Each writes into a folder what was handed in, given a notebook whose answers are right, or, if it is to gain by a forgery,
wrong in the part ``square``. `POINTS` says what it earned.
"""

import json

import nbformat

from rnn_course.grading.notebooks import grade_id, text

NAME = "tiny.ipynb"


def raw(change):
    """Return a case that hands in other bytes."""
    return lambda folder, notebook: (folder / NAME).write_bytes(change(text(notebook)))


def edited(change):
    """Return a case that changes each cell; what it returns stands there then."""

    def write(folder, notebook):
        cells = [changed for cell in notebook.cells for changed in change(cell)]
        (folder / NAME).write_text(json.dumps({**notebook, "cells": cells}))

    return write


def beside(**files):
    """Return a case that hands in further files."""

    def write(folder, notebook):
        (folder / NAME).write_text(text(notebook))
        for name, content in files.items():
            (folder / f"{name}.py").write_text(content)

    return write


def linked(name, target, is_beside=False):
    """Return a case that hands in a link, out of the folder; ``target`` is seen from the folder of the class."""

    def write(folder, notebook):
        if is_beside:
            (folder / NAME).write_text(text(notebook))
        (folder / name).symlink_to(folder.parents[2] / target)

    return write


def folder_linked(folder, notebook):
    folder.rmdir()
    folder.symlink_to(folder.parents[1] / OTHER / "tiny")


def named(name):
    """Return a case with another name for the notebook, which may be in a folder."""

    def write(folder, notebook):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text(notebook))

    return write


def old_format(folder, notebook):
    cells = [{"cell_type": c.cell_type, "input": c.source, "source": c.source, "metadata": {}} for c in notebook.cells]
    (folder / NAME).write_text(json.dumps({"nbformat": 3, "metadata": {}, "worksheets": [{"cells": cells}]}))


def is_test(cell):
    return grade_id(cell).startswith("test_")


def marked(**marks):
    """Return a change of what nbgrader's marks of the tests say."""
    return lambda cell: [cell | {"metadata": {"nbgrader": cell.metadata.nbgrader | marks}} if is_test(cell) else cell]


def with_output(cell):
    shown = nbformat.v4.new_output("execute_result", data={"text/plain": "60"}, execution_count=1)
    return [cell | {"outputs": [shown]} if is_test(cell) else cell]


def heavy(cell):
    picture = nbformat.v4.new_output("display_data", data={"image/png": "A" * 30_000_000})
    return [cell | {"outputs": [picture]} if is_test(cell) else cell]


OTHER = "000-other"  # a student whose right work others would like to hand in
CONFLICT = '  {\n   "cell_type"'
DAMAGED = {
    "byte order mark": raw(lambda text: text.encode("utf-8-sig")),
    "latin-1": raw(lambda text: text.replace("Two", "Zwölf").encode("latin-1")),
    "utf-16": raw(lambda text: text.encode("utf-16")),
    "cut off": raw(lambda text: text[: text.index("def root") + 4].encode()),
    "conflict of git": raw(lambda text: text.replace(CONFLICT, f"<<<<<<< HEAD\n{CONFLICT}", 3).encode()),
    "invalid JSON": raw(lambda text: b"%PDF-1.4 \xff\xfe"),
    "an empty file": raw(lambda text: b""),
    "zero bytes": raw(lambda text: bytes(1000)),
    "no notebook": lambda folder, notebook: (folder / "answers.pdf").write_bytes(b"%PDF"),
    "nothing": lambda folder, notebook: None,
    "another name": named("Tiny final (2).ipynb"),
    "a folder in a folder": named(f"homework/{NAME}"),
    "an old format": old_format,
    "stripped metadata": edited(lambda cell: [cell | {"metadata": {}, "id": "x"}]),
    "every cell twice": edited(lambda cell: [cell, cell]),
    "60 MB": edited(heavy),
    "duplicate tests": edited(lambda cell: [cell, cell | {"source": "60"}] if is_test(cell) else [cell]),
    "deleted tests": edited(lambda cell: [] if is_test(cell) else [cell]),
    "retyped tests": edited(lambda cell: [cell | {"cell_type": "markdown"} if is_test(cell) else cell]),
    "emptied tests": edited(lambda cell: [cell | {"source": "60"} if is_test(cell) else cell]),
    "changed points": edited(marked(points=1000)),
    "tests that are answers": edited(marked(solution=True, grade=True, locked=False)),
    "tests that are tasks": edited(marked(task=True, grade=False)),
    "skipped tests": edited(lambda cell: [cell | {"metadata": cell.metadata | {"tags": ["skip-execution"]}}]),
    "forged results": edited(with_output),
    "modules beside it": beside(numpy="1/0", ipykernel_launcher="1/0", math="sqrt = lambda x: 4", sitecustomize="1/0"),
    "gradebook linked": linked("data.db", "gradebook.db", is_beside=True),
    "notebook linked": linked(NAME, f"submitted/{OTHER}/tiny/{NAME}"),
    "solution linked": linked(NAME, "../solutions/tiny/tiny.ipynb"),
    "folder linked": folder_linked,
}  # fmt: skip
FORGED = list(DAMAGED)[list(DAMAGED).index("duplicate tests") : list(DAMAGED).index("gradebook linked")]
POINTS = {
    **dict.fromkeys(DAMAGED, 100),
    **dict.fromkeys(FORGED, 40),
    **dict.fromkeys(("invalid JSON", "an empty file", "zero bytes", "no notebook", "nothing"), 0),
    **dict.fromkeys(("notebook linked", "solution linked", "folder linked"), 0),
    "cut off": 60,
}


def hand_in(folder, name, notebook):
    """Write a case's files into a student's folder, which is new."""
    folder.mkdir(parents=True)
    DAMAGED[name](folder, notebook)
