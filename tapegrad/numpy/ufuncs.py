"""The methods of NumPy's ufuncs that have a counterpart: `np.add.reduce` is a sum."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any

import numpy as np

from tapegrad.numpy import reductions, scans
from tapegrad.numpy.axes import as_array, axis_index, axis_tuple
from tapegrad.numpy.calls import Counterpart, counterpart
from tapegrad.numpy.elementwise import astype
from tapegrad.numpy.joining import stack
from tapegrad.numpy.shaping import moveaxis, ndim, reshape, shape, transpose
from tapegrad.primitive import look
from tapegrad.views import laid_out

__all__ = ["method_of"]


def _along(function: Callable[..., Any]) -> Counterpart:
    """A function of an axis as a method, which goes along the first axis by default."""

    @wraps(function)
    def method(array: Any, axis: Any = 0, *args: Any, **keywords: Any) -> Any:
        return function(array, axis, *args, **keywords)

    return counterpart(method)


_METHODS: Mapping[Any, Counterpart] = MappingProxyType(
    {
        (np.add, "reduce"): _along(reductions.sum),
        (np.multiply, "reduce"): _along(reductions.prod),
        (np.maximum, "reduce"): _along(reductions.max),
        (np.minimum, "reduce"): _along(reductions.min),
        (np.logical_and, "reduce"): _along(reductions.all),
        (np.logical_or, "reduce"): _along(reductions.any),
        (np.add, "accumulate"): _along(scans.cumsum),
        (np.multiply, "accumulate"): _along(scans.cumprod),
    }
)


def method_of(ufunc: np.ufunc, method: str, ours: Counterpart | None) -> Counterpart | None:
    """Our counterpart of a ufunc's method, where there is one.

    What is not a sum, a product or the like goes element by element along the axis.
    """
    known = _METHODS.get((ufunc, method))
    if known or ours is None or ufunc.nin != 2 or ufunc.nout != 1 or ufunc.signature:
        return known
    if method == "outer":
        return counterpart(_outer(ours.function))
    if method == "reduce":
        return counterpart(_folding(ours.function, ufunc))
    if method == "accumulate":
        return counterpart(_accumulating(ours.function))
    reduce = method_of(ufunc, "reduce", ours)
    return counterpart(_by_segments(reduce.function)) if method == "reduceat" and reduce else None


def _outer(function: Callable[..., Any]) -> Callable[..., Any]:
    def outer(a: Any, b: Any) -> Any:
        return function(reshape(as_array(a), shape(a) + (1,) * ndim(b)), as_array(b))

    return outer


def _in_front(array: Any, axis: Any) -> Any:
    return moveaxis(as_array(array), axis_index(axis, ndim(array)), 0)


def _folding(function: Callable[..., Any], ufunc: np.ufunc) -> Callable[..., Any]:
    def reduce(
        array: Any, axis: Any = 0, dtype: Any = None, *, keepdims: bool = False, initial: Any = None
    ) -> Any:
        array = as_array(array) if dtype is None else astype(as_array(array), dtype)
        axes = axis_tuple(axis, ndim(array))
        if len(axes) > 1 and ufunc in (np.subtract, np.divide, np.power, np.floor_divide):
            raise ValueError(
                f"np.{ufunc.__name__}.reduce: the order of axes matters; give one axis"
            )
        wide = shape(array)
        count = math.prod(wide[i] for i in axes)
        rest = [i for i in range(len(wide)) if i not in axes]
        kept = [wide[i] for i in rest]
        rows = reshape(transpose(array, [*axes, *rest]), [count, *kept])
        if initial is None and not count and ufunc.identity is None:
            raise ValueError(f"np.{ufunc.__name__}.reduce: nothing to reduce; give initial=")
        found, start = initial, 0
        if initial is None:
            found, start = (rows[0], 1) if count else (np.full(kept, ufunc.identity)[()], 0)
        for i in range(start, count):
            found = function(found, rows[i])
        once = [1 if i in axes else n for i, n in enumerate(wide)]
        return reshape(found, once) if keepdims else found

    return reduce


def _accumulating(function: Callable[..., Any]) -> Callable[..., Any]:
    def accumulate(array: Any, axis: int = 0, dtype: Any = None) -> Any:
        rows = _in_front(array if dtype is None else astype(as_array(array), dtype), axis)
        found = [rows[i] for i in range(min(1, shape(rows)[0]))]
        for i in range(1, shape(rows)[0]):
            found.append(function(found[-1], rows[i]))
        if not found:
            return laid_out(array, array)
        return laid_out(moveaxis(stack(found), 0, axis), array)

    return accumulate


def _by_segments(reduce: Callable[..., Any]) -> Callable[..., Any]:
    def reduceat(array: Any, indices: Any, axis: int = 0, dtype: Any = None) -> Any:
        rows = _in_front(array if dtype is None else astype(as_array(array), dtype), axis)
        starts = np.asarray(look(as_array(indices), np.asarray)).tolist()
        length = shape(rows)[0]
        if any(not 0 <= start < length for start in starts):
            raise IndexError(f"reduceat: got indices {starts} for a length of {length}")
        stops = [*starts[1:], length]
        ends = zip(starts, stops, strict=True)
        parts = [reduce(rows[i:j], 0) if i < j else rows[i] for i, j in ends]
        return laid_out(moveaxis(stack(parts), 0, axis))

    return reduceat
