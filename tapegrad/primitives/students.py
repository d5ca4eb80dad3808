"""Student's distribution function, on top of the incomplete beta function."""

from __future__ import annotations

from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.arithmetic import divide, square
from tapegrad.primitives.comparison import equal, less, sign
from tapegrad.primitives.elementary import exp, log, log1p, sqrt
from tapegrad.primitives.gammas import betaln, digamma
from tapegrad.primitives.incomplete_beta import betainc_in_ab
from tapegrad.primitives.optional import special
from tapegrad.primitives.selection import where

__all__ = ["stdtr"]


def _density(df: Any, t: Any) -> Any:
    log_size = 0.5 * log(df) + betaln(0.5 * df, 0.5)
    return exp(-0.5 * (df + 1.0) * log1p(divide(square(t), df)) - log_size)


def _by_df(c: Any, _y: Any, df: Any, t: Any) -> Any:
    """The tail is I_z(df / 2, 1/2) / 2 with z = df / (df + t^2): by its parameter and by z."""
    half = 0.5 * df
    both = df + square(t)
    near = less(square(t), df)
    origin = equal(t, 0)
    rest = where(origin, 0.5, divide(square(t), both))
    from_centre = -betainc_in_ab(0.5, half, where(near, rest, 0.5), orders=(0, 1))
    from_tail = betainc_in_ab(half, 0.5, where(near, 0.5, divide(df, both)), orders=(1, 0))
    by_parameter = -0.25 * sign(t) * where(near, from_centre, from_tail)
    steepness = divide(digamma(half + 0.5) - digamma(half), sqrt(df)) * exp(-betaln(half, 0.5))
    by_parameter = where(origin, 0.5 * t * steepness, by_parameter)
    return c * (by_parameter - divide(0.5 * t * _density(df, t), df))


stdtr: Primitive = special(
    "stdtr",
    [_by_df, lambda c, _y, df, t: c * _density(df, t)],
    sample((3,), np.array([-2.3, 0.4, 1.1]), low=0.5, high=4.0),
    sample((2, 1), np.array([-0.7, 3.0]), low=2.0, high=20.0),
    sample((), (), low=0.5, high=2.0),
)
"""Student's distribution function of `t`, with `df` degrees of freedom."""
