"""A gradient with one sign flipped must fail a test of its module.

Every ``+``, ``-`` and unary minus inside a backward pass or a derivative is flipped, and every gradient that is
assigned there is negated, one at a time, in a copy of the package. The module's own tests have to fail on the copy.
"""

import ast
import multiprocessing
import shutil
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
BACKWARD = (
    "backward",
    "_derivative",
    "cross_entropy",
    "mse_loss",
    "expected_counts",
    "bptt",
    "rtrl",
    "jacobian",
    "penalty",
    "surface",
)
MODULES = [
    "functional",
    "order",
    "ffnn",
    "markov/hidden",
    "tdnn",
    "elman_jordan",
    "jordan",
    "bptt",
    "gradients",
    "readout",
    "lstm",
    "lstm_variants",
    "stacked",
    "gru",
]


def signs(tree):
    """Yield every sign inside a function that computes a gradient."""
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef) and any(word in function.name for word in BACKWARD):
            yield from (node for node in ast.walk(function) if has_sign(node))


def has_sign(node):
    """Tell whether a node adds, subtracts, negates (``axis=-1`` does not), or assigns a gradient."""
    match node:
        case ast.BinOp(op=ast.Add() | ast.Sub()) | ast.AugAssign(op=ast.Add() | ast.Sub()):
            return True
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return not isinstance(operand, ast.Constant)
        case ast.Assign(targets=[ast.Name(id=name)]):
            return name.startswith(("d_", "dx", "dh", "delta"))
    return False


def mutants():
    for module in MODULES:
        tree = ast.parse((ROOT / "rnn_course" / f"{module}.py").read_text())
        for number, node in enumerate(signs(tree)):
            yield pytest.param(module, number, id=f"{module}-line{node.lineno}-{number}")


def flip(module, number, folder):
    """Copy the package to ``folder`` with one sign of ``module`` flipped."""
    shutil.copytree(ROOT / "rnn_course", folder / "rnn_course", ignore=shutil.ignore_patterns("__pycache__"))
    tree = ast.parse((ROOT / "rnn_course" / f"{module}.py").read_text())
    node = list(signs(tree))[number]
    if isinstance(node, ast.UnaryOp):
        node.op = ast.UAdd()
    elif isinstance(node, ast.Assign):
        node.value = ast.UnaryOp(ast.USub(), node.value)
    else:
        node.op = ast.Sub() if isinstance(node.op, ast.Add) else ast.Add()
    (folder / "rnn_course" / f"{module}.py").write_text(ast.unparse(tree))


@pytest.fixture(scope="module")
def fork():
    """Processes that live for one call, and have imported what is large, but not the package."""
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload(["torch", "hypothesis.extra.numpy", "pytest"])
    with ProcessPoolExecutor(1, forks, max_tasks_per_child=1) as executor:
        yield executor


@pytest.mark.parametrize(("module", "number"), list(mutants()))
def test_a_flipped_sign_is_caught(module, number, fork, tmp_path):
    flip(module, number, tmp_path)
    tests = ROOT / Path("tests", module).with_name(f"test_{Path(module).name}.py")
    report = tmp_path / "report.xml"
    options = ["-n0", "-xq", "-pno:cacheprovider", "--assert=plain", "--hypothesis-profile=quick"]
    options += [f"-opythonpath={tmp_path}", f"--junit-xml={report}"]
    assert fork.submit(pytest.main, [*options, str(tests)]).result() == 1, "the tests pass with this sign flipped"
    assert 'failures="1"' in report.read_text()
