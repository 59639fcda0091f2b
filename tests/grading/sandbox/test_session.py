"""Student and tests in two processes: what works as in one, and what costs only the part that it spoils."""

import dataclasses
import time

import pytest

from rnn_course.grading.sandbox.limits import MB, Limits

QUICK = Limits(cell=2, wall=30)


def passes(session, answer, test, lock="import numpy as np", **options):
    """Return the fault of a test of the function f, or None."""
    return session(("lock", lock), ("f", answer), ("test", test), f="def f(): ...", **options)["test"].fault


PASS = {
    "data": ("def f(x): return {'a': (x, [x])}", "assert f(3) == {'a': (3, [3])}"),
    "array": ("import numpy as np\ndef f(x): return x.T", "x = np.ones((2, 3), 'f4'); y = f(x); assert y.shape == (3, 2) and y.dtype == 'f4'"),
    "the argument itself": ("def f(x): return x", "x = np.ones(3); assert f(x) is x\ny = [1]; assert f(y) is y"),
    "a view of the argument": ("def f(x): return x[1:]", "x = np.ones(3); assert np.shares_memory(f(x), x)"),
    "no view of the argument": ("def f(x): return x[1:].copy()", "x = np.ones(3); assert not np.shares_memory(f(x), x)"),
    "results that share": ("import numpy as np\ndef f():\n    x = np.zeros(4)\n    return x, x[::2]", "a, b = f(); a[0] = 5; assert b[0] == 5"),
    "in place": ("def f(x, y, z):\n    x[0] = 7; y.append(x); z['k'] = 1", "x, y, z = np.zeros(2), [], {}; f(x, y, z); assert x[0] == 7 and y[0] is x and z == {'k': 1}"),
    "in place, in a strided view": ("def f(x): x += 1", "x = np.zeros((4, 4)); f(x[::2, 1]); assert x.sum() == 2 and x[2, 1] == 1"),
    "a generator of numbers": ("def f(rng): return rng.normal(size=2)", "a, b = np.random.default_rng(1), np.random.default_rng(1)\nassert (f(a) == b.normal(size=2)).all() and a.normal() == b.normal()"),
    "callback": ("def f(g, x):\n    x[0] += 1; a = g(x); x[0] -= 1\n    return a", "x = np.ones(2); assert f(lambda v: float(v.sum()), x) == 3 and x[0] == 1"),
    "callback that changes": ("def f(g):\n    x = [1]; g(x); return x", "assert f(lambda v: v.append(2)) == [1, 2]"),
    "callback of a callback": ("def f(g): return g(lambda x: x + 1)", "assert f(lambda h: h(h(1))) == 3"),
    "recursion through both": ("def f(n, g): return 1 if n == 0 else n * g(n - 1, g)", "assert f(5, f) == 120\ndef g(n, h): return f(n, h)\nassert f(5, g) == 120"),
    "function by name": ("def f(g, x): return g(x)", "assert f(np.tanh, 0.0) == 0"),
    "a function as a result": ("def f(n):\n    def g(x): return x + n\n    return g", "g = f(2); assert callable(g) and g(3) == 5 and g.__name__ == 'g'"),
    "a generator": ("def f(n):\n    for i in range(n): yield i", "assert list(f(4)) == [0, 1, 2, 3]; it = f(2); assert next(it) == 0 and next(it) == 1\ntry: next(it)\nexcept StopIteration: pass\nelse: raise AssertionError"),
    "a generator with a callback": ("def f(g, xs):\n    for x in xs: yield g(x)", "assert list(f(lambda x: -x, [1, 2])) == [-1, -2]"),
    "a class": ("class f:\n    def __init__(self, n): self.n = n\n    def twice(self): return 2 * self.n\n    def __len__(self): return self.n\n    def __getitem__(self, i):\n        if i >= self.n: raise IndexError\n        return i", "o = f(3); assert o.n == 3 and o.twice() == 6 and len(o) == 3 and list(o) == [0, 1, 2] and isinstance(o, f) and o[1] == 1; o.n = 9; assert o.twice() == 18 and not isinstance(3, f)"),
    "a named tuple of the student": ("import collections\nR = collections.namedtuple('R', 'loss grads')\ndef f(): return R(1.0, [2])", "r = f(); assert r.loss == 1.0 and r[1] == [2]"),
    "a dataclass of a locked cell": ("def f(p): return P(p.y, p.x)", "p = f(P(1, [2])); assert type(p) is P and p.x == [2] and p.y == 1", "import dataclasses\n@dataclasses.dataclass\nclass P:\n    x: object\n    y: object"),
    "errors": ("def f(x):\n    raise ValueError('no')", "try: f(1)\nexcept ValueError as e: assert str(e) == 'no'\nelse: raise AssertionError"),
    "an error of an own class": ("class E(KeyError): pass\ndef f(x): raise E('k')", "try: f(1)\nexcept KeyError: pass\nelse: raise AssertionError"),
    "an error of a callback": ("def f(g):\n    try: g()\n    except ZeroDivisionError: return 'caught'", "assert f(lambda: 1 / 0) == 'caught'"),
    "printing": ("def f(): print('hello')", "import contextlib, io\nout = io.StringIO()\nwith contextlib.redirect_stdout(out): f()\nassert out.getvalue() == 'hello\\n'"),
    "warnings are recorded": ("import warnings\ndef f(): warnings.warn('careful', DeprecationWarning); return 1", "import warnings\nwith warnings.catch_warnings(record=True) as w:\n    warnings.simplefilter('always'); assert f() == 1\nassert w[0].category is DeprecationWarning and str(w[0].message) == 'careful'"),
    "warnings are errors": ("import numpy as np\ndef f(): return np.log(np.zeros(1))", "import warnings\nwith warnings.catch_warnings():\n    warnings.simplefilter('error')\n    try: f()\n    except RuntimeWarning: pass\n    else: raise AssertionError"),
    "warnings cost nothing": ("import warnings, sys\ndef f(): warnings.warn('x'); print('y', file=sys.stderr); return 1", "assert f() == 1"),
    "errstate": ("import numpy as np\ndef f(x): return 1 / x", "with np.errstate(divide='raise'):\n    try: f(np.zeros(1))\n    except FloatingPointError: pass\n    else: raise AssertionError"),
    "a constant": ("f = {'a': [1.5]}", "assert f['a'][0] == 1.5", "import numpy as np"),
    "a slice": ("def f(): return slice(0, 3), 10**30, 1 + 2j", "assert f() == (slice(0, 3), 10**30, 1 + 2j)"),
    "magics": ("%matplotlib inline\n%time y = 2\ndef f(): return y\n!echo hello\nlen?", "assert f() == 2"),
    "no test to cheat": ("def f(): return 2", "assert f() == 2; 5"),
}  # fmt: skip


@pytest.mark.parametrize("case", PASS, ids=str)
def test_what_a_test_may_do_with_an_answer(case, session):
    assert passes(session, *PASS[case]) is None


FAIL = {
    "equal to all": ("class f:\n    def __eq__(self, o): return True\nf = f()", "assert f == 3"),
    "an object equal to all": ("class E:\n    def __eq__(self, o): return True\ndef f(): return E()", "assert f() == 3"),
    "a float equal to all": ("class E(float):\n    def __eq__(self, o): return True\ndef f(): return E(1)", "assert f() == 3"),
    "an array equal to all": ("import numpy as np\nclass E(np.ndarray):\n    def __eq__(self, o): return np.ones(2, bool)\ndef f(): return np.zeros(2).view(E)", "assert (f() == 3).all()"),
    "a patched allclose": ("import numpy as np\nnp.allclose = lambda *a, **k: True\ndef f(): return 1", "assert np.allclose(f(), 3)"),
    "a patched builtin": ("import builtins\nbuiltins.abs = lambda x: 0\ndef f(): return 1", "assert abs(f() - 3) < 1"),
    "a patched check": ("import rnn_course.check.core as c\nc.expect = lambda *a, **k: None\ndef f(): return 1", "from rnn_course.check import core\ncore.expect(f() == 3, 'f', '3', 1)"),
    "the caller's frame": ("import sys\ndef f():\n    g = sys._getframe(1)\n    while g:\n        if 'expected' in g.f_locals: return g.f_locals['expected']\n        g = g.f_back", "expected = 8\nassert f() == expected"),
    "what gc knows": ("import gc\ndef f():\n    for o in gc.get_objects():\n        if isinstance(o, dict) and 'expected_8' in o: return o['expected_8']", "expected_8 = 8\nassert f() == expected_8"),
    "exit": ("import sys\ndef f(): sys.exit(0)", "f()\nassert False"),
    "SystemExit": ("def f(): raise SystemExit(0)", "f()"),
    "death": ("import os\ndef f(): os._exit(0)", "try: f()\nexcept BaseException: pass"),
    "a callback's globals": ("def f(g): return g.__globals__['secret']", "secret = 8\nassert f(lambda: 1) == secret"),
    "a locked name": ("LIMIT = 0\ndef f(): return 0", "assert f() == LIMIT", "LIMIT = 5"),
    "a forged number": ("def f(): print('100'); return 1", "assert f() == 3"),
    "truth": ("class T:\n    def __bool__(self): return True\n    def __len__(self): return 0\ndef f(): return T()", "assert not f()"),
    "another generator's stream": ("import numpy as np\ndef f(rng): rng.bit_generator.state = {**rng.bit_generator.state, 'state': {'state': 0, 'inc': 1}}", "rng = np.random.default_rng(1); f(rng); assert rng.normal() == np.random.default_rng(1).normal()"),
}  # fmt: skip


@pytest.mark.parametrize("case", FAIL, ids=str)
def test_what_an_answer_may_not_do_to_a_test(case, session):
    assert passes(session, *FAIL[case]) is not None


def test_the_next_part_is_graded_after_each_kind_of_death(session):
    deaths = {
        "a": "import os\ndef a(): os._exit(1)",
        "b": "import ctypes\ndef b(): ctypes.string_at(0)",
        "c": "import os, signal\ndef c(): os.kill(os.getpid(), signal.SIGSTOP); return 1",
        "d": "def d():\n    while True: pass",
        "e": "def e():\n    while True:\n        try:\n            while True: pass\n        except BaseException: pass",
        "g": "def g(): return 1",
    }
    cells = [
        cell for name, text in deaths.items() for cell in ((name, text), (f"test_{name}", f"assert {name}() == 1"))
    ]
    reports = session(*cells, limits=dataclasses.replace(QUICK, wall=60))
    assert {name for name in deaths if reports[f"test_{name}"].fault is None} <= {"c", "g"}
    assert reports["test_g"].fault is None
    assert reports["test_d"].fault[0] == "CellTimeoutError"
    assert reports["test_e"].fault[0] == "CellTimeoutError"
    assert reports["test_a"].fault[0] == "Died"


@pytest.mark.parametrize(
    "text",
    [
        "while True: pass",
        "import os; os._exit(3)",
        "import os, signal; os.kill(0, signal.SIGKILL); os._exit(1)",
        "import time\ntry: time.sleep(100)\nexcept BaseException: time.sleep(100)",
        "x = []\nwhile True: x.append('a' * 10**6)",
    ],
)
def test_a_cell_that_hangs_or_dies_costs_only_itself(text, session):
    limits = dataclasses.replace(QUICK, memory=400 * MB)
    reports = session(
        *(("f", "def f(): return 1"), ("own", text), ("own2", "y = f() + 1"), ("g", "def g(): return y")),
        *(("test_f", "assert f() == 1"), ("test_g", "assert g() == 2")),
        limits=limits,
    )
    assert reports["test_f"].fault is None
    assert reports["test_g"].fault is None
    assert reports["own"].fault is not None


def test_a_submission_ends_in_its_time_whatever_it_does(session):
    limits = dataclasses.replace(QUICK, cell=3, wall=5)
    hang = "import signal\nsignal.signal(2, lambda *a: None)\nwhile True: pass"
    began = time.monotonic()
    reports = session(
        *((f"own{i}", hang) for i in range(5)), ("f", "def f(): return 1"), ("test", "assert f() == 1"), limits=limits
    )
    assert time.monotonic() - began < limits.wall + 5
    assert reports["test"].fault is not None


def test_tests_that_the_student_makes_slow_are_stopped(session):
    reports = session(
        *(("f", "def f(): return 10**9"), ("test", "sum(1 for _ in range(f()))\n"), ("g", "def g(): return 1")),
        *(("lock", "two = 2"), ("test_g", "assert g() + 1 == two")),
        limits=QUICK,
    )
    assert reports["test"].fault[0] == "CellTimeoutError"
    assert reports["test_g"].fault is None


def test_what_a_cell_shows_is_recorded_and_cut(session):
    reports = session(
        ("own", "print('hi')\ndisplay(3)\n'a' * 3"),
        ("own2", "for _ in range(10**5): print('a' * 10**4)"),
        ("own3", "def g(x):\n    return 1 / x\ng(0)"),
        ("own4", "input()"),
        ("own5", "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()"),
    )
    assert reports["own"].outputs == [("stdout", "hi\n"), ("display", "3"), ("result", "'aaa'")]
    assert sum(len(text) for _, text in reports["own2"].outputs) < 110_000
    assert reports["own3"].fault == ("ZeroDivisionError", "division by zero", [[3, "g(0)"], [2, "return 1 / x"]])
    assert reports["own4"].fault[0] == "EOFError"
    assert reports["own5"].fault is None


def test_what_tests_pass_is_seen_in_no_output_of_the_student(session):
    spy = "seen = []\ndef f(x):\n    seen.append(x)\n    open('/tmp/seen', 'a').write(str(x))\n    print('got', x)\n    return x"
    reports = session(("f", spy), ("test", hide("f('hidden 8')")), ("own", "print(seen)\nopen('/tmp/seen').read()"))
    assert "hidden" not in str(reports)
    assert reports["own"].fault[0] == "FileNotFoundError"


def hide(test):
    return f"### BEGIN HIDDEN TESTS\n{test}\n### END HIDDEN TESTS"


SPY = """
seen = []
def f(x):
    seen.append(x)
    if len(seen) > 1:
        raise type(str(x), (ValueError,), {})(str(seen))
    return x
def g(x): return str(seen)
def h(x): raise ValueError(seen)
"""


def test_what_hidden_tests_pass_is_seen_in_no_message(session):
    asking = "r = g(1)\nassert r == 1, f'received {r}'"
    reports = session(
        *(("f", SPY), ("test_f", "assert f('shown') == 'shown'\n" + hide("f('hidden 8')"))),
        *(("test_g", asking), ("test_h", "h(1)"), ("own", "seen"), ("test_g2", hide(asking))),
        f="def f(): ...\ndef g(): ...\ndef h(): ...",
    )
    assert "hidden" not in str(reports)
    assert reports["test_f"].fault[:2] == (
        "ValueError",
        "in a test, at: raise type(str(x), (ValueError,), {})(str(seen))",
    )
    assert reports["test_g"].fault[1] == "received ['shown']"  # from a run without hidden tests
    assert reports["test_h"].fault[1] == "['shown']"
    assert reports["test_g2"].fault[1] == "The test did not pass."
    assert reports["own"].outputs == [("result", "['shown']")]


def test_faults_tell_nothing_of_the_test(session):
    def fault(answer, test):
        return session(("f", answer), ("test", test), f="def f(): ...")["test"].fault

    assert fault("def f(): return 1", "assert f() == 2, 'a hint'")[:2] == ("AssertionError", "a hint")
    assert fault("def f(): return 1", "assert f() == 2")[:2] == ("AssertionError", "")
    assert fault("def f(): return 1 / 0", "f()")[:2] == ("ZeroDivisionError", "division by zero")
    assert fault("g = 1", "f()")[1] == "name 'f' is not defined"
    assert "secret" not in str(fault("def f(): return 1", "{'secret': 1}[f()]"))
    assert "secret" not in str(fault("def f(g): return g()", "def g(): raise ValueError('secret')\nf(g)"))


def test_partial_credit_is_a_number_that_the_test_ends_with(session):
    reports = session(("f", "def f(): print(99); return 1"), ("test", "f() and 7.5"), ("test2", "f(); print(99)"))
    assert (reports["test"].value, reports["test2"].value) == (7.5, None)
    assert reports["test2"].outputs == [("stdout", "99\n")]


def test_state_lives_from_cell_to_cell(session):
    reports = session(
        *(
            ("lock", "SIZE = 3"),
            ("f", "count = 0\ndef f():\n    global count\n    count += 1\n    return count * SIZE"),
        ),
        *(("test", "assert f() == 3"), ("test2", "assert f() == 6"), ("own", "f()")),
    )
    assert [reports[name].fault for name in ("test", "test2")] == [None, None]
    assert reports["own"].outputs == [("result", "9")]


def test_locked_cells_that_moved_do_not_hide_an_answer(session, nurseries):
    from rnn_course.grading.sandbox.plan import Known, plan
    from rnn_course.grading.sandbox.session import run

    known = [
        Known("lock", "TWO = 2", False, False),
        Known("f", "def f(): ...", True, False),
        Known("test", "assert f() == TWO", False, True),
    ]
    cells = [(0, "test", "pass"), (1, "f", "def f(): return 2"), (2, "lock", "TWO = 3"), (3, "", "def f(): return 2")]
    limits = Limits(cell=10, wall=60)
    for order in ([0, 1, 2, 3], [2, 1, 0], [1], [3, 0]):
        reports = run(plan([cells[i] for i in order], known), *nurseries(limits), limits)
        assert all(report.fault is None for report in reports.values())
