"""Student's distribution function, with derivatives in its degrees of freedom too.

With a = df / 2 and v = -log(t^2) the tail beyond |t| is half an integral over v of a density
that is smooth in a, whatever t is. Its derivatives by a are integrated over the centre where
|t| is below 1 and over the tail where it is above, where they hardly change their sign: little
cancels even where the distribution is nearly normal.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.arithmetic import divide, square
from tapegrad.primitives.asymptotics import log_less_psi_rest, polygamma_of, stirling
from tapegrad.primitives.elementary import exp, log, log1p
from tapegrad.primitives.families import batch_elementwise
from tapegrad.primitives.gammas import betaln, digamma, polygamma
from tapegrad.primitives.optional import special
from tapegrad.primitives.quadrature import exponential_derivative, half_line, in_parts

__all__ = ["stdtr", "stdtr_in_df"]


def _log_ratio(a: Any, v: Any) -> Any:
    """log(1 + (exp(-v) - 1) / (2 a + 1)), which overflows nowhere."""
    q = 0.5 / (a + 0.5)
    small = np.log1p(q * np.expm1(np.minimum(-v, 1.0)))
    large = np.log(q + (1 - q) * np.exp(np.minimum(v, 0.0))) - v
    return np.where(v > -1, small, large)


def _excess(x: Any) -> Any:
    """1 - exp(-x) - x, by its series where x is small."""
    near = np.abs(x) < 0.5
    small = np.where(near, x, 0.0)
    series = -sum((-small) ** k / math.factorial(k) for k in range(2, 16))
    return np.where(near, series, -np.expm1(-x) - x)


def _slopes(a: Any, log_ratio: Any, order: int) -> list[Any]:
    """The derivatives by a of the logarithm of the density, of order 1 and on."""
    s = a + 0.5
    lean = np.exp(-log_ratio)
    found = [_excess(log_ratio) + 0.25 / (a * s) + log_less_psi_rest(a) - log_less_psi_rest(s)]
    for k in range(2, order + 1):
        sign = (-1) ** k * math.factorial(k - 2)
        slope = sign / s ** (k - 1) * (1 + (k - 1) * lean**k - k * lean ** (k - 1))
        size = polygamma_of(k - 1, s) - polygamma_of(k - 1, a)
        found.append(slope + size + sign * (1 / a ** (k - 1) - 1 / s ** (k - 1)))
    return found


def _tail(a: Any, start: Any, order: int, sign: int) -> Any:
    """The integral of a derivative of the density over v from `start` up (1) or down (-1)."""
    s = a + 0.5
    lean = np.exp(-_log_ratio(a, start))
    share = a / s * lean
    scale = 1 / (a * np.abs(1 - lean) + np.sqrt(s * share * (1 - share)))
    front = np.sqrt(a / (4 * math.pi * s)) * np.exp(stirling(s) - stirling(a) - stirling(0.5))

    def density(w: Any) -> Any:
        v, column = start[:, None] + sign * w, a[:, None]
        log_ratio = _log_ratio(column, v)
        slopes = _slopes(column, log_ratio, order)
        bell = exponential_derivative((order, 0), lambda i, _: slopes[i - 1])
        return np.exp(-0.5 * v - (column + 0.5) * log_ratio) * bell

    return front * half_line(density, scale)


def _stdtr_in_df(df: Any, t: Any, order: int) -> Any:
    """A derivative of Student's distribution function by the degrees of freedom."""

    def flat(df: Any, t: Any) -> Any:
        fits = (df > 0) & (t == t)
        inside = fits & (df < np.inf) & (t != 0) & np.isfinite(t)
        a, start = np.where(inside, 0.5 * df, 1.0), -2 * np.log(np.abs(np.where(inside, t, 1.0)))
        down = start < 0
        value = np.empty(a.shape)
        for sign, side in ((-1, down), (1, ~down)):
            value[side] = sign * _tail(a[side], start[side], order, sign)
        value = np.sign(t) * value * 0.5 ** (order + 1)
        return np.where(inside, value, np.where(fits, 0.0, np.nan))

    return in_parts(flat, df, t)


def _density(df: Any, t: Any) -> Any:
    log_size = 0.5 * log(df) + betaln(0.5 * df, 0.5)
    return exp(-0.5 * (df + 1.0) * log1p(divide(square(t), df)) - log_size)


def _density_slope(df: Any, t: Any, order: int) -> Any:
    """A derivative by df of the logarithm of the density."""
    half, both = 0.5 * df, df + square(t)
    if order == 1:
        size = 0.5 * (digamma(half + 0.5) - digamma(half)) - divide(0.5, df)
        shape = divide((df + 1.0) * square(t), df * both) - log1p(divide(square(t), df))
        return size + 0.5 * shape
    size = 0.5**order * (polygamma(half + 0.5, order=order - 1) - polygamma(half, order=order - 1))
    sign = (-1.0) ** order * math.factorial(order - 2)

    def term(x: Any) -> Any:
        """Of (df + 1) log(x), where x is df and a constant."""
        return sign * (order * x ** (1 - order) - (order - 1) * (df + 1.0) * x ** (-order))

    return size + 0.5 * (sign * (order - 1)) * df ** (-order) - 0.5 * (term(both) - term(df))


def _by_t(c: Any, _y: Any, df: Any, t: Any, order: int) -> Any:
    slopes = [_density_slope(df, t, k) for k in range(1, order + 1)]
    bell = exponential_derivative((order, 0), lambda i, _: slopes[i - 1])
    return c * (_density(df, t) * bell)


def _by_df(c: Any, _y: Any, df: Any, t: Any, order: int) -> Any:
    return c * stdtr_in_df(df, t, order=order + 1)


_PLACES = np.array([-2.3, 0.4, 1.1])

stdtr: Primitive = special(
    "stdtr",
    [
        lambda c, _y, df, t: c * stdtr_in_df(df, t, order=1),
        lambda c, _y, df, t: c * _density(df, t),
    ],
    sample((3,), _PLACES, low=0.5, high=4.0),
    sample((2, 1), np.array([-0.7, 3.0]), low=2.0, high=20.0),
    sample((), (), low=0.5, high=2.0),
)
"""Student's distribution function of `t`, with `df` degrees of freedom."""

stdtr_in_df: Primitive = Primitive(
    "stdtr_in_df",
    _stdtr_in_df,
    vjps=(_by_df, _by_t),
    jvps=(_by_df, _by_t),
    batch=batch_elementwise,
    lower="primitives.stdtr_in_df({0}, {1}, order={order})",
    samples=(
        sample((3,), _PLACES, low=0.5, high=4.0, order=1),
        sample(np.array([[3.0], [40.0]]), np.array([-3.0, 0.0]), order=1),
        sample((2,), (2,), low=0.5, high=2.0, order=2),
    ),
    elementwise=True,
)
"""A derivative of `stdtr` by `df`, of order 1 or more."""
