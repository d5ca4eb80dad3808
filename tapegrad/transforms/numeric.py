"""`numeric_rule`: a function that no tape can follow, with derivatives by differences."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any

import numpy as np

from tapegrad import tree
from tapegrad.errors import OutputError
from tapegrad.primitive import shape
from tapegrad.transforms.arguments import check_result, name_of
from tapegrad.transforms.flat import any_traced, flat, is_float, vector
from tapegrad.transforms.ruled import Ruled, without_residuals

__all__ = ["numeric_rule"]

_LEVELS = 7
_FIRST = 2.0**-4  # of the size of the argument


def numeric_rule(function: Callable[..., Any]) -> Callable[..., Any]:
    """A black box with derivatives by central differences, in both modes and of any order.

    Args:
        function: takes trees, of plain arrays and numbers always, and returns a tree of floats.
            It may do what no tape can follow: call compiled code, write into arrays, use `math`.

    Returns:
        The same function. Where its arguments are traced it has a rule: differences with steps
        that are halved seven times at most, extrapolated, of which each element takes those that
        differ least (Ridders 1982). The first step is 1/16 of the largest number of an array.

    A derivative along one direction calls the function 2 to 14 times. A gradient calls it so often
    for each number among the arguments, a second derivative for each pair of them. First
    derivatives of smooth functions keep about 11 of 16 digits, second ones 8.

    >>> import math, tapegrad as tg
    >>> hidden = tg.numeric_rule(lambda x: math.exp(2.0 * x))
    >>> round(tg.grad(hidden)(0.5), 8), round(tg.grad(tg.grad(hidden))(0.5), 6)
    (5.43656366, 10.873127)
    """
    doing = name_of("numeric_rule", function)

    def value(*args: Any) -> Any:
        found = function(*args)
        check_result(found, doing)
        if not all(map(is_float, tree.leaves(found))):
            raise OutputError(f"{doing}: the value holds no floats alone; return floats")
        return found

    def slopes(*args: Any) -> Any:
        return _jacobian(lambda moved: vector(value(*moved)), args)

    def push(tangents: Any, y: Any, *args: Any) -> Any:
        _, tree_of = flat(y, doing, "value")
        way = _vector_of_floats(tangents, args)
        if any_traced((tangents, args)):
            return tree_of(numeric_rule(slopes)(*args) @ way)
        return tree_of(_along(lambda moved: vector(value(*moved)), args, way))

    def pull(cotangent: Any, _y: Any, _none: Any, *args: Any) -> Any:
        return _like_floats(vector(cotangent) @ numeric_rule(slopes)(*args), args)

    value.__name__ = doing
    made = Ruled(value, without_residuals(value), push, pull, (), plain=True, by_rows=True)

    @wraps(function)
    def ruled(*args: Any) -> Any:
        return made(*args)

    return ruled


def _floats(args: Sequence[Any]) -> tuple[list[Any], tree.Structure, list[int]]:
    leaves, structure = tree.flatten(tuple(args))
    return leaves, structure, [i for i, leaf in enumerate(leaves) if is_float(leaf)]


def _vector_of_floats(values: Any, args: Sequence[Any]) -> Any:
    """The leaves in the places of the arguments' floats, as one vector."""
    leaves = tree.leaves(tuple(values))
    return vector([leaves[i] for i in _floats(args)[2]])


def _like_floats(values: Any, args: Sequence[Any]) -> tuple[Any, ...]:
    """A vector as trees like the arguments, None where these are no floats."""
    leaves, structure, places = _floats(args)
    parts: list[Any] = [None] * len(leaves)
    start = 0
    for i in places:
        count = math.prod(shape(leaves[i]))
        parts[i] = values[start : start + count].reshape(shape(leaves[i]))
        start += count
    found: tuple[Any, ...] = tree.unflatten(structure, parts)
    return found


def _moved(args: Sequence[Any], way: np.ndarray) -> Callable[[float], Any]:
    """The arguments, so far along a way."""
    leaves, structure, places = _floats(args)
    found = [part for part in tree.leaves(_like_floats(way, args)) if part is not None]
    parts = dict(zip(places, found, strict=True))

    def at(step: float) -> Any:
        new = [leaf + step * parts[i] if i in parts else leaf for i, leaf in enumerate(leaves)]
        typed = [np.asarray(b, getattr(a, "dtype", None)) for a, b in zip(leaves, new, strict=True)]
        pairs = zip(leaves, typed, strict=True)
        plain = [type(a)(b) if type(a) in (float, complex, int, bool) else b[()] for a, b in pairs]
        return tree.unflatten(structure, plain)

    return at


def _sizes(args: Sequence[Any]) -> np.ndarray:
    """How large the numbers of each array are, for each of them."""
    leaves, _, places = _floats(args)
    found = []
    for i in places:
        size = np.max(np.abs(leaves[i]), initial=0.0)
        found.append(np.full(math.prod(shape(leaves[i])), size or 1.0))
    return np.concatenate(found)


def _along(function: Callable[[Any], Any], args: Sequence[Any], way: np.ndarray) -> np.ndarray:
    """The derivative along a way."""
    farthest = np.max(np.abs(way) / _sizes(args), initial=0.0)
    if farthest == 0:
        return 0.0 * function(tuple(args))
    at = _moved(args, way)
    return _differences(_after(function, at), _FIRST / farthest)


def _jacobian(function: Callable[[Any], Any], args: Sequence[Any]) -> np.ndarray:
    """A column for each number among the arguments."""
    sizes = _sizes(args)
    columns = []
    for i, size in enumerate(sizes):
        way = np.zeros(len(sizes))
        way[i] = 1.0
        at = _moved(args, way)
        columns.append(_differences(_after(function, at), _FIRST * size))
    return np.stack(columns, axis=1)


def _after(function: Callable[[Any], Any], at: Callable[[float], Any]) -> Callable[[float], Any]:
    return lambda step: function(at(step))


def _differences(function: Callable[[float], Any], first: float) -> np.ndarray:
    """The derivative at 0, by Richardson's table of central differences."""
    best: Any = None
    error: Any = np.inf
    row: list[Any] = []
    with np.errstate(all="ignore"):
        for level in range(_LEVELS):
            step = first / 2**level
            new = [(function(step) - function(-step)) / (2 * step)]
            for j, above in enumerate(row, start=1):
                new.append((4**j * new[-1] - above) / (4**j - 1))
            for j, above in enumerate(row):
                off = np.maximum(np.abs(new[j + 1] - new[j]), np.abs(new[j + 1] - above))
                off = np.where(np.isfinite(off), off, np.inf)
                best = new[j + 1] if best is None else np.where(off < error, new[j + 1], best)
                error = np.minimum(off, error)
            if best is not None and np.all(error <= 1e-15 * np.abs(best)):
                break
            row = new
    return np.asarray(best)
