"""Along an axis, one step after the other: running products, linear recurrences, sorted order."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, dtype, sample, shape
from tapegrad.primitives.comparison import stop_gradient
from tapegrad.primitives.families import rank
from tapegrad.primitives.indexing import ARRAY, index, scatter_add
from tapegrad.primitives.reduction import argsort
from tapegrad.primitives.shaping import broadcast_to, concatenate

__all__ = ["along", "cumprod", "even", "recurrence", "sort"]


def _part(x: Any, axis: int, start: int | None, stop: int | None) -> Any:
    return index(x, key=(slice(None),) * axis + (slice(start, stop),))


def _shifted(x: Any, axis: int, by: int) -> Any:
    """Each element moved one place on (or back, for -1), and a zero where one is missing."""
    wide = shape(x)
    gap = np.zeros((*wide[:axis], min(1, wide[axis]), *wide[axis + 1 :]), dtype(x))
    if by > 0:
        return concatenate(gap, _part(x, axis, None, -1), axis=axis)
    return concatenate(_part(x, axis, 1, None), gap, axis=axis)


def _recurrence(a: Any, b: Any, axis: int, reverse: bool) -> Any:
    a, b = np.broadcast_arrays(a, b)
    out = np.array(b, np.result_type(a, b))
    steps, factors = np.moveaxis(out, axis, 0), np.moveaxis(a, axis, 0)
    if reverse:
        steps, factors = steps[::-1], factors[::-1]
    for i in range(1, len(steps)):
        steps[i] += factors[i] * steps[i - 1]
    return out


def _batch_along(p: Primitive, args: Any, mapped: Any, axis: int, **params: Any) -> Any:
    size = next(shape(arg)[0] for arg, on in zip(args, mapped, strict=True) if on)
    rows = [
        arg if on else broadcast_to(arg, shape=(size, *shape(arg)))
        for arg, on in zip(args, mapped, strict=True)
    ]
    return p(*rows, axis=axis + 1, **params)


def _recurrence_b(c: Any, _y: Any, a: Any, _b: Any, axis: int, reverse: bool) -> Any:
    """What each step is worth: its own cotangent, and what it adds to all that follow."""
    factors = _shifted(a, axis, 1 if reverse else -1)
    return recurrence(factors, c, axis=axis, reverse=not reverse)


def _recurrence_a(c: Any, y: Any, a: Any, _b: Any, axis: int, reverse: bool) -> Any:
    before = _shifted(y, axis, -1 if reverse else 1)
    return _recurrence_b(c, None, a, None, axis, reverse) * before


recurrence: Primitive = Primitive(
    "recurrence",
    _recurrence,
    vjps=(_recurrence_a, _recurrence_b),
    jvps=(
        lambda t, y, a, _b, axis, reverse: recurrence(
            a, t * _shifted(y, axis, -1 if reverse else 1), axis=axis, reverse=reverse
        ),
        lambda t, _y, a, _b, axis, reverse: recurrence(a, t, axis=axis, reverse=reverse),
    ),
    batch=_batch_along,
    lower="primitives.recurrence({0}, {1}, axis={axis}, reverse={reverse})",
    samples=(
        sample((4,), (4,), axis=0, reverse=False),
        sample((2, 3), (2, 3), axis=1, reverse=True),
        sample((3, 2), (3, 2), axis=0, reverse=False),
    ),
)
"""y[i] = a[i] y[i-1] + b[i] along an axis; the first factor is not read."""


def _cumprod_vjp(c: Any, y: Any, x: Any, axis: int) -> Any:
    return _recurrence_b(c, None, x, None, axis, False) * _before(y, axis)


def _before(y: Any, axis: int) -> Any:
    """The product of all elements before each one: 1 at the start."""
    wide = shape(y)
    ones = np.ones((*wide[:axis], min(1, wide[axis]), *wide[axis + 1 :]), dtype(y))
    return concatenate(ones, _part(y, axis, None, -1), axis=axis)


cumprod: Primitive = Primitive(
    "cumprod",
    lambda x, axis: np.cumprod(x, axis),
    vjps=(_cumprod_vjp,),
    jvps=(lambda t, y, x, axis: recurrence(x, t * _before(y, axis), axis=axis, reverse=False),),
    batch=_batch_along,
    lower="np.cumprod({0}, {axis})",
    samples=(
        sample((4,), axis=0),
        sample((2, 3), axis=1),
        sample(np.array([[2.0, 0.0, 3.0, 4.0], [0.0, 0.0, 1.0, 2.0]]), axis=1),
    ),
)


def _even(x: Any, values: Any, axis: int) -> Any:
    values, x = np.moveaxis(values, axis, -1), np.moveaxis(x, axis, -1)
    new = np.ones(values.shape, bool)
    new[..., 1:] = values[..., 1:] != values[..., :-1]
    if new.all():
        return np.moveaxis(x, -1, axis)
    starts = np.flatnonzero(new)
    counts = np.diff(starts, append=new.size)
    means = np.add.reduceat(x.ravel(), starts) / counts.astype(x.dtype)
    return np.moveaxis(np.repeat(means, counts).reshape(x.shape), -1, axis)


even: Primitive = Primitive(
    "even",
    _even,
    vjps=(lambda c, _y, _x, values, axis: even(c, values, axis=axis), None),
    jvps=(lambda t, _y, _x, values, axis: even(t, values, axis=axis), None),
    batch=_batch_along,
    lower="primitives.even({0}, {1}, axis={axis})",
    samples=(
        sample((4,), np.array([1, 1, 2, 3]), axis=0),
        sample((2, 3), np.array([[0, 1, 2], [5, 5, 5]]), axis=1),
        sample((3, 2), np.array([[0, 1], [0, 2], [1, 2]]), axis=0),
    ),
)
"""The mean over each run of equal values beside: what tied elements of a sorted array share."""


def along(places: Any, axis: int) -> list[Any]:
    """Index arrays that pick these places along one axis, and all others as they stand."""
    grid = np.ogrid[tuple(slice(n) for n in shape(places))]
    return [places if i == axis else grid[i] for i in range(rank(places))]


def _sort_vjp(c: Any, y: Any, x: Any, axis: int) -> Any:
    shared = even(c, stop_gradient(y), axis=axis)
    places = along(argsort(x, axis=axis), axis)
    key = (ARRAY,) * rank(x)
    return scatter_add(shared, *places, key=key, shape=shape(x), dtype=dtype(c))


def _sort_jvp(t: Any, _y: Any, x: Any, axis: int) -> Any:
    order = along(argsort(x, axis=axis), axis)
    key = (ARRAY,) * rank(x)
    return even(index(t, *order, key=key), stop_gradient(index(x, *order, key=key)), axis=axis)


sort: Primitive = Primitive(
    "sort",
    lambda x, axis: np.sort(x, axis=axis, kind="stable"),
    vjps=(_sort_vjp,),
    jvps=(_sort_jvp,),
    batch=_batch_along,
    lower="np.sort({0}, axis={axis}, kind='stable')",
    samples=(sample((4,), axis=0), sample((2, 3), axis=1), sample((3, 2), axis=0)),
)
