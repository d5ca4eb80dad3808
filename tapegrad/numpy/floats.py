"""Elementwise functions of signs, remainders and exponents, of what is not finite, and of bits."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.numpy.assignment import write_out
from tapegrad.numpy.axes import as_array, computed_in, real_array
from tapegrad.numpy.elementwise import astype, floating, power
from tapegrad.primitive import dtype as dtype_of
from tapegrad.primitive import is_complex, look, shape
from tapegrad.primitives import parts, special
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
    not_equal,
    right_shift,
    trunc,
)
from tapegrad.primitives.elementary import logaddexp2
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
from tapegrad.views import computed, copied, link, shares

__all__ = [
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
    """`x1` to the power `x2`, in float64 or complex128 at least."""
    return power(_wide(x1), _wide(x2))


def _wide(x: Any) -> Any:
    x = as_array(x)
    kind = np.complex128 if is_complex(x) else np.float64
    return x if dtype_of(x) in (float, kind) else astype(x, kind)


def sinc(x: Any) -> Any:
    """sin(pi x) / (pi x), and 1 at 0. All its derivatives are exact there."""
    return special.sinc(as_array(x), order=0)


def i0(x: Any) -> Any:
    """The modified Bessel function of order 0; its derivatives are those of higher orders."""
    x = as_array(x)
    whole = np.dtype(dtype_of(x)).kind in "biu"
    return special.bessel_i(astype(x, np.float64) if whole else x, order=0)


def fix(x: Any) -> Any:
    """Without the fraction; the derivative is 0."""
    return trunc(as_array(x))


def modf(x: Any, /) -> tuple[Any, Any]:
    """The fraction and the whole part, each with the sign of the number."""
    x = floating(x, np.modf)
    whole = trunc(x)
    endless = isinf(x)
    return subtract(select(endless, 0.0, x), select(endless, 0.0, whole)), whole


def divmod(x1: Any, x2: Any, /) -> tuple[Any, Any]:
    """The whole quotient and the remainder."""
    return floor_divide(x1, x2), remainder(x1, x2)


def frexp(x: Any, /) -> tuple[Any, Any]:
    """A number as mantissa and power of two."""
    x = as_array(x)
    x = x if np.dtype(dtype_of(x)).kind == "f" else astype(x, computed_in(x, np.frexp))
    power_of_two = exponent(x)
    return ldexp(x, -power_of_two), power_of_two


def nan_to_num(
    x: Any, copy: bool = True, nan: Any = 0.0, posinf: Any = None, neginf: Any = None
) -> Any:
    """Numbers in place of nan and infinities; nothing is carried to what was replaced."""
    given = x = as_array(x)
    if is_complex(x):
        x = parts.from_parts(
            *[nan_to_num(p, True, nan, posinf, neginf) for p in (real(x), imag(x))]
        )
        return x if copy else write_out(given, x, "np.nan_to_num(x, copy=False)")
    kind = np.dtype(dtype_of(x))
    if kind.kind != "f":
        return copied(x) if copy else x
    most = float(np.finfo(kind).max)
    ends = (nan, most if posinf is None else posinf, -most if neginf is None else neginf)
    nan, posinf, neginf = (astype(as_array(each), kind) for each in ends)
    x = select(isnan(x), nan, x)
    x = select(equal(x, math.inf), posinf, select(equal(x, -math.inf), neginf, x))
    return x if copy else write_out(given, x, "np.nan_to_num(x, copy=False)")


def real(val: Any) -> Any:
    """The real part."""
    val = int(val) if type(val) is bool else as_array(val)  # as Python has it
    return _part(parts.real, val) if is_complex(val) else val


def _part(primitive: Any, val: Any) -> Any:
    """A part of complex numbers, a view of them."""
    found = primitive(val)
    return link(found, val, primitive, {}) if shares(found, val) else found


def imag(val: Any) -> Any:
    """The imaginary part: zeros of real numbers."""
    val = int(val) if type(val) is bool else as_array(val)
    if is_complex(val):
        return _part(parts.imag, val)
    zeros = np.zeros(shape(val), dtype_of(val))
    zeros.flags.writeable = False  # as NumPy's are: there is no such part to write to
    return zeros[()]


def conjugate(x: Any, /) -> Any:
    """With the imaginary part reversed."""
    x = as_array(x)
    if np.dtype(dtype_of(x)).kind == "b":
        return astype(x, np.int8)
    return parts.conjugate(x) if is_complex(x) else computed(x)


conj = conjugate


def real_if_close(a: Any, tol: Any = 100) -> Any:
    """The real part, where all imaginary parts are nearly 0. They are looked at.

    A tolerance above 1 counts in the precision of the dtype.
    """
    a = as_array(a)
    if not is_complex(a):
        return a
    limit = tol * np.finfo(np.dtype(dtype_of(a))).eps if tol > 1 else tol
    return real(a) if np.all(np.abs(look(imag(a), np.asarray)) < limit) else a


def isreal(x: Any) -> Any:
    """Whether each number is real."""
    return equal(imag(x), 0)


def iscomplex(x: Any) -> Any:
    """Whether each number has an imaginary part."""
    return not_equal(imag(x), 0)


def isrealobj(x: Any) -> bool:
    """Whether the dtype is real."""
    return not is_complex(as_array(x))


def iscomplexobj(x: Any) -> bool:
    """Whether the dtype is complex."""
    return not isrealobj(x)


def isposinf(x: Any) -> Any:
    """Whether each number is plus infinity."""
    return logical_and(isinf(real_array("isposinf", x)), greater(x, 0))


def isneginf(x: Any) -> Any:
    """Whether each number is minus infinity."""
    return logical_and(isinf(real_array("isneginf", x)), less(x, 0))


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
