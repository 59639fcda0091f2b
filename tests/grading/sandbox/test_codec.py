"""Values cross exactly, with their identities; hostile bytes are refused, and cost nothing."""

import collections
import contextlib
import dataclasses
import enum
import math
import sys

import msgpack
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rnn_course.grading.sandbox import arrays, kinds, wire
from rnn_course.grading.sandbox.arrays import NotDataError
from rnn_course.grading.sandbox.codec import Codec
from rnn_course.grading.sandbox.limits import Limits

SMALL = Limits(message=100_000, depth=20, values=5000)


class Colour(enum.Enum):
    RED = 1
    BLUE = "b"


@dataclasses.dataclass(eq=False)
class Point:
    x: float
    y: object

    def __post_init__(self):
        raise AssertionError("nothing of a class runs when its object comes")


Pair = collections.namedtuple("Pair", ["loss", "grads"])
SHARED = {"Colour": Colour, "Point": Point}
for kind in (Colour, Point):
    kind.__module__ = "__main__"


def cross(value, views=True, limits=SMALL):
    """Return a value after a way through bytes, and both tables."""
    there, here = Codec(limits, views, shared=SHARED), Codec(limits, shared=SHARED)
    tree = wire.unpack(wire.pack(there.encode(value))[4:])
    return here.decode(tree), there, here


def same(a, b):
    if isinstance(a, np.ndarray | np.generic):
        is_same = type(a) is type(b) and a.dtype == b.dtype and a.shape == b.shape
        return (
            is_same
            and (a.tobytes() == b.tobytes())
            and (np.ndim(a) == 0 or a.flags.f_contiguous == b.flags.f_contiguous)
        )
    if type(a) is not type(b):
        return False
    if isinstance(a, float):
        return math.copysign(1, a) == math.copysign(1, b) and (a == b or (a != a and b != b))
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a.items(), b.items(), strict=True))
    return repr(a) == repr(b) if isinstance(a, complex) else a == b


SCALARS = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.integers(-(1 << 200), 1 << 200), st.floats(), st.complex_numbers()),
    *(
        st.text(st.characters(), max_size=20),
        st.binary(max_size=20),
        st.slices(9),
        st.builds(range, st.integers(-9, 9)),
    ),
    *(st.sampled_from([int, float, np.float32, np.ndarray, np.dtype("<f4"), ..., Colour.RED, Colour.BLUE]),),
    hnp.arrays(hnp.scalar_dtypes(), hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3)),
    hnp.arrays(st.sampled_from([np.float32, np.int16]), (2, 3)).map(np.asfortranarray),
    hnp.scalar_dtypes().flatmap(lambda dtype: hnp.arrays(dtype, ())).map(lambda a: a[()]),
)
KEYS = st.one_of(st.text(max_size=5), st.integers(), st.tuples(st.integers(), st.booleans()), st.none())
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(KEYS, inner, max_size=4),
        st.sets(KEYS, max_size=4),
        st.frozensets(KEYS, max_size=4),
    ),
    max_leaves=12,
)


@given(VALUES)
@settings(max_examples=300, deadline=None)
def test_a_value_comes_out_as_it_went_in(value):
    assert same(cross(value)[0], value)


@given(VALUES)
@settings(max_examples=100, deadline=None)
def test_both_sides_count_alike(value):
    _, there, here = cross(value)
    assert [type(v) for v in there.table] == [type(v) for v in here.table]
    states = [(there.state(i), here.state(i)) for i in range(len(there.table))]
    assert all(
        msgpack.packb(a, unicode_errors="surrogatepass") == msgpack.packb(b, unicode_errors="surrogatepass")
        for a, b in states
    )


def test_what_was_one_object_is_one_object():
    inner, array = [1], np.arange(3.0)
    value = {"a": inner, "b": (inner, array), "c": array}
    value["self"] = value
    out = cross(value)[0]
    assert out["a"] is out["b"][0]
    assert out["c"] is out["b"][1]
    assert out["self"] is out


def test_views_share_memory_if_the_side_keeps_views():
    base = np.arange(12.0).reshape(3, 4)
    windows = np.lib.stride_tricks.sliding_window_view(base, 2, axis=0)
    for value in ((base, base[1:, ::2]), (base.T, base[::-1]), (windows, base), (base[:, 1], base[:, 2])):
        for views in (True, False):
            out = cross(value, views)[0]
            assert all(
                (np.array_equal(a, b) and a.strides == b.strides) or not views for a, b in zip(value, out, strict=True)
            )
            assert all(np.array_equal(a, b) for a, b in zip(value, out, strict=True))
            if views:
                assert np.shares_memory(*out) == np.shares_memory(*value)
    assert not cross(np.broadcast_to(base, (5, 3, 4)))[0].flags.writeable


def test_tests_do_not_send_what_stands_beside_a_view():
    secret = np.arange(1000.0, 1008.0)
    tree = Codec(SMALL).encode(secret[:2])
    assert np.float64(1007).tobytes() not in msgpack.packb(tree)


def test_subclasses_become_plain_data_and_nothing_of_them_runs():
    class Liar(list):
        def __eq__(self, other):
            return True

    class Much(float):
        def __eq__(self, other):
            return True

    class Text(str):
        __slots__ = ()

    out = cross([Liar([1]), Much(2.5), Text("a"), np.ma.array([1, 2]), np.array([[1]]).view(np.matrix), True])[0]
    assert [type(v) for v in out] == [list, float, str, np.ndarray, np.ndarray, bool]
    assert out[:3] == [[1], 2.5, "a"]


def test_records_cross_by_name_and_fields():
    point = object.__new__(Point)
    point.x, point.y = 1.5, [2]
    out = cross([point, point, Pair(0.5, {"w": 1})])[0]
    assert type(out[0]) is Point
    assert (out[0].x, out[0].y) == (1.5, [2])
    assert out[0] is out[1]
    assert (out[2].loss, out[2].grads) == (0.5, {"w": 1})
    assert type(out[2]).__mro__[1:] == (tuple, object)


def test_changes_are_applied_in_place():
    value = [np.zeros(3), [1], {"a": 1}, {1}, bytearray(b"a"), np.random.default_rng(3)]
    out, there, here = cross(value)
    out[0][1] = 7
    out[1].append(out[0])
    out[2]["b"] = [5]
    out[3].add(2)
    out[4] += b"b"
    drawn = out[5].normal(size=3)
    changes = [(i, here.state(i)) for i in range(len(here.table))]
    for number, state in changes[: len(there.table)]:
        there.change(number, wire.unpack(wire.pack(state)[4:]))
    assert list(value[0]) == [0, 7, 0]
    assert value[1][1] is value[0]
    assert value[2:5] == [{"a": 1, "b": [5]}, {1, 2}, bytearray(b"ab")]
    assert not np.array_equal(drawn, value[5].normal(size=3))
    assert np.array_equal(out[5].normal(size=3), np.random.default_rng(3).normal(size=9)[3:6])


@pytest.mark.parametrize("kind", ["PCG64", "PCG64DXSM", "Philox"])
def test_a_generator_may_move_on_but_not_change_its_stream(kind):
    rng = np.random.Generator(getattr(np.random, kind)(1))
    _, there, _ = cross(rng)
    other = np.random.Generator(getattr(np.random, kind)(2))
    with pytest.raises(NotDataError, match="stream"):
        there.change(0, arrays.generator_state(other))
    rng.normal(size=5)
    there.change(0, arrays.generator_state(rng))


def test_a_tensor_crosses_and_changes():
    torch = pytest.importorskip("torch")
    weight = torch.nn.Parameter(torch.arange(6.0).reshape(2, 3))
    (out, ids), there, here = cross([weight, torch.tensor([1, 2])])
    assert torch.equal(out, weight)
    assert out.requires_grad
    assert ids.dtype == torch.int64
    with torch.no_grad():
        out[0, 0] = 9
    there.change(1, here.state(1))
    assert weight[0, 0].item() == 9


class Opaque:
    pass


deep = []
for _ in range(30):
    deep = [deep]
ring = ([],)
ring[0].append(ring)


@pytest.mark.parametrize(
    "value",
    [Opaque(), deep, ring, [0] * 6000, 1 << 10**6, np.array([Opaque()]), np.zeros(2, "i4,f4"), memoryview(b"a"),
     np.random.Generator(np.random.MT19937(1)), lambda: 1], ids=range(10),
)  # fmt: skip
def test_what_cannot_cross_says_so_and_leaves_the_table_alone(value):
    codec = Codec(SMALL)
    codec.encode([1])
    with pytest.raises(NotDataError):
        codec.encode([np.zeros(2), value])
    assert len(codec.table) == 1


BOMBS = [
    ["a", "<f8", [1 << 40], "C", True, b""],
    ["a", "<f8", [3], "C", True, b"12"],
    ["a", "O", [1], "C", True, b"12345678"],
    ["a", "|V8", [1], "C", True, b"12345678"],
    ["a", "<f8", [-1], "C", True, b""],
    ["a", "<U0", [1 << 60], "C", True, b""],
    ["a", "<U999999999", [0], "C", True, b""],
    ["v", ["a", "|u1", [4], "C", True, b"1234"], ["<f8", [1], [8], 0, True]],
    ["v", ["a", "|u1", [4], "C", True, b"1234"], ["|u1", [4], [1], 1, True]],
    ["v", ["a", "|u1", [4], "C", True, b"1234"], ["|u1", [2], [-1], 0, True]],
    ["v", ["a", "|u1", [4], "C", True, b"1234"], ["|u1", [1 << 40], [0], 0, True]],
    ["v", ["l", []], ["|u1", [1], [1], 0, True]],
    ["n", "<f8", b"1"],
    ["T", "eval"],
    ["E", "os", "environ", "x"],
    ["E", "builtins", "eval", "x"],
    ["D", "rnn_course.grading.course", "Course", ["root", "grading"], ["/", "/"]],
    ["D", "__main__", "Point", ["x"], [1]],
    ["D", "__main__", "Point", ["x", "y", "__class__"], [1, 2, 3]],
    ["N", "", "Pair", ["a", "a"], [1, 2]],
    ["N", "", "Pair", ["__class__"], [1]],
    ["N", "", "x = 1\nimport os", ["a"], [1]],
    ["N", "", "Pair", ["a"], [1, 2]],
    ["r", 0],
    ["r", -1],
    ["t", [["r", 0]]],
    ["d", [["l", []], 1]],
    ["d", [1]],
    ["s", [["d", []]]],
    ["I", b"1" * 200_000],
    ["g", "PCG64", {}],
    ["g", "MT19937", {}],
    ["g", "default_rng", {}],
    ["S", 1],
    ["R", "a", 1, 1],
    ["h", 1, [True, False, False], "f"],
    ["q", "os", "system"],
    ["x", ["O", [1], "C", True, b""], True],
    ["l", 5],
    ["l"],
    [],
    [5],
    {"a": 1},
    b"raw",
    [["l", []]],
]


@pytest.mark.parametrize("tree", BOMBS, ids=range(len(BOMBS)))
def test_a_forged_tree_is_refused(tree):
    with pytest.raises(NotDataError):
        Codec(SMALL, shared=SHARED).decode(tree)


@given(st.binary(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_a_value_or_a_refusal(data):
    with contextlib.suppress(NotDataError, wire.WireError):
        Codec(SMALL).decode(wire.unpack(data))


TREES = st.recursive(
    st.one_of(st.none(), st.integers(-5, 5), st.booleans(), st.binary(max_size=9), st.sampled_from([*"IcbnyT.ldsBtzNDrSRvagxEhqof", "<f8", "C", "PCG64", "", "__main__", "Point", "numpy"])),
    lambda inner: st.one_of(st.lists(inner, max_size=6), st.dictionaries(st.text(max_size=3), inner, max_size=2)),
    max_leaves=20,
)  # fmt: skip


@given(TREES, st.integers(-2, 5), TREES)
@settings(max_examples=500, deadline=None)
def test_any_tree_is_a_value_or_a_refusal(tree, number, state):
    codec = Codec(SMALL, shared=SHARED)
    codec.encode([[1], {"a": 2}, np.zeros(2), np.random.default_rng(0)])
    for action in (lambda: codec.decode(tree), lambda: codec.change(number, state)):
        with contextlib.suppress(NotDataError):
            action()


@pytest.mark.parametrize(
    "data",
    [
        b"\xc1",
        b"\xdd\xff\xff\xff\xff",
        b"\x91" * 5000,
        b"\xc7\x01\x05a",
        b"\xd6\xff\x00\x00\x00\x00",
        b"\x81\x91\x01\x01",
    ],
)
def test_malformed_messages_are_refused(data):
    with pytest.raises((wire.WireError, NotDataError)):
        Codec(SMALL).decode(wire.unpack(data))


def test_only_types_that_both_sides_have_are_named():
    assert kinds.find("rnn_course.check.core", "describe", {}) is sys.modules["rnn_course.check.core"].describe
    for module, name in (
        ("os", "system"),
        ("numpy", "__dict__"),
        ("rnn_course.grading.course", "Course.at"),
        ("__main__", "x"),
    ):
        with contextlib.suppress(NotDataError):
            assert kinds.find(module, name, {}) is None
