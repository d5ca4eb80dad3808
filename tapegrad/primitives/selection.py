"""Choosing between values, element by element: where, maximum, minimum."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tapegrad.primitive import PYTHON_NUMBERS, Primitive, is_complex, sample, shape
from tapegrad.primitives.comparison import (
    equal,
    greater,
    less,
    logical_and,
    logical_not,
    logical_or,
    not_equal,
)
from tapegrad.primitives.families import elementwise

__all__ = ["Masked", "maximum", "minimum", "radius", "where"]

_MASK = np.array([True, False, True])


def _where(condition: Any, a: Any, b: Any) -> Any:
    if type(condition) in (bool, np.bool) and type(a) is type(b) and type(a) in PYTHON_NUMBERS:
        return a if condition else b
    return np.where(condition, a, b)[()]


class Masked:
    """A cotangent of which only the lanes in the mask are alive; the others are zero for good.

    It comes from `where`: what belongs to the branch not taken is structurally zero, and stays
    exactly zero through every elementwise rule after it, though that may say 0 times infinity.
    The mask moves along where elements are moved, repeated or added up.
    """

    __slots__ = ("mask", "value")
    __array_ufunc__ = None

    def __init__(self, value: Any, mask: Any) -> None:
        self.value = value
        self.mask = mask

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return shape(self.value)

    def through(self, part: Any) -> Masked:
        """What an elementwise rule made of the value, with the dead lanes at zero."""
        if type(part) is Masked:
            return Masked(where(self.mask, part.value, 0.0), logical_and(self.mask, part.mask))
        return Masked(where(self.mask, part, 0.0), self.mask)

    def followed(self, part: Any, move: Callable[[Any], Any]) -> Masked:
        """What became of the value when its lanes were moved, and the mask moved likewise."""
        alive = not_equal(move(where(self.mask, np.ones(self.shape), 0.0)), 0)
        return Masked(part, alive)

    def __add__(self, other: Any) -> Any:
        if type(other) is Masked:
            return Masked(self.value + other.value, logical_or(self.mask, other.mask))
        return self.value + other


where: Primitive = elementwise(
    "where",
    np.where,
    [
        None,
        lambda t, _y, p, _a, _b: where(p, t, 0.0),
        lambda t, _y, p, _a, _b: where(p, 0.0, t),
    ],
    sample(_MASK, (3,), (3,)),
    sample(_MASK, (2, 3), ()),
    sample(np.array([[True], [False]]), (3,), (2, 1)),
    array=_where,
    vjps=(
        None,
        lambda c, _y, p, _a, _b: Masked(where(p, c, 0.0), p),
        lambda c, _y, p, _a, _b: Masked(where(p, 0.0, c), logical_not(p)),
    ),
)


def radius(y: Any) -> Any:
    """The length to divide by, and 1 at the origin, where the derivative is taken to be 0."""
    return where(equal(y, 0), 1.0, y)


def _share(wins: Any, c: Any, a: Any, b: Any) -> Any:
    """All of it where this input wins, half where both are equal."""
    return where(_quietly(wins, a, b), c, where(equal(a, b), 0.5 * c, 0.0))


def _quietly(wins: Any, a: Any, b: Any) -> Any:
    """The comparison, without the warning that NumPy has for nan among complex numbers alone."""
    if is_complex(a) or is_complex(b):
        with np.errstate(invalid="ignore"):
            return wins(a, b)
    return wins(a, b)


_APART = (
    sample(np.array([1.0, -2.0, 0.5]), np.array([0.0, 1.0, 0.75])),
    sample(np.array([[1.0], [-1.0]]), np.array([0.0, 2.0, 0.25])),
    sample((3,), np.asarray(0.0), avoid=(0.0,)),
)

maximum: Primitive = elementwise(
    "maximum",
    np.maximum,
    [
        lambda c, _y, a, b: _share(greater, c, a, b),
        lambda c, _y, a, b: _share(less, c, a, b),
    ],
    *_APART,
)
minimum: Primitive = elementwise(
    "minimum",
    np.minimum,
    [
        lambda c, _y, a, b: _share(less, c, a, b),
        lambda c, _y, a, b: _share(greater, c, a, b),
    ],
    *_APART,
)
