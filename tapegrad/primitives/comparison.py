"""Comparisons, rounding and tests: piecewise constant, so there is nothing to carry."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.families import discrete

__all__ = [
    "bitwise_and",
    "bitwise_count",
    "bitwise_or",
    "bitwise_xor",
    "ceil",
    "equal",
    "floor",
    "floor_divide",
    "gcd",
    "greater",
    "greater_equal",
    "invert",
    "isfinite",
    "isinf",
    "isnan",
    "lcm",
    "left_shift",
    "less",
    "less_equal",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "not_equal",
    "right_shift",
    "rint",
    "sign",
    "signbit",
    "stop_gradient",
    "trunc",
]

_ONE = (sample((3,)), sample(()))
_TWO = (sample((3,), (3,)), sample((2, 3), (3,)), sample((), (2,)))
_MASKS = (
    sample(np.array([True, False, True]), np.array([True, True, False])),
    sample((2, 3), (3,)),
)


def _sign(x: float) -> float:
    return math.nan if x != x else float((x > 0) - (x < 0))


equal: Primitive = discrete("equal", np.equal, *_TWO, scalar=operator.eq, arity=2)
not_equal: Primitive = discrete("not_equal", np.not_equal, *_TWO, scalar=operator.ne, arity=2)
less: Primitive = discrete("less", np.less, *_TWO, scalar=operator.lt, arity=2)
less_equal: Primitive = discrete("less_equal", np.less_equal, *_TWO, scalar=operator.le, arity=2)
greater: Primitive = discrete("greater", np.greater, *_TWO, scalar=operator.gt, arity=2)
greater_equal: Primitive = discrete(
    "greater_equal", np.greater_equal, *_TWO, scalar=operator.ge, arity=2
)

logical_and: Primitive = discrete("logical_and", np.logical_and, *_MASKS, arity=2)
logical_or: Primitive = discrete("logical_or", np.logical_or, *_MASKS, arity=2)
logical_xor: Primitive = discrete("logical_xor", np.logical_xor, *_MASKS, arity=2)
logical_not: Primitive = discrete("logical_not", np.logical_not, *_ONE)

_BITS = (
    sample(np.array([True, False, True]), np.array([True, True, False])),
    sample(np.array([[1, 2, 7], [4, 0, 3]]), np.array([3, 1, 2])),
)
bitwise_and: Primitive = discrete("bitwise_and", np.bitwise_and, *_BITS, arity=2)
bitwise_or: Primitive = discrete("bitwise_or", np.bitwise_or, *_BITS, arity=2)
bitwise_xor: Primitive = discrete("bitwise_xor", np.bitwise_xor, *_BITS, arity=2)
left_shift: Primitive = discrete("left_shift", np.left_shift, _BITS[1], arity=2)
right_shift: Primitive = discrete("right_shift", np.right_shift, _BITS[1], arity=2)
invert: Primitive = discrete("invert", np.invert, sample(np.array([True, False])))
bitwise_count: Primitive = discrete("bitwise_count", np.bitwise_count, sample(np.array([7, -6])))
gcd: Primitive = discrete("gcd", np.gcd, _BITS[1], arity=2)
lcm: Primitive = discrete("lcm", np.lcm, _BITS[1], arity=2)

isnan: Primitive = discrete("isnan", np.isnan, *_ONE, scalar=math.isnan)
isinf: Primitive = discrete("isinf", np.isinf, *_ONE, scalar=math.isinf)
isfinite: Primitive = discrete("isfinite", np.isfinite, *_ONE, scalar=math.isfinite)
signbit: Primitive = discrete("signbit", np.signbit, *_ONE)

sign: Primitive = discrete("sign", np.sign, *_ONE, scalar=_sign)
floor: Primitive = discrete("floor", np.floor, *_ONE, scalar=lambda x: float(math.floor(x)))
ceil: Primitive = discrete("ceil", np.ceil, *_ONE, scalar=lambda x: float(math.ceil(x)))
trunc: Primitive = discrete("trunc", np.trunc, *_ONE, scalar=lambda x: float(math.trunc(x)))
rint: Primitive = discrete("rint", np.rint, *_ONE, scalar=lambda x: float(round(x)))
floor_divide: Primitive = discrete(
    "floor_divide",
    np.floor_divide,
    *(sample((3,), (3,), low=0.5), sample((2, 3), (3,), low=0.5)),
    scalar=lambda a, b: float(operator.floordiv(a, b)),
    arity=2,
)


def _same(x: Any) -> Any:
    return x


stop_gradient: Primitive = discrete("stop_gradient", _same, *_ONE, scalar=_same, lower="{0}")
