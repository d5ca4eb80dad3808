"""NumPy's stacks and blocks, splits, turns, grids and functions along axes."""

from __future__ import annotations

import builtins
import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tapegrad.errors import ShapeError
from tapegrad.numpy.axes import as_array, axis_index, widen
from tapegrad.numpy.elementwise import astype
from tapegrad.numpy.joining import concatenate, split, stack
from tapegrad.numpy.scans import cumprod
from tapegrad.numpy.shaping import (
    expand_dims,
    flip,
    moveaxis,
    ndim,
    reshape,
    shape,
    swapaxes,
    transpose,
    widened,
)
from tapegrad.primitive import dtype as dtype_of
from tapegrad.views import copied, laid_out

__all__ = [
    "apply_along_axis",
    "apply_over_axes",
    "atleast_3d",
    "block",
    "broadcast_arrays",
    "dsplit",
    "dstack",
    "fliplr",
    "flipud",
    "hsplit",
    "meshgrid",
    "rollaxis",
    "rot90",
    "unstack",
    "vander",
    "vsplit",
]


def atleast_3d(*arys: Any) -> Any:
    """With three axes at least; a row becomes (1, n, 1), a matrix (m, n, 1)."""
    wide = []
    for each in arys:
        old = shape(each)
        wide.append(reshape(each, {0: (1, 1, 1), 1: (1, *old, 1), 2: (*old, 1)}.get(len(old), old)))
    return wide[0] if len(wide) == 1 else tuple(wide)


def dstack(tup: Sequence[Any]) -> Any:
    """Arrays behind each other along the third axis."""
    return concatenate([atleast_3d(a) for a in tup], 2)


def block(arrays: Any) -> Any:
    """An array put together from nested lists of blocks, the innermost side by side."""
    depth, leaves = 0, [arrays]
    while builtins.any(isinstance(each, list) for each in leaves):
        if not builtins.all(isinstance(each, list) and each for each in leaves):
            raise ValueError("block: the lists are of different depths, or empty; nest them evenly")
        depth, leaves = depth + 1, [inner for each in leaves for inner in each]
    n = max(depth, *[ndim(leaf) for leaf in leaves]) if leaves else depth
    return copied(as_array(arrays), "C") if depth == 0 else _block(arrays, depth, n)


def _block(arrays: Any, depth: int, n: int) -> Any:
    if not isinstance(arrays, list):
        return reshape(arrays, (1,) * (n - ndim(arrays)) + shape(arrays))
    return concatenate([_block(each, depth - 1, n) for each in arrays], -depth)


def unstack(x: Any, /, *, axis: int = 0) -> tuple[Any, ...]:
    """The parts of an array along an axis, without that axis."""
    front = moveaxis(as_array(x), axis, 0)
    return tuple([front[i] for i in range(shape(front)[0])])


def hsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Parts side by side: along the second axis, of a row along its only one."""
    return split(ary, indices_or_sections, 1 if ndim(ary) > 1 else 0)


def vsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Parts on top of each other, along the first axis."""
    if ndim(ary) < 2:
        raise ShapeError(f"vsplit: got shape {shape(ary)}; give two axes at least")
    return split(ary, indices_or_sections, 0)


def dsplit(ary: Any, indices_or_sections: Any) -> list[Any]:
    """Parts behind each other, along the third axis."""
    if ndim(ary) < 3:
        raise ShapeError(f"dsplit: got shape {shape(ary)}; give three axes at least")
    return split(ary, indices_or_sections, 2)


def fliplr(m: Any) -> Any:
    """The second axis reversed."""
    return flip(m, 1)


def flipud(m: Any) -> Any:
    """The first axis reversed."""
    return flip(m, 0)


def rot90(m: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Any:
    """Turned `k` times by a right angle, from the first of two axes towards the second."""
    m = as_array(m)
    i, j = (axis_index(each, ndim(m)) for each in axes)
    if i == j:
        raise ValueError(f"rot90: got axes {axes}; give two different ones")
    for _ in range(k % 4):
        m = flip(swapaxes(m, i, j), i)
    return m


def rollaxis(a: Any, axis: int, start: int = 0) -> Any:
    """One axis moved to stand before another."""
    n = ndim(a)
    along = axis_index(axis, n)
    start = start + n if start < 0 else start
    if not 0 <= start <= n:
        raise np.exceptions.AxisError(f"rollaxis: got start={start} for {n} axes")
    order = [i for i in range(n) if i != along]
    order.insert(start - (along < start), along)
    return transpose(a, order)


def broadcast_arrays(*args: Any) -> tuple[Any, ...]:
    """The arrays, all broadcast to one shape."""
    arrays = [as_array(a) for a in args]
    wide = np.broadcast_shapes(*[shape(a) for a in arrays])
    if builtins.all(shape(a) == wide for a in arrays):
        return tuple(arrays)
    return tuple([widened(a, wide) for a in arrays])


def meshgrid(
    *xi: Any, copy: bool = True, sparse: bool = False, indexing: str = "xy"
) -> tuple[Any, ...]:
    """Grids of coordinates, from a row of them for each axis."""
    n = len(xi)
    if indexing not in ("xy", "ij"):
        raise ValueError(f"meshgrid: got indexing={indexing!r}; use 'xy' or 'ij'")
    places = list(range(n))
    if indexing == "xy" and n > 1:
        places[:2] = [1, 0]
    grids = [
        reshape(x, [-1 if i == place else 1 for i in range(n)])
        for x, place in zip(xi, places, strict=True)
    ]
    grids = grids if sparse else list(broadcast_arrays(*grids))
    return tuple([copied(grid, "C") for grid in grids] if copy else grids)


def vander(x: Any, N: Any = None, increasing: bool = False) -> Any:
    """The powers of each element of a row, in falling order unless told otherwise."""
    x = as_array(x)
    if ndim(x) != 1:
        raise ShapeError(f"vander: got an array of shape {shape(x)}; give a row")
    length = shape(x)[0]
    count = length if N is None else int(N)
    kind = np.promote_types(dtype_of(x), int)
    columns = widen(reshape(astype(x, kind), (length, 1)), (length, max(count - 1, 0)))
    start = np.ones((length, min(count, 1)), kind)
    powers = concatenate([start, cumprod(columns, 1)], 1) if count > 1 else start
    return powers if increasing else laid_out(flip(powers, 1))


def apply_along_axis(
    func1d: Callable[..., Any], axis: int, arr: Any, *args: Any, **kwargs: Any
) -> Any:
    """A function of rows applied to each row along an axis."""
    arr = as_array(arr)
    along = axis_index(axis, ndim(arr))
    moved = moveaxis(arr, along, -1)
    outside = shape(moved)[:-1]
    if not math.prod(outside):
        raise ValueError(f"apply_along_axis: an array of shape {shape(arr)} has no row to apply to")
    made = stack([as_array(func1d(moved[i], *args, **kwargs)) for i in np.ndindex(outside)])
    inner = shape(made)[1:]
    whole = reshape(made, (*outside, *inner))
    order = [*range(along), *range(len(outside), len(outside) + len(inner))]
    return transpose(whole, [*order, *range(along, len(outside))])


def apply_over_axes(func: Callable[..., Any], a: Any, axes: Any) -> Any:
    """A reducing function applied over several axes, one after the other, keeping them."""
    a = as_array(a)
    n = ndim(a)
    for axis in np.ravel(axes).tolist():
        along = axis + n if axis < 0 else axis
        result = as_array(func(a, along))
        a = result if ndim(result) == n else expand_dims(result, along)
        if ndim(a) != n:
            raise ValueError(
                f"apply_over_axes: the function made shape {shape(result)} of {n} axes; it must "
                "keep the axis or leave it out"
            )
    return a
