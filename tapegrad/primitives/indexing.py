"""Reading elements by index, its transpose (adding into zeros at those places), and replacing."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from tapegrad.primitive import Each, Primitive, dtype, sample, shape
from tapegrad.primitives.comparison import equal
from tapegrad.primitives.families import batch_by_loop
from tapegrad.primitives.selection import Masked, where
from tapegrad.primitives.shaping import broadcast_to, reshape

__all__ = ["ARRAY", "index", "put", "scatter_add"]

ARRAY = "array"
"""Stands in a key where an index array, an input of the primitive, belongs."""


def _filled(key: tuple[Any, ...], arrays: tuple[Any, ...]) -> tuple[Any, ...]:
    waiting = iter(arrays)
    return tuple([next(waiting) if part == ARRAY else part for part in key])


def _index(x: Any, *arrays: Any, key: tuple[Any, ...]) -> Any:
    return x[_filled(key, arrays) if arrays else key]


def _scatter_add(
    x: Any, *arrays: Any, key: tuple[Any, ...], shape: tuple[int, ...], dtype: Any
) -> Any:
    out = np.zeros(shape, dtype)
    if arrays:
        np.add.at(out, _filled(key, arrays), x)
    else:
        out[key] = x
    return out


def _separated(key: tuple[Any, ...]) -> bool:
    """Whether NumPy moves the indexed axes to the front: a slice stands between two indices."""
    advanced = [i for i, part in enumerate(key) if part == ARRAY or isinstance(part, int)]
    return bool(advanced) and advanced[-1] - advanced[0] >= len(advanced)


def _batch_index(p: Primitive, args: Any, mapped: Any, **params: Any) -> Any:
    if any(mapped[1:]) or _separated(params["key"]):
        return batch_by_loop(p, args, mapped, **params)
    params["key"] = (slice(None), *params["key"])
    if "shape" in params:
        params["shape"] = (args[0].shape[0], *params["shape"])
    return p(*args, **params)


def _lower_key(key: tuple[Any, ...], arrays: tuple[str, ...]) -> str:
    parts = [repr(part) if part != ARRAY else ARRAY for part in key]
    waiting = iter(arrays)
    filled = [next(waiting) if part == ARRAY else part for part in parts]
    return ", ".join(filled) + ("," if len(filled) == 1 else "")


def _lower_index(x: str, *arrays: str, key: tuple[Any, ...]) -> str:
    return f"{x}[({_lower_key(key, arrays)})]"


def _lower_scatter_add(x: str, *arrays: str, key: Any, shape: Any, dtype: Any) -> str:
    inputs = ", ".join((x, *arrays))
    how = f"key={key!r}, shape={shape!r}, dtype=np.dtype({str(dtype)!r})"
    return f"primitives.scatter_add({inputs}, {how})"


def _index_vjp(_: int, c: Any, _y: Any, _x: Any, *arrays: Any, key: Any) -> Any:
    return scatter_add(c, *arrays, key=key, shape=shape(_x), dtype=dtype(_x))


def _index_jvp(_: int, t: Any, _y: Any, _x: Any, *arrays: Any, key: Any) -> Any:
    return index(t, *arrays, key=key)


def _scatter_vjp(_: int, c: Any, _y: Any, _x: Any, *arrays: Any, key: Any, **__: Any) -> Any:
    return index(c, *arrays, key=key)


def _scatter_jvp(_: int, t: Any, _y: Any, _x: Any, *arrays: Any, **params: Any) -> Any:
    return scatter_add(t, *arrays, **{**params, "dtype": dtype(t)})


_ROWS = np.array([0, 2, 2])
_CASES: tuple[tuple[tuple[int, ...], tuple[Any, ...], tuple[Any, ...]], ...] = (
    ((3, 4), (slice(1, 3),), ()),
    ((3, 4), (1, slice(None, None, -2)), ()),
    ((3, 4), (Ellipsis, None, 2), ()),
    ((3,), (1,), ()),
    ((3, 4), (ARRAY,), (_ROWS,)),
    ((3, 4), (ARRAY, ARRAY), (_ROWS, np.array([1, 3, 3]))),
    ((2, 3), (slice(None), ARRAY), (_ROWS,)),
    ((3, 2, 3), (ARRAY, slice(None), ARRAY), (_ROWS, _ROWS)),
)


def _picked(shape: tuple[int, ...], key: Any, arrays: Any) -> tuple[int, ...]:
    return np.zeros(shape)[_filled(key, arrays)].shape


index: Primitive = Primitive(
    "index",
    _index,
    vjps=Each(_index_vjp),
    jvps=Each(_index_jvp),
    batch=_batch_index,
    lower=_lower_index,
    moving=True,
    samples=tuple(sample(shape, *arrays, key=key) for shape, key, arrays in _CASES),
    views=True,
)
scatter_add: Primitive = Primitive(
    "scatter_add",
    _scatter_add,
    vjps=Each(_scatter_vjp),
    jvps=Each(_scatter_jvp),
    batch=_batch_index,
    lower=_lower_scatter_add,
    moving=True,
    samples=tuple(
        sample(_picked(shape, key, arrays), *arrays, key=key, shape=shape, dtype=np.dtype(float))
        for shape, key, arrays in _CASES
    ),
)


def _copied(x: Any) -> Any:
    """A copy whose elements lie as they did, so that the same reshapes of it are views."""
    if type(x) is not np.ndarray or x.flags.forc:
        return np.array(x, order="K")
    if any(n > 1 and not step for n, step in zip(x.shape, x.strides, strict=True)):
        return x.copy()  # broadcast: elements that lay on one another
    low, high = byte_bounds(x)
    room = np.empty(high - low, np.uint8)
    first = x.__array_interface__["data"][0] - low
    copy: Any = np.ndarray(x.shape, x.dtype, room, first, x.strides)
    copy[...] = x
    return copy


def _put(x: Any, v: Any, *arrays: Any, key: tuple[Any, ...]) -> Any:
    out = _copied(x)
    out[_filled(key, arrays)] = v
    return out if type(x) is np.ndarray else out[()]


def _lasting(arrays: tuple[Any, ...], key: tuple[Any, ...], wide: tuple[int, ...]) -> Any:
    """Which of the values put at these places last: of several at one place, the last."""
    places = index(np.arange(math.prod(wide)).reshape(wide), *arrays, key=key)
    order = np.arange(math.prod(shape(places))).reshape(shape(places))
    return equal(index(put(np.zeros(wide, int), order, *arrays, key=key), *arrays, key=key), order)


def _put_vjp(
    position: int, c: Any, _y: Any, _x: Any, _v: Any, *arrays: Any, key: tuple[Any, ...]
) -> Any:
    """What was replaced has no more part in it: lanes that are zero for good."""
    if position == 0:
        alive = put(np.ones(shape(c), bool), False, *arrays, key=key)
        return Masked(put(c, 0.0, *arrays, key=key), alive)
    found = index(c, *arrays, key=key)
    return where(_lasting(arrays, key, shape(c)), found, 0.0) if arrays else found


def _put_jvp(
    position: int, t: Any, _y: Any, _x: Any, _v: Any, *arrays: Any, key: tuple[Any, ...]
) -> Any:
    if position == 0:
        return put(t, 0.0, *arrays, key=key)
    return put(np.zeros(shape(_x), dtype(t)), t, *arrays, key=key)


def _batch_put(p: Primitive, args: Any, mapped: Any, key: tuple[Any, ...]) -> Any:
    x, v, *arrays = args
    row = shape(x)[1:] if mapped[0] else shape(x)
    if any(mapped[2:]) or _separated(key):
        return batch_by_loop(p, args, mapped, key=key)
    missing = len(_picked(row, key, tuple(arrays))) - len(shape(v)) + mapped[1]
    if missing < 0:
        return batch_by_loop(p, args, mapped, key=key)
    if not mapped[0]:
        x = broadcast_to(x, shape=(shape(v)[0], *row))
    if mapped[1]:
        v = reshape(v, shape=(shape(v)[0], *(1,) * missing, *shape(v)[1:]))
    return p(x, v, *arrays, key=(slice(None), *key))


def _lower_put(x: str, v: str, *arrays: str, key: tuple[Any, ...]) -> str:
    return f"primitives.put({', '.join((x, v, *arrays))}, key={key!r})"


put: Primitive = Primitive(
    "put",
    _put,
    vjps=Each(_put_vjp),
    jvps=Each(_put_jvp),
    batch=_batch_put,
    lower=_lower_put,
    samples=(
        *[sample(x, _picked(x, key, arrays), *arrays, key=key) for x, key, arrays in _CASES],
        sample((3, 4), (), key=(slice(1, 3),)),
        sample((3, 4), (2, 1), _ROWS[:2], key=(ARRAY,)),
        sample((), (), key=(Ellipsis,)),
    ),
)
"""`x` with `v` in the places of a key: what `x[key] = v` leaves in `x`."""
