"""NumPy's reductions that leave nan out. Nothing is carried to what is left out."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.numpy.axes import as_array, reduced_axes
from tapegrad.numpy.elementwise import astype
from tapegrad.numpy.reductions import all, max, mean, min, prod, std, sum, var
from tapegrad.primitive import dtype as dtype_of
from tapegrad.primitive import shape
from tapegrad.primitives.comparison import isnan, less_equal, logical_and, logical_not
from tapegrad.primitives.selection import where as select

__all__ = ["nanmax", "nanmean", "nanmin", "nanprod", "nanstd", "nansum", "nanvar"]


def _known(a: Any, where: Any) -> Any:
    """Where there are numbers (that a mask chooses)."""
    known = logical_not(isnan(a))
    return known if where is True else logical_and(known, where)


def nansum(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The sum over axes, where nan counts as 0."""
    a = as_array(a)
    a = select(isnan(a), 0, a)
    return sum(a, axis, dtype, keepdims=keepdims, initial=initial, where=where)


def nanprod(
    a: Any,
    axis: Any = None,
    dtype: Any = None,
    *,
    keepdims: bool = False,
    initial: Any = None,
    where: Any = True,
) -> Any:
    """The product over axes, where nan counts as 1."""
    a = as_array(a)
    a = select(isnan(a), 1, a)
    return prod(a, axis, dtype, keepdims=keepdims, initial=initial, where=where)


def nanmean(
    a: Any, axis: Any = None, dtype: Any = None, *, keepdims: bool = False, where: Any = True
) -> Any:
    """The mean over axes of what is not nan."""
    a = as_array(a)
    floats = np.dtype(dtype_of(a)).kind == "f"
    if floats and dtype is not None and np.dtype(dtype).kind != "f":
        raise TypeError(f"nanmean: got dtype={dtype} for floats; give a float dtype")
    axis = reduced_axes(axis, len(shape(a))) if floats else axis
    return mean(a, axis, dtype, keepdims=keepdims, where=_known(a, where))


def _spread(function: Any, a: Any, axis: Any, where: Any, freedom: float, options: Any) -> Any:
    """A variance or deviation, nan where there are too few numbers for it."""
    a = as_array(a)
    if np.dtype(dtype_of(a)).kind != "f":
        return function(a, axis, where=where, **options)
    if options["dtype"] is not None and np.dtype(options["dtype"]).kind != "f":
        raise TypeError(f"nanvar: got dtype={options['dtype']} for floats; give a float dtype")
    axis = reduced_axes(axis, len(shape(a)))
    if options["mean"] is not None:
        options["mean"] = astype(as_array(options["mean"]), dtype_of(a))
    known = _known(a, where)
    count = sum(astype(known, int), axis, keepdims=options["keepdims"])
    few = less_equal(count, freedom)
    found = function(a, axis, where=known, **options)
    return select(few, math.nan, found)


def nanvar(
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
    """The variance over axes of what is not nan."""
    options = {
        "dtype": dtype, "ddof": ddof, "keepdims": keepdims, "mean": mean, "correction": correction
    }  # fmt: skip
    return _spread(var, a, axis, where, ddof if correction is None else correction, options)


def nanstd(
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
    """The standard deviation over axes of what is not nan."""
    options = {
        "dtype": dtype, "ddof": ddof, "keepdims": keepdims, "mean": mean, "correction": correction
    }  # fmt: skip
    return _spread(std, a, axis, where, ddof if correction is None else correction, options)


def _extreme(function: Any, fill: float, a: Any, axis: Any, options: dict[str, Any]) -> Any:
    a = as_array(a)
    if np.dtype(dtype_of(a)).kind != "f":
        return function(a, axis, **options)
    found = function(select(isnan(a), fill, a), axis, **options)
    if options["initial"] is not None:
        return found
    nothing = all(isnan(a), axis, keepdims=options["keepdims"])
    return select(nothing, math.nan, found)


def nanmax(
    a: Any, axis: Any = None, *, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """The largest number over axes; nan where there is none."""
    options = {"keepdims": keepdims, "initial": initial, "where": where}
    return _extreme(max, -math.inf, a, axis, options)


def nanmin(
    a: Any, axis: Any = None, *, keepdims: bool = False, initial: Any = None, where: Any = True
) -> Any:
    """The smallest number over axes; nan where there is none."""
    options = {"keepdims": keepdims, "initial": initial, "where": where}
    return _extreme(min, math.inf, a, axis, options)
