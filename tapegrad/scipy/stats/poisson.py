"""The Poisson distribution, of mean `mu`. Counts are whole, and carry no derivative."""

from __future__ import annotations

import math
from typing import Any

import tapegrad.numpy as tnp
from tapegrad.numpy.axes import as_array
from tapegrad.primitives.comparison import stop_gradient
from tapegrad.primitives.gammas import gammaln
from tapegrad.primitives.incomplete_gamma import gammaincc
from tapegrad.primitives.logarithms import xlogy
from tapegrad.scipy.stats.supports import on_support, where_valid

__all__ = ["cdf", "logpmf", "pmf"]


def _count(k: Any, loc: Any) -> Any:
    return stop_gradient(1.0 * as_array(k) - as_array(loc))


def _mean(mu: Any) -> tuple[Any, Any]:
    """The mean with ones in place of what is below 0, and where it is valid."""
    mu = as_array(mu)
    valid = tnp.greater_equal(mu, 0)
    return (mu, True) if valid is True else (tnp.where(valid, mu, 1.0), valid)


def logpmf(k: Any, mu: Any, loc: Any = 0) -> Any:
    """The logarithm of the probability of `k`."""
    count, (mu, valid) = _count(k, loc), _mean(mu)
    outside = tnp.logical_or(count < 0, tnp.floor(count) < count)
    value = on_support(
        lambda k: xlogy(k, mu) - gammaln(k + 1.0) - mu, count, outside, 1.0, -math.inf
    )
    return where_valid(value, valid)


def pmf(k: Any, mu: Any, loc: Any = 0) -> Any:
    """The probability of `k`."""
    return tnp.exp(logpmf(k, mu, loc))


def cdf(k: Any, mu: Any, loc: Any = 0) -> Any:
    """The probability of what is not above `k`."""
    count, (mu, valid) = _count(k, loc), _mean(mu)
    value = on_support(lambda k: gammaincc(tnp.floor(k) + 1.0, mu), count, count < 0, 1.0, 0.0)
    return where_valid(value, valid)
