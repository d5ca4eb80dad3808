"""NumPy's ways of picking, leaving out and putting in elements, and of choosing among arrays."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.errors import ShapeError
from tapegrad.numpy.axes import as_array, axis_index, axis_tuple, widen
from tapegrad.numpy.elementwise import astype, common, nonzero
from tapegrad.numpy.indexing import take
from tapegrad.numpy.joining import concatenate, stack
from tapegrad.numpy.products import diagonal
from tapegrad.numpy.shaping import ravel, reshape, size
from tapegrad.primitive import aval, dtype, is_complex, look, shape
from tapegrad.primitives.comparison import not_equal
from tapegrad.primitives.indexing import ARRAY, index, scatter_add
from tapegrad.primitives.selection import where
from tapegrad.views import laid_out

__all__ = [
    "append",
    "choose",
    "compress",
    "delete",
    "diag",
    "diagflat",
    "extract",
    "insert",
    "piecewise",
    "resize",
    "select",
    "trim_zeros",
]


def _plain(x: Any) -> np.ndarray:
    """Places or a mask, of which the values are looked at."""
    seen = np.asarray(look(as_array(x), np.asarray))
    return seen if seen.size else seen.astype(np.intp)


def _along(a: Any, axis: Any) -> tuple[Any, int]:
    a = as_array(a)
    return (ravel(a), 0) if axis is None else (a, axis_index(axis, len(shape(a))))


def compress(condition: Any, a: Any, axis: Any = None) -> Any:
    """The elements along an axis at which a row of truth values holds."""
    seen = _plain(condition)
    if seen.ndim != 1:
        raise ShapeError(f"compress: got a condition of shape {seen.shape}; give a row, or extract")
    return take(a, np.flatnonzero(seen), axis)


def extract(condition: Any, arr: Any) -> Any:
    """The elements, in one row, at which a condition holds."""
    return take(arr, np.flatnonzero(_plain(condition)))


def choose(a: Any, choices: Any, *, mode: str = "raise") -> Any:
    """For each place the element of the array whose number stands there."""
    numbers = as_array(a)
    arrays = common(choices)
    count = len(arrays)
    if mode == "wrap":
        numbers = numbers % count
    elif mode == "clip":
        numbers = np.clip(numbers, 0, count - 1)
    elif mode != "raise" or np.any(_plain((numbers < 0) | (numbers >= count))):
        raise ValueError(f"choose: mode={mode!r} and numbers not in 0..{count - 1}; choose others")
    wide = np.broadcast_shapes(shape(numbers), *[shape(each) for each in arrays])
    stacked = stack([widen(each, wide) for each in arrays])
    grid = np.ogrid[tuple(slice(n) for n in wide)]
    return index(stacked, widen(numbers, wide), *grid, key=(ARRAY,) * (1 + len(wide)))


def select(condlist: Any, choicelist: Any, default: Any = 0) -> Any:
    """For each place the element of the first array whose condition holds there."""
    if len(condlist) != len(choicelist) or not len(condlist):
        raise ValueError(
            f"select: got {len(condlist)} conditions and {len(choicelist)} choices; "
            "give one choice for each condition"
        )
    chosen, *choices = common((default, *choicelist))
    for condition, choice in zip(reversed(condlist), reversed(choices), strict=True):
        chosen = where(as_array(condition), choice, chosen)
    return laid_out(chosen)


def piecewise(x: Any, condlist: Any, funclist: Any, *args: Any, **kw: Any) -> Any:
    """Different functions (or numbers) where different conditions hold, the last one winning.

    A function is called with the elements where its condition holds. These are looked at.
    """
    x = as_array(x)
    wide = shape(x)
    if not shape(as_array(condlist)) or (wide and not shape(as_array(condlist[0]))):
        condlist = [condlist]
    masks = [np.broadcast_to(_plain(each).astype(bool), wide) for each in condlist]
    if len(funclist) == len(masks) + 1:
        masks.append(~np.logical_or.reduce(masks))
    if len(funclist) != len(masks):
        raise ValueError(
            f"piecewise: got {len(funclist)} functions for {len(masks)} conditions; give one for "
            "each, and one more if wanted"
        )
    row, result = ravel(x), np.zeros(math.prod(wide), dtype(x))
    for mask, function in zip(masks, funclist, strict=True):
        places = np.flatnonzero(mask)
        if not callable(function):
            value = as_array(function)
        elif len(places):
            value = as_array(function(row[places], *args, **kw))
        else:
            continue
        part = widen(astype(value, result.dtype), (len(places),))
        spread = scatter_add(part, places, key=(ARRAY,), shape=shape(row), dtype=result.dtype)
        result = where(np.ravel(mask), spread, result)
    return laid_out(reshape(result, wide), x) if wide else reshape(result, ())


def resize(a: Any, new_shape: Any) -> Any:
    """The elements over and over, until a shape is full."""
    wanted = (new_shape,) if isinstance(new_shape, int) else tuple(new_shape)
    count = math.prod(wanted)
    if not size(a):
        return np.zeros(wanted, dtype(as_array(a)))
    return take(a, (np.arange(count) % size(a)).reshape(wanted))


def append(arr: Any, values: Any, axis: Any = None) -> Any:
    """Values joined to the end, both flattened unless there is an axis."""
    if axis is None:
        return concatenate([ravel(arr), ravel(values)])
    return concatenate([arr, values], axis)


def delete(arr: Any, obj: Any, axis: Any = None) -> Any:
    """The array without the elements at some places along an axis."""
    arr, along = _along(arr, axis)
    places = obj if isinstance(obj, slice) else _plain(obj)
    return take(arr, np.delete(np.arange(shape(arr)[along]), places), along)


def _real(values: Any, arr: Any) -> Any:
    """Complex values as real ones: NumPy takes its own, with a warning, and none of Python's."""
    try:
        return np.array(values, np.dtype(dtype(arr)))
    except TypeError:
        raise TypeError(
            f"insert: got complex values for an array that is {aval(arr)}; give their real parts, "
            "or make the array complex"
        ) from None


def insert(arr: Any, obj: Any, values: Any, axis: Any = None) -> Any:
    """The array with values put before some places along an axis."""
    arr, along = _along(arr, axis)
    wide = shape(arr)
    places = np.arange(wide[along])[obj] if isinstance(obj, slice) else _plain(obj)
    places = np.flatnonzero(places) if places.dtype == bool else places
    new = as_array(values)
    if is_complex(new) and not is_complex(arr) and type(values) in (complex, list, tuple):
        new = _real(values, arr)
    where_to: Any = places
    count = len(np.atleast_1d(places))
    if places.size == 1:
        new = reshape(new, (1,) * (len(wide) - len(shape(new))) + shape(new))
        if places.ndim == 0:
            new = np.moveaxis(new, 0, along)
        count, where_to = shape(new)[along], int(places.reshape(()))
    new = widen(astype(new, dtype(arr)), (*wide[:along], count, *wide[along + 1 :]))
    order = np.insert(np.arange(wide[along]), where_to, wide[along] + np.arange(count))
    return laid_out(take(concatenate([arr, new], along), order, along), arr)


def diag(v: Any, k: int = 0) -> Any:
    """The diagonal of a matrix, or a matrix with a row as its diagonal."""
    v = as_array(v)
    if len(shape(v)) == 2:
        return diagonal(v, k)
    if len(shape(v)) != 1:
        raise ShapeError(f"diag: got an array of shape {shape(v)}; give a row or a matrix")
    places = np.arange(shape(v)[0])
    side = shape(v)[0] + abs(k)
    rows, columns = places + max(-k, 0), places + max(k, 0)
    return scatter_add(
        v, rows, columns, key=(ARRAY, ARRAY), shape=(side, side), dtype=np.dtype(dtype(v))
    )


def diagflat(v: Any, k: int = 0) -> Any:
    """A matrix with all elements of an array as its diagonal."""
    return diag(ravel(v), k)


def trim_zeros(filt: Any, trim: str = "fb", axis: Any = None) -> Any:
    """Without zeros at the front and at the back, along each axis. Where they are is looked at."""
    filt, sides = as_array(filt), trim.lower()
    if sides not in ("fb", "bf", "f", "b"):
        raise ValueError(f"trim_zeros: got trim={trim!r}; use 'f' for the front, 'b' for the back")
    n = len(shape(filt))
    axes = axis_tuple(axis, n)
    if not axes:
        return filt
    found = np.stack(nonzero(not_equal(filt, 0)))
    if found.size:
        starts = found.min(1).tolist() if "f" in sides else [None] * n
        stops = (found.max(1) + 1).tolist() if "b" in sides else [None] * n
    else:
        starts = stops = [0] * n
    ends = enumerate(zip(starts, stops, strict=True))
    return index(filt, key=tuple(slice(*pair) if i in axes else slice(None) for i, pair in ends))
