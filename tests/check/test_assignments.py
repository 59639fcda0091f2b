"""What holds for every assignment: its source, its variants, and the hint that names each fault.

That each variant loses exactly the parts that it breaks is seen in ``tests/grading/test_variants.py``, with nbgrader.
The tables ``HINTS`` and ``HIDDEN_ONLY`` of an assignment stand in its own ``test_SLUG.py``.
"""

import importlib
import re
import subprocess
import sys

import pytest

from . import harness

SLUGS = sorted(path.parent.name for path in harness.SOLUTIONS.glob("*/*.py") if path.stem == path.parent.name)
CELLS = {slug: harness.code_cells(slug) for slug in SLUGS}
PARTS = {slug: tuple(cell.solution for cell in CELLS[slug] if cell.solution) for slug in SLUGS}
VARIANTS = {slug: {variant.name: variant for variant in harness.variants(slug)} for slug in SLUGS}
RIGHT = {slug: [name for name in VARIANTS[slug] if name.startswith("right_")] for slug in SLUGS}
CHECK = {slug: importlib.import_module(f"rnn_course.check.{slug}") for slug in SLUGS}
OWN = {slug: importlib.import_module(f".test_{slug}", __package__) for slug in SLUGS}

SEEN_FIRST = {  # faults that a check finds before it looks at the result
    ("bptt", "bptt"): "expected 6 calls, received 0 calls",
    ("gradients", "clip_grad_norm"): "it has not changed",
}

every_slug = pytest.mark.parametrize("slug", SLUGS)
every_part = pytest.mark.parametrize(("slug", "part"), [(slug, part) for slug in SLUGS for part in PARTS[slug]])


def answer(slug, name, part):
    return harness.namespace(slug, VARIANTS[slug][name], graded=True)[part]


@every_slug
def test_reference_passes_its_own_tests(slug):
    assert harness.failures(slug) == {}


@every_slug
def test_each_part_has_a_solution_and_a_test_and_the_points_sum_to_100(slug):
    assert tuple(cell.test for cell in CELLS[slug] if cell.test) == PARTS[slug]
    assert sum(cell.points for cell in CELLS[slug]) == 100


@every_slug
def test_parts_do_not_depend_on_each_other(slug):
    for cell in CELLS[slug]:
        others = [part for part in PARTS[slug] if cell.test and part != cell.test]
        assert not [part for part in others if re.search(rf"\b{part}\b", cell.source)]


@every_slug
def test_runs_from_top_to_bottom_without_torch_or_network_and_says_nothing_on_stderr(slug):
    code = (
        "import runpy, socket, sys\n"
        "def refuse(*args, **kwargs): raise OSError('no network')\n"
        "socket.socket.connect = socket.create_connection = refuse\n"
        "sys.modules['torch'] = None\n"
        f"runpy.run_path({str(harness.SOLUTIONS / slug / f'{slug}.py')!r})\n"
        "assert 'matplotlib' not in sys.modules\n"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
    assert [part for part in PARTS[slug] if f"✓ {part}" not in done.stdout] == []


@every_slug
def test_there_are_enough_variants_and_each_wrong_one_is_accounted_for(slug):
    wrong = set(VARIANTS[slug]) - set(RIGHT[slug])
    assert len(RIGHT[slug]) >= 3
    assert len(wrong) >= 8
    assert {name for name, *_ in OWN[slug].HINTS} | OWN[slug].HIDDEN_ONLY == wrong


@pytest.mark.parametrize(("slug", "name"), [(slug, name) for slug in SLUGS for name in RIGHT[slug]])
def test_right_answers_differ_from_the_reference_in_every_part(slug, name):
    assert set(VARIANTS[slug][name].cells) == set(PARTS[slug])


@pytest.mark.parametrize(
    ("slug", "name", "part", "phrase"), [(slug, *hint) for slug in SLUGS for hint in OWN[slug].HINTS]
)
def test_visible_check_names_the_fault(slug, name, part, phrase):
    message = harness.message(CHECK[slug], part, answer(slug, name, part))
    assert phrase in message
    solution = {line.strip() for cell in CELLS[slug] if cell.solution == part for line in cell.source.splitlines()}
    assert not [line for line in solution if len(line) > 12 and line in message]


@pytest.mark.parametrize(("slug", "name"), [(slug, name) for slug in SLUGS for name in sorted(OWN[slug].HIDDEN_ONLY)])
def test_only_hidden_tests_find_it(slug, name, capsys):
    (part,) = VARIANTS[slug][name].breaks
    getattr(CHECK[slug], part)(answer(slug, name, part))
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"✓ {part}: ")


@every_part
@pytest.mark.parametrize(
    ("result", "phrase"),
    [
        (None, "returned None. Is there a return statement?"),
        ("text", "received 'text'"),
        ({}, "received dict"),
        ((x for x in ()), "received generator"),
    ],
)
def test_a_result_of_the_wrong_type_is_named(slug, part, result, phrase):
    message = harness.message(CHECK[slug], part, lambda *args, **kwargs: result)
    if result is not None:
        phrase = SEEN_FIRST.get((slug, part), phrase)
    assert phrase in message or (isinstance(result, dict) and "received []" in message)


@every_part
def test_an_exception_in_the_students_code_is_shown_with_its_line(slug, part):
    def exploding(*args, **kwargs):
        raise KeyError("counts")

    message = harness.message(CHECK[slug], part, exploding)
    assert "stopped with KeyError: 'counts'" in message
    assert 'raise KeyError("counts")' in message


@every_part
def test_a_function_without_parameters_is_told_apart(slug, part):
    assert "stopped with TypeError" in harness.message(CHECK[slug], part, lambda: 0)
