"""NumPy's arrays as sets: values each once, and which of them are in others."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib._arraysetops_impl import (
    UniqueAllResult,
    UniqueCountsResult,
    UniqueInverseResult,
)

from tapegrad.numpy.axes import as_array, axis_index
from tapegrad.numpy.indexing import take
from tapegrad.numpy.joining import concatenate
from tapegrad.numpy.ordering import lexsort
from tapegrad.numpy.reductions import any
from tapegrad.numpy.shaping import moveaxis, ravel, reshape
from tapegrad.primitive import dtype, look, shape
from tapegrad.primitives.comparison import isnan, logical_and, logical_not, not_equal
from tapegrad.primitives.indexing import ARRAY, index

__all__ = [
    "intersect1d",
    "isin",
    "setdiff1d",
    "setxor1d",
    "union1d",
    "unique",
    "unique_all",
    "unique_counts",
    "unique_inverse",
    "unique_values",
]


def _ordered(rows: Any, equal_nan: bool) -> tuple[Any, np.ndarray]:
    """The order of rows by their first elements, then the second; which differ from the last."""
    count, width = shape(rows)
    order = lexsort([rows[:, i] for i in range(width)][::-1]) if width else np.arange(count)
    sorted_rows = index(rows, order, key=(ARRAY,))
    later, earlier = sorted_rows[1:], sorted_rows[:-1]
    differ = not_equal(later, earlier)
    if equal_nan and np.dtype(dtype(rows)).kind == "f":
        differ = logical_and(differ, logical_not(logical_and(isnan(later), isnan(earlier))))
    first = np.ones(min(1, count), bool)
    return order, np.concatenate([first, look(any(differ, 1), np.asarray)])


def unique(
    ar: Any,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: Any = None,
    *,
    equal_nan: bool = True,
    sorted: bool = True,
) -> Any:
    """The sorted values, each once: of the flattened array, or the parts along an axis.

    Each is that of its first occurrence. Which values are equal is looked at.
    """
    ar = as_array(ar)
    if axis is None:
        values, along, rows = ravel(ar), 0, reshape(ar, (-1, 1))
    else:
        values, along = ar, axis_index(axis, len(shape(ar)))
        front = moveaxis(ar, along, 0)
        width = int(np.prod(shape(front)[1:], dtype=int))
        rows = reshape(front, (shape(front)[0], width))
    order, new = _ordered(rows, equal_nan and axis is None)
    starts = np.flatnonzero(new)
    places = order[starts]
    found = [take(values, places, along)]
    if return_index:
        found.append(places)
    if return_inverse:
        inverse = np.empty(len(new), np.intp)
        inverse[look(order, np.asarray)] = np.cumsum(new) - 1
        found.append(inverse.reshape(shape(ar)) if axis is None else inverse)
    if return_counts:
        found.append(np.diff(starts, append=len(new)))
    return found[0] if len(found) == 1 else tuple(found)


def unique_all(x: Any) -> Any:
    """The sorted values each once, where they are first, which each is, and how many there are."""
    return UniqueAllResult(*unique(x, True, True, True, equal_nan=False))


def unique_counts(x: Any) -> Any:
    """The sorted values each once, and how many there are of each."""
    return UniqueCountsResult(*unique(x, return_counts=True, equal_nan=False))


def unique_inverse(x: Any) -> Any:
    """The sorted values each once, and which of them each element is."""
    return UniqueInverseResult(*unique(x, return_inverse=True, equal_nan=False))


def unique_values(x: Any) -> Any:
    """The sorted values, each once."""
    return unique(x, equal_nan=False)


def isin(
    element: Any,
    test_elements: Any,
    assume_unique: bool = False,
    invert: bool = False,
    *,
    kind: Any = None,
) -> Any:
    """Whether each element is among others. Both are looked at."""
    first, second = (look(as_array(each), np.asarray) for each in (element, test_elements))
    return np.isin(first, second, assume_unique, invert, kind=kind)


def union1d(ar1: Any, ar2: Any) -> Any:
    """The sorted values of two arrays, each once."""
    return unique(concatenate([ar1, ar2], None))


def _rows(ar1: Any, ar2: Any, assume_unique: bool) -> tuple[Any, Any]:
    pair = (ar1, ar2)
    first, second = (ravel(a) if assume_unique else unique(a) for a in pair)
    return first, second


def intersect1d(
    ar1: Any, ar2: Any, assume_unique: bool = False, return_indices: bool = False
) -> Any:
    """The sorted values that are in both arrays; they are those of the first."""
    a, b = (look(as_array(each), np.asarray) for each in (ar1, ar2))
    common, first, second = np.intersect1d(a, b, assume_unique, return_indices=True)
    kind = np.result_type(common)
    found = take(ravel(ar1), first)
    found = found if np.dtype(dtype(found)) == kind else found.astype(kind)
    return (found, first, second) if return_indices else found


def setdiff1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """The values of the first array that are not in the second."""
    first = ravel(ar1) if assume_unique else unique(ar1)
    return take(first, np.flatnonzero(isin(first, ar2, invert=True)))


def setxor1d(ar1: Any, ar2: Any, assume_unique: bool = False) -> Any:
    """The sorted values that are in one of the arrays but not in both."""
    first, second = _rows(ar1, ar2, assume_unique)
    both = concatenate([first, second])
    order, new = _ordered(reshape(both, (-1, 1)), False)
    alone = new & np.append(new[1:], True) if len(new) else new
    return take(both, order[np.flatnonzero(alone)])
