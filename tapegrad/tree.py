"""Trees: nested tuples, lists, dicts, attrs and data classes, with arrays and numbers as leaves."""

from __future__ import annotations

import array
from collections import OrderedDict, deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

from tapegrad.errors import TreeError
from tapegrad.nodes import (
    attributes,
    has_fields,
    hidden_in,
    is_closed,
    is_leaf,
    is_sparse_kind,
    open_node,
)

__all__ = [
    "Structure",
    "flatten",
    "flatten_like",
    "leaves",
    "map",
    "paths",
    "spread",
    "unflatten",
]

_CONTAINERS = (dict, list, tuple, set, frozenset, deque, MappingProxyType, array.array)


class Structure(NamedTuple):
    """The shape of a tree without its leaves. Two trees match when their structures are equal.

    `kind` is the class of the node, None for a leaf. `names` are the indices, keys or
    fields of the `children`. `constant` is what is structure and not leaf: the names and values
    of the static fields of a class and of other attributes, or an object that holds no leaves.
    """

    kind: type | None
    names: Sequence[Any] = ()
    children: tuple[Structure, ...] = ()
    constant: Any = None


_LEAF = Structure(None)
_structure = partial(tuple.__new__, Structure)  # what Structure(...) does, in a third of the time


def flatten(tree: Any) -> tuple[list[Any], Structure]:
    """The leaves of a tree, in order, and its structure.

    >>> from tapegrad import tree
    >>> leaves, structure = tree.flatten({"w": [1.0, 2.0]})
    >>> tree.unflatten(structure, [3.0, 4.0])
    {'w': [3.0, 4.0]}
    """
    found: list[Any] = []
    return found, _flatten(tree, found)


def _flatten(tree: Any, found: list[Any]) -> Structure:
    kind: Any = type(tree)
    if kind is tuple or kind is list:  # as in `open_node`, which nearly all trees get by without
        return _structure((kind, range(len(tree)), _below(tree, found), None))
    if is_leaf(kind):
        found.append(tree)
        return _LEAF
    opened = open_node(tree)
    if opened is None:
        _check_opaque(tree)
        return Structure(kind, constant=tree)
    names, children, constant = opened
    return _structure((kind, names, _below(children, found), constant))


def _below(children: Any, found: list[Any]) -> tuple[Structure, ...]:
    below = []
    kind: Any
    for child in children:
        kind = type(child)
        if is_leaf(kind):
            found.append(child)
            below.append(_LEAF)
        else:
            below.append(_flatten(child, found))
    return tuple(below)


def _check_opaque(tree: Any) -> None:
    """Refuse objects that hold numbers where no one looks: they would not be differentiated."""
    if isinstance(tree, _CONTAINERS) and leaves(list(getattr(tree, "values", lambda: tree)())):
        raise TreeError(
            f"reading a tree: got a {type(tree).__name__}, which holds numbers or arrays and is no "
            "plain dict, list or tuple; convert it with dict(...), list(...) or tuple(...)"
        )
    if is_closed(tree):
        return
    if isinstance(tree, float | complex):
        raise TreeError(
            f"reading a tree: got a {type(tree).__name__}, whose class is made from that of "
            "numbers; convert it with float(...) or complex(...)"
        )
    if is_sparse_kind(type(tree)):
        raise TreeError(
            f"reading a tree: got a {type(tree).__name__}, which is sparse and stays constant; let "
            "the function close over it, or mark the field that holds it with tapegrad.static()"
        )
    hiding = hidden_in(attributes(tree).items())
    if hiding is not None:
        kind = type(tree)
        raise TreeError(
            f"reading a tree: got a {kind.__name__}, which holds numbers or arrays in .{hiding} "
            f"and is no attrs or data class; {_how_to_open(kind, hiding)}, or mark the field that "
            "holds it with tapegrad.static()"
        )


def _how_to_open(kind: type, name: str) -> str:
    if "__init__" in vars(kind):
        return f"write @dataclass above the class, and `{name}: Any` in it for each part"
    return "write @attrs.frozen above the class"


def unflatten(structure: Structure, values: Sequence[Any] | Iterator[Any]) -> Any:
    """The tree with this structure and these leaves: the inverse of `flatten`.

    An attrs or data class is rebuilt field by field, without its `__init__`: converters and
    validators have seen the real model already, and need not understand gradients.
    """
    return _unflatten(structure, iter(values))


def _unflatten(structure: Structure, values: Iterator[Any]) -> Any:
    kind: Any = structure.kind
    if kind is None:
        return next(values)
    children = [
        next(values) if child is _LEAF else _unflatten(child, values)
        for child in structure.children
    ]
    if kind is tuple or kind is list:
        return kind(children)
    if kind is dict or kind is OrderedDict:
        return kind(zip(structure.names, children, strict=True))
    if has_fields(kind):
        node = object.__new__(kind)
        for name, child in zip(structure.names, children, strict=True):
            object.__setattr__(node, name, child)
        for name, value in structure.constant or ():
            object.__setattr__(node, name, value)
        return node
    if structure.names or hasattr(kind, "_fields"):
        return kind(*children)
    return structure.constant


def flatten_like(structure: Structure, tree: Any, *, doing: object, root: str = "") -> list[Any]:
    """The leaves of a tree that must have this structure, in the structure's order.

    Dicts match by their keys, whatever the order. `doing` opens the message of the
    `TreeError` that a mismatch raises, `root` names the tree in it.
    """
    return list(_matching(structure, tree, doing, root))


def _matching(structure: Structure, tree: Any, doing: object, path: str) -> Iterator[Any]:
    kind: Any = type(tree)
    if structure.kind is None:
        if not is_leaf(kind) and tree is not None:
            raise _mismatch(doing, path, "a leaf (an array or a number)", tree)
        yield tree
        return
    opened = open_node(tree) if kind is structure.kind else None
    if opened is None:
        if kind is not structure.kind or tree != structure.constant:
            raise _mismatch(doing, path, _describe(structure), tree)
        return
    names, children, constant = opened
    if set(names) != set(structure.names) or constant != structure.constant:
        raise _mismatch(doing, path, _describe(structure), tree)
    by_name = dict(zip(names, children, strict=True))
    for name, child in zip(structure.names, structure.children, strict=True):
        yield from _matching(child, by_name[name], doing, path + _step(structure.kind, name))


def _mismatch(doing: object, path: str, expected: str, tree: Any) -> TreeError:
    kind: Any = type(tree)
    opened = None if is_leaf(kind) else open_node(tree)
    came = "a leaf" if is_leaf(kind) else kind.__name__
    if opened is not None:
        came = _describe(Structure(kind, opened[0], constant=opened[2]))
    where = f" at {path}" if path else ""
    return TreeError(
        f"{doing}: expected {expected}{where}, got {came}; "
        "give it a tree of the same structure, leaf for leaf"
    )


def _describe(structure: Structure) -> str:
    if structure.kind is None:
        return "a leaf (an array or a number)"
    name = structure.kind.__name__
    if structure.kind in (tuple, list):
        return f"a {name} of {len(structure.names)}"
    if structure.kind in (dict, OrderedDict):
        return f"a {name} with keys {list(structure.names)}"
    if structure.names:
        pairs = [f"{name}={value!r}" for name, value in structure.constant or ()]
        fixed = f" and {', '.join(pairs)} fixed" if pairs else ""
        return f"{name} with {', '.join(structure.names)}{fixed}"
    return repr(structure.constant) if structure.constant is not None else name


def _step(kind: type, name: Any) -> str:
    if kind in (tuple, list, dict, OrderedDict):
        return f"[{name!r}]"
    return f".{name}"


def paths(structure: Structure, root: str = "") -> list[str]:
    """The path of every leaf, in order: `params.layers[0].weight`.

    >>> from tapegrad import tree
    >>> tree.paths(tree.flatten({"w": [1.0, 2.0]})[1], "params")
    ["params['w'][0]", "params['w'][1]"]
    """
    if structure.kind is None:
        return [root]
    return [
        path
        for name, child in zip(structure.names, structure.children, strict=True)
        for path in paths(child, root + _step(structure.kind, name))
    ]


def spread(prefix: Any, tree: Any, *, doing: str) -> list[Any]:
    """An int or None for each leaf of a tree, from a tree of them that may end earlier.

    What stands at a node counts for all the leaves beneath it. Raises `TreeError`, whose message
    `doing` opens, where the two do not fit.
    """
    if prefix is None or isinstance(prefix, int):
        return [prefix] * len(leaves(tree))
    kind: Any = type(tree)
    given, opened = open_node(prefix), None if is_leaf(kind) else open_node(tree)
    if given is None or opened is None or type(prefix) is not kind:
        raise _mismatch(doing, "", f"a {kind.__name__}, an int or None", prefix)
    if list(given[0]) != list(opened[0]):
        raise _mismatch(doing, "", _describe(Structure(kind, opened[0])), prefix)
    pairs = zip(given[1], opened[1], strict=True)
    return [entry for ahead, child in pairs for entry in spread(ahead, child, doing=doing)]


def leaves(tree: Any) -> list[Any]:
    """The leaves of a tree, in order.

    >>> from tapegrad import tree
    >>> tree.leaves({"w": [1.0, 2.0], "b": 3.0})
    [1.0, 2.0, 3.0]
    """
    return flatten(tree)[0]


def map(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """Apply a function to each leaf of a tree, beside the same leaf of other trees.

    Raises `TreeError` where another tree has another structure.

    >>> from tapegrad import tree
    >>> tree.map(lambda p, g: p - 0.1 * g, {"w": 1.0}, {"w": 2.0})
    {'w': 0.8}
    """
    first, structure = flatten(tree)
    rest = [flatten_like(structure, other, doing="tree.map", root="tree") for other in others]
    return unflatten(structure, [function(*each) for each in zip(first, *rest, strict=True)])
