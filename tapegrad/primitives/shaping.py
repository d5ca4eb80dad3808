"""Moving elements without changing them: reshape, transpose, broadcast, join, and their transposes.

Broadcasting and summing are each other's transpose, so they stand side by side here.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from tapegrad.primitive import ARRAYS, Aval, Each, Primitive, Several, apply, dtype, sample, shape
from tapegrad.primitives.arithmetic import cast
from tapegrad.primitives.families import linear
from tapegrad.primitives.selection import Masked

__all__ = ["broadcast_to", "concatenate", "fit", "reshape", "rows_alike", "sum", "transpose"]


def _reshape(x: Any, shape: tuple[int, ...]) -> Any:
    if not shape:
        return np.reshape(x, shape)[()]
    return x.reshape(shape) if isinstance(x, np.ndarray) else np.reshape(x, shape)


reshape: Primitive = linear(
    "reshape",
    _reshape,
    lambda c, _y, _x, **_: reshape(c, shape=shape(_x)),
    sample((2, 3), shape=(3, 2)),
    sample((4,), shape=(2, 1, 2)),
    sample((), shape=(1,)),
    batch=lambda p, args, mapped, shape: p(*args, shape=(args[0].shape[0], *shape)),
    lower="np.reshape({0}, {shape})",
    moving=True,
    views=True,
)


def _transpose(x: Any, axes: tuple[int, ...]) -> Any:
    return x.transpose(axes)


def _inverse(axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


transpose: Primitive = linear(
    "transpose",
    _transpose,
    lambda c, _y, _x, axes: transpose(c, axes=_inverse(axes)),
    sample((2, 3), axes=(1, 0)),
    sample((2, 3, 4), axes=(2, 0, 1)),
    batch=lambda p, args, mapped, axes: p(*args, axes=(0, *(a + 1 for a in axes))),
    lower="np.transpose({0}, {axes})",
    moving=True,
    views=True,
)


_add_up: Any = np.add.reduce


def _sum(x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    return _add_up(x, axis=axis, keepdims=keepdims)


def _spread(carried: Any, _y: Any, _x: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    """Give every element that went into a sum what the sum was given."""
    wide = shape(_x)
    if not keepdims and 0 < len(axis) < len(wide):
        kept = tuple(1 if i in axis else n for i, n in enumerate(wide))
        carried = reshape(carried, shape=kept)
    plain = type(carried) in ARRAYS
    return _filled(carried, wide) if plain else broadcast_to(carried, shape=wide)


sum: Primitive = linear(
    "sum",
    _sum,
    _spread,
    sample((2, 3), axis=(0,), keepdims=False),
    sample((2, 3), axis=(1,), keepdims=True),
    sample((2, 3), axis=(0, 1), keepdims=False),
    sample((2, 3, 2), axis=(0, 2), keepdims=False),
    batch=lambda p, args, mapped, axis, keepdims: p(
        *args, axis=tuple(a + 1 for a in axis), keepdims=keepdims
    ),
    lower="np.sum({0}, axis={axis}, keepdims={keepdims})",
    moving=True,
)


_SMALL = 4096


def _filled(x: Any, shape: tuple[int, ...]) -> Any:
    """A view, or a filled array where that is cheaper to make than the view.

    Only for what is carried: of the user's own arrays it counts how they lie.
    """
    if math.prod(shape) > _SMALL:
        return np.broadcast_to(x, shape)
    spread = np.empty(shape, x.dtype)
    spread[...] = x
    return spread


def _batch_broadcast(p: Primitive, args: Any, mapped: Any, shape: tuple[int, ...]) -> Any:
    (x,) = args
    rows = reshape(x, shape=(x.shape[0],) + (1,) * (len(shape) + 1 - x.ndim) + x.shape[1:])
    return p(rows, shape=(x.shape[0], *shape))


broadcast_to: Primitive = linear(
    "broadcast_to",
    np.broadcast_to,
    lambda c, _y, _x, **_: sum_to(c, shape(_x)),
    sample((3,), shape=(2, 3)),
    sample((2, 1), shape=(4, 2, 3)),
    sample((), shape=(2,)),
    batch=_batch_broadcast,
    lower="np.broadcast_to({0}, {shape})",
    moving=True,
)


def _rows_alike(x: Any, count: int, axis: int) -> Any:
    x = np.asarray(x)
    return np.broadcast_to(np.expand_dims(x, axis), (*x.shape[:axis], count, *x.shape[axis:]))


rows_alike: Primitive = linear(
    "rows_alike",
    _rows_alike,
    lambda c, _y, _x, axis, **_: sum(c, axis=(axis,), keepdims=False),
    sample((3,), count=2, axis=0),
    sample((2, 3), count=2, axis=1),
    sample((), count=3, axis=0),
    batch=lambda p, args, mapped, count, axis: p(*args, count=count, axis=axis + 1),
    lower="np.repeat(np.expand_dims({0}, {axis}), {count}, {axis})",
    moving=True,
)
"""The same in every row: as `broadcast_to`, for a tape that may be run on another shape."""


def sum_to(x: Any, wanted: tuple[int, ...]) -> Any:
    """Sum away what broadcasting from the wanted shape had spread out."""
    came = shape(x)
    lead = len(came) - len(wanted)
    axis = tuple([i for i, n in enumerate(came) if i < lead or n != wanted[i - lead] == 1])
    if not axis:
        return x
    keepdims = len(axis) != lead
    if type(x) is np.ndarray:
        total = _add_up(x, axis=axis, keepdims=keepdims)
    else:
        total = sum(x, axis=axis, keepdims=keepdims)
    return reshape(total, shape=wanted) if lead and keepdims else total


_ones: Any = lru_cache(256)(np.ones)  # only read
_PAIRWISE = 128  # so many elements NumPy adds one by one, and more of them in pairs


def _sum_matrix(x: np.ndarray, wanted: tuple[int, ...]) -> Any:
    """The sum over one axis of a matrix as a product with ones, a few times faster than NumPy.

    Only where NumPy does not add in pairs: rows to rows, or along short rows. Else None.
    """
    rows, width = x.shape
    kind = x.dtype.char
    if wanted == (width,):
        return _ones(rows, kind).dot(x)
    return x.dot(_ones((width, 1), kind)) if wanted == (rows, 1) and width <= _PAIRWISE else None


_HAVE_BOTH = frozenset((np.ndarray, Aval))


def fit(x: Any, like: Any) -> Any:
    """A cotangent or tangent with the shape and dtype of the value that it belongs to.

    Sums what the primitive had broadcast, broadcasts what it had not, casts what mixed
    precision had widened. This is the one place where derivatives meet broadcasting.
    """
    if type(x) in ARRAYS and type(like) in _HAVE_BOTH:
        came, wanted = x.shape, like.shape
        if x.dtype is like.dtype:
            if came == wanted:
                return x
            if len(came) == 2 and x.dtype.char in "fd":
                total = _sum_matrix(x, wanted)
                if total is not None:
                    return total
    elif type(x) is Several:
        return x  # each part belonged to an item, and was fitted there
    elif x is None:
        raise TypeError("the rule returned None; let it return what is carried to the input")
    else:
        if type(x) is Masked:
            part, wanted = fit(x.value, like), shape(like)
            if x.shape == wanted:
                return Masked(part, x.mask)
            return x.followed(part, lambda lanes: _to_shape(lanes, wanted))
        came, wanted = shape(x), shape(like)
    return _cast_like(_to_shape(x, wanted) if came != wanted else x, like)


def _to_shape(x: Any, wanted: tuple[int, ...]) -> Any:
    """Sum what is spread too widely, spread what is not."""
    came = shape(x)
    x = sum_to(x, wanted) if len(came) >= len(wanted) else x
    try:
        return x if shape(x) == wanted else broadcast_to(x, shape=wanted)
    except ValueError:
        raise ValueError(
            f"the rule returned an array of shape {came}, which does not fit {wanted}, the shape "
            "of what it carries to"
        ) from None


def _cast_like(x: Any, like: Any) -> Any:
    kind = dtype(like)
    return x if dtype(x) is kind or _same(dtype(x), kind) else apply(cast, (x,), {"dtype": kind})


def _same(a: Any, b: Any) -> bool:
    """Equal dtypes; a Python type, being weak, is the same as no dtype but itself."""
    return not isinstance(a, type) and not isinstance(b, type) and a == b


def _concatenate(*arrays: Any, axis: int) -> Any:
    return np.concatenate(arrays, axis=axis)


def _take_part(position: int, c: Any, _y: Any, *_arrays: Any, axis: int) -> Any:
    start = 0
    for array in _arrays[:position]:
        start += shape(array)[axis]
    stop = start + shape(_arrays[position])[axis]
    return c[(slice(None),) * axis + (slice(start, stop),)]


def _put_part(position: int, t: Any, _y: Any, *_arrays: Any, axis: int) -> Any:
    zeros = [np.zeros(shape(a), dtype(t)) for a in _arrays]
    parts = [*zeros[:position], t, *zeros[position + 1 :]]
    return concatenate(*parts, axis=axis)


def _batch_concatenate(p: Primitive, args: Any, mapped: Any, axis: int) -> Any:
    size = next(shape(arg)[0] for arg, on in zip(args, mapped, strict=True) if on)
    rows = [
        arg if on else broadcast_to(arg, shape=(size, *shape(arg)))
        for arg, on in zip(args, mapped, strict=True)
    ]
    return p(*rows, axis=axis + 1)


def _lower_concatenate(*arrays: str, axis: int) -> str:
    return f"np.concatenate([{', '.join(arrays)}], axis={axis})"


concatenate: Primitive = Primitive(
    "concatenate",
    _concatenate,
    vjps=Each(_take_part),
    jvps=Each(_put_part),
    batch=_batch_concatenate,
    lower=_lower_concatenate,
    moving=True,
    samples=(
        sample((2, 3), (1, 3), axis=0),
        sample((2, 3), (2, 1), (2, 2), axis=1),
        sample((2,), axis=0),
    ),
)
