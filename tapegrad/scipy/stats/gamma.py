"""The gamma distribution, with the shape `a`."""

from __future__ import annotations

import math
from typing import Any

import tapegrad.numpy as tnp
from tapegrad.primitives.gammas import gammaln
from tapegrad.primitives.incomplete_gamma import gammainc, gammaincc
from tapegrad.primitives.logarithms import xlogy
from tapegrad.scipy.stats.supports import on_support, positive, standard, where_valid

__all__ = ["cdf", "logpdf", "pdf", "sf"]


def logpdf(x: Any, a: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The logarithm of the density."""
    y, scale, scale_valid = standard(x, loc, scale)
    a, valid = positive(a)
    value = on_support(
        lambda y: xlogy(a - 1.0, y) - y - gammaln(a) - tnp.log(scale), y, y < 0, 1.0, -math.inf
    )
    return where_valid(value, valid, scale_valid)


def pdf(x: Any, a: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The density."""
    return tnp.exp(logpdf(x, a, loc, scale))


def cdf(x: Any, a: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The probability of what is not above `x`."""
    y, _, scale_valid = standard(x, loc, scale)
    a, valid = positive(a)
    value = on_support(lambda y: gammainc(a, y), y, y < 0, 1.0, 0.0)
    return where_valid(value, valid, scale_valid)


def sf(x: Any, a: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The probability of what is above `x`."""
    y, _, scale_valid = standard(x, loc, scale)
    a, valid = positive(a)
    value = on_support(lambda y: gammaincc(a, y), y, y < 0, 1.0, 1.0)
    return where_valid(value, valid, scale_valid)
