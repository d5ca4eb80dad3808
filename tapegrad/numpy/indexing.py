"""NumPy's indexing: ints, slices, masks, index arrays, None and Ellipsis."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tapegrad.errors import UnsupportedError, at_call_site
from tapegrad.numpy.axes import as_array, axis_index
from tapegrad.numpy.shaping import ravel
from tapegrad.primitive import Traced, dtype, look, shape
from tapegrad.primitives.indexing import ARRAY, index
from tapegrad.primitives.selection import maximum, minimum
from tapegrad.views import copied, laid_out

__all__ = ["getitem", "parsed", "take"]

_PLAIN = (int, slice, type(None), type(Ellipsis))


def getitem(x: Any, key: Any) -> Any:
    """`x[key]`. Index arrays may be traced integers; a traced mask is looked at."""
    arrays, static = parsed(x, key)
    return index(x, *arrays, key=static)


def parsed(x: Any, key: Any) -> tuple[list[Any], tuple[Any, ...]]:
    """The index arrays of a key, and the key with a stand-in for each of them."""
    parts = key if type(key) is tuple else (key,)
    static: list[Any] = []
    arrays: list[Any] = []
    if any(_is_mask(part) for part in parts):
        _check_masks(x, parts)
    for part in parts:
        if type(part) in _PLAIN:
            static.append(_bounded(part) if type(part) is slice else part)
            continue
        for each in _as_indices(part):
            plain = type(each) is int
            static.append(each if plain else ARRAY)
            arrays += [] if plain else [each]
    return arrays, tuple(static)


def _bounded(part: slice) -> slice:
    """A slice between ints: traced ones are looked at, as how much it takes is a shape."""
    ends = (part.start, part.stop, part.step)
    if all(type(end) is int or end is None for end in ends):
        return part
    return slice(*[end if end is None else operator.index(end) for end in ends])


def _is_mask(part: Any) -> bool:
    return np.dtype(dtype(part)).kind == "b" if isinstance(part, np.ndarray | Traced) else False


def _check_masks(x: Any, parts: tuple[Any, ...]) -> None:
    """Let NumPy compare the shapes of masks with the axes that they stand for."""
    plain = [look(part, np.asarray) if _is_mask(part) else part for part in parts]
    indices = [slice(None) if isinstance(part, Traced) else part for part in plain]
    np.broadcast_to(np.int8(0), shape(x))[tuple(indices)]


def _as_indices(part: Any) -> tuple[Any, ...]:
    """One part of a key as ints or integer arrays: as many as a mask has axes, else one."""
    if not isinstance(part, Traced) and hasattr(part, "__index__") and not np.ndim(part):
        if isinstance(part, bool | np.bool):
            raise _refused(part)
        return (operator.index(part),)
    part = as_array(part)
    kind = np.dtype(dtype(part)).kind
    if kind == "b" and shape(part):
        return np.nonzero(look(part, np.asarray))
    if kind in "iu":
        return (part,)
    if isinstance(part, np.ndarray) and part.size == 0:
        return (part.astype(np.intp),)
    raise _refused(part)


def _refused(part: Any) -> UnsupportedError:
    return UnsupportedError(
        f"indexing{at_call_site()}: got an index of type {type(part).__name__} ({part!r}); "
        "use ints, slices, None, Ellipsis, masks, or arrays of integers"
    )


def take(a: Any, indices: Any, axis: int | None = None, *, mode: str = "raise") -> Any:
    """The elements at these places along an axis, of the flattened array by default.

    Places outside raise an error, or `mode` takes them around the end ("wrap") or to it ("clip").
    """
    a, along = as_array(a), 0
    if axis is None or (axis in (0, -1) and not shape(a)):
        a = ravel(a)
    else:
        along = axis_index(axis, len(shape(a)))
    places = as_array(indices)
    length = shape(a)[along]
    if mode == "wrap" and length:
        places = places % length
    elif mode == "clip" and length:
        places = minimum(maximum(places, 0), length - 1)
    elif mode not in ("raise", "wrap", "clip"):
        raise ValueError(f"take: got mode={mode!r}; use 'raise', 'wrap' or 'clip'")
    if isinstance(places, np.ndarray) and (places.dtype.kind == "b" or not places.size):
        places = places.astype(np.intp)
    if type(places) is int:
        return copied(index(a, key=(slice(None),) * along + (places,)), "C")
    return laid_out(index(a, places, key=(slice(None),) * along + (ARRAY,)))
