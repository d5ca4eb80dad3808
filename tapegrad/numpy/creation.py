"""Arrays made from other arrays, or like them."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.numpy.axes import as_array, contains_traced
from tapegrad.numpy.elementwise import astype
from tapegrad.primitive import Traced, is_complex
from tapegrad.primitive import dtype as dtype_of
from tapegrad.primitive import shape as shape_of
from tapegrad.primitives.indexing import put
from tapegrad.primitives.shaping import reshape
from tapegrad.views import concrete, copied

__all__ = [
    "array",
    "asarray",
    "copy",
    "empty_like",
    "full_like",
    "ones_like",
    "zeros_like",
]


def asarray(a: Any, dtype: Any = None, *, copy: bool | None = None) -> Any:
    """An array of numbers; nested lists may hold traced values, which are stacked.

    It is copied if it must be; `copy=True` always does, `copy=False` raises an error in its place.
    """
    plain = isinstance(a, list | tuple) and not contains_traced(a)
    plain = plain or (type(a) is complex and dtype is not None)
    given, a = a, np.asarray(a, dtype) if plain else as_array(a)
    found = a if dtype is None or dtype_of(a) == np.dtype(dtype) else astype(a, dtype)
    if copy is False and found is not given:
        raise ValueError(f"asarray: got {given!r} and copy=False; it cannot be had without a copy")
    return copied(found) if copy else found


def array(a: Any, dtype: Any = None, *, copy: bool | None = True, ndmin: int = 0) -> Any:
    """A new array of numbers, of `ndmin` axes at least; nested lists may hold traced values."""
    found = asarray(a, dtype, copy=copy)
    wide = shape_of(found)
    missing = ndmin - len(wide)
    return reshape(found, shape=(1,) * missing + wide) if missing > 0 else found


def copy(a: Any) -> Any:
    """An array of its own, with the same elements."""
    a = as_array(a)
    return copied(a) if isinstance(a, Traced) else np.array(a)


def made(value: Any, like: Any) -> Any:
    """A new array as a traced one, so that traced values can be written into it.

    Where `like` is plain it stays plain; also where only derivatives are followed, and the
    array holds integers or truth values.
    """
    while isinstance(like, Traced):
        recorder: Any = like.recorder
        if recorder.replayable or value.dtype.kind in "fc":
            return recorder.made(value)
        like = like.value
    return value


def zeros_like(a: Any, dtype: Any = None, *, shape: Any = None) -> Any:
    """An array of zeros. Like a traced array it is traced, and can be written into."""
    a = as_array(a)
    return made(np.zeros_like(concrete(a), dtype, shape=shape), a)


def ones_like(a: Any, dtype: Any = None, *, shape: Any = None) -> Any:
    """An array of ones. Like a traced array it is traced, and can be written into."""
    a = as_array(a)
    return made(np.ones_like(concrete(a), dtype, shape=shape), a)


def empty_like(a: Any, dtype: Any = None, *, shape: Any = None) -> Any:
    """An array, not filled. Like a traced array it is traced, and can be written into."""
    a = as_array(a)
    return made(np.empty_like(concrete(a), dtype, shape=shape), a)


def full_like(a: Any, fill_value: Any, dtype: Any = None, *, shape: Any = None) -> Any:
    """One value everywhere. The value may be traced."""
    return filled(zeros_like(a, dtype, shape=shape), fill_value)


def filled(a: Any, value: Any) -> Any:
    """A new array with a value everywhere."""
    value = as_array(value)
    if dtype_of(value) != dtype_of(a) and (isinstance(value, Traced) or is_complex(value)):
        value = astype(value, dtype_of(a))
    wide = shape_of(value)
    more = len(wide) - len(shape_of(a))
    if more > 0 and wide[:more] == (1,) * more:  # as NumPy does where it assigns
        value = reshape(value, shape=wide[more:])
    return put(a, value, key=(Ellipsis,))
