"""Rebuilding a submission from the release: each kind of damage, each forgery, and what nobody thought of."""

import copy
import json
import subprocess
import sys

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnn_course.grading import CourseError, notebooks
from rnn_course.grading.repair import rebuild

from .tiny import ROOT

RELEASED = nbformat.read(ROOT / "exercises/ffnn/ffnn.ipynb", as_version=4)
PARTS = ("affine_backward", "softmax_cross_entropy", "check_gradient", "sliding_windows")
BLANK = {notebooks.grade_id(cell): cell.source for cell in RELEASED.cells}
ANSWERS = {name: f"def {name}(*args):\n    return {i}" for i, name in enumerate(PARTS)}
FIXED = [cell for cell in RELEASED.cells if notebooks.grade_id(cell) not in PARTS]


def submission(**answers):
    """Return what a student hands in who answered these parts, by default all, as plain JSON."""
    notebook = copy.deepcopy(RELEASED)
    for cell in notebook.cells:
        cell.source = (answers or ANSWERS).get(notebooks.grade_id(cell), cell.source)
    return json.loads(nbformat.writes(notebook))


def at(content, name):
    return next(i for i, cell in enumerate(content["cells"]) if cell["id"] == name)


def code(source, **more):
    return {"cell_type": "code", "metadata": {}, "source": source, "outputs": [], "execution_count": None, **more}


def data(content):
    return json.dumps(content).encode()


def answers(notebook):
    return {notebooks.grade_id(c): c.source for c in notebook.cells if notebooks.grade_id(c) in PARTS}


def sources(notebook):
    return [cell.source for cell in notebook.cells]


def check(notebook):
    """Assert what must hold whatever was handed in."""
    nbformat.validate(notebook)
    assert notebook.metadata == RELEASED.metadata
    kept = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    assert [cell for cell in kept if notebooks.grade_id(cell) not in PARTS] == FIXED
    assert [notebooks.grade_id(cell) for cell in kept] == [notebooks.grade_id(cell) for cell in RELEASED.cells]
    for cell, released in zip(kept, RELEASED.cells, strict=True):
        assert {**cell, "source": ""} == {**released, "source": ""}
    for cell in notebook.cells:
        if "nbgrader" not in cell.metadata:
            assert (cell.cell_type, dict(cell.metadata), cell.outputs) == ("code", {}, [])
    nbformat.writes(notebook).encode()


def rebuilt(content):
    notebook, repairs = rebuild(RELEASED, content if isinstance(content, bytes) else data(content))
    check(notebook)
    return notebook, [repair.kind for repair in repairs]


def test_what_is_not_damaged_stays_as_it_is():
    notebook, repairs = rebuilt(submission())
    assert nbformat.writes(notebook) == json.dumps(submission(), indent=1, sort_keys=True, ensure_ascii=False)
    assert repairs == []
    assert rebuilt(json.loads(nbformat.writes(RELEASED)))[0] == RELEASED


@pytest.mark.parametrize(
    ("coded", "kinds"),
    [
        (lambda text: text.encode("utf-8-sig"), ["encoding"]),
        (lambda text: text.encode("utf-16"), ["encoding"]),
        (lambda text: text.encode("utf-16-be"), ["encoding"]),
        (lambda text: text.encode("utf-32"), ["encoding"]),
        (lambda text: text.encode("latin-1", "replace"), ["encoding"]),
        (lambda text: text.encode("cp1252", "replace"), ["encoding"]),
        (lambda text: text.encode().replace(b"\n", b"\r\n"), []),
        (lambda text: text.encode().replace(rb"\n", rb"\r\n"), []),
        (lambda text: b"\n\n  " + text.encode() + b"\n" * 1000, []),
    ],
)
def test_any_encoding_and_line_end_is_read(coded, kinds):
    content = submission(affine_backward="def affine_backward():\n    return 'é ü ß'")
    text = nbformat.writes(nbformat.from_dict(content))
    notebook, repairs = rebuilt(coded(text))
    assert answers(notebook)["affine_backward"] == "def affine_backward():\n    return 'é ü ß'"
    assert [kind for kind in repairs if kind != "changed"] == kinds  # latin-1 has no letter for some of the text's


def test_older_and_newer_formats_are_read():
    cells = [dict(cell, input=cell["source"]) for cell in submission()["cells"]]
    for cell in cells:
        del cell["source"]
    for content in (
        {
            "nbformat": 3,
            "nbformat_minor": 0,
            "metadata": {},
            "worksheets": [{"cells": cells[:5]}, {"cells": cells[5:]}],
        },
        {"nbformat": 2, "worksheets": [{"cells": cells}]},
    ):
        notebook, repairs = rebuilt(content)
        assert (answers(notebook), repairs) == (ANSWERS, ["format"])
    for versions in ({"nbformat_minor": 99}, {"nbformat": 7}, {"nbformat": "four"}, {"nbformat": None, "metadata": 3}):
        assert answers(rebuilt({**submission(), **versions})[0]) == ANSWERS


def test_a_file_that_was_cut_off_gives_the_cells_before_the_cut():
    text = json.dumps(submission())
    notebook, repairs = rebuilt(text[: text.index("def check_gradient") + 10].encode())
    assert {name for name, source in answers(notebook).items() if source == ANSWERS[name]} == set(PARTS[:2])
    assert repairs[0] == "damaged"
    assert "missing" in repairs


def test_a_conflict_of_git_costs_nothing():
    text = json.dumps(submission(), indent=1)
    where = text.index("  {", text.index("def affine_backward"))
    assert answers(rebuilt(f"{text[:where]}<<<<<<< HEAD\n{text[where:]}".encode())[0]) == ANSWERS


def test_the_last_copy_above_the_test_counts_and_the_others_stay_cells():
    content = submission()
    place = at(content, "check_gradient")
    old = {**content["cells"][place], "source": "old = 1"}
    untouched = {**content["cells"][place], "source": BLANK["check_gradient"]}
    below = {**content["cells"][place], "source": "later = 1"}
    content["cells"][place + 2 : place + 2] = [below, untouched]
    content["cells"][place + 1 : place + 1] = [untouched]
    content["cells"].insert(place, old)
    notebook, repairs = rebuilt(content)
    assert answers(notebook) == ANSWERS
    assert repairs == ["duplicate"]
    written = sources(notebook)
    assert written.index("old = 1") < written.index(ANSWERS["check_gradient"]) < written.index("later = 1")
    assert written.count(BLANK["check_gradient"]) == 0


def test_a_deleted_answer_is_blank_and_what_stands_in_its_place_comes_after_it():
    content = submission()
    content["cells"][at(content, "check_gradient")] = code("check_gradient = max")
    notebook, repairs = rebuilt(content)
    assert answers(notebook) == {**ANSWERS, "check_gradient": BLANK["check_gradient"]}
    written = sources(notebook)
    assert written[written.index(BLANK["check_gradient"]) + 1] == "check_gradient = max"
    assert repairs == ["missing"]


@pytest.mark.parametrize("kind", ["markdown", "raw", "heading", "", None, 7])
def test_a_retyped_cell_gets_its_type_back(kind):
    content = submission()
    for name in ("check_gradient", "test_check_gradient", "cell-01"):
        content["cells"][at(content, name)]["cell_type"] = kind
    notebook, repairs = rebuilt(content)
    assert (answers(notebook), repairs) == (ANSWERS, ["type"])


def test_moved_cells_go_home_and_take_the_cells_above_them_along():
    content = submission()
    moved = content["cells"].pop(at(content, "affine_backward"))
    content["cells"] += [code("helper = 1"), moved, code("own = 2")]
    notebook, repairs = rebuilt(content)
    assert (answers(notebook), repairs) == (ANSWERS, ["moved"])
    written = sources(notebook)
    assert written.index("helper = 1") < written.index(ANSWERS["affine_backward"]) < written.index("own = 2")
    assert answers(rebuilt({"cells": submission()["cells"][::-1]})[0]) == ANSWERS


@pytest.mark.parametrize("lost", [("metadata",), ("metadata", "id"), ("id",)])
def test_answers_are_found_without_metadata_and_ids(lost):
    content = submission()
    content["cells"].insert(at(content, "check_gradient"), code("helper = 1"))
    content["cells"] = [{k: v for k, v in cell.items() if k not in lost} for cell in content["cells"]]
    notebook, _ = rebuilt(content)
    assert answers(notebook) == ANSWERS
    assert len(notebook.cells) == len(RELEASED.cells) + 1


def test_changed_deleted_and_revalued_tests_are_put_back():
    content = submission()
    content["cells"][at(content, "test_check_gradient")]["source"] = "pass"
    content["cells"][at(content, "test_affine_backward")]["metadata"]["nbgrader"]["points"] = 1e9
    content["cells"][at(content, "cell-01")]["source"] = "numpy = None"
    del content["cells"][at(content, "test_sliding_windows")]
    notebook, repairs = rebuilt(content)
    assert answers(notebook) == ANSWERS
    assert repairs == ["changed", "missing", "points"]
    assert "numpy = None" not in sources(notebook)


def test_tags_marks_outputs_attachments_and_metadata_do_not_get_through():
    content = submission()
    for cell in content["cells"]:
        cell["metadata"]["tags"] = ["skip-execution", "hide\x1b[2J"]
        cell["metadata"]["jupyter"] = {"source_hidden": True}
        cell["attachments"] = {"a.png": {"image/png": "AAAA"}}
    forged = {"output_type": "execute_result", "data": {"text/plain": "100"}, "metadata": {}, "execution_count": 1}
    content["cells"][at(content, "test_check_gradient")]["outputs"] = [forged]
    mark = {"grade": True, "grade_id": "test_bonus", "points": 1000, "locked": True, "solution": False}
    content["cells"].append(code("bonus = 1", metadata={"nbgrader": mark}, outputs=[forged]))
    content["metadata"] = {"kernelspec": {"name": "evil", "argv": ["sh"]}, "celltoolbar": "x"}
    notebook, repairs = rebuilt(content)
    assert (answers(notebook), repairs) == (ANSWERS, ["tags", "marks"])
    assert sources(notebook)[-1] == "bonus = 1"
    assert "\x1b" not in str(rebuild(RELEASED, data(content))[1])


def test_text_of_a_student_becomes_comments_so_that_no_page_renders_it():
    content = submission()
    attack = "<script>alert(1)</script>\x85\u2028import os\r\n\nsecond"
    content["cells"] += [
        code(attack, cell_type="markdown"),
        code(attack, cell_type="raw"),
        code(attack, cell_type=None),
    ]
    for cell in rebuilt(content)[0].cells[-3:]:
        assert cell.cell_type == "code"
        assert all(line.startswith("#") for line in cell.source.splitlines())
        compile(cell.source, "cell", "exec")


def test_characters_that_nothing_can_hold_are_taken_out():
    content = submission(affine_backward="x = '\x00\x1b\ud800\ufeff'\r\ny = float('nan')\x00")
    assert answers(rebuilt(content)[0])["affine_backward"] == "x = '�'\ny = float('nan')"


def test_strange_numbers_are_no_fault():
    text = json.dumps(submission()).replace('"points": 20', '"points": 1e999').replace('"points": 30', '"points": NaN')
    text = text.replace('"nbformat": 4', f'"nbformat": {"9" * 10_000}')
    assert answers(rebuilt(text.encode())[0]) == ANSWERS


def test_too_much_of_anything_is_left_out_and_the_answers_count():
    content = submission()
    content["cells"] += [code("x = 1")] * 5000 + [code("y = '" + "a" * 10_000_000 + "'")]
    content["cells"].insert(3, code("", metadata=json.loads('{"a":' * 900 + "1" + "}" * 900)))
    notebook, repairs = rebuilt(content)
    assert (answers(notebook), repairs) == (ANSWERS, ["size", "size", "size"])
    assert len(notebook.cells) == len(RELEASED.cells) + 300


def test_nesting_that_json_cannot_hold_costs_its_cell_only():
    text = json.dumps(submission())
    place = text.index('{"cell_type": "code"', text.index("def affine_backward"))
    deep = '{"cell_type": "code", "metadata": ' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "}, "
    assert answers(rebuilt((text[:place] + deep + text[place:]).encode())[0]) == ANSWERS


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (b"", "an empty file"),
        (b" \n\t\n", "an empty file"),
        (b"\0" * 100, "an empty file"),
        (b"%PDF-1.4 \xff\xfe", "is not JSON"),
        (b"[1, 2]", "JSON of another kind"),
        (b'"text"', "JSON of another kind"),
        (b"{}", "JSON without cells"),
        (b'{"cells": 3}', "JSON without cells"),
        (b'{"cells": [1, null, "x"]}', "without any of its parts"),
        (b'{"cells": [{"source": 3, "metadata": []}]}', "without any of its parts"),
        (b'{"cells": [', "is not JSON"),
        (b"[" * 1_000_000, "is not JSON"),
        (b"[" * 10_000_000, "more than 8,000,000 pieces"),
        (b" " * 64_000_001, "at most 64 MB"),
    ],
)
def test_what_cannot_be_read_is_one_plain_reason(bad, reason):
    with pytest.raises(CourseError, match=reason) as caught:
        rebuild(RELEASED, bad)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300


def test_the_notebook_of_another_assignment_is_refused():
    other = nbformat.read(ROOT / "exercises/order/order.ipynb", as_version=4)
    with pytest.raises(CourseError, match="without any of its parts"):
        rebuild(RELEASED, nbformat.writes(other).encode())


HUGE = {
    "plots": 'json.dumps(n).replace(\'"outputs": []\', \'"outputs": [{"data": {"image/png": "\' + "A" * 15_000_000 + \'"}}]\', 4)',
    "backslashes": '"[" + chr(92) * 60_000_000',
    "objects": '"[" + "{}," * 6_000_000',
    "lists": "'{\"cells\": [' + '[[]],' * 1_000_000 + '1]}'",
    "letters": "'{\"cells\": [\"' + chr(0x1F600) + 'a' * 15_000_000 + '\"]}'",
    "cells": 'json.dumps({**n, "cells": n["cells"] * 6000})',
}


@pytest.mark.parametrize("kind", HUGE)
def test_memory_stays_small_whatever_is_handed_in(kind):
    code = f"""
import json, resource, sys
import nbformat
from rnn_course.grading import CourseError
from rnn_course.grading.repair import rebuild
released = nbformat.read({str(ROOT / "exercises/ffnn/ffnn.ipynb")!r}, as_version=4)
rebuild(released, nbformat.writes(released).encode())
n = json.loads(nbformat.writes(released))
data = ({HUGE[kind]}).encode()
used = int(open("/proc/self/statm").read().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 300_000_000, -1))
try:
    print(len(rebuild(released, data)[0].cells))
except CourseError as error:
    print(error)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert ran.stdout.startswith("17" if kind == "plots" else "expected") or int(ran.stdout) <= 316


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.sampled_from(sorted(BLANK)),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["cells", "metadata", "nbgrader", "grade_id", "source", "cell_type", "id", "tags", "points"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=12,
)


def never_anything_else(bad):
    reason = ""
    try:
        notebook, repairs = rebuild(RELEASED, bad)
    except CourseError as error:
        reason = str(error)
    if reason:
        assert "\n" not in reason
    else:
        check(notebook)
        assert all(repair.kind and repair.said.endswith(".") for repair in repairs)
        assert rebuild(RELEASED, nbformat.writes(notebook).encode())[0] == notebook


@settings(max_examples=150)
@given(st.data())
def test_mutated_bytes_give_a_notebook_or_a_reason(draw):
    bad = bytearray(data(submission()))
    for _ in range(draw.draw(st.integers(1, 6))):
        start = draw.draw(st.integers(0, len(bad)))
        end = min(len(bad), start + draw.draw(st.sampled_from([0, 1, 2, 30, 1000, 10_000])))
        other = draw.draw(st.integers(0, len(bad)))
        change = draw.draw(st.sampled_from(["insert", "delete", "copy", "brackets", "cut"]))
        if change == "copy":
            bad[other:other] = bad[start:end]
        elif change == "cut":
            del bad[start + 2000 :]
        else:
            new = {"delete": b"", "brackets": b'"}]'}.get(change)
            bad[start : end if change == "delete" else start] = draw.draw(st.binary(max_size=9)) if new is None else new
    never_anything_else(bytes(bad))


@settings(max_examples=150)
@given(st.data())
def test_mutated_structure_gives_a_notebook_or_a_reason(draw):
    content = submission()
    for _ in range(draw.draw(st.integers(1, 8))):
        holder = draw.draw(st.sampled_from([content, *filter(lambda c: isinstance(c, dict), content["cells"])]))
        for _ in range(draw.draw(st.integers(0, 2))):
            inner = [value for value in holder.values() if isinstance(value, dict)]
            holder = draw.draw(st.sampled_from(inner)) if inner else holder
        key = draw.draw(st.sampled_from(sorted(holder) or ["id"]))
        if holder is not content or key != "cells":
            holder[key] = draw.draw(JSON)
        content["cells"] = (
            draw.draw(st.permutations(content["cells"])) if draw.draw(st.booleans()) else content["cells"]
        )
        content["cells"].insert(0, draw.draw(JSON))
    never_anything_else(json.dumps(content).encode())


@settings(max_examples=50)
@given(JSON)
def test_any_json_gives_a_notebook_or_a_reason(content):
    never_anything_else(json.dumps(content).encode())
