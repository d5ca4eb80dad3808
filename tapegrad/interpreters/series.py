"""Power series through primitives: how each coefficient follows from those before it.

A series is the list of its coefficients, None for zero. A rule is told the coefficients of the
inputs up to the one that is wanted, and those of the output before it (Griewank and Walther 2008,
chapter 13). It is linear in the last ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad.primitive import Primitive, apply, dtype, shape
from tapegrad.primitives import (
    arithmetic,
    contraction,
    convolution,
    elementary,
    equations,
    inversion,
    matrix_functions,
    products,
    scans,
    signals,
    vectors,
)

__all__ = ["Series", "Step", "added", "at", "step_of"]

Step = Callable[[int], Any]


class Series(list[Any]):
    """The coefficients of a value that moves, or the only one of a value that does not."""

    __slots__ = ("moving",)

    def __init__(self, terms: Iterable[Any], *, moving: bool = True) -> None:
        super().__init__(terms)
        self.moving = moving


def at(series: Series, k: int) -> Any:
    """A coefficient; None is zero."""
    return series[k] if k < len(series) else None


def added(a: Any, b: Any) -> Any:
    """The sum of two coefficients."""
    return b if a is None else a if b is None else a + b


def step_of(
    primitive: Primitive, params: Mapping[str, Any], y: Series, xs: Sequence[Series]
) -> Step | None:
    """The rule of a primitive applied to these series; None where it has no rule of its own."""
    moving = [i for i, x in enumerate(xs) if x.moving]
    reads_output, unread, _ = primitive.unread[sum(1 << i for i in moving) | 1 << len(xs)]
    if not reads_output and all(i in unread for i in moving):
        return _linear(primitive, params, y, xs)
    if primitive in _PRODUCTS and len(moving) > 1:
        return _product(primitive, params, xs, moving)
    if primitive in _DIVISORS:
        return _quotient(primitive, params, y, xs)
    if primitive in _OF_MATRICES:
        return _of_blocks(primitive, xs[0])
    if primitive in _TURNS:
        return _turning(*_TURNS[primitive], y, xs[0])
    if primitive is elementary.power and moving == [0] and _is_plain_power(*xs):
        return _power(y, *xs)
    return None


def _linear(
    primitive: Primitive, params: Mapping[str, Any], y: Series, xs: Sequence[Series]
) -> Step:
    """What is linear in the inputs that move: each coefficient goes its own way."""

    def step(k: int) -> Any:
        first = [x[0] for x in xs]
        total = None
        for position, x in enumerate(xs):
            part = at(x, k) if x.moving else None
            if part is not None:
                total = added(total, primitive.jvps[position](part, y[0], *first, **params))
        return total

    return step


_PRODUCTS = frozenset(
    (
        arithmetic.absorb,
        arithmetic.multiply,
        contraction.einsum,
        convolution.convolve_nd,
        convolution.correlate_nd,
        products.matmul,
        signals.convolve,
        signals.correlate,
        vectors.inner,
        vectors.matvec,
        vectors.outer,
        vectors.vecmat,
    )
)


def _product(
    primitive: Primitive, params: Mapping[str, Any], xs: Sequence[Series], moving: list[int]
) -> Step:
    """Cauchy's product of the inputs that move."""

    def step(k: int) -> Any:
        args = [x[0] for x in xs]
        total = None
        for places in _compositions(k, len(moving)):
            for i, j in zip(moving, places, strict=True):
                args[i] = at(xs[i], j)
            if all(arg is not None for arg in args):
                total = added(total, apply(primitive, args, params))
        return total

    return step


def _compositions(k: int, count: int) -> Iterator[tuple[int, ...]]:
    """All ways to write k as a sum of so many orders."""
    if count == 1:
        yield (k,)
        return
    for first in range(k + 1):
        for rest in _compositions(k - first, count - 1):
            yield (first, *rest)


_DIVISORS = MappingProxyType(
    {
        arithmetic.divide: (1,),
        convolution.feedback: (0,),
        equations.solve_banded: (0,),
        equations.solve_sylvester: (0, 1),
        equations.solve_triangular: (0,),
        inversion.solve: (0,),
        scans.recurrence: (0,),
    }
)


def _quotient(
    primitive: Primitive, params: Mapping[str, Any], y: Series, xs: Sequence[Series]
) -> Step:
    """From a y = b: a_0 y_k = b_k - sum of a_j y_(k-j), by the primitive's own rules."""
    divisors = _DIVISORS[primitive]

    def step(k: int) -> Any:
        first = [x[0] for x in xs]
        total = None
        for position, x in enumerate(xs):
            places = range(1, k + 1) if position in divisors else (k,)
            for j in places:
                part, out = at(x, j) if x.moving else None, at(y, k - j)
                if part is not None and out is not None:
                    total = added(total, primitive.jvps[position](part, out, *first, **params))
        return total

    return step


_TURNS = MappingProxyType(
    {
        elementary.sin: (elementary.cos, 1, -1),
        elementary.cos: (elementary.sin, -1, 1),
        elementary.sinh: (elementary.cosh, 1, 1),
        elementary.cosh: (elementary.sinh, 1, 1),
    }
)


def _turning(other: Primitive, forth: int, back: int, y: Series, x: Series) -> Step:
    """y' = other x' and other' = y x', up to signs."""
    partner = Series([other(x[0])])

    def step(k: int) -> Any:
        partner_next = _scaled(_weighted(x, y, k), back)
        found = _scaled(_weighted(x, partner, k), forth)
        partner.append(partner_next)
        return found

    return step


def _weighted(x: Series, y: Series, k: int) -> Any:
    """The coefficient k of the integral of y x'."""
    total = None
    for j in range(1, k + 1):
        a, b = at(x, j), at(y, k - j)
        if a is not None and b is not None:
            total = added(total, a * b * (j / k))
    return total


def _scaled(x: Any, sign: int) -> Any:
    return x if x is None or sign == 1 else -x


def _is_plain_power(a: Series, b: Series) -> bool:
    """Neither at 0, where nothing may be divided by it, nor a small whole exponent."""
    small = type(b[0]) in (int, float) and b[0] in (0, 1, 2, 3, 4)
    return not small and not tnp.any(a[0] == 0)


def _power(y: Series, a: Series, b: Series) -> Step:
    """From a y' = b a' y."""

    def step(k: int) -> Any:
        total = None
        for j in range(1, k + 1):
            part, out = at(a, j), at(y, k - j)
            if part is not None and out is not None:
                total = added(total, part * out * ((b[0] * j + (j - k)) / k))
        return None if total is None else arithmetic.divide(total, a[0])

    return step


_OF_MATRICES = frozenset((matrix_functions.expm, matrix_functions.logm))


def _of_blocks(primitive: Primitive, x: Series) -> Step:
    """A function of the triangle of blocks [[x_0, x_1, ...], [0, x_0, ...], ...] has that form too.

    So its first row holds the coefficients (Higham 2008, "Functions of Matrices", theorem 1.13).
    """

    def step(k: int) -> Any:
        none = np.zeros(shape(x[0]), dtype(x[0]))
        blocks = [none if at(x, j) is None else at(x, j) for j in range(k + 1)]
        last = len(shape(none)) - 1
        rows = [tnp.concatenate([none] * i + blocks[: k + 1 - i], axis=last) for i in range(k + 1)]
        size = shape(none)[-1]
        return primitive(tnp.concatenate(rows, axis=last - 1))[..., :size, -size:]

    return step
