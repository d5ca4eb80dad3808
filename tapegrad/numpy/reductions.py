"""NumPy's reductions: sums, means, extremes, products, norms, positions."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from tapegrad.errors import ShapeError
from tapegrad.numpy.axes import as_array, axis_index, axis_tuple
from tapegrad.numpy.elementwise import absolute, astype, not_equal
from tapegrad.primitive import shape
from tapegrad.primitives import reduction
from tapegrad.primitives.arithmetic import divide, multiply, square
from tapegrad.primitives.indexing import ARRAY, index
from tapegrad.primitives.shaping import reshape
from tapegrad.primitives.shaping import sum as sum_axes

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "average",
    "count_nonzero",
    "cumsum",
    "max",
    "mean",
    "min",
    "prod",
    "sort",
    "std",
    "sum",
    "var",
]


def _opened(a: Any, axis: Any, dtype: Any = None) -> tuple[Any, tuple[int, ...], int]:
    """The array, the axes to reduce and how many elements go into each result."""
    a = as_array(a)
    a = a if dtype is None else astype(a, dtype)
    axes = axis_tuple(axis, len(shape(a)))
    count = 1
    for i in axes:
        count *= shape(a)[i]
    return a, axes, count


def sum(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Any:
    """The sum over axes (all of them by default)."""
    a, axes, _ = _opened(a, axis, dtype)
    return sum_axes(a, axis=axes, keepdims=bool(keepdims)) if shape(a) else a


def mean(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Any:
    """The arithmetic mean over axes (all of them by default)."""
    a, axes, count = _opened(a, axis, dtype)
    return divide(sum_axes(a, axis=axes, keepdims=bool(keepdims)) if shape(a) else a, count)


def average(a: Any, axis: Any = None, weights: Any = None, *, keepdims: bool = False) -> Any:
    """The mean, weighted by an array that broadcasts against `a`."""
    if weights is None:
        return mean(a, axis, keepdims=keepdims)
    a, axes, _ = _opened(a, axis)
    weights = as_array(weights)
    if shape(weights) != shape(a):
        if len(axes) != 1 or shape(weights) != (shape(a)[axes[0]],):
            raise ShapeError(
                f"average: weights of shape {shape(weights)} do not fit values of shape "
                f"{shape(a)} along axis {axis}; give one weight for each value"
            )
        wide = tuple(n if i == axes[0] else 1 for i, n in enumerate(shape(a)))
        weights = multiply(reshape(weights, shape=wide), np.ones(shape(a)))
    total = sum(multiply(a, weights), axes, keepdims=keepdims)
    return divide(total, sum(weights, axes, keepdims=keepdims))


def _centred(a: Any, axis: Any, dtype: Any, ddof: float) -> tuple[Any, tuple[int, ...], float]:
    a, axes, count = _opened(a, axis, dtype)
    return a - mean(a, axes, keepdims=True), axes, builtins.max(count - ddof, 0)


def var(
    a: Any, axis: Any = None, dtype: Any = None, *, ddof: float = 0, keepdims: bool = False
) -> Any:
    """The mean squared distance from the mean, over count minus `ddof`."""
    centred, axes, freedom = _centred(a, axis, dtype, ddof)
    return divide(sum(square(centred), axes, keepdims=keepdims), freedom)


def std(
    a: Any, axis: Any = None, dtype: Any = None, *, ddof: float = 0, keepdims: bool = False
) -> Any:
    """The square root of `var`. Where all values are equal its derivative is 0."""
    centred, axes, freedom = _centred(a, axis, dtype, ddof)
    if not shape(centred):
        return absolute(centred) / math.sqrt(freedom)
    return divide(reduction.norm(centred, axis=axes, keepdims=bool(keepdims)), math.sqrt(freedom))


def max(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The largest value over axes. Tied values share the derivative equally."""
    a, axes, _ = _opened(a, axis)
    return reduction.max(a, axis=axes, keepdims=bool(keepdims)) if shape(a) else a


def min(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The smallest value over axes. Tied values share the derivative equally."""
    a, axes, _ = _opened(a, axis)
    return reduction.min(a, axis=axes, keepdims=bool(keepdims)) if shape(a) else a


amax, amin = max, min


def prod(a: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False) -> Any:
    """The product over axes, as a tree of multiplications: exact derivatives, zeros included."""
    a, axes, count = _opened(a, axis, dtype)
    wide = shape(a)
    kept = tuple(n for i, n in enumerate(wide) if i not in axes)
    order = (*axes, *(i for i in range(len(wide)) if i not in axes))
    result = reshape(a.transpose(order), shape=(count, *kept)) if wide else a
    if count == 0:
        return np.ones(kept, result.dtype)
    while wide and shape(result)[0] > 1:
        half = shape(result)[0] // 2
        pairs = result[:half] * result[half : 2 * half]
        odd = result[2 * half :]
        result = np.concatenate([pairs, odd]) if shape(odd)[0] else pairs
    result = result[0] if wide else result
    return reshape(result, shape=_kept_shape(wide, axes)) if keepdims else result


def _kept_shape(wide: tuple[int, ...], axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(1 if i in axes else n for i, n in enumerate(wide))


def cumsum(a: Any, axis: Any = None, dtype: Any = None) -> Any:
    """The running sum along an axis, of the flattened array by default."""
    a, axis = _along(a if dtype is None else astype(as_array(a), dtype), axis)
    return reduction.cumsum(a, axis=axis, reverse=False)


def _along(a: Any, axis: Any) -> tuple[Any, int]:
    """An array and the one axis to go along: the only one of the flattened array for None."""
    a = as_array(a)
    if axis is None:
        count = 1
        for n in shape(a):
            count *= n
        return reshape(a, shape=(count,)), 0
    return a, axis_index(axis, len(shape(a)))


def _position(primitive: Any, a: Any, axis: Any, keepdims: bool) -> Any:
    wide = shape(as_array(a))
    a, along = _along(a, axis)
    found = primitive(a, axis=along)
    axes = tuple(range(len(wide))) if axis is None else (along,)
    return reshape(found, shape=_kept_shape(wide, axes)) if keepdims else found


def argmax(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The position of the largest value, of the first where several tie."""
    return _position(reduction.argmax, a, axis, keepdims)


def argmin(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The position of the smallest value, of the first where several tie."""
    return _position(reduction.argmin, a, axis, keepdims)


def argsort(a: Any, axis: Any = -1) -> Any:
    """The positions of the values in increasing order; equal ones keep their order."""
    a, along = _along(a, axis)
    return reduction.argsort(a, axis=along)


def sort(a: Any, axis: Any = -1) -> Any:
    """The values in increasing order along an axis."""
    a, along = _along(a, axis)
    order = reduction.argsort(a, axis=along)
    wide = shape(a)
    grid = np.ogrid[tuple(slice(n) for n in wide)]
    places = [order if i == along else grid[i] for i in range(len(wide))]
    return index(a, *places, key=(ARRAY,) * len(wide))


def all(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Whether every element over the axes is true."""
    a, axes, _ = _opened(a, axis)
    return reduction.all(a, axis=axes, keepdims=bool(keepdims))


def any(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """Whether any element over the axes is true."""
    a, axes, _ = _opened(a, axis)
    return reduction.any(a, axis=axes, keepdims=bool(keepdims))


def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """How many elements over the axes are not zero."""
    return sum(astype(not_equal(as_array(a), 0), np.int64), axis, keepdims=keepdims)
