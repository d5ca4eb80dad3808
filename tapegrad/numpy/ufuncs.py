"""The methods of NumPy's ufuncs that have a counterpart: `np.add.reduce` is a sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy as np

from tapegrad.numpy import reductions, scans
from tapegrad.numpy.axes import as_array
from tapegrad.numpy.calls import Counterpart, counterpart
from tapegrad.numpy.shaping import ndim, reshape, shape

__all__ = ["method_of"]


def _summing(function: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(
        array: Any,
        axis: Any = 0,
        dtype: Any = None,
        *,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        return function(array, axis, dtype, keepdims=keepdims, initial=initial, where=where)

    return reduce


def _choosing(function: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(
        array: Any,
        axis: Any = 0,
        *,
        keepdims: bool = False,
        initial: Any = None,
        where: Any = True,
    ) -> Any:
        return function(array, axis, keepdims=keepdims, initial=initial, where=where)

    return reduce


def _telling(function: Callable[..., Any]) -> Callable[..., Any]:
    def reduce(array: Any, axis: Any = 0, *, keepdims: bool = False, where: Any = True) -> Any:
        return function(array, axis, keepdims=keepdims, where=where)

    return reduce


def _running(function: Callable[..., Any]) -> Callable[..., Any]:
    def accumulate(array: Any, axis: int = 0, dtype: Any = None) -> Any:
        return function(array, axis, dtype)

    return accumulate


_METHODS: Mapping[Any, Counterpart] = MappingProxyType(
    {
        (np.add, "reduce"): counterpart(_summing(reductions.sum)),
        (np.multiply, "reduce"): counterpart(_summing(reductions.prod)),
        (np.maximum, "reduce"): counterpart(_choosing(reductions.max)),
        (np.minimum, "reduce"): counterpart(_choosing(reductions.min)),
        (np.logical_and, "reduce"): counterpart(_telling(reductions.all)),
        (np.logical_or, "reduce"): counterpart(_telling(reductions.any)),
        (np.add, "accumulate"): counterpart(_running(scans.cumsum)),
        (np.multiply, "accumulate"): counterpart(_running(scans.cumprod)),
    }
)


def method_of(ufunc: np.ufunc, method: str, ours: Counterpart | None) -> Counterpart | None:
    """Our counterpart of a ufunc's method, where there is one."""
    if method != "outer" or ours is None or ufunc.nin != 2:
        return _METHODS.get((ufunc, method))
    function = ours.function

    def outer(a: Any, b: Any) -> Any:
        return function(reshape(as_array(a), shape(a) + (1,) * ndim(b)), as_array(b))

    return counterpart(outer)
