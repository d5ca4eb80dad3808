"""Choosing between values, element by element: where, maximum, minimum."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import PYTHON_NUMBERS, Primitive, sample
from tapegrad.primitives.comparison import equal, greater, less
from tapegrad.primitives.families import elementwise

__all__ = ["maximum", "minimum", "where"]

_MASK = np.array([True, False, True])


def _where(condition: Any, a: Any, b: Any) -> Any:
    if type(condition) in (bool, np.bool) and type(a) is type(b) and type(a) in PYTHON_NUMBERS:
        return a if condition else b
    return np.where(condition, a, b)[()]


where: Primitive = elementwise(
    "where",
    np.where,
    [
        None,
        lambda c, _y, p, _a, _b: where(p, c, 0.0),
        lambda c, _y, p, _a, _b: where(p, 0.0, c),
    ],
    sample(_MASK, (3,), (3,)),
    sample(_MASK, (2, 3), ()),
    sample(np.array([[True], [False]]), (3,), (2, 1)),
    array=_where,
)


def _share(wins: Any, c: Any, a: Any, b: Any) -> Any:
    """All of it where this input wins, half where both are equal."""
    return where(wins(a, b), c, where(equal(a, b), 0.5 * c, 0.0))


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
