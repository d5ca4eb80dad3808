"""Reading elements by index, and its transpose: adding into zeros at those places."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Each, Primitive, dtype, sample, shape
from tapegrad.primitives.families import batch_by_loop

__all__ = ["ARRAY", "index", "scatter_add"]

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
