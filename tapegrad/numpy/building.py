"""Functions over elements, and arrays written as an index: `vectorize`, `r_` and `c_`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from tapegrad.errors import UnsupportedError
from tapegrad.numpy.arranging import broadcast_arrays
from tapegrad.numpy.axes import as_array
from tapegrad.numpy.elementwise import astype
from tapegrad.numpy.joining import concatenate, stack
from tapegrad.numpy.shaping import ndim, ravel, reshape, shape
from tapegrad.primitive import dtype

__all__ = ["c_", "r_", "vectorize"]


def vectorize(
    pyfunc: Callable[..., Any],
    otypes: Any = None,
    doc: Any = None,
    excluded: Any = None,
    cache: bool = False,
    signature: Any = None,
) -> Callable[..., Any]:
    """A function of numbers as a function of arrays, called once for each element.

    Arguments in `excluded`, by position or name, go to the function as they are.
    """
    if signature is not None:
        raise UnsupportedError(
            "vectorize: signature= is not covered; loop over rows and join them with np.stack"
        )
    fixed = set(excluded or ())
    kinds = list(otypes) if otypes is not None else None

    def vectorized(*args: Any, **kwargs: Any) -> Any:
        names = [*range(len(args)), *kwargs]
        given = dict(zip(names, (*args, *kwargs.values()), strict=True))
        moving = [name for name in names if name not in fixed]
        spread = broadcast_arrays(*[as_array(given[name]) for name in moving])
        wide = shape(spread[0]) if spread else ()
        rows = [ravel(each) for each in spread]
        results = []
        for at in range(math.prod(wide)):
            given.update(zip(moving, [row[at] for row in rows], strict=True))
            parts = {name: given[name] for name in kwargs}
            results.append(pyfunc(*[given[i] for i in range(len(args))], **parts))
        return _elements(results, wide, kinds)

    vectorized.__doc__ = doc or pyfunc.__doc__
    return vectorized


def _elements(results: list[Any], wide: tuple[int, ...], kinds: Any) -> Any:
    """What a function gave for each element, as an array, or as a tuple of several."""
    if not results:
        if kinds is None:
            raise ValueError("vectorize: no element to call the function with; give otypes")
        joined = [np.zeros(wide, kind) for kind in kinds]
        return joined[0] if len(joined) == 1 else tuple(joined)
    several = isinstance(results[0], tuple)
    columns = list(zip(*results, strict=True)) if several else [results]
    joined = [reshape(stack(list(column)), wide) for column in columns]
    if kinds is not None:
        joined = [astype(each, kind) for each, kind in zip(joined, kinds, strict=True)]
    return tuple(joined) if several else joined[0]


class Joiner:
    """Arrays, numbers and slices joined along an axis, as `np.r_` and `np.c_` join them.

    Arrays get as many axes as the widest has, new ones in front, or where the string
    "axis,ndmin,place" at the start says.
    """

    def __init__(self, directions: str) -> None:
        self.directions = directions

    def __getitem__(self, key: Any) -> Any:
        parts = list(key) if isinstance(key, tuple) else [key]
        words = self.directions
        if parts and isinstance(parts[0], str):
            words = parts.pop(0)
        if words in ("r", "c"):
            raise UnsupportedError(
                f"r_: {words!r} asks for a matrix, which is not covered; leave it out"
            )
        axis, least, place = (
            [int(n) for n in words.split(",")] + [0, 1, -1][words.count(",") + 1 :]
        )[:3]
        return _joined(parts, axis, least, place)


def _joined(parts: list[Any], axis: int, least: int, place: int) -> Any:
    made = [np.r_[part] if isinstance(part, slice) else as_array(part) for part in parts]
    own = [1 if isinstance(part, slice) else ndim(part) for part in parts]
    most = max(least, *own)
    raised = [_raised(part, most, place) for part in made]
    kinds = [part if isinstance(part, int | float) else dtype(part) for part in made]
    kind = np.result_type(*kinds)
    return concatenate([p if dtype(p) == kind else astype(p, kind) for p in raised], axis)


def _raised(x: Any, n: int, place: int) -> Any:
    """An array with `n` axes, its own ones starting at a place, or at the end for -1."""
    own = ndim(x)
    missing = n - own
    first = place if place >= 0 else missing + 1 + place
    first = max(min(first, missing), 0) if place >= 0 else max(first, 0)
    return reshape(x, (1,) * first + shape(x) + (1,) * (missing - first))


r_, c_ = Joiner("0"), Joiner("-1,2,0")
