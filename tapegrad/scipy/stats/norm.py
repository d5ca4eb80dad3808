"""The normal distribution."""

from __future__ import annotations

import math
from typing import Any

import tapegrad.numpy as tnp
from tapegrad.numpy.axes import as_array
from tapegrad.primitives.error_functions import log_ndtr, ndtr, ndtri
from tapegrad.scipy.stats.supports import positive, standard, where_valid

__all__ = ["cdf", "isf", "logcdf", "logpdf", "logsf", "pdf", "ppf", "sf"]

_LOG_ROOT = 0.5 * math.log(2 * math.pi)


def logpdf(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The logarithm of the density."""
    y, scale, valid = standard(x, loc, scale)
    return where_valid(-0.5 * (y * y) - _LOG_ROOT - tnp.log(scale), valid)


def pdf(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The density."""
    y, scale, valid = standard(x, loc, scale)
    return where_valid(tnp.exp(-0.5 * (y * y)) / (math.sqrt(2 * math.pi) * scale), valid)


def cdf(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The probability of what is not above `x`."""
    y, _, valid = standard(x, loc, scale)
    return where_valid(ndtr(y), valid)


def logcdf(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The logarithm of `cdf`, also where that underflows."""
    y, _, valid = standard(x, loc, scale)
    return where_valid(log_ndtr(y), valid)


def sf(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The probability of what is above `x`."""
    y, _, valid = standard(x, loc, scale)
    return where_valid(ndtr(-y), valid)


def logsf(x: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The logarithm of `sf`, also where that underflows."""
    y, _, valid = standard(x, loc, scale)
    return where_valid(log_ndtr(-y), valid)


def ppf(q: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The point with the probability `q` below it, the inverse of `cdf`."""
    scale, valid = positive(scale)
    return where_valid(ndtri(as_array(q)) * scale + as_array(loc), valid)


def isf(q: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The point with the probability `q` above it, the inverse of `sf`."""
    scale, valid = positive(scale)
    return where_valid(as_array(loc) - ndtri(as_array(q)) * scale, valid)
