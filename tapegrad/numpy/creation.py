"""Arrays made from other arrays, or like them. What is only like a traced array is plain data."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.numpy.axes import as_array, widen
from tapegrad.numpy.elementwise import astype
from tapegrad.primitive import Traced
from tapegrad.primitive import dtype as dtype_of
from tapegrad.primitive import shape as shape_of

__all__ = [
    "array",
    "asarray",
    "copy",
    "empty_like",
    "full_like",
    "ones_like",
    "zeros_like",
]


def asarray(a: Any, dtype: Any = None) -> Any:
    """An array of numbers; nested lists may hold traced values, which are stacked."""
    a = as_array(a)
    return a if dtype is None or dtype_of(a) == np.dtype(dtype) else astype(a, dtype)


def array(a: Any, dtype: Any = None) -> Any:
    """A new array of numbers; nested lists may hold traced values, which are stacked."""
    return copy(asarray(a, dtype))


def copy(a: Any) -> Any:
    """A copy of a plain array; a traced one is never changed in place, and stays itself."""
    a = as_array(a)
    return a if isinstance(a, Traced) else np.array(a)


def _like(a: Any, dtype: Any, shape: Any) -> tuple[Any, Any]:
    a = as_array(a)
    return (shape_of(a) if shape is None else shape), np.dtype(dtype or dtype_of(a))


def zeros_like(a: Any, dtype: Any = None, *, shape: Any = None) -> np.ndarray:
    """A plain array of zeros."""
    return np.zeros(*_like(a, dtype, shape))


def ones_like(a: Any, dtype: Any = None, *, shape: Any = None) -> np.ndarray:
    """A plain array of ones."""
    return np.ones(*_like(a, dtype, shape))


def empty_like(a: Any, dtype: Any = None, *, shape: Any = None) -> np.ndarray:
    """A plain array, not filled."""
    return np.empty(*_like(a, dtype, shape))


def full_like(a: Any, fill_value: Any, dtype: Any = None, *, shape: Any = None) -> Any:
    """One value everywhere. The value may be traced."""
    wanted, kind = _like(a, dtype, shape)
    return widen(astype(as_array(fill_value), kind), tuple(np.atleast_1d(wanted).tolist()))
