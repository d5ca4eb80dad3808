"""NumPy's ways of giving an array another shape, joining arrays and taking them apart."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.errors import ShapeError, UnsupportedError, at_call_site
from tapegrad.numpy.axes import as_array, axis_index, axis_tuple, full_shape, reduced_axes
from tapegrad.primitive import dtype
from tapegrad.primitive import shape as shape_of
from tapegrad.primitives import shaping
from tapegrad.primitives.indexing import index
from tapegrad.primitives.selection import where as select
from tapegrad.views import concrete, copied, fresh, link

__all__ = [
    "atleast_1d",
    "atleast_2d",
    "broadcast_to",
    "expand_dims",
    "flip",
    "matrix_transpose",
    "moveaxis",
    "ndim",
    "permute_dims",
    "ravel",
    "reshape",
    "shape",
    "size",
    "squeeze",
    "swapaxes",
    "transpose",
    "tril",
    "triu",
]


def shape(a: Any) -> tuple[int, ...]:
    """The lengths of the axes."""
    return shape_of(as_array(a))


def ndim(a: Any) -> int:
    """The number of axes."""
    return len(shape(a))


def size(a: Any, axis: Any = None) -> int:
    """The number of elements, altogether or along axes."""
    wide = shape(a)
    return math.prod(wide[i] for i in axis_tuple(axis, len(wide)))


def reshape(a: Any, /, shape: Any, *, order: str = "C", copy: bool | None = None) -> Any:
    """The same elements in another shape, in row order ("C") or column order ("F").

    `copy=True` copies them also where a view would do; `copy=False` raises an error otherwise.
    """
    a = as_array(a)
    if copy is False:
        np.reshape(concrete(a), shape, order, copy=False)  # type: ignore[call-overload]
    if copy:
        return copied(reshape(a, shape, order=order), "F" if order == "F" else "C")
    wanted = full_shape(shape, size(a))
    if order == "C":
        if wanted or not shape_of(a):
            return a if wanted == shape_of(a) else shaping.reshape(a, shape=wanted)
        return link(shaping.reshape(a, shape=()), a, shaping.reshape, {"shape": ()})
    if order == "F":
        return transpose(shaping.reshape(transpose(a), shape=wanted[::-1]))
    raise UnsupportedError(
        f"reshape{at_call_site()}: order={order!r} asks how the array lies in memory, which is not "
        "covered; use 'C' or 'F'"
    )


def ravel(a: Any, order: str = "C") -> Any:
    """All elements in one row, in row order ("C") or column order ("F").

    A view of an array whose elements lie in that order, else a copy.
    """
    if order != "C":
        return reshape(a, (-1,), order=order)
    row = reshape(a, (-1,)) if shape(a) else shaping.reshape(as_array(a), shape=(1,))
    plain = concrete(a)
    ordered = not isinstance(plain, np.ndarray) or plain.flags.c_contiguous
    return row if ordered else copied(row, "C")


def transpose(a: Any, axes: Any = None) -> Any:
    """The axes in another order, reversed by default."""
    a = as_array(a)
    n = len(shape_of(a))
    order = tuple(range(n))[::-1] if axes is None else tuple(axis_index(i, n) for i in axes)
    return a if order == tuple(range(n)) else shaping.transpose(a, axes=order)


permute_dims = transpose


def matrix_transpose(x: Any, /) -> Any:
    """Each matrix of a stack transposed."""
    return swapaxes(x, -1, -2)


def swapaxes(a: Any, axis1: int, axis2: int) -> Any:
    """Two axes exchanged."""
    n = ndim(a)
    order = list(range(n))
    i, j = axis_index(axis1, n), axis_index(axis2, n)
    order[i], order[j] = order[j], order[i]
    return transpose(a, order)


def moveaxis(a: Any, source: Any, destination: Any) -> Any:
    """Axes moved to new places, the others in their old order."""
    n = ndim(a)
    sources, places = np.atleast_1d(source), np.atleast_1d(destination)
    moved = {axis_index(p, n): axis_index(s, n) for s, p in zip(sources, places, strict=True)}
    rest = iter([i for i in range(n) if i not in moved.values()])
    return transpose(a, [moved[i] if i in moved else next(rest) for i in range(n)])


def expand_dims(a: Any, axis: Any) -> Any:
    """New axes of length one at these places of the result."""
    count = np.size(axis)
    places = axis_tuple(axis, ndim(a) + count)
    rest = iter(shape(a))
    wanted = [1 if i in places else next(rest) for i in range(ndim(a) + count)]
    return reshape(a, wanted)


def squeeze(a: Any, axis: Any = None) -> Any:
    """Without the axes of length one, or without those named."""
    wide = shape(a)
    gone = reduced_axes(axis, len(wide))
    long = [i for i in gone if wide[i] != 1]
    if axis is not None and long:
        raise ShapeError(
            f"squeeze: axis {long[0]} of shape {wide} has length {wide[long[0]]}; "
            "only axes of length 1 can be squeezed"
        )
    return reshape(a, [n for i, n in enumerate(wide) if i not in gone or n != 1])


def broadcast_to(array: Any, shape: Any) -> Any:
    """The array repeated to a larger shape by NumPy's broadcasting."""
    wanted = tuple(np.atleast_1d(shape).tolist())
    return widened(as_array(array), wanted)


def widened(a: Any, wanted: tuple[int, ...]) -> Any:
    """Broadcast to a shape, as a view that is not written through."""
    return link(_widen(a, wanted), a, _widen, {"wanted": wanted}, False)


def _widen(a: Any, wanted: tuple[int, ...]) -> Any:
    return fresh(a) if shape_of(a) == wanted else shaping.broadcast_to(a, shape=wanted)


def atleast_1d(*arys: Any) -> Any:
    """With one axis at least; of several arrays, a tuple."""
    wide = [as_array(a) if ndim(a) else reshape(a, (1,)) for a in arys]
    return wide[0] if len(wide) == 1 else tuple(wide)


def atleast_2d(*arys: Any) -> Any:
    """With two axes at least; a row becomes a matrix of one row."""
    wide = [as_array(a) if ndim(a) > 1 else reshape(a, (1, size(a))) for a in arys]
    return wide[0] if len(wide) == 1 else tuple(wide)


def flip(m: Any, axis: Any = None) -> Any:
    """The order of the elements reversed along axes, all of them by default."""
    n = ndim(m)
    axes = axis_tuple(axis, n)
    if not axes:
        return as_array(m)
    key = tuple(slice(None, None, -1) if i in axes else slice(None) for i in range(n))
    return index(as_array(m), key=key)


def _triangle(wide: tuple[int, ...], k: int) -> np.ndarray:
    """Where an element of a matrix lies on or below the k-th diagonal."""
    if not wide:
        raise ShapeError("tril, triu: got a number; give an array")
    rows, columns = wide[-2:] if len(wide) > 1 else wide * 2  # a vector is each of the rows
    return np.arange(rows)[:, None] + k >= np.arange(columns)


def _zero(m: Any) -> Any:
    return np.zeros((), dtype(as_array(m)))[()]


def tril(m: Any, k: int = 0) -> Any:
    """The lower triangle of each matrix, zeros above."""
    return select(_triangle(shape(m), k), as_array(m), _zero(m))


def triu(m: Any, k: int = 0) -> Any:
    """The upper triangle of each matrix, zeros below."""
    return select(_triangle(shape(m), k - 1), _zero(m), as_array(m))
