"""Student's distribution, of `df` degrees of freedom; of infinitely many it is the normal one."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import tapegrad.numpy as tnp
from tapegrad.numpy.axes import as_array
from tapegrad.primitives.error_functions import ndtr
from tapegrad.primitives.gammas import poch
from tapegrad.primitives.students import stdtr
from tapegrad.scipy.stats.supports import positive, standard, where_valid

__all__ = ["cdf", "logcdf", "logpdf", "logsf", "pdf", "sf"]


def _either(df: Any, finite: Callable[[Any], Any], infinite: Callable[[], Any]) -> Any:
    """What belongs to the degrees of freedom, with the limit where they are infinite."""
    endless = tnp.isinf(df)
    if endless is False:
        return finite(df)
    return tnp.where(endless, infinite(), finite(tnp.where(endless, 1.0, df)))


def logpdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The logarithm of the density."""
    y, scale, scale_valid = standard(x, loc, scale)
    df, valid = positive(df)
    square = y * y

    def finite(df: Any) -> Any:
        size = tnp.log(poch(0.5 * df, 0.5)) - 0.5 * (tnp.log(df) + math.log(math.pi))
        return size - 0.5 * (df + 1.0) * tnp.log1p(square / df)

    value = _either(df, finite, lambda: -0.5 * square - 0.5 * math.log(2 * math.pi))
    return where_valid(value - tnp.log(scale), valid, scale_valid)


def pdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The density."""
    return tnp.exp(logpdf(x, df, loc, scale))


def cdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The probability of what is not above `x`."""
    y, _, scale_valid = standard(x, loc, scale)
    df, valid = positive(df)
    value = _either(df, lambda df: stdtr(df, y), lambda: ndtr(y))
    return where_valid(value, valid, scale_valid)


def logcdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The logarithm of `cdf`."""
    return tnp.log(cdf(x, df, loc, scale))


def sf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The probability of what is above `x`."""
    return cdf(-as_array(x), df, -as_array(loc), scale)


def logsf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The logarithm of `sf`."""
    return tnp.log(sf(x, df, loc, scale))
