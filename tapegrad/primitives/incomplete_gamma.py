"""The incomplete gamma functions, with derivatives in both arguments.

The derivative in the parameter is the integral of the derivative of the density. The density
grows with its parameter on one side of a point near the mean and falls on the other, so that
an integral over one side, of one sign, loses nothing.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.asymptotics import log_less_psi, polygamma_of, stirling
from tapegrad.primitives.elementary import exp, log
from tapegrad.primitives.families import batch_elementwise
from tapegrad.primitives.gammas import digamma, gammaln, polygamma
from tapegrad.primitives.logarithms import xlogy
from tapegrad.primitives.optional import of_scipy, special
from tapegrad.primitives.quadrature import exponential_derivative, half_line, in_parts

__all__ = ["gammainc", "gammainc_in_a", "gammaincc"]

_psi = of_scipy("special", "psi")
_TINY = 1e-300
_SMALL = 0.1  # below, second derivatives lose digits unless taken from the next parameter


def _gamma_tail(a: Any, start: Any, order: int, sign: int) -> Any:
    """The integral of a derivative of t^(a-1) exp(-t) / Gamma(a), from a point outwards.

    The point is a exp(start); `sign` says whether outwards is up or down.
    """
    ratio = np.exp(start)
    scale = 1 / (np.abs(a * np.expm1(start)) + np.sqrt(a * ratio))
    higher = [-polygamma_of(i, a)[:, None] for i in range(1, order)]
    offset, front = log_less_psi(a)[:, None], np.sqrt(a / (2 * math.pi)) * np.exp(-stirling(a))

    def density(w: Any) -> Any:
        v = start[:, None] + sign * w
        slopes = [v + offset, *higher]
        bell = exponential_derivative((order, 0), lambda i, _: slopes[i - 1])
        return np.exp(a[:, None] * (v - np.expm1(v))) * bell

    return front * half_line(density, scale)


def _gammainc_in_a(a: Any, x: Any, order: int) -> Any:
    """A derivative by a of the lower regularised incomplete gamma function."""

    def flat(a: Any, x: Any) -> Any:
        fits = (a >= 0) & (x >= 0)
        inside = fits & (x > 0) & (x < np.inf) & (a < np.inf)
        a, x = np.where(inside, np.maximum(a, _TINY), 1.0), np.where(inside, x, 1.0)
        low = np.log(x) < _psi(a + 1)
        next_first = low | ((order > 1) & (a < _SMALL))
        value = np.empty(a.shape)
        for sign, side in ((-1, low), (1, next_first & ~low)):
            value[side] = _by_the_next(a[side], x[side], order, sign)
        a, x = a[~next_first], x[~next_first]
        value[~next_first] = -_gamma_tail(a, np.log(x / a), order, 1)
        return np.where(inside, value, np.where(fits, 0.0, np.nan))

    return in_parts(flat, a, x)


def _by_the_next(a: Any, x: Any, order: int, sign: int) -> Any:
    """P(a, x) = x^a exp(-x) / Gamma(a + 1) + P(a + 1, x), differentiated. DLMF 8.8.5."""
    above = a + 1
    v = np.log(x / above)
    front = np.exp(above * (v - np.expm1(v)) - np.log(x) - stirling(above))
    front = front * np.sqrt(above / (2 * math.pi))
    slopes = [v + log_less_psi(above), *[-polygamma_of(i, above) for i in range(1, order)]]
    first = front * exponential_derivative((order, 0), lambda i, _: slopes[i - 1])
    return first - sign * _gamma_tail(above, v, order, sign)


def _density(a: Any, x: Any) -> Any:
    """x^(a-1) exp(-x) / Gamma(a)."""
    return exp(xlogy(a - 1.0, x) - x - gammaln(a))


def _in_a_by_x(c: Any, _y: Any, a: Any, x: Any, order: int) -> Any:
    slopes = [log(x) - digamma(a), *[-polygamma(a, order=i) for i in range(1, order)]]
    bell = exponential_derivative((order, 0), lambda i, _: slopes[i - 1])
    return c * (_density(a, x) * bell)


def _in_a_by_a(c: Any, _y: Any, a: Any, x: Any, order: int) -> Any:
    return c * gammainc_in_a(a, x, order=order + 1)


_SHAPES = ((3,), (3,)), ((2, 3), (3,)), ((), ())

gammainc: Primitive = special(
    "gammainc",
    [
        lambda c, _y, a, x: c * gammainc_in_a(a, x, order=1),
        lambda c, _y, a, x: c * _density(a, x),
    ],
    *[sample(*shapes, low=0.3, high=4.0) for shapes in _SHAPES],
)
"""The regularised lower incomplete gamma function P(a, x)."""

gammaincc: Primitive = special(
    "gammaincc",
    [
        lambda c, _y, a, x: -c * gammainc_in_a(a, x, order=1),
        lambda c, _y, a, x: -c * _density(a, x),
    ],
    *[sample(*shapes, low=0.3, high=4.0) for shapes in _SHAPES],
)
"""The regularised upper incomplete gamma function Q(a, x) = 1 - P(a, x)."""

gammainc_in_a: Primitive = Primitive(
    "gammainc_in_a",
    _gammainc_in_a,
    vjps=(_in_a_by_a, _in_a_by_x),
    jvps=(_in_a_by_a, _in_a_by_x),
    batch=batch_elementwise,
    lower="primitives.gammainc_in_a({0}, {1}, order={order})",
    samples=(
        sample((3,), (3,), low=0.3, high=4.0, order=1),
        sample(np.array([0.2, 5.0, 30.0]), np.array([0.1, 9.0, 29.0]), order=1),
        sample((2, 3), (3,), low=0.5, high=3.0, order=2),
    ),
    elementwise=True,
)
"""A derivative of P(a, x) by a, of order 1 or more."""
