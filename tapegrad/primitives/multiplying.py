"""The product of many numbers, with exact derivatives of every order where some are zero.

The derivative by a factor is the product of all others. It is a product of running products,
from the left and from the right, so nothing is divided, and its own derivatives are exact too.
"""

from __future__ import annotations

import builtins
import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, dtype, sample, shape
from tapegrad.primitives.arithmetic import absorb
from tapegrad.primitives.comparison import isfinite
from tapegrad.primitives.families import batch_by_loop, discrete, rank
from tapegrad.primitives.indexing import ARRAY, index
from tapegrad.primitives.reduction import all, argsort
from tapegrad.primitives.scans import along, cumprod
from tapegrad.primitives.shaping import broadcast_to, concatenate, reshape, sum, transpose

__all__ = ["prod", "zeros_apart"]

_ZEROS = np.array([[2.0, 0.0, 3.0, 0.0], [-1.0, 0.5, 0.0, 2.0]])


def _zeros_apart(x: Any, axis: int) -> Any:
    zero = np.equal(x, 0)
    rank = np.where(zero, np.where(np.cumsum(zero, axis) == 1, 0, 2), 1)
    return np.argsort(rank, axis=axis, kind="stable")


zeros_apart: Primitive = discrete(
    "zeros_apart",
    _zeros_apart,
    sample(_ZEROS, axis=1),
    sample((3,), axis=0),
    batch=lambda p, args, mapped, axis: p(*args, axis=axis + 1),
    lower="primitives.zeros_apart({0}, axis={axis})",
)
"""An order along an axis with the first zero in front and all others at the end.

Running products from both ends then meet a zero at once, and never after they have overflowed.
"""


def _before(rows: Any) -> Any:
    """The product of all elements before each one along the first axis: 1 at the start."""
    wide = shape(rows)
    ones = np.ones((builtins.min(1, wide[0]), *wide[1:]), dtype(rows))
    return concatenate(ones, cumprod(index(rows, key=(slice(None, -1),)), axis=0), axis=0)


def _others(rows: Any) -> Any:
    """For each element along the first axis the product of all others."""
    key = (ARRAY,) * rank(rows)
    backwards = (slice(None, None, -1),)
    places = zeros_apart(rows, axis=0)
    apart = index(rows, *along(places, 0), key=key)
    right = index(_before(index(apart, key=backwards)), key=backwards)
    finite = all(isfinite(rows), axis=(0,), keepdims=True)
    return index(absorb(_before(apart), right, finite), *along(argsort(places, axis=0), 0), key=key)


def _factors(x: Any, start: Sequence[Any], axis: tuple[int, ...]) -> Any:
    """What is multiplied, along a new first axis: the start, if there is one, and the elements."""
    wide = shape(x)
    kept = tuple(i for i in range(len(wide)) if i not in axis)
    rest = tuple(wide[i] for i in kept)
    count = math.prod(wide[i] for i in axis)
    moved = transpose(x, axes=(*axis, *kept)) if wide else x
    rows = reshape(moved, shape=(count, *rest))
    if not start:
        return rows
    return concatenate(broadcast_to(start[0], shape=(1, *rest)), rows, axis=0)


_multiply_up: Any = np.multiply.reduce


def _prod(x: Any, *start: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    initial = start[0] if start else np._NoValue
    return _multiply_up(x, axis=axis, keepdims=keepdims, initial=initial)


def _slopes(x: Any, start: Sequence[Any], axis: tuple[int, ...]) -> Any:
    """The derivative by each element, in the shape of the array."""
    wide = shape(x)
    order = (*axis, *(i for i in range(len(wide)) if i not in axis))
    others = _others(_factors(x, start, axis))
    others = index(others, key=(slice(1, None),)) if start else others
    back = sorted(range(len(order)), key=order.__getitem__)
    return transpose(reshape(others, shape=tuple(wide[i] for i in order)), axes=tuple(back))


def _prod_vjp(c: Any, _y: Any, x: Any, *start: Any, axis: Any, keepdims: bool) -> Any:
    once = tuple(1 if i in axis else n for i, n in enumerate(shape(x)))
    return reshape(c, shape=once) * _slopes(x, start, axis)


def _prod_jvp(t: Any, _y: Any, x: Any, *start: Any, axis: Any, keepdims: bool) -> Any:
    return sum(t * _slopes(x, start, axis), axis=axis, keepdims=keepdims)


def _start_rule(c: Any, _y: Any, x: Any, _start: Any, axis: Any, keepdims: bool) -> Any:
    return c * prod(x, axis=axis, keepdims=keepdims)


def _batch(p: Primitive, args: Any, mapped: Any, axis: tuple[int, ...], keepdims: bool) -> Any:
    if builtins.any(mapped[1:]):
        return batch_by_loop(p, args, mapped, axis=axis, keepdims=keepdims)
    return p(*args, axis=tuple(a + 1 for a in axis), keepdims=keepdims)


def _lower(x: str, *start: str, axis: tuple[int, ...], keepdims: bool) -> str:
    initial = f", initial={start[0]}" if start else ""
    return f"np.prod({x}, axis={axis}, keepdims={keepdims}{initial})"


prod: Primitive = Primitive(
    "prod",
    _prod,
    vjps=(_prod_vjp, _start_rule),
    jvps=(_prod_jvp, _start_rule),
    batch=_batch,
    lower=_lower,
    samples=(
        sample((4,), axis=(0,), keepdims=False),
        sample((2, 3, 2), axis=(0, 2), keepdims=True),
        sample(_ZEROS, axis=(1,), keepdims=False),
        sample(_ZEROS, (), axis=(0, 1), keepdims=False),
        sample((2, 3), np.asarray(0.0), axis=(1,), keepdims=False),
        sample((), axis=(), keepdims=False),
    ),
)
"""The product over axes, in NumPy's order; a second input is where it starts."""
