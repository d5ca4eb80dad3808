"""NumPy's quantiles and medians, by every method and with weights."""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from tapegrad.numpy.averages import spread_weights
from tapegrad.numpy.axes import as_array, axis_tuple, widen
from tapegrad.numpy.elementwise import astype, ceil, clip, floor, rint
from tapegrad.numpy.nans import nanmean
from tapegrad.numpy.ordering import argsort, take_along_axis
from tapegrad.numpy.reductions import any, sum
from tapegrad.numpy.scans import cumsum
from tapegrad.numpy.shaping import reshape, transpose
from tapegrad.primitive import PYTHON_NUMBERS, dtype, is_complex, look, shape
from tapegrad.primitives import scans
from tapegrad.primitives.arithmetic import divide, multiply
from tapegrad.primitives.comparison import equal, isnan, less, logical_not
from tapegrad.primitives.indexing import ARRAY, index
from tapegrad.primitives.selection import where as select
from tapegrad.views import axes_laid_out

__all__ = [
    "median",
    "nanmedian",
    "nanpercentile",
    "nanquantile",
    "percentile",
    "quantile",
]

# The pair (alpha, beta) with which a method finds its place q n + alpha + q (1 - alpha - beta) - 1
# among n sorted values (Hyndman and Fan, "Sample Quantiles in Statistical Packages", 1996).
_PLACES: Mapping[str, tuple[float, float]] = MappingProxyType(
    {
        "interpolated_inverted_cdf": (0.0, 1.0),
        "hazen": (0.5, 0.5),
        "weibull": (0.0, 0.0),
        "median_unbiased": (1 / 3, 1 / 3),
        "normal_unbiased": (3 / 8, 3 / 8),
        "inverted_cdf": (0.0, 1.0),
        "averaged_inverted_cdf": (0.0, 1.0),
        "closest_observation": (-0.5, 1.5),
    }
)
_OF_SPACES = ("linear", "lower", "higher", "midpoint", "nearest")
_PICKING = ("lower", "higher", "nearest", "inverted_cdf", "closest_observation")


def _in_front(a: Any, axis: Any) -> tuple[Any, tuple[int, ...], tuple[int, ...]]:
    """The reduced axes as one, in front; the shape of the others without and with ones."""
    a = as_array(a)
    wide = shape(a)
    axes = axis_tuple(axis, len(wide))
    rest = tuple(i for i in range(len(wide)) if i not in axes)
    kept = tuple(wide[i] for i in rest)
    once = tuple(1 if i in axes else n for i, n in enumerate(wide))
    moved = transpose(a, (*axes, *rest))
    return reshape(moved, (math.prod(wide[i] for i in axes), *kept)), kept, once


def _at(rows: Any, places: Any) -> Any:
    """Elements of sorted rows, at places whose last axes are those of the rows."""
    kept = shape(rows)[1:]
    if len(shape(places)) < len(kept) or not kept:
        return index(rows, places, key=(ARRAY,))
    grid = np.ogrid[tuple(slice(n) for n in kept)]
    return index(rows, places, *grid, key=(ARRAY,) * (1 + len(kept)))


def _bounds(q: Any, count: Any, method: str) -> tuple[Any, Any, Any]:
    """The two places between which a share `q` of `count` sorted values lies, and how far."""
    last = count - 1
    if method in _OF_SPACES:
        place = multiply(q, last)
    else:
        alpha, beta = _PLACES[method]
        place = multiply(q, count) + (alpha + q * (1 - alpha - beta)) - 1
    if method in _PICKING:
        found = clip(_picked(place, method), 0, last)
        return found, found, 0.0
    share = place - floor(place)
    if method in ("midpoint", "averaged_inverted_cdf"):
        exact, between = (0.0, 0.5) if method == "midpoint" else (0.5, 1.0)
        precise = np.result_type(share if dtype(share) in PYTHON_NUMBERS else dtype(share), 1.0)
        share = astype(select(equal(share, 0), exact, between), precise)
    below, above = clip(floor(place), 0, last), clip(floor(place) + 1, 0, last)
    return below, above, share


def _picked(place: Any, method: str) -> Any:
    """The one value that a method without interpolation picks."""
    if method == "nearest":
        return rint(place)
    if method == "closest_observation":  # where two are as close, NumPy's place of an odd number
        even = equal(floor(place) % 2, 0)
        exact = equal(place, floor(place))
        return floor(place) + select(exact, astype(even, np.float64), 1.0)
    return floor(place) if method == "lower" else ceil(place)


def _between(rows: Any, q: Any, count: Any, method: str) -> Any:
    """The value at a share `q` of the way through sorted rows of which `count` values count."""
    if method == "linear" and np.dtype(dtype(q)).kind in "iu":  # the ends, which need no mean
        return _at(rows, multiply(q, count - 1))
    below, above, share = _bounds(q, count, method)
    low = _at(rows, astype(below, np.intp))
    if method in _PICKING:
        return low
    high = _at(rows, astype(above, np.intp))
    step = high - low
    if dtype(q) in PYTHON_NUMBERS and np.dtype(dtype(rows)).kind == "f":
        share = astype(as_array(share), dtype(rows))  # NumPy's weak numbers
    near = less(share, 0.5)
    return select(
        equal(low, high), low, select(near, low + step * share, high - step * (1 - share))
    )


def _weighted(rows: Any, weights: Any, q: Any) -> Any:
    """The first value up to which the weights make a share `q` of their sum."""
    order = argsort(rows, 0)
    rows, heavy = take_along_axis(rows, order, 0), take_along_axis(weights, order, 0)
    plain = look(heavy, np.asarray).astype(np.float64)
    if np.any(plain < 0) or not np.all(plain.sum(0) > 0):
        raise ValueError("quantile: the weights are negative, nan or all zero; give positive ones")
    reached = cumsum(plain, 0)
    reached = reached / reached[-1]
    reached[reached == 0] = -1.0
    asked = look(q, np.asarray)
    reached = reached.astype(asked.dtype) if asked.dtype.kind == "f" else reached
    below = reached < asked.reshape((*asked.shape, *(1,) * reached.ndim))
    places = np.minimum(below.sum(asked.ndim), shape(rows)[0] - 1)
    return _at(rows, places)


def _check(q: Any, method: str, weights: Any) -> None:
    if method not in _PLACES and method not in _OF_SPACES:
        names = ", ".join(sorted((*_PLACES, *_OF_SPACES)))
        raise ValueError(f"quantile: got method={method!r}; use one of {names}")
    seen = look(q, np.asarray)
    if not np.all((seen >= 0) & (seen <= 1)) or seen.ndim > 2:
        raise ValueError(f"quantile: got q={seen}; give shares between 0 and 1 (percents to 100)")
    if weights is not None and method != "inverted_cdf":
        raise ValueError(f"quantile: got weights and method={method!r}; use 'inverted_cdf'")


def _quantile(
    a: Any, q: Any, axis: Any, method: str, keepdims: bool, weights: Any, ignore: bool
) -> Any:
    a, q = as_array(a), as_array(q)
    if is_complex(a):
        raise TypeError("quantile: got complex numbers, which have no order; give real ones")
    _check(q, method, weights)
    if ignore and not math.prod(shape(a)):
        return nanmean(a, axis, keepdims=keepdims)
    whole = method in _PICKING or (method == "linear" and np.dtype(dtype(q)).kind in "iu")
    if np.dtype(dtype(a)).kind == "b" and not whole:
        raise TypeError("quantile: bools cannot be interpolated; convert them with astype")
    rows, kept, once = _in_front(a, axis)
    bad = any(isnan(rows), 0)
    asked = shape(q)
    if weights is not None:
        heavy, _, _ = _in_front(spread_weights("quantile", weights, a, axis), axis)
        if ignore:
            heavy = select(isnan(rows), 0, heavy)
        found = _weighted(rows, heavy, q)
    else:
        weak = dtype(q) in PYTHON_NUMBERS
        wide = q if weak else reshape(q, (*asked, *(1,) * len(kept)))
        rows = scans.sort(rows, axis=0)
        count = sum(astype(logical_not(isnan(rows)), np.intp), 0) if ignore else shape(rows)[0]
        found = _between(rows, wide, count, method)
    found = widen(found, (*asked, *kept))
    if np.dtype(dtype(rows)).kind == "f":
        nothing = equal(count, 0) if ignore and weights is None else bad
        found = found if ignore and weights is not None else select(nothing, math.nan, found)
    rows_first = ignore and weights is None and asked and kept  # as NumPy computes them
    order = [*range(len(asked) + len(kept))]
    found = axes_laid_out(found, order[len(asked) :] + order[: len(asked)] if rows_first else order)
    return reshape(found, (*asked, *once)) if keepdims else found


def quantile(
    a: Any,
    q: Any,
    axis: Any = None,
    *,
    method: str = "linear",
    keepdims: bool = False,
    weights: Any = None,
) -> Any:
    """The value that a share `q` of the elements lies below. `q` may be traced too.

    With weights (method "inverted_cdf") an element counts as often as its weight says; the
    result is one of the elements, so nothing is carried to the weights.
    """
    return _quantile(a, q, axis, method, bool(keepdims), weights, False)


def percentile(
    a: Any,
    q: Any,
    axis: Any = None,
    *,
    method: str = "linear",
    keepdims: bool = False,
    weights: Any = None,
) -> Any:
    """The value that `q` percent of the elements lie below."""
    return _quantile(a, _share(a, q), axis, method, bool(keepdims), weights, False)


def _share(a: Any, percents: Any) -> Any:
    """Percents as shares, in the precision of the array, as NumPy has it."""
    percents, kind = as_array(percents), np.dtype(dtype(as_array(a)))
    if kind.kind == "f" and dtype(percents) in PYTHON_NUMBERS:
        return divide(percents, 100)
    return divide(percents, kind.type(100) if kind.kind == "f" else 100)


def nanquantile(
    a: Any,
    q: Any,
    axis: Any = None,
    *,
    method: str = "linear",
    keepdims: bool = False,
    weights: Any = None,
) -> Any:
    """The quantile of what is not nan."""
    return _quantile(a, q, axis, method, bool(keepdims), weights, True)


def nanpercentile(
    a: Any,
    q: Any,
    axis: Any = None,
    *,
    method: str = "linear",
    keepdims: bool = False,
    weights: Any = None,
) -> Any:
    """The percentile of what is not nan."""
    return _quantile(a, _share(a, q), axis, method, bool(keepdims), weights, True)


def _sorted(a: Any, axis: Any) -> tuple[Any, tuple[int, ...], tuple[int, ...]]:
    """Floats, sorted along the reduced axes as one; halves of others are exact in float64."""
    a = as_array(a)
    a = a if np.dtype(dtype(a)).kind in "fc" else astype(a, np.float64)
    rows, kept, once = _in_front(a, axis)
    return scans.sort(rows, axis=0), kept, once


def median(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The middle value over axes, the mean of the two middle ones of an even number."""
    rows, kept, once = _sorted(a, axis)
    count = shape(rows)[0]
    if not count:
        return np.full(once if keepdims else kept, math.nan, dtype(rows))[()]
    low, high = rows[(count - 1) // 2], rows[count // 2]
    found = low if count % 2 else 0.5 * (low + high)
    found = select(any(isnan(rows), 0), math.nan, found)
    return reshape(found, once) if keepdims else found


def nanmedian(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The median of what is not nan."""
    rows, kept, once = _sorted(a, axis)
    if not shape(rows)[0]:
        return np.full(once if keepdims else kept, math.nan, dtype(rows))[()]
    count = sum(astype(logical_not(isnan(rows)), np.intp), 0)
    low = _at(rows, np.maximum(count - 1, 0) // 2)
    high = _at(rows, np.minimum(count // 2, shape(rows)[0] - 1))
    found = select(count % 2 == 1, low, 0.5 * (low + high))
    return reshape(found, once) if keepdims else found
