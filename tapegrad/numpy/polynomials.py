"""NumPy's polynomials as rows of coefficients, the highest power first."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.errors import ShapeError
from tapegrad.numpy.axes import as_array
from tapegrad.numpy.gathering import trim_zeros
from tapegrad.numpy.joining import concatenate
from tapegrad.numpy.shaping import atleast_1d, shape
from tapegrad.numpy.signals import convolve
from tapegrad.primitive import dtype
from tapegrad.primitives.arithmetic import divide, multiply

__all__ = ["polyadd", "polyder", "polyint", "polymul", "polysub", "polyval"]


def polyval(p: Any, x: Any) -> Any:
    """The polynomial at a point or an array of them, by Horner's rule."""
    p, x = as_array(p), as_array(x)
    if not shape(p):
        raise TypeError("polyval: got a number as polynomial; give a row of coefficients")
    value = np.zeros_like(x)
    for i in range(shape(p)[0]):
        value = value * x + p[i]
    return value


def _one_length(a1: Any, a2: Any) -> tuple[Any, Any]:
    a, b = atleast_1d(as_array(a1)), atleast_1d(as_array(a2))
    long = max(shape(a)[0], shape(b)[0])
    return _filled(a, long), _filled(b, long)


def _filled(a: Any, length: int) -> Any:
    missing = length - shape(a)[0]
    return concatenate([np.zeros(missing, dtype(a)), a]) if missing else a


def polyadd(a1: Any, a2: Any) -> Any:
    """The sum of two polynomials."""
    a, b = _one_length(a1, a2)
    return a + b


def polysub(a1: Any, a2: Any) -> Any:
    """The difference of two polynomials."""
    a, b = _one_length(a1, a2)
    return a - b


def _leading(p: Any) -> Any:
    """Without zeros before the highest power; a single zero if nothing is left."""
    p = atleast_1d(as_array(p))
    trimmed = trim_zeros(p, "f")
    return trimmed if shape(trimmed)[0] else p[:1]


def polymul(a1: Any, a2: Any) -> Any:
    """The product of two polynomials, without leading zeros of the factors."""
    return convolve(_leading(a1), _leading(a2))


def _row(name: str, p: Any) -> Any:
    p = as_array(p)
    if len(shape(p)) != 1:
        raise ShapeError(f"{name}: got an array of shape {shape(p)}; give a row of coefficients")
    return p


def polyder(p: Any, m: int = 1) -> Any:
    """The m-th derivative of a polynomial."""
    p = as_array(p) if m == 0 and shape(as_array(p)) else _row("polyder", p)
    if m < 0:
        raise ValueError(f"polyder: got m={m}; it cannot be negative, polyint integrates")
    for _ in range(m):
        degree = shape(p)[0] - 1
        p = multiply(p[:-1], np.arange(degree, 0, -1))
    return p


def polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    """The m-th integral of a polynomial, with the constants `k` (zeros by default)."""
    p = as_array(p) if m == 0 else _row("polyint", p)
    constants = np.zeros(m) if k is None else atleast_1d(as_array(k))
    for i in range(m):
        powers = np.arange(shape(p)[0], 0, -1)
        at = i if shape(constants)[0] > 1 else 0
        p = concatenate([divide(p, powers), constants[at : at + 1]])
    return p
