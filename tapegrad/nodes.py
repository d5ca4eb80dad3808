"""What trees are made of: which values are leaves, and what other objects hold."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict, deque
from collections.abc import Iterable, Sequence
from enum import Enum
from functools import cache, cached_property
from itertools import islice
from types import MappingProxyType, MemberDescriptorType, ModuleType
from typing import Any

from tapegrad.errors import TreeError

__all__ = [
    "attributes",
    "field_names",
    "has_fields",
    "hidden_in",
    "is_closed",
    "is_leaf",
    "is_sparse_kind",
    "open_node",
]

_STATIC = "tapegrad.static"  # in the metadata of a field
_MANY = 1000  # elements of a container that are looked at
_CONTAINERS = (list, tuple, set, frozenset, deque)
_NUMBERS = frozenset((float, int, complex, bool))


class Fixed(tuple[tuple[str, Any], ...]):
    """Names and values that are structure. Arrays are the same where all their elements are."""

    __slots__ = ()
    __hash__ = tuple.__hash__

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Fixed) or len(self) != len(other):
            return False
        pairs = zip(self, other, strict=True)
        return all(a == b and _same(x, y) for (a, x), (b, y) in pairs)

    def __ne__(self, other: object) -> bool:
        return not self == other


def _same(x: Any, y: Any) -> bool:
    if x is y:
        return True
    if getattr(x, "shape", None) != getattr(y, "shape", None):
        return False
    same: Any = x == y
    return bool(same.all()) if hasattr(same, "all") else bool(same)


@cache
def is_leaf(kind: Any) -> bool:
    """Numbers, and whatever looks like an array: with a shape and a dtype, and not sparse."""
    looks_like_one = hasattr(kind, "shape") and hasattr(kind, "dtype")
    return kind in _NUMBERS or (looks_like_one and not is_sparse_kind(kind))


def is_sparse_kind(kind: type) -> bool:
    """Whether it is a class of sparse matrices or arrays of SciPy's."""
    return hasattr(kind, "tocsr")


def is_closed(value: Any) -> bool:
    """Whether nobody looks for numbers in it: classes, modules, members of an enum, primitives."""
    kind: Any = type(value)
    ours = kind.__module__.startswith("tapegrad.") and not has_fields(kind)
    return ours or isinstance(value, type | ModuleType | Enum)


def hidden_in(names: Iterable[tuple[str, Any]]) -> str | None:
    """The first of these attributes that holds floats or arrays, however deep."""
    seen: dict[int, Any] = {}
    return next((name for name, value in names if _holds_numbers(value, seen)), None)


def _holds_numbers(value: Any, seen: dict[int, Any]) -> bool:
    todo = [value]
    while todo:
        value = todo.pop()
        kind: Any = type(value)
        if is_leaf(kind):
            if kind not in (bool, int):
                return True
        elif id(value) not in seen and not isinstance(value, str | bytes) and not is_closed(value):
            seen[id(value)] = value  # kept, so that no other takes its id
            todo += _held_by(value)
    return False


def _held_by(value: Any) -> list[Any]:
    """What a value holds that might be numbers: of long containers a part stands for the whole.

    What functions hold is theirs, as a rate in a `functools.partial`.
    """
    if isinstance(value, dict | MappingProxyType):
        return list(islice(value.values(), _MANY))
    if isinstance(value, _CONTAINERS):
        return list(islice(value, _MANY))
    kind: Any = type(value)
    fixed = field_names(kind)[1] if has_fields(kind) else ()
    return [part for name, part in attributes(value).items() if name not in fixed]


def attributes(value: Any) -> dict[str, Any]:
    """The attributes of an object, in its dict or in slots, without running code of its class."""
    found = dict(getattr(value, "__dict__", {}))
    for base in type(value).__mro__:
        slots = base.__dict__.get("__slots__", ())
        for slot in (slots,) if isinstance(slots, str) else slots:
            name = f"_{base.__name__.lstrip('_')}{slot}" if slot[:2] == "__" != slot[-2:] else slot
            member = base.__dict__.get(name)
            if isinstance(member, MemberDescriptorType) and _is_set(member, value):
                found[name] = member.__get__(value)
    return found


def _is_set(member: MemberDescriptorType, value: Any) -> bool:
    try:
        member.__get__(value)
    except AttributeError:
        return False
    return True


def open_node(tree: Any) -> tuple[Sequence[Any], Sequence[Any], Any] | None:
    """The names, the children and the constant part of a node; None where it is no node."""
    kind: Any = type(tree)
    if kind is tuple or kind is list:
        return range(len(tree)), tree, None
    if kind is dict or kind is OrderedDict:
        return tuple(tree), list(tree.values()), None
    if has_fields(kind):
        names, constants = field_names(kind)
        more = _beside_fields(tree, kind)
        constant = Fixed([(name, getattr(tree, name)) for name in (*constants, *more)]) or None
        return names, [getattr(tree, name) for name in names], constant
    if isinstance(tree, tuple) and hasattr(kind, "_fields"):
        return kind._fields, tree, None
    return None


def _beside_fields(tree: Any, kind: Any) -> list[str]:
    """The attributes of an object that are no fields, and no properties it has kept a value of.

    They go with the structure, so a number among them would not be differentiated: refused.
    """
    accounted = _accounted_for(kind)
    more = [name for name in getattr(tree, "__dict__", ()) if name not in accounted]
    held = vars(tree) if more else {}
    hiding = hidden_in((name, held[name]) for name in more)
    if hiding is not None:
        raise TreeError(
            f"reading a tree: got a {kind.__name__} with numbers or arrays in .{hiding}, "
            f"which is no field of it; write `{hiding}: Any` in the class, as a static field if "
            "it stays constant"
        )
    return more


@cache
def _accounted_for(kind: type) -> frozenset[str]:
    """The names of fields, and of properties whose values are computed anew where they are lost."""
    attributes = [pair for each in kind.__mro__ for pair in vars(each).items()]
    computed = [name for name, value in attributes if isinstance(value, cached_property)]
    return frozenset(computed).union(*field_names(kind))


@cache
def has_fields(kind: Any) -> bool:
    """Attrs and data classes."""
    return hasattr(kind, "__attrs_attrs__") or dataclasses.is_dataclass(kind)


@cache
def field_names(kind: Any) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The fields that are parts of a tree, and those that are marked as structure."""
    fields: Any = getattr(kind, "__attrs_attrs__", None)  # so attrs itself need not be loaded
    fields = dataclasses.fields(kind) if fields is None else fields
    for field in fields:
        if type(field.default).__name__ == "_CountingAttr":
            raise TreeError(
                f"reading a tree: got a {kind.__name__}, a data class with {field.name} = tapegrad."
                f"static(), which is for attrs classes; write `{field.name}: Any = dataclasses."
                "field(metadata={'tapegrad.static': True})`"
            )
    return (
        tuple(f.name for f in fields if not f.metadata.get(_STATIC)),
        tuple(f.name for f in fields if f.metadata.get(_STATIC)),
    )
