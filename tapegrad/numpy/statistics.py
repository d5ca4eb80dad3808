"""NumPy's order statistics and covariances."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.errors import UnsupportedError, at_call_site
from tapegrad.numpy.axes import as_array, axis_tuple
from tapegrad.numpy.elementwise import astype, ceil, clip, floor, maximum, rint, sqrt
from tapegrad.numpy.floats import conjugate, imag, real
from tapegrad.numpy.gathering import diag
from tapegrad.numpy.joining import concatenate
from tapegrad.numpy.products import matmul
from tapegrad.numpy.reductions import any, average, sum
from tapegrad.numpy.shaping import atleast_2d, reshape, squeeze, transpose
from tapegrad.primitive import PYTHON_NUMBERS, Traced, dtype, is_complex, shape
from tapegrad.primitives import scans
from tapegrad.primitives.arithmetic import divide, multiply
from tapegrad.primitives.comparison import equal, isnan, logical_not
from tapegrad.primitives.indexing import ARRAY, index
from tapegrad.primitives.selection import where as select

__all__ = [
    "corrcoef",
    "cov",
    "median",
    "nanmedian",
    "nanpercentile",
    "nanquantile",
    "percentile",
    "quantile",
]

_METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def _in_front(a: Any, axis: Any) -> tuple[Any, tuple[int, ...], tuple[int, ...]]:
    """The reduced axes as one, in front and sorted; the kept shape without and with ones."""
    a = as_array(a)
    a = a if np.dtype(dtype(a)).kind in "fc" else astype(a, np.float64)
    wide = shape(a)
    axes = axis_tuple(axis, len(wide))
    rest = tuple(i for i in range(len(wide)) if i not in axes)
    kept = tuple(wide[i] for i in rest)
    once = tuple(1 if i in axes else n for i, n in enumerate(wide))
    moved = transpose(a, (*axes, *rest))
    count = math.prod(wide[i] for i in axes)
    return scans.sort(reshape(moved, (count, *kept)), axis=0), kept, once


def _at(rows: Any, places: Any) -> Any:
    """Elements of sorted rows, at places whose last axes are those of the rows."""
    kept = shape(rows)[1:]
    lead = len(shape(places)) - len(kept)
    if lead < 0 or not kept:
        return index(rows, places, key=(ARRAY,))
    grid = np.ogrid[tuple(slice(n) for n in kept)]
    return index(rows, places, *grid, key=(ARRAY,) * (1 + len(kept)))


def _between(rows: Any, q: Any, last: Any, method: str) -> Any:
    """The value at a share `q` of the way to the last element of sorted rows."""
    place = multiply(q, last)
    if method == "nearest":
        place = rint(place)
    below, above = maximum(floor(place), 0), maximum(ceil(place), 0)
    low = _at(rows, astype(below, np.intp))
    high = _at(rows, astype(above, np.intp))
    if method in ("lower", "nearest"):
        return low
    if method == "higher":
        return high
    share = 0.5 * (above - below) if method == "midpoint" else place - below
    return select(equal(low, high), low, low + (high - low) * share)


def _quantile(a: Any, q: Any, axis: Any, method: str, keepdims: bool, ignore: bool) -> Any:
    if method not in _METHODS:
        raise UnsupportedError(
            f"quantile{at_call_site()}: method={method!r} is not covered for traced arrays; "
            f"use one of {', '.join(_METHODS)}"
        )
    if not isinstance(q, Traced) and not np.all((np.asarray(q) >= 0) & (np.asarray(q) <= 1)):
        raise ValueError(f"quantile: got q={q!r}; give shares between 0 and 1 (percents to 100)")
    if is_complex(as_array(a)):
        raise TypeError("quantile: got complex numbers, which have no order; give real ones")
    rows, kept, once = _in_front(a, axis)
    q = as_array(q)
    q = astype(q, dtype(rows)) if type(q) in PYTHON_NUMBERS else q
    asked = shape(q)
    wide_q = reshape(q, (*asked, *(1,) * len(kept)))
    if ignore:
        last = sum(astype(logical_not(isnan(rows)), dtype(rows)), 0) - 1
        found = _between(rows, wide_q, last, method)
    else:
        last = np.full(kept, shape(rows)[0] - 1, dtype(rows))
        found = _between(rows, wide_q, last, method)
        found = select(any(isnan(rows), 0), math.nan, found)
    return reshape(found, (*asked, *once)) if keepdims else found


def quantile(
    a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False
) -> Any:
    """The value that a share `q` of the elements lies below. `q` may be traced too."""
    return _quantile(a, q, axis, method, keepdims, False)


def percentile(
    a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False
) -> Any:
    """The value that `q` percent of the elements lie below."""
    return _quantile(a, divide(as_array(q), 100), axis, method, keepdims, False)


def nanquantile(
    a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False
) -> Any:
    """The quantile of what is not nan."""
    return _quantile(a, q, axis, method, keepdims, True)


def nanpercentile(
    a: Any, q: Any, axis: Any = None, *, method: str = "linear", keepdims: bool = False
) -> Any:
    """The percentile of what is not nan."""
    return _quantile(a, divide(as_array(q), 100), axis, method, keepdims, True)


def median(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The middle value over axes, the mean of the two middle ones of an even number."""
    rows, _, once = _in_front(a, axis)
    count = shape(rows)[0]
    low, high = rows[(count - 1) // 2], rows[count // 2]
    found = low if count % 2 else 0.5 * (low + high)
    found = select(any(isnan(rows), 0), math.nan, found)
    return reshape(found, once) if keepdims else found


def nanmedian(a: Any, axis: Any = None, *, keepdims: bool = False) -> Any:
    """The median of what is not nan."""
    rows, _, once = _in_front(a, axis)
    count = sum(astype(logical_not(isnan(rows)), np.intp), 0)
    low = _at(rows, maximum(count - 1, 0) // 2)
    high = _at(rows, np.minimum(count // 2, shape(rows)[0] - 1))
    found = select(count % 2 == 1, low, 0.5 * (low + high))
    return reshape(found, once) if keepdims else found


def cov(
    m: Any,
    y: Any = None,
    rowvar: bool = True,
    bias: bool = False,
    ddof: Any = None,
    fweights: Any = None,
    aweights: Any = None,
    *,
    dtype: Any = None,
) -> Any:
    """The covariance of variables, each a row of observations (or a column)."""
    rows = _variables(m, y, rowvar, dtype)
    ddof = (0 if bias else 1) if ddof is None else ddof
    weights = None if fweights is None else as_array(fweights)
    if aweights is not None:
        chosen = as_array(aweights)
        weights = chosen if weights is None else multiply(weights, chosen)
    middle = average(rows, 1, weights)
    total = shape(rows)[1] if weights is None else sum(weights)
    if aweights is not None and ddof:
        ddof = ddof * divide(sum(multiply(weights, aweights)), total)
    freedom = maximum(total - ddof, 0)
    centred = rows - middle[:, None]
    weighted = centred if weights is None else centred * weights
    return squeeze(divide(matmul(centred, conjugate(transpose(weighted))), freedom))


def _variables(m: Any, y: Any, rowvar: bool, dtype: Any) -> Any:
    parts = []
    for each in (m, y):
        if each is not None:
            each = as_array(each)
            wide = atleast_2d(each)
            parts.append(wide if rowvar or len(shape(each)) == 1 else transpose(wide))
    rows = parts[0] if len(parts) == 1 else concatenate(parts, 0)
    return astype(rows, dtype or (np.complex128 if is_complex(rows) else np.float64))


def corrcoef(x: Any, y: Any = None, rowvar: bool = True, *, dtype: Any = None) -> Any:
    """The correlation of variables, each a row of observations (or a column)."""
    c = cov(x, y, rowvar, dtype=dtype)
    if not shape(c):
        return divide(c, c)
    deviation = sqrt(real(diag(c)))
    found = divide(divide(c, deviation[:, None]), deviation[None, :])
    if is_complex(found):
        return clip(real(found), -1, 1) + clip(imag(found), -1, 1) * 1j
    return clip(found, -1, 1)
