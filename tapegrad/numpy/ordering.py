"""NumPy's sorting and searching: orders, sorted values, positions."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tapegrad.numpy.axes import as_array, axis_index, real_array
from tapegrad.numpy.elementwise import nonzero
from tapegrad.numpy.shaping import ravel, reshape, transpose
from tapegrad.primitive import dtype, look, shape
from tapegrad.primitives import reduction, scans
from tapegrad.primitives.arithmetic import subtract
from tapegrad.primitives.comparison import isnan
from tapegrad.primitives.indexing import ARRAY, index
from tapegrad.primitives.selection import where
from tapegrad.views import laid_out

__all__ = [
    "argmax",
    "argmin",
    "argpartition",
    "argsort",
    "argwhere",
    "digitize",
    "flatnonzero",
    "lexsort",
    "nanargmax",
    "nanargmin",
    "partition",
    "searchsorted",
    "sort",
    "take_along_axis",
]


def _along(a: Any, axis: Any) -> tuple[Any, int]:
    """An array and the one axis to go along: the only one of the flattened array for None."""
    a = as_array(a)
    return (ravel(a), 0) if axis is None else (a, axis_index(axis, len(shape(a))))


def _one_axis(a: Any, axis: Any) -> Any:
    """None for the axis that NumPy lets a number have when its order is asked for."""
    return None if not shape(as_array(a)) and axis in (0, -1) else axis


def _position(primitive: Any, a: Any, axis: Any, keepdims: bool) -> Any:
    wide = shape(as_array(a))
    a, along = _along(a, _one_axis(a, axis))
    found = primitive(a, axis=along)
    kept = [1 if axis is None or i == along else n for i, n in enumerate(wide)]
    return reshape(found, kept) if keepdims else found


def argmax(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The position of the largest value, of the first where several tie."""
    return _position(reduction.argmax, a, axis, keepdims)


def argmin(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The position of the smallest value, of the first where several tie."""
    return _position(reduction.argmin, a, axis, keepdims)


def argsort(a: Any, axis: Any = -1, kind: Any = None, *, stable: Any = None) -> Any:
    """The positions of the values in increasing order; equal ones keep their order."""
    _check_stable(kind, stable)
    a, along = _along(a, _one_axis(a, axis))
    return reduction.argsort(a, axis=along)


def _known_position(find: Any, fill: float, a: Any, axis: Any, keepdims: bool) -> Any:
    a = as_array(a)
    if np.dtype(dtype(a)).kind != "f":
        return find(a, axis, keepdims=keepdims)
    missing = isnan(a)
    if np.any(np.all(look(missing, np.asarray), axis)):
        raise ValueError("nanargmax, nanargmin: there are only nan along the axis; choose another")
    return find(where(missing, fill, a), axis, keepdims=keepdims)


def nanargmax(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The position of the largest value that is not nan."""
    return _known_position(argmax, -np.inf, a, axis, keepdims)


def nanargmin(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The position of the smallest value that is not nan."""
    return _known_position(argmin, np.inf, a, axis, keepdims)


def _check_stable(kind: Any, stable: Any) -> None:
    if kind is not None and stable is not None:
        raise ValueError(f"sort: got kind={kind!r} and stable={stable!r}; give one of them")


def sort(a: Any, axis: Any = -1, kind: Any = None, *, stable: Any = None) -> Any:
    """The values in increasing order along an axis. Tied ones share the derivative equally."""
    _check_stable(kind, stable)
    a, along = _along(a, axis)
    return scans.sort(a, axis=along)


def _kth(kth: Any, length: int) -> tuple[int, ...]:
    places = [operator.index(k) for k in np.ravel(kth)]
    return tuple(k + length if k < 0 else k for k in places)


def argpartition(a: Any, kth: Any, axis: Any = -1, kind: str = "introselect") -> Any:
    """Positions such that the kth is where sorting would put it, and smaller ones before it."""
    if kind != "introselect":
        raise ValueError(f"partition: got kind={kind!r}; NumPy has 'introselect' alone")
    a, along = _along(a, _one_axis(a, axis))
    return reduction.argpartition(a, axis=along, kth=_kth(kth, shape(a)[along]))


def partition(a: Any, kth: Any, axis: Any = -1, kind: str = "introselect") -> Any:
    """The kth value where sorting would put it, smaller ones before it, in any order."""
    a, along = _along(a, axis)
    return laid_out(take_along_axis(a, argpartition(a, kth, along, kind), along), a)


def take_along_axis(arr: Any, indices: Any, axis: Any = -1) -> Any:
    """The elements at these places along an axis, as `argsort` and its kin give them."""
    arr, along = _along(arr, axis)
    places = as_array(indices)
    wide, count = list(shape(arr)), len(shape(arr))
    if len(shape(places)) != count:
        raise ValueError(
            f"take_along_axis: got an array of shape {shape(arr)} and indices of shape "
            f"{shape(places)}; give indices with as many axes"
        )
    wide[along] = 1
    grid = np.ogrid[tuple(slice(n) for n in wide)]
    parts = [places if i == along else grid[i] for i in range(count)]
    return index(arr, *parts, key=(ARRAY,) * count)


def searchsorted(a: Any, v: Any, side: str = "left", sorter: Any = None) -> Any:
    """Where in a sorted row values would go, before equal ones or ("right") behind them."""
    row = as_array(a)
    row = row if sorter is None else index(row, as_array(sorter), key=(ARRAY,))
    return reduction.searchsorted(row, as_array(v), side=side)


def digitize(x: Any, bins: Any, right: bool = False) -> Any:
    """The number of the bin that each value is in; the bins rise or fall."""
    x, bins = (real_array("digitize", each) for each in (x, bins))
    moves = [look(row, np.asarray) for row in (bins[1:] < bins[:-1], bins[1:] > bins[:-1])]
    falls = bool(np.any(moves[0]))
    if falls and np.any(moves[1]):
        raise ValueError("digitize: the bins neither rise nor fall; sort them")
    side = "left" if right else "right"
    if not falls:
        return searchsorted(bins, x, side)
    return subtract(shape(bins)[0], searchsorted(bins[::-1], x, side))


def argwhere(a: Any) -> Any:
    """The indices of what is not zero, a row for each."""
    a = as_array(a)
    if not shape(a):
        return np.zeros((len(flatnonzero(a)), 0), np.intp)
    return transpose(np.stack(nonzero(a)))


def flatnonzero(a: Any) -> Any:
    """The places of what is not zero in the flattened array."""
    return nonzero(ravel(a))[0]


def lexsort(keys: Any, axis: int = -1) -> Any:
    """The order by several keys: the last one first, equal ones by the one before it."""
    rows = [as_array(key) for key in keys]
    along = axis_index(axis, len(shape(rows[0])))
    order = argsort(rows[0], along)
    for row in rows[1:]:
        finer = argsort(take_along_axis(row, order, along), along)
        order = take_along_axis(order, finer, along)
    return order
