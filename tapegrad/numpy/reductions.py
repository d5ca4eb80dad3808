"""NumPy's reductions: sums, means, extremes, products, and whether all or any hold."""

from __future__ import annotations

import builtins
import math
from typing import Any

import numpy as np

from tapegrad.errors import UnsupportedError, at_call_site
from tapegrad.numpy.axes import as_array, axis_tuple, reduced_axes, widen
from tapegrad.numpy.elementwise import absolute, astype, maximum, minimum, not_equal, sqrt
from tapegrad.primitive import dtype as dtype_of
from tapegrad.primitive import is_complex, look, shape
from tapegrad.primitives import multiplying, reduction
from tapegrad.primitives.arithmetic import divide, square, subtract
from tapegrad.primitives.comparison import logical_and, logical_not, logical_or
from tapegrad.primitives.parts import imag, real
from tapegrad.primitives.selection import where as select
from tapegrad.primitives.shaping import reshape
from tapegrad.primitives.shaping import sum as sum_axes
from tapegrad.views import computed

__all__ = [
    "all",
    "amax",
    "amin",
    "any",
    "count_nonzero",
    "max",
    "mean",
    "min",
    "prod",
    "ptp",
    "std",
    "sum",
    "var",
]


_HALF = np.dtype(np.float16)


def _opened(a: Any, axis: Any, dtype: Any = None) -> tuple[Any, tuple[int, ...]]:
    """The array, and the axes to reduce."""
    a = as_array(a)
    a = np.asarray(a)[()] if type(a) in (int, bool) else a
    a = a if dtype is None else astype(a, dtype)
    return a, reduced_axes(axis, len(shape(a)))


def _count(a: Any, axes: tuple[int, ...]) -> int:
    """How many elements go into each result."""
    wide = shape(a)
    return math.prod([wide[i] for i in axes])


def _told(result: Any, dtype: Any) -> Any:
    """A result in the dtype that was asked for, where summing or dividing left it."""
    return result if dtype is None or dtype_of(result) == np.dtype(dtype) else astype(result, dtype)


def _chosen(a: Any, where: Any, otherwise: Any) -> Any:
    """The array with what the mask leaves out put out of the way."""
    return select(widen(as_array(where), shape(a)), a, otherwise)


def _started(initial: Any, result: Any) -> Any:
    """A starting value in the dtype of what it starts."""
    initial, kind = as_array(initial), dtype_of(result)
    if dtype_of(initial) is complex and not isinstance(kind, type) and kind.kind in "fiu":
        raise TypeError(f"got initial={look(initial, str)}, complex, for a result that is {kind}")
    if isinstance(kind, type) or dtype_of(initial) == kind:
        return initial
    return astype(initial, kind)


def sum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The sum over axes (all of them by default), of the elements where a mask holds."""
    a, axes = _opened(a, axis, dtype)
    a = a if where is True else _chosen(a, where, 0)
    if axes or shape(a) or np.dtype(dtype_of(a)).kind in "biu":  # small integers widen
        total = sum_axes(a, axis=axes, keepdims=bool(keepdims))
    else:
        total = computed(a)
    total = total if dtype is None else _told(total, dtype)
    return total if initial is None else total + _started(initial, total)


def _summed(a: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """A sum in NumPy's dtype: one number summed is an int where it was a bool."""
    if shape(a):
        return sum_axes(a, axis=axes, keepdims=keepdims)
    kind = np.dtype(dtype_of(a))
    return astype(a, np.add.reduce(np.empty(0, kind)).dtype) if kind.kind in "biu" else a


def mean(
    a: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False, where: Any = True
) -> Any:
    """The arithmetic mean over axes (all of them by default), of the elements of a mask.

    Of float16 it is computed in float32, as NumPy does it, since their sum may be too large.
    """
    a = as_array(a)
    if dtype is None and dtype_of(a) == _HALF:
        return astype(mean(a, axis, np.float32, keepdims=keepdims, where=where), np.float16)
    a, axes = _opened(a, axis, dtype)
    if where is not True:
        total = sum(a, axes, keepdims=keepdims, where=where)
        return _told(divide(total, _counted(a, axes, where, total, keepdims)), dtype)
    if not shape(a):
        axis_tuple(axis, 0)  # NumPy has no axis 0 of a number here
    return _told(divide(_summed(a, axes, bool(keepdims)), _count(a, axes)), dtype)


def _counted(a: Any, axes: tuple[int, ...], where: Any, like: Any, keepdims: bool = True) -> Any:
    """How many elements of a mask go into each result, in the precision that this one has."""
    mask = widen(as_array(where), shape(a))
    count = sum(astype(mask, np.int64), axes, keepdims=keepdims)
    kind = dtype_of(like)
    inexact = not isinstance(kind, type) and kind.kind in "fc"
    return astype(count, np.finfo(kind).dtype) if inexact else count


def _centred(
    a: Any, axis: Any, dtype: Any, middle: Any, where: Any, ddof: float, correction: Any
) -> tuple[Any, tuple[int, ...], Any]:
    """Distances from the mean, the axes, and what to divide the squares by (dims kept)."""
    if correction is not None and ddof:
        raise ValueError(f"var: got ddof={ddof} and correction={correction}; give one of them")
    ddof = ddof if correction is None else correction
    if dtype is not None and np.dtype(dtype).kind != "f":
        raise UnsupportedError(
            f"var{at_call_site()}: dtype={np.dtype(dtype)} is not covered, since squares would be "
            "cut off on the way; convert the result with astype"
        )
    if dtype is not None and is_complex(as_array(a)):
        raise UnsupportedError(
            f"var{at_call_site()}: dtype={np.dtype(dtype)} is not covered for complex numbers, of "
            "whose mean it drops the imaginary part; convert the result with astype"
        )
    if where is True:
        axis_tuple(axis, len(shape(as_array(a))))  # NumPy has no axis 0 of a number here
    a, axes = _opened(a, axis)
    a = a if np.dtype(dtype_of(a)).kind == "f" or dtype is None else astype(a, dtype)
    if middle is None:
        middle = mean(a, axes, dtype, keepdims=True, where=where)
    else:
        middle = as_array(middle)
    distance = a - middle
    if where is True:
        return distance, axes, builtins.max(_count(a, axes) - ddof, 0)
    distance = _chosen(distance, where, 0.0)
    return distance, axes, maximum(_counted(a, axes, where, distance) - ddof, 0)


def _dropped(freedom: Any, axes: tuple[int, ...], keepdims: bool) -> Any:
    """A divisor of kept dims, without them unless they are wanted."""
    if keepdims or not shape(freedom):
        return freedom
    return reshape(freedom, shape=tuple(n for i, n in enumerate(shape(freedom)) if i not in axes))


def _squared(x: Any) -> Any:
    return square(real(x)) + square(imag(x)) if is_complex(x) else square(x)


def var(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    """The mean squared distance from the mean, over count minus `ddof` or `correction`.

    A mean that is known already may be given, with the reduced axes kept.
    """
    centred, axes, freedom = _centred(a, axis, dtype, mean, where, ddof, correction)
    total = sum(_squared(centred), axes, dtype, keepdims=keepdims)
    return _told(divide(total, _dropped(freedom, axes, keepdims)), dtype)


def std(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    ddof: float = 0,
    keepdims: bool = False,
    where: Any = True,
    mean: Any = None,
    correction: Any = None,
) -> Any:
    """The square root of `var`. Where all values are equal its derivative is 0."""
    centred, axes, freedom = _centred(a, axis, dtype, mean, where, ddof, correction)
    plain = isinstance(freedom, int | float)
    root = math.sqrt(freedom) if plain else sqrt(_dropped(freedom, axes, keepdims))
    if not shape(centred):
        return _told(divide(absolute(centred), root), dtype)
    return _told(divide(reduction.norm(centred, axis=axes, keepdims=bool(keepdims)), root), dtype)


def _lowest(a: Any, sign: int) -> Any:
    """What no element of this dtype is below (or above, for -1)."""
    kind = np.dtype(dtype_of(a))
    if kind.kind in "fc":
        return -math.inf * sign
    if kind.kind == "b":
        return sign < 0
    return np.iinfo(kind).min if sign > 0 else np.iinfo(kind).max


def _extreme(a: Any, axis: Any, keepdims: bool, initial: Any, where: Any, sign: int) -> Any:
    primitive, ufunc = (reduction.max, maximum) if sign > 0 else (reduction.min, minimum)
    a, axes = _opened(a, axis)
    if where is not True and initial is None:
        raise ValueError(
            f"{primitive.name}: got where= and no initial=; give the value of an empty selection"
        )
    if initial is not None and not _count(a, axes):
        empty = sum(a, axes, keepdims=keepdims)
        return widen(_started(initial, astype(empty, dtype_of(a))), shape(empty))
    a = a if where is True else _chosen(a, where, _lowest(a, sign))
    found = primitive(a, axis=axes, keepdims=bool(keepdims)) if shape(a) else computed(a)
    return found if initial is None else ufunc(found, _started(initial, found))


def max(
    a: Any, axis: Any = None, *, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """The largest value over axes. Tied values share the derivative equally."""
    return _extreme(a, axis, keepdims, initial, where, 1)


def min(
    a: Any, axis: Any = None, *, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """The smallest value over axes. Tied values share the derivative equally."""
    return _extreme(a, axis, keepdims, initial, where, -1)


amax, amin = max, min


def ptp(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The largest value less the smallest."""
    return subtract(max(a, axis, keepdims=keepdims), min(a, axis, keepdims=keepdims))


def prod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The product over axes, with exact derivatives of every order, zeros included."""
    a, axes = _opened(a, axis, dtype)
    start = () if initial is None else (as_array(initial),)
    start = start if dtype is None else tuple(_started(each, a) for each in start)
    a = a if where is True else _chosen(a, where, 1)
    product = multiplying.prod(a, *start, axis=axes, keepdims=bool(keepdims))
    return _told(product, dtype)


def all(a: Any, axis: Any = None, *, keepdims: bool = False, where: Any = True) -> Any:
    """Whether every element over the axes (and of a mask) is true."""
    a, axes = _opened(a, axis)
    a = a if where is True else logical_or(a, logical_not(widen(as_array(where), shape(a))))
    return reduction.all(a, axis=axes, keepdims=bool(keepdims))


def any(a: Any, axis: Any = None, *, keepdims: bool = False, where: Any = True) -> Any:
    """Whether any element over the axes (and of a mask) is true."""
    a, axes = _opened(a, axis)
    a = a if where is True else logical_and(a, widen(as_array(where), shape(a)))
    return reduction.any(a, axis=axes, keepdims=bool(keepdims))


def count_nonzero(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """How many elements over the axes are not zero."""
    return sum(astype(not_equal(as_array(a), 0), np.int64), axis, keepdims=keepdims)
