"""What every transform does before and after: choose arguments, check leaves, shape results."""

from __future__ import annotations

import inspect
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from tapegrad import tree
from tapegrad.errors import ArgumentError, NotDifferentiableError, OutputError, ShapeError
from tapegrad.primitive import PYTHON_NUMBERS, Traced, aval, dtype, shape
from tapegrad.primitives.selection import Masked
from tapegrad.views import separate

__all__ = ["check_floats", "check_result", "copied", "match_leaves", "name_of", "owned", "zeros"]


def name_of(transform: str, function: Callable[..., Any]) -> str:
    """How messages call a transformed function: `grad(loss)`. What is no function is refused."""
    if not callable(function):
        raise ArgumentError(
            f"{transform} needs a function, got a {type(function).__name__}; write "
            f"{transform}(f)(x) where {transform}(f(x)) stands"
        )
    return f"{transform}({getattr(function, '__name__', type(function).__name__)})"


def check_floats(
    leaves: Sequence[Any], structure: tree.Structure, roots: Callable[[], Sequence[str]], doing: str
) -> None:
    """Demand floats, at least one of them; name the first other leaf by its path."""
    if not leaves:
        raise NotDifferentiableError(
            f"{doing}: {' and '.join(roots()) or 'no argument'} holds no arrays and no numbers; "
            "differentiate with "
            "respect to floats, in tuples, lists, dicts or attrs and data classes"
        )
    for number, leaf in enumerate(leaves):
        kind = dtype(leaf)
        if kind is float or (not isinstance(kind, type) and kind.kind == "f"):
            if isinstance(leaf, np.ndarray) and type(leaf) is not np.ndarray:
                raise NotDifferentiableError(
                    f"{doing}: {_paths(structure, roots())[number]} is a {type(leaf).__name__}, "
                    "whose own rules a tape would not follow; pass a plain array"
                )
            continue
        path = _paths(structure, roots())[number]
        what = f"{path} = {leaf!r}" if not shape(leaf) else path
        advice = _advice(np.dtype(kind).kind, is_field="." in path)
        raise NotDifferentiableError(f"{doing}: {what} is {aval(leaf)}, not a float; {advice}")


def _advice(kind: str, is_field: bool) -> str:
    aside = "mark the field tapegrad.static()" if is_field else "pass it as another argument"
    if kind in "iu":
        return f"write 2.0 for 2, convert it with .astype(float), or {aside}"
    if kind == "c":
        return "pass the real and the imaginary part as two floats"
    return aside


def _paths(structure: tree.Structure, roots: Sequence[str]) -> list[str]:
    return [
        path
        for child, root in zip(structure.children, roots, strict=True)
        for path in tree.paths(child, root)
    ]


def parameter_names(function: Callable[..., Any], count: int) -> list[str]:
    """The names of a function's first positional parameters, as far as they can be known."""
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    names = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [names[i] if i < len(names) else f"args[{i}]" for i in range(count)]


def check_result(result: Any, doing: str) -> None:
    """Refuse what is no value at all: None, a function, a generator."""
    if result is None:
        raise OutputError(f"{doing}: the function returned None; let it return its value")
    if isinstance(result, types.GeneratorType) or (
        callable(result) and not isinstance(result, Traced) and not tree.leaves(result)
    ):
        raise OutputError(
            f"{doing}: the function returned a {type(result).__name__}, which has no derivative; "
            "return numbers or arrays"
        )


def match_leaves(
    structure: tree.Structure, values: Sequence[Any], given: Any, doing: str, root: str
) -> list[Any]:
    """The leaves of tangents or cotangents, each of the shape of the value it belongs to."""
    leaves = tree.flatten_like(structure, given, doing=doing, root=root)
    for number, (value, leaf) in enumerate(zip(values, leaves, strict=True)):
        if leaf is not None and shape(leaf) != shape(value):
            raise ShapeError(
                f"{doing}: {tree.paths(structure, root)[number]} has shape {shape(leaf)}, its "
                f"value has shape {shape(value)}; give it the shape of the value"
            )
        if leaf is not None and np.dtype(dtype(leaf)).kind not in "fiub":
            raise NotDifferentiableError(
                f"{doing}: {tree.paths(structure, root)[number]} is {aval(leaf)}; give floats"
            )
    pairs = zip(leaves, values, strict=True)
    return [None if leaf is None else typed(leaf, value) for leaf, value in pairs]


def typed(leaf: Any, like: Any) -> Any:
    """A plain leaf in the dtype of the value that it belongs to."""
    wanted = dtype(like)
    if isinstance(leaf, Traced) or dtype(leaf) is wanted:
        return leaf
    return wanted(leaf) if wanted in PYTHON_NUMBERS else np.asarray(leaf, wanted)[()]


def zeros(like: Any) -> Any:
    """Zero, of the shape and dtype of a value."""
    kind = dtype(like)
    return kind(0) if kind in PYTHON_NUMBERS else np.zeros(shape(like), kind)[()]


def copied(values: Sequence[Any]) -> list[Any]:
    """Values to hand out whose arrays may be changed: the recording keeps its own."""
    return [value.copy() if type(value) is np.ndarray else separate(value) for value in values]


def owned(results: Sequence[Any], likes: Sequence[Any], lent: Mapping[int, Any]) -> list[Any]:
    """Results as arrays of their own: zeros for None, copies of views and of what is lent.

    So a gradient may be changed in place without changing anything else.
    """
    seen = set(lent)
    finished = []
    for result, like in zip(results, likes, strict=True):
        if type(result) is Masked:
            result = result.value
        if result is None:
            result = zeros(like)
        elif type(result) is np.ndarray:
            if result.base is not None or id(result) in seen:
                result = result.copy()
            seen.add(id(result))
        else:
            result = separate(result)
        finished.append(result)
    return finished
