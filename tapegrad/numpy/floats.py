"""Elementwise functions of signs, remainders and exponents, of what is not finite, and of bits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.numpy.axes import as_array, computed_in
from tapegrad.numpy.elementwise import astype, power
from tapegrad.primitive import dtype as dtype_of
from tapegrad.primitive import look, shape
from tapegrad.primitives import special
from tapegrad.primitives.arithmetic import remainder, subtract
from tapegrad.primitives.comparison import (
    bitwise_and,
    bitwise_or,
    bitwise_xor,
    equal,
    floor_divide,
    greater,
    invert,
    isinf,
    isnan,
    left_shift,
    less,
    logical_and,
    logical_or,
    right_shift,
    trunc,
)
from tapegrad.primitives.elementary import arctan2, logaddexp2
from tapegrad.primitives.floats import (
    copysign,
    exponent,
    fmod,
    heaviside,
    ldexp,
    nextafter,
    spacing,
)
from tapegrad.primitives.selection import maximum, minimum
from tapegrad.primitives.selection import where as select

__all__ = [
    "angle",
    "array_equal",
    "array_equiv",
    "bitwise_and",
    "bitwise_or",
    "bitwise_xor",
    "conj",
    "conjugate",
    "copysign",
    "divmod",
    "fix",
    "float_power",
    "fmax",
    "fmin",
    "fmod",
    "frexp",
    "heaviside",
    "i0",
    "imag",
    "invert",
    "iscomplex",
    "iscomplexobj",
    "isneginf",
    "isposinf",
    "isreal",
    "isrealobj",
    "isscalar",
    "ldexp",
    "left_shift",
    "logaddexp2",
    "modf",
    "nan_to_num",
    "nextafter",
    "real",
    "real_if_close",
    "right_shift",
    "sinc",
    "spacing",
]


def fmax(x1: Any, x2: Any, /) -> Any:
    """The larger of two values, of a nan and a number the number. Equal ones share."""
    return select(isnan(x1), x2, select(isnan(x2), x1, maximum(x1, x2)))


def fmin(x1: Any, x2: Any, /) -> Any:
    """The smaller of two values, of a nan and a number the number. Equal ones share."""
    return select(isnan(x1), x2, select(isnan(x2), x1, minimum(x1, x2)))


def float_power(x1: Any, x2: Any, /) -> Any:
    """`x1` to the power `x2`, in float64 at least."""
    return power(_float64(x1), _float64(x2))


def _float64(x: Any) -> Any:
    return x if dtype_of(x) in (float, np.float64) else astype(x, np.float64)


def sinc(x: Any) -> Any:
    """sin(pi x) / (pi x), and 1 at 0. All its derivatives are exact there."""
    return special.sinc(as_array(x), order=0)


def i0(x: Any) -> Any:
    """The modified Bessel function of order 0; its derivatives are those of higher orders."""
    x = as_array(x)
    x = x if np.dtype(dtype_of(x)).kind == "f" else astype(x, np.float64)
    return special.bessel_i(x, order=0)


def fix(x: Any) -> Any:
    """Without the fraction; the derivative is 0."""
    return trunc(as_array(x))


def modf(x: Any, /) -> tuple[Any, Any]:
    """The fraction and the whole part, each with the sign of the number."""
    x = x if np.dtype(dtype_of(x)).kind == "f" else astype(x, computed_in(x, np.modf))
    whole = trunc(x)
    endless = isinf(x)
    return subtract(select(endless, 0.0, x), select(endless, 0.0, whole)), whole


def divmod(x1: Any, x2: Any, /) -> tuple[Any, Any]:
    """The whole quotient and the remainder."""
    return floor_divide(x1, x2), remainder(x1, x2)


def frexp(x: Any, /) -> tuple[Any, Any]:
    """A number as mantissa and power of two."""
    x = x if np.dtype(dtype_of(x)).kind == "f" else astype(x, computed_in(x, np.frexp))
    power_of_two = exponent(x)
    return ldexp(x, -power_of_two), power_of_two


def nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """Numbers in place of nan and infinities; nothing is carried to what was replaced."""
    x = as_array(x)
    kind = np.dtype(dtype_of(x))
    if kind.kind != "f":
        return x
    most = float(np.finfo(kind).max)
    ends = (nan, most if posinf is None else posinf, -most if neginf is None else neginf)
    nan, posinf, neginf = (astype(as_array(each), kind) for each in ends)
    x = select(isnan(x), nan, x)
    return select(equal(x, math.inf), posinf, select(equal(x, -math.inf), neginf, x))


def real(val: Any) -> Any:
    """The number itself, as long as it is real."""
    return as_array(val)


def conjugate(x: Any, /) -> Any:
    """The number itself, as long as it is real."""
    x = as_array(x)
    return astype(x, np.int8) if np.dtype(dtype_of(x)).kind == "b" else x


conj = conjugate


def real_if_close(a: Any, tol: Any = 100) -> Any:
    """The number itself, as long as it is real."""
    return as_array(a)


def imag(val: Any) -> Any:
    """Zeros, as long as the numbers are real."""
    return np.zeros(shape(as_array(val)), dtype_of(as_array(val)))


def angle(z: Any, deg: bool = False) -> Any:
    """The angle of a real number: 0, or pi where it is negative."""
    turned = arctan2(0.0, as_array(z))
    return turned * (180.0 / math.pi) if deg else turned


def isreal(x: Any) -> Any:
    """Whether each number is real."""
    return np.ones(shape(as_array(x)), bool)[()]


def iscomplex(x: Any) -> Any:
    """Whether each number has an imaginary part."""
    return np.zeros(shape(as_array(x)), bool)[()]


def isrealobj(x: Any) -> bool:
    """Whether the dtype is real."""
    return np.dtype(dtype_of(as_array(x))).kind != "c"


def iscomplexobj(x: Any) -> bool:
    """Whether the dtype is complex."""
    return not isrealobj(x)


def isposinf(x: Any) -> Any:
    """Whether each number is plus infinity."""
    return logical_and(isinf(x), greater(x, 0))


def isneginf(x: Any) -> Any:
    """Whether each number is minus infinity."""
    return logical_and(isinf(x), less(x, 0))


def isscalar(element: Any) -> bool:
    """Whether it is a number, not an array. NumPy's own does not know traced numbers."""
    beneath = look(element, lambda x: x)
    return bool(np.isscalar(beneath))


def array_equal(a1: Any, a2: Any, equal_nan: bool = False) -> bool:
    """Whether two arrays have one shape and equal elements."""
    a1, a2 = as_array(a1), as_array(a2)
    if shape(a1) != shape(a2):
        return False
    same = equal(a1, a2)
    if equal_nan:
        same = logical_or(same, logical_and(isnan(a1), isnan(a2)))
    return bool(np.all(look(same, np.asarray)))


def array_equiv(a1: Any, a2: Any) -> bool:
    """Whether two arrays broadcast to equal elements."""
    a1, a2 = as_array(a1), as_array(a2)
    try:
        np.broadcast_shapes(shape(a1), shape(a2))
    except ValueError:
        return False
    return bool(np.all(look(equal(a1, a2), np.asarray)))
