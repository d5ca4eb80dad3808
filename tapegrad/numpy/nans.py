"""NumPy's reductions that leave nan out. Nothing is carried to what is left out."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from tapegrad.numpy.axes import as_array, reduced_axes
from tapegrad.numpy.elementwise import astype, firm
from tapegrad.numpy.reductions import all, max, mean, min, prod, std, sum, var
from tapegrad.primitive import dtype as dtype_of
from tapegrad.primitive import shape
from tapegrad.primitives.comparison import isnan, less_equal, logical_and, logical_not
from tapegrad.primitives.selection import where as select

__all__ = ["nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum", "nanvar"]


def _without_nan(function: Callable[..., Any], way: Callable[..., Any], does: str) -> Any:
    """A reduction that leaves nan out, with the arguments of the one that does not."""

    @wraps(function)
    def reduction(a: Any, *args: Any, **keywords: Any) -> Any:
        return way(function, as_array(a), *args, **keywords)

    reduction.__name__ = reduction.__qualname__ = f"nan{function.__name__}"
    reduction.__module__, reduction.__doc__ = __name__, does
    return reduction


def _counting_as(fill: int) -> Callable[..., Any]:
    def way(function: Any, a: Any, *args: Any, **keywords: Any) -> Any:
        return function(select(isnan(a), fill, a), *args, **keywords)

    return way


def _known(a: Any, where: Any) -> Any:
    """Where there are numbers (that a mask chooses)."""
    known = logical_not(isnan(a))
    return known if where is True else logical_and(known, where)


def _inexact(name: str, a: Any, dtype: Any) -> bool:
    """Whether numbers may be nan; their mean is then no whole number either."""
    if np.dtype(dtype_of(a)).kind not in "fc":
        return False
    if dtype is not None and np.dtype(dtype).kind not in "fc":
        raise TypeError(f"{name}: got dtype={dtype} for floats; give a float dtype")
    return True


def _chosen(
    function: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    where: Any = True,
    **keywords: Any,
) -> Any:
    if not _inexact("nanmean", a, dtype):
        return function(a, axis, dtype, where=where, **keywords)
    axis = reduced_axes(axis, len(shape(a)))
    return function(a, axis, dtype, where=_known(a, where), **keywords)


def _spread(
    function: Any,
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    where: Any = True,
    **keywords: Any,
) -> Any:
    """A variance or deviation, nan where there are too few numbers for it."""
    if not _inexact(f"nan{function.__name__}", a, dtype):
        return function(a, axis, dtype, where=where, **keywords)
    axis = reduced_axes(axis, len(shape(a)))
    if keywords.get("mean") is not None:
        keywords["mean"] = astype(as_array(keywords["mean"]), dtype_of(a))
    known = _known(a, where)
    freedom = keywords.get("correction")
    freedom = keywords.get("ddof", 0) if freedom is None else freedom
    count = sum(astype(known, int), axis, keepdims=keywords.get("keepdims", False))
    found = function(a, axis, dtype, where=known, **keywords)
    return select(less_equal(count, freedom), math.nan, found)


def _extreme(fill: float) -> Callable[..., Any]:
    def way(function: Any, a: Any, axis: Any = None, **keywords: Any) -> Any:
        if np.dtype(dtype_of(a)).kind not in "fc":
            return function(a, axis, **keywords)
        a = firm(a)
        found = function(select(isnan(a), fill, a), axis, **keywords)
        if keywords.get("initial") is not None:
            return found
        nothing = all(isnan(a), axis, keepdims=keywords.get("keepdims", False))
        return select(nothing, math.nan, found)

    return way


nansum = _without_nan(sum, _counting_as(0), "The sum over axes, where nan counts as 0.")
nanprod = _without_nan(prod, _counting_as(1), "The product over axes, where nan counts as 1.")
nanmean = _without_nan(mean, _chosen, "The mean over axes of what is not nan.")
nanvar = _without_nan(var, _spread, "The variance over axes of what is not nan.")
nanstd = _without_nan(std, _spread, "The standard deviation over axes of what is not nan.")
nanmax = _without_nan(
    max, _extreme(-math.inf), "The largest number over axes; nan where there is none."
)
nanmin = _without_nan(
    min, _extreme(math.inf), "The smallest number over axes; nan where there is none."
)
