"""The beta distribution, with the shapes `a` and `b`."""

from __future__ import annotations

import math
from typing import Any

import tapegrad.numpy as tnp
from tapegrad.primitives.gammas import betaln
from tapegrad.primitives.incomplete_beta import betainc
from tapegrad.primitives.logarithms import xlog1py, xlogy
from tapegrad.scipy.stats.supports import on_support, positive, standard, where_valid

__all__ = ["cdf", "logpdf", "pdf"]


def logpdf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The logarithm of the density."""
    y, scale, scale_valid = standard(x, loc, scale)
    (a, a_valid), (b, b_valid) = positive(a), positive(b)

    def inside(y: Any) -> Any:
        return xlog1py(b - 1.0, -y) + xlogy(a - 1.0, y) - betaln(a, b) - tnp.log(scale)

    value = on_support(inside, y, tnp.logical_or(y < 0, y > 1), 0.5, -math.inf)
    return where_valid(value, a_valid, b_valid, scale_valid)


def pdf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The density."""
    return tnp.exp(logpdf(x, a, b, loc, scale))


def cdf(x: Any, a: Any, b: Any, loc: Any = 0, scale: Any = 1) -> Any:
    """The probability of what is not above `x`."""
    y, _, scale_valid = standard(x, loc, scale)
    (a, a_valid), (b, b_valid) = positive(a), positive(b)
    outside = tnp.logical_or(y < 0, y > 1)
    value = on_support(lambda y: betainc(a, b, y), y, outside, 0.5, 0.0)
    return where_valid(tnp.where(y > 1, 1.0, value), a_valid, b_valid, scale_valid)
