"""Addition, multiplication, powers and their kin: the operators of Python."""

from __future__ import annotations

import operator
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, apply, is_complex, sample
from tapegrad.primitives.comparison import equal, floor_divide, sign
from tapegrad.primitives.families import discrete, elementwise
from tapegrad.primitives.parts import conjugate
from tapegrad.primitives.selection import where

__all__ = [
    "absolute",
    "absorb",
    "add",
    "cast",
    "cast_discrete",
    "direction",
    "divide",
    "multiply",
    "negative",
    "remainder",
    "square",
    "subtract",
]

_PAIRS = (sample((3,), (3,)), sample((2, 3), (3,)), sample((), (2,)), sample((2, 1), (1, 3)))
_QUOTIENTS = (
    sample((3,), (3,), low=0.5),
    sample((2, 3), (3,), low=-2.0, high=-0.5),
    sample((), (2,), low=0.5),
)

add: Primitive = elementwise(
    "add",
    np.add,
    [lambda c, _y, _a, _b: c, lambda c, _y, _a, _b: c],
    *_PAIRS,
    scalar=operator.add,
    symbol=operator.add,
)
subtract: Primitive = elementwise(
    "subtract",
    np.subtract,
    [lambda c, _y, _a, _b: c, lambda c, _y, _a, _b: -c],
    *_PAIRS,
    scalar=operator.sub,
    symbol=operator.sub,
)
multiply: Primitive = elementwise(
    "multiply",
    np.multiply,
    [lambda c, _y, _a, b: c * b, lambda c, _y, a, _b: c * a],
    *_PAIRS,
    scalar=operator.mul,
    symbol=operator.mul,
)
divide: Primitive = elementwise(
    "divide",
    np.divide,
    [
        lambda c, _y, _a, b: divide(c, b),
        lambda c, y, _a, b: divide(-c * y, b),
    ],
    *_QUOTIENTS,
    scalar=operator.truediv,
    symbol=operator.truediv,
)
negative: Primitive = elementwise(
    "negative",
    np.negative,
    [lambda c, _y, _x: -c],
    sample((3,)),
    sample(()),
    scalar=operator.neg,
)
square: Primitive = elementwise(
    "square",
    np.square,
    [lambda c, _y, x: c * (2 * x)],
    sample((3,)),
    sample(()),
    scalar=lambda x: x * x,
)


def direction(x: Any) -> Any:
    """The sign of a real number, z / |z| of a complex one; 0 at 0."""
    if not is_complex(x):
        return sign(x)
    size = absolute(x)
    return divide(x, where(equal(size, 0), 1.0, size))


def _absolute_rule(c: Any, _y: Any, x: Any) -> Any:
    return c * (conjugate(direction(x)) if is_complex(x) else sign(x))


absolute: Primitive = elementwise(
    "absolute",
    np.absolute,
    [_absolute_rule],
    sample((4,), avoid=(0.0,)),
    sample((), avoid=(0.0,)),
    scalar=abs,
)
remainder: Primitive = elementwise(
    "remainder",
    np.remainder,
    [lambda c, _y, _a, _b: c, lambda c, _y, a, b: -c * floor_divide(a, b)],
    sample((3,), (3,), low=1.1, high=1.9),
    sample((2, 3), (), low=-1.9, high=-1.1),
    scalar=lambda a, b: float(operator.mod(a, b)),
)


def _absorb(a: Any, b: Any, wins: Any) -> Any:
    if type(a) is float and type(b) is float:
        return 0.0 if wins and 0.0 in (a, b) else a * b
    with np.errstate(invalid="ignore"):
        zero = (np.equal(a, 0) | np.equal(b, 0)) & wins
        return np.where(zero, 0, np.multiply(a, b))[()]


absorb: Primitive = elementwise(
    "absorb",
    np.multiply,
    [
        lambda c, _y, _a, b, wins: absorb(c, b, wins),
        lambda c, _y, a, _b, wins: absorb(c, a, wins),
        None,
    ],
    sample((3,), (3,), np.array([True, False, True])),
    sample(np.array([0.0, 2.0]), np.array([3.0, 0.0]), np.array([True])),
    array=_absorb,
    lower="primitives.absorb({0}, {1}, {2})",
)
"""A product in which zero wins, where the third input says so: over infinity and nan too."""


def _cast(x: Any, dtype: Any) -> Any:
    """To a NumPy dtype, or (a Python type) to a Python number. What becomes real loses the rest."""
    if is_complex(x) and np.dtype(dtype).kind in "fiu":
        x = x.real
    if type(x) is np.ndarray and not isinstance(dtype, type):
        return x.astype(dtype)
    if isinstance(dtype, type):
        return dtype(x)
    return np.asarray(x).astype(dtype)[()]


def _lower_cast(x: str, dtype: Any) -> str:
    name = dtype.__name__ if isinstance(dtype, type) else str(dtype)
    return f"np.asarray({x}).astype({name!r})[()]"


def _pass_on(carried: Any, _y: Any, _x: Any, **_: Any) -> Any:
    return carried


cast: Primitive = Primitive(
    "cast",
    _cast,
    vjps=(_pass_on,),
    jvps=(lambda t, _y, _x, dtype: apply(cast, (t,), {"dtype": dtype}),),
    batch=lambda p, args, mapped, dtype: p(*args, dtype=np.dtype(dtype)),
    lower=_lower_cast,
    moving=True,
    samples=(sample((3,), dtype=np.dtype("float64")),),
)

cast_discrete: Primitive = discrete(
    "cast_discrete",
    _cast,
    sample((3,), dtype=np.dtype("int64")),
    batch=lambda p, args, mapped, dtype: p(*args, dtype=dtype),
    lower=_lower_cast,
)
