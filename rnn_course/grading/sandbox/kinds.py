"""Types and functions that both sides know by name: those of Python, numpy, the package, and of locked cells."""

import collections
import contextlib
import dataclasses
import enum
import importlib
import keyword
import re
import sys
import types
from typing import Any

import numpy as np

from rnn_course.grading.sandbox.arrays import NotDataError

TYPES: dict[str, type] = {
    **{
        kind.__name__: kind
        for kind in (bool, int, float, complex, str, bytes, list, tuple, dict, set, frozenset, slice)
    },
    **{
        f"numpy.{kind.__name__}": kind
        for kind in set(np.sctypeDict.values())
        if not issubclass(kind, np.void | np.object_)
    },
    "numpy.ndarray": np.ndarray,
    "object": object,
    "NoneType": type(None),
}
NAMES = {kind: name for name, kind in TYPES.items()}
SHARED = ("numpy", "rnn_course", "math")  # packages whose functions and types may be named
FIELDS = 200


def named_function(function: Any) -> list[str] | None:
    """Return module and name of a function that is defined in a package that both sides have, else None."""
    name: Any = getattr(function, "__name__", None)
    module: Any
    for module in (getattr(function, "__module__", None), "numpy", "numpy.linalg", "math"):
        is_shared = isinstance(module, str) and isinstance(name, str) and module.partition(".")[0] in SHARED
        if is_shared and getattr(sys.modules.get(module), name, None) is function:
            return [module, name]
    return None


def find(module: Any, name: Any, local: dict[str, Any]) -> Any:
    """Return what is called so: in a module that was imported already, or in the notebook (``__main__``)."""
    if not isinstance(module, str) or not isinstance(name, str) or not name.isidentifier() or name.startswith("__"):
        raise NotDataError("a name that is none")
    if module == "__main__":
        return local.get(name)
    if module.partition(".")[0] not in SHARED or module.startswith(("rnn_course.grading", "rnn_course.cli")):
        raise NotDataError(f"{module[:80]} is not shared between student and tests")
    if re.fullmatch(r"rnn_course(\.\w+)+", module, re.ASCII):
        with contextlib.suppress(ImportError):
            importlib.import_module(module)
    return getattr(sys.modules.get(module), name, None)


def record(value: Any, shared: dict[str, Any]) -> list[Any] | None:
    """Return an Enum, dataclass or named tuple as its type's name and its fields, or None if it is none that crosses.

    ``shared`` has the names that locked cells define. A named tuple of the student's own crosses too, for its type
    is no more than names of fields.
    """
    kind = type(value)
    module, name = kind.__module__, kind.__qualname__
    is_shared = module.partition(".")[0] in SHARED or (module == "__main__" and shared.get(name) is kind)
    if isinstance(value, enum.Enum):
        return ["E", module, name, value.name] if is_shared and isinstance(value.name, str) else None
    if isinstance(value, tuple) and hasattr(kind, "_fields"):
        return ["N", module if is_shared else "", kind.__name__, list(kind._fields), list(value)]
    if dataclasses.is_dataclass(value) and is_shared and not isinstance(value, type):
        names = [field.name for field in dataclasses.fields(value)]
        return ["D", module, name, names, [getattr(value, field) for field in names]]
    return None


def member(module: Any, name: Any, which: Any, local: dict[str, Any]) -> enum.Enum:
    """Return a member of an Enum."""
    kind = find(module, name, local)
    if not (isinstance(kind, type) and issubclass(kind, enum.Enum)) or which not in kind.__members__:
        raise NotDataError("a member that its Enum does not have")
    return kind.__members__[which]


def named_tuple(module: Any, name: Any, fields: Any, values: list[Any], local: dict[str, Any]) -> Any:
    """Return a named tuple: of the type of that name, or of a new one with these fields."""
    if module:
        kind = find(module, name, local)
        is_right = isinstance(kind, type) and issubclass(kind, tuple) and list(getattr(kind, "_fields", ())) == fields
        if not is_right or len(values) != len(fields):
            raise NotDataError("a named tuple with other fields than its type has")
        return tuple.__new__(kind, values)
    names = [name, *fields] if isinstance(fields, list) and len(fields) <= FIELDS else [None]
    for text in names:
        if not isinstance(text, str) or not text.isidentifier() or keyword.iskeyword(text) or text.startswith("_"):
            raise NotDataError("a named tuple whose fields have no names")
    if len(set(fields)) != len(fields) or len(values) != len(fields):
        raise NotDataError("a named tuple whose fields do not fit")
    return collections.namedtuple(name, fields)(*values)


def data_object(module: Any, name: Any, local: dict[str, Any]) -> Any:
    """Return an empty object of a dataclass; nothing of the class runs."""
    kind = find(module, name, local)
    if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)) or issubclass(kind, type | BaseException):
        raise NotDataError("an object of a type that is no dataclass here")
    return object.__new__(kind)


def fill(target: Any, names: Any, values: list[Any]) -> None:
    """Set the fields of a dataclass's object: all of them, and no others."""
    if names != [field.name for field in dataclasses.fields(target)] or len(names) != len(values):
        raise NotDataError("an object with other fields than its dataclass has")
    for name, value in zip(names, values, strict=True):
        object.__setattr__(target, name, value)


def shared_function(module: Any, name: Any, local: dict[str, Any]) -> Any:
    """Return the function of that name."""
    found = find(module, name, local)
    if not isinstance(found, types.FunctionType | types.BuiltinFunctionType | np.ufunc | type) or module == "__main__":
        raise NotDataError("a function that is none")
    return found
