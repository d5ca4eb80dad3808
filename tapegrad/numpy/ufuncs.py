"""The methods of NumPy's ufuncs that have a counterpart: `np.add.reduce` is a sum."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from types import MappingProxyType
from typing import Any

import numpy as np

from tapegrad.numpy import reductions, scans
from tapegrad.numpy.axes import as_array
from tapegrad.numpy.calls import Counterpart, counterpart
from tapegrad.numpy.shaping import ndim, reshape, shape

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
    """Our counterpart of a ufunc's method, where there is one."""
    if method != "outer" or ours is None or ufunc.nin != 2:
        return _METHODS.get((ufunc, method))
    function = ours.function

    def outer(a: Any, b: Any) -> Any:
        return function(reshape(as_array(a), shape(a) + (1,) * ndim(b)), as_array(b))

    return counterpart(outer)
