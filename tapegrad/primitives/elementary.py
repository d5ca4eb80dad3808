"""The elementary functions: exponentials, logarithms, powers, trigonometry, hyperbolics."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, is_complex, sample
from tapegrad.primitives.arithmetic import absorb, divide, square
from tapegrad.primitives.comparison import equal, isinf, less, less_equal, logical_and
from tapegrad.primitives.families import elementwise
from tapegrad.primitives.selection import radius, where

__all__ = [
    "arccos",
    "arccosh",
    "arcsin",
    "arcsinh",
    "arctan",
    "arctan2",
    "arctanh",
    "cbrt",
    "cos",
    "cosh",
    "exp",
    "exp2",
    "expm1",
    "hypot",
    "log",
    "log1p",
    "log2",
    "log10",
    "logaddexp",
    "logaddexp2",
    "power",
    "reciprocal",
    "sigmoid",
    "sin",
    "sinh",
    "sqrt",
    "tan",
    "tanh",
]

_ANY = (sample((3,)), sample(()))
_POSITIVE = (sample((3,), low=0.3), sample((), low=0.3))
_INSIDE = (sample((3,), low=-0.8, high=0.8), sample((), low=-0.8, high=0.8))
_PAIRS = (sample((3,), (3,), low=0.3), sample((2, 3), (3,), low=-2.0, high=-0.3))
_LN2, _LN10 = math.log(2.0), math.log(10.0)

exp: Primitive = elementwise("exp", np.exp, [lambda c, y, _x: c * y], *_ANY, scalar=math.exp)
exp2: Primitive = elementwise(
    "exp2", np.exp2, [lambda c, y, _x: c * (y * _LN2)], *_ANY, scalar=math.exp2
)
expm1: Primitive = elementwise(
    "expm1", np.expm1, [lambda c, y, _x: c * (y + 1.0)], *_ANY, scalar=math.expm1
)
log: Primitive = elementwise(
    "log", np.log, [lambda c, _y, x: divide(c, x)], *_POSITIVE, scalar=math.log
)
log2: Primitive = elementwise(
    "log2", np.log2, [lambda c, _y, x: divide(c, x * _LN2)], *_POSITIVE, scalar=math.log2
)
log10: Primitive = elementwise(
    "log10", np.log10, [lambda c, _y, x: divide(c, x * _LN10)], *_POSITIVE, scalar=math.log10
)
log1p: Primitive = elementwise(
    "log1p", np.log1p, [lambda c, _y, x: divide(c, 1.0 + x)], *_POSITIVE, scalar=math.log1p
)
sqrt: Primitive = elementwise(
    "sqrt", np.sqrt, [lambda c, y, _x: divide(0.5 * c, y)], *_POSITIVE, scalar=math.sqrt
)
cbrt: Primitive = elementwise(
    "cbrt", np.cbrt, [lambda c, y, _x: divide(c, 3.0 * (y * y))], *_POSITIVE, scalar=math.cbrt
)
reciprocal: Primitive = elementwise(
    "reciprocal",
    np.reciprocal,
    [lambda c, y, _x: -c * (y * y)],
    *_POSITIVE,
    scalar=lambda x: 1.0 / x,
)

sin: Primitive = elementwise("sin", np.sin, [lambda c, _y, x: c * cos(x)], *_ANY, scalar=math.sin)
cos: Primitive = elementwise("cos", np.cos, [lambda c, _y, x: -c * sin(x)], *_ANY, scalar=math.cos)
tan: Primitive = elementwise(
    "tan", np.tan, [lambda c, y, _x: c * (1.0 + y * y)], *_INSIDE, scalar=math.tan
)
arcsin: Primitive = elementwise(
    "arcsin",
    np.arcsin,
    [lambda c, _y, x: divide(c, sqrt(1.0 - square(x)))],
    *_INSIDE,
    scalar=math.asin,
)
arccos: Primitive = elementwise(
    "arccos",
    np.arccos,
    [lambda c, _y, x: divide(-c, sqrt(1.0 - square(x)))],
    *_INSIDE,
    scalar=math.acos,
)
arctan: Primitive = elementwise(
    "arctan", np.arctan, [lambda c, _y, x: divide(c, 1.0 + square(x))], *_ANY, scalar=math.atan
)
sinh: Primitive = elementwise(
    "sinh", np.sinh, [lambda c, _y, x: c * cosh(x)], *_ANY, scalar=math.sinh
)
cosh: Primitive = elementwise(
    "cosh", np.cosh, [lambda c, _y, x: c * sinh(x)], *_ANY, scalar=math.cosh
)
tanh: Primitive = elementwise(
    "tanh", np.tanh, [lambda c, y, _x: c * (1.0 - y * y)], *_ANY, scalar=math.tanh
)
arcsinh: Primitive = elementwise(
    "arcsinh",
    np.arcsinh,
    [lambda c, _y, x: divide(c, sqrt(1.0 + square(x)))],
    *_ANY,
    scalar=math.asinh,
)
arccosh: Primitive = elementwise(
    "arccosh",
    np.arccosh,
    [lambda c, _y, x: divide(c, sqrt(x - 1.0) * sqrt(x + 1.0))],
    sample((3,), low=1.5, high=3.0),
    scalar=math.acosh,
)
arctanh: Primitive = elementwise(
    "arctanh",
    np.arctanh,
    [lambda c, _y, x: divide(c, 1.0 - square(x))],
    *_INSIDE,
    scalar=math.atanh,
)


def _expit(x: Any) -> Any:
    """1 / (1 + exp(-x)) without overflow: exp is only taken of what is not positive."""
    if is_complex(x):
        return 1 / (1 + np.exp(-x))
    e = np.exp(-np.abs(x))
    return np.where(np.greater_equal(x, 0), 1, e) / (1 + e)


sigmoid: Primitive = elementwise(
    "sigmoid",
    _expit,
    [lambda c, y, _x: c * (y * (1.0 - y))],
    *_ANY,
    lower="np.where({0} >= 0, 1, np.exp(-np.abs({0}))) / (1 + np.exp(-np.abs({0})))",
    scalar=lambda x: 1.0 / (1.0 + math.exp(-x)) if x >= 0 else math.exp(x) / (1.0 + math.exp(x)),
)


def _over_square(x: Any, y: Any) -> Any:
    """x / y^2, in two steps, so that y^2 need not be a number that a float can hold."""
    return divide(divide(x, radius(y)), radius(y))


hypot: Primitive = elementwise(
    "hypot",
    np.hypot,
    [
        lambda c, y, a, _b: c * divide(a, radius(y)),
        lambda c, y, _a, b: c * divide(b, radius(y)),
    ],
    *_PAIRS,
    scalar=math.hypot,
)
arctan2: Primitive = elementwise(
    "arctan2",
    np.arctan2,
    [
        lambda c, _y, a, b: c * _over_square(b, hypot(a, b)),
        lambda c, _y, a, b: -c * _over_square(a, hypot(a, b)),
    ],
    *_PAIRS,
    scalar=math.atan2,
)


def _lead(a: Any, b: Any) -> Any:
    """a - b, and 0 where both are the same infinity: they share, as in `logsumexp`."""
    same = logical_and(equal(a, b), isinf(a))
    return where(same, 0.0, a) - where(same, 0.0, b)


logaddexp: Primitive = elementwise(
    "logaddexp",
    np.logaddexp,
    [
        lambda c, _y, a, b: c * sigmoid(_lead(a, b)),
        lambda c, _y, a, b: c * sigmoid(_lead(b, a)),
    ],
    *_PAIRS,
)
logaddexp2: Primitive = elementwise(
    "logaddexp2",
    np.logaddexp2,
    [
        lambda c, _y, a, b: c * sigmoid(_lead(a, b) * _LN2),
        lambda c, _y, a, b: c * sigmoid(_lead(b, a) * _LN2),
    ],
    *_PAIRS,
)


def _power_base(c: Any, _y: Any, a: Any, b: Any) -> Any:
    """b a^(b-1), and exactly 0 for a = b = 0, where a^(b-1) is infinite."""
    if type(b) in (int, float):
        if b == 2:
            return c * (2 * a)
        return c * (b * power(a, b - 1)) if b else c * 0.0
    origin = logical_and(equal(a, 0), equal(b, 0))
    return c * (b * power(a, where(origin, 1.0, b - 1)))


def _power_exponent(c: Any, y: Any, a: Any, _b: Any) -> Any:
    """a^b log a, and 0 for a = 0, where the logarithm alone is infinite.

    Below 0 there is no derivative by the exponent: nan, unless the exponent does not move.
    """
    if is_complex(y):
        return c * (y * log(where(equal(a, 0), 1.0, a) + 0j))
    below = less(a, 0)
    slope = where(below, math.nan, log(where(less_equal(a, 0), 1.0, a)))
    return absorb(c, y * slope, below)


def _power(a: Any, b: Any) -> Any:
    """ndarray's own ** knows squares, roots and reciprocals, which np.power does not."""
    return a**b if isinstance(a, np.ndarray) else np.power(a, b)


power: Primitive = elementwise(
    "power",
    np.power,
    [_power_base, _power_exponent],
    sample((3,), (3,), low=0.3),
    sample((2, 3), (3,), low=0.3),
    sample((4,), np.asarray(3)),
    scalar=math.pow,
    array=_power,
)
