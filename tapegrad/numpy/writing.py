"""NumPy's functions that change an array in place, and the `at` of its ufuncs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tapegrad.errors import InPlaceError, ShapeError, UnsupportedError, call_site, in_words
from tapegrad.numpy.assignment import setitem, write_out
from tapegrad.numpy.axes import as_array, axis_index, contains_traced, widen
from tapegrad.numpy.indexing import getitem, parsed
from tapegrad.numpy.shaping import ravel, size
from tapegrad.primitive import Traced, apply, aval, dtype, look, shape
from tapegrad.primitives.arithmetic import add
from tapegrad.primitives.indexing import ARRAY, index, scatter_add

__all__ = ["copyto", "fill_diagonal", "place", "put", "put_along_axis", "putmask"]


def _into_plain(function: Callable[..., Any], a: Any, *args: Any, **options: Any) -> Any:
    """NumPy's own function, as long as nothing traced would be lost in a plain array."""
    if any(contains_traced([arg]) for arg in args):
        words = in_words(call_site(with_text=True), f"np.{function.__name__}")
        raise InPlaceError(
            f"{words}: a traced value cannot be written into a plain array, its derivative would "
            "be lost; make the array with np.zeros_like(x, shape=...)"
        )
    return function(a, *args, **options)


def _write_flat(a: Any, places: np.ndarray, values: Any) -> None:
    """Values at places of the flattened array; of too few values the first come again."""
    values = ravel(as_array(values))
    if not places.size or not size(values):
        return
    values = index(values, np.arange(places.size) % size(values), key=(ARRAY,))
    if shape(a):
        setitem(a, np.unravel_index(places, shape(a)), values)
    else:
        setitem(a, (), values[-1])


def _looked_at(x: Any) -> np.ndarray:
    return np.ravel(np.asarray(look(as_array(x), np.asarray)))


def put(a: Any, ind: Any, v: Any, mode: str = "raise") -> None:
    """Write values at places of the flattened array."""
    if not isinstance(a, Traced):
        return _into_plain(np.put, a, ind, v, mode=mode)
    places, length = _looked_at(ind).astype(np.intp), size(a)
    if mode == "raise" and np.any((places < -length) | (places >= length)):
        raise IndexError(f"put: got places {places} for {length} elements")
    places = np.clip(places, 0, length - 1) if mode == "clip" else places % length
    return _write_flat(a, places, v)


def place(arr: Any, mask: Any, vals: Any) -> None:
    """Write values, one after the other, where a mask holds."""
    if not isinstance(arr, Traced):
        return _into_plain(np.place, arr, mask, vals)
    if size(mask) != size(arr):
        raise ShapeError(f"place: got a mask of shape {shape(as_array(mask))} for {aval(arr)}")
    if not size(vals) and np.any(_looked_at(mask)):
        raise ValueError("place: got no values to write; give one at least")
    return _write_flat(arr, np.flatnonzero(_looked_at(mask)), vals)


def putmask(a: Any, mask: Any, values: Any) -> None:
    """Write values where a mask holds, each of those that stand at the same place."""
    if not isinstance(a, Traced):
        return _into_plain(np.putmask, a, mask, values)
    if size(mask) != size(a):
        raise ShapeError(f"putmask: got a mask of shape {shape(as_array(mask))} for {aval(a)}")
    places, row = np.flatnonzero(_looked_at(mask)), ravel(as_array(values))
    if places.size and size(row):
        _write_flat(a, places, index(row, places % size(row), key=(ARRAY,)))
    return None


def copyto(dst: Any, src: Any, casting: str = "same_kind", where: Any = True) -> None:
    """Write an array over another, where a mask holds."""
    if not isinstance(dst, Traced):
        return _into_plain(np.copyto, dst, src, casting=casting, where=where)
    write_out(dst, as_array(src), "np.copyto(a, x)", where, casting)
    return None


def fill_diagonal(a: Any, val: Any, wrap: bool = False) -> None:
    """Write values on the main diagonal."""
    if not isinstance(a, Traced):
        return _into_plain(np.fill_diagonal, a, val, wrap=wrap)
    marked = np.zeros(shape(a), np.int8)
    np.fill_diagonal(marked, 1, wrap=wrap)
    return _write_flat(a, np.flatnonzero(marked), val)


def put_along_axis(arr: Any, indices: Any, values: Any, axis: Any) -> None:
    """Write values at these places along an axis, as `argsort` and its kin give them."""
    if not isinstance(arr, Traced):
        return _into_plain(np.put_along_axis, arr, indices, values, axis)
    places, wide = as_array(indices), shape(arr)
    if axis is None:
        row = np.asarray(look(places, np.asarray))
        if row.ndim != 1:
            raise ValueError("put_along_axis: got indices of many axes for axis=None; give a row")
        flat = np.unravel_index(np.arange(size(arr))[row], wide)
        return setitem(arr, flat, values)
    along = axis_index(axis, len(wide))
    if len(shape(places)) != len(wide):
        raise ValueError(
            f"put_along_axis: got an array of shape {wide} and indices of shape {shape(places)}; "
            "give indices with as many axes"
        )
    grid = np.ogrid[tuple(slice(1 if i == along else n) for i, n in enumerate(wide))]
    return setitem(arr, tuple(places if i == along else grid[i] for i in range(len(wide))), values)


def at(ufunc: np.ufunc, a: Any, indices: Any, *operands: Any) -> None:
    """`np.add.at(a, indices, b)`: a ufunc applied in place, once for each index."""
    if not isinstance(a, Traced):
        _into_plain(ufunc.at, a, indices, *operands)
        return
    arrays, key = parsed(a, indices)
    places = index(np.arange(size(a)).reshape(shape(a)), *arrays, key=key)
    if ufunc in (np.add, np.subtract):
        (b,) = operands
        b = widen(as_array(b), shape(places))
        kind = np.result_type(dtype(a), dtype(b))
        total = scatter_add(b, *arrays, key=key, shape=shape(a), dtype=kind)
        write_out(a, apply(add, (a, total if ufunc is np.add else -total)), "np.add.at(a, i, b)")
        return
    seen = _looked_at(places)
    if len(np.unique(seen)) < seen.size:
        words = in_words(call_site(with_text=True), f"np.{ufunc.__name__}.at")
        raise UnsupportedError(
            f"{words}: got an index twice, which is covered for np.add and np.subtract alone; "
            "write a loop over the indices"
        )
    setitem(a, indices, ufunc(getitem(a, indices), *operands))
