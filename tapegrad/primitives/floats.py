"""What touches the parts of a float: its sign, its exponent, its neighbours, its remainder."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.comparison import equal, sign, trunc
from tapegrad.primitives.families import discrete, elementwise
from tapegrad.primitives.selection import where

__all__ = ["copysign", "exponent", "fmod", "heaviside", "ldexp", "nextafter", "spacing"]

_APART = (
    sample((3,), np.array([-1.0, 2.0, 3.0]), avoid=(0.0,)),
    sample((), (2,), low=0.5),
)


def _nothing(c: Any, _y: Any, _a: Any, _b: Any) -> Any:
    """Zeros: an input that the value does not follow under small steps."""
    return where(False, c, 0.0)


copysign: Primitive = elementwise(
    "copysign",
    np.copysign,
    [lambda c, y, a, _b: c * (sign(y) * sign(a)), _nothing],
    *_APART,
    scalar=math.copysign,
)
heaviside: Primitive = elementwise(
    "heaviside",
    np.heaviside,
    [_nothing, lambda c, _y, a, _b: where(equal(a, 0), c, 0.0)],
    *_APART,
    scalar=lambda a, b: float(np.heaviside(a, b)),
)
nextafter: Primitive = elementwise(
    "nextafter",
    np.nextafter,
    [lambda c, _y, _a, _b: c, _nothing],
    *_APART,
    scalar=math.nextafter,
)
fmod: Primitive = elementwise(
    "fmod",
    np.fmod,
    [lambda c, _y, _a, _b: c, lambda c, _y, a, b: -c * trunc(a / b)],
    sample((3,), (3,), low=1.1, high=1.9),
    sample((2, 3), (), low=-1.9, high=-1.1),
    scalar=math.fmod,
)


def _scaled(x: float, power: Any) -> float:
    return float(np.ldexp(x, int(power)))


ldexp: Primitive = elementwise(
    "ldexp",
    np.ldexp,
    [lambda c, _y, _x, power: ldexp(c, power), None],
    sample((3,), np.array([1, -2, 3])),
    sample((2, 1), np.array([0, 4])),
    scalar=_scaled,
)
spacing: Primitive = discrete(
    "spacing", np.spacing, sample((3,)), sample(()), scalar=lambda x: float(np.spacing(x))
)
exponent: Primitive = discrete(
    "exponent", lambda x: np.frexp(x)[1], sample((3,)), sample(()), lower="np.frexp({0})[1]"
)
"""The power of two that `frexp` takes out of a number."""
