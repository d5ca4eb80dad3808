"""The chi-squared distribution, of `df` degrees of freedom: a gamma distribution of scale 2."""

from __future__ import annotations

from typing import Any

from tapegrad.numpy.axes import as_array
from tapegrad.scipy.stats import gamma

__all__ = ["cdf", "logpdf", "pdf", "sf"]


def logpdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The logarithm of the density."""
    return gamma.logpdf(x, 0.5 * as_array(df), loc, 2 * as_array(scale))


def pdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The density."""
    return gamma.pdf(x, 0.5 * as_array(df), loc, 2 * as_array(scale))


def cdf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The probability of what is not above `x`."""
    return gamma.cdf(x, 0.5 * as_array(df), loc, 2 * as_array(scale))


def sf(x: Any, df: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The probability of what is above `x`."""
    return gamma.sf(x, 0.5 * as_array(df), loc, 2 * as_array(scale))
