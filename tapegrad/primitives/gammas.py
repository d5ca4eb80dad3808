"""The gamma function and its kin: logarithm, derivatives, reciprocal, beta function."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.primitive import PYTHON_NUMBERS, Primitive, sample
from tapegrad.primitives.arithmetic import absolute
from tapegrad.primitives.comparison import floor, less, logical_and
from tapegrad.primitives.elementary import cos, sin
from tapegrad.primitives.families import batch_elementwise, discrete
from tapegrad.primitives.optional import of_scipy, special
from tapegrad.primitives.selection import where

__all__ = [
    "beta",
    "betaln",
    "binom",
    "digamma",
    "gamma",
    "gammaln",
    "gammasgn",
    "loggamma",
    "poch",
    "polygamma",
    "rgamma",
    "zeta",
]

_ANY = (
    sample((3,), low=0.3, high=4.0),
    sample((), low=0.3, high=4.0),
    sample((3,), low=-1.8, high=-1.2),
)
_PAIRS = (
    sample((3,), (3,), low=0.3, high=4.0),
    sample((2, 3), (3,), low=0.3, high=4.0),
    sample((), (), low=0.3, high=4.0),
)

_sign_of_gamma = of_scipy("special", "gammasgn")

gamma: Primitive = special(
    "gamma", [lambda c, y, x: c * (y * digamma(x))], *_ANY, scalar=math.gamma, real=True
)
"""The gamma function."""

gammaln: Primitive = special("gammaln", [lambda c, _y, x: c * digamma(x)], *_ANY, real=True)
"""The logarithm of the absolute value of the gamma function."""

loggamma: Primitive = special("loggamma", [lambda c, _y, x: c * digamma(x)], *_ANY[:2], real=True)
"""The logarithm of the gamma function of real numbers, nan for negative ones."""

digamma: Primitive = special(
    "digamma", [lambda c, _y, x: c * polygamma(x, order=1)], *_ANY, real=True
)
"""The derivative of the logarithm of the gamma function."""

gammasgn: Primitive = discrete(
    "gammasgn",
    _sign_of_gamma,
    sample((3,), avoid=(-2.0, -1.0, 0.0)),
    scalar=lambda x: float(_sign_of_gamma(x)),
    lower="scipy.special.gammasgn({0})",
)
"""The sign of the gamma function."""


def _polygamma(x: Any, order: int) -> Any:
    """SciPy's, with the dtype of x."""
    value = of_scipy("special", "polygamma")(order, x)
    return float(value) if type(x) in PYTHON_NUMBERS else np.asarray(value, x.dtype)[()]


def _polygamma_rule(c: Any, _y: Any, x: Any, order: int) -> Any:
    return c * polygamma(x, order=order + 1)


polygamma: Primitive = Primitive(
    "polygamma",
    _polygamma,
    vjps=(_polygamma_rule,),
    jvps=(_polygamma_rule,),
    batch=batch_elementwise,
    lower="scipy.special.polygamma({order}, {0})",
    samples=(
        sample((3,), low=0.3, high=4.0, order=1),
        sample((2,), low=-1.8, high=-1.2, order=1),
        sample((2,), low=0.3, high=4.0, order=3),
    ),
    elementwise=True,
)
"""A derivative of the digamma function, of order 1 or more."""


def _rgamma_rule(c: Any, y: Any, x: Any) -> Any:
    return c * _rgamma_slope(y, x)


def _rgamma_slope(y: Any, x: Any) -> Any:
    """By reflection on the left, 1 / Gamma(x) = Gamma(1 - x) sin(pi x) / pi, which has no poles."""
    left = less(x, 0.5)
    mirrored = 1.0 - where(left, x, 0.0)
    turn = math.pi * where(left, x, 0.0)
    slope = gamma(mirrored) * (cos(turn) - digamma(mirrored) * sin(turn) * (1 / math.pi))
    return where(left, slope, -y * digamma(where(left, 1.0, x)))


_NEAR = 1e-3  # of a pole, where a thousandth of the digits of `y digamma(x)` is lost


def _times_digamma(y: Any, x: Any, rest: Any) -> Any:
    """`y digamma(x)` of `y = rest / Gamma(x)`, also at the poles of the two, where `y` is 0."""
    pole = logical_and(less(x, 0.5), less(absolute(x - floor(x + 0.5)), _NEAR))
    there = where(pole, x, 0.0)
    slope = _rgamma_slope(rgamma(there), there)
    return where(pole, -where(pole, rest, 0.0) * slope, y * digamma(where(pole, 1.0, x)))


def _binom_by_n(c: Any, y: Any, n: Any, k: Any) -> Any:
    rest = poch(k + 1.0, n - k)
    return c * (y * digamma(n + 1.0) - _times_digamma(y, n - k + 1.0, rest))


def _binom_by_k(c: Any, y: Any, n: Any, k: Any) -> Any:
    above, below = n - k + 1.0, k + 1.0
    by_above = _times_digamma(y, above, poch(below, n - k))
    return c * (by_above - _times_digamma(y, below, poch(above, k)))


rgamma: Primitive = special(
    "rgamma", [_rgamma_rule], *_ANY, sample(np.array([0.0, -1.0, -4.0])), real=True
)
"""The reciprocal of the gamma function, 0 where that has its poles."""

beta: Primitive = special(
    "beta",
    [
        lambda c, y, a, b: c * (y * (digamma(a) - digamma(a + b))),
        lambda c, y, a, b: c * (y * (digamma(b) - digamma(a + b))),
    ],
    *_PAIRS,
)
"""The beta function."""

betaln: Primitive = special(
    "betaln",
    [
        lambda c, _y, a, b: c * (digamma(a) - digamma(a + b)),
        lambda c, _y, a, b: c * (digamma(b) - digamma(a + b)),
    ],
    *_PAIRS,
)
"""The logarithm of the absolute value of the beta function."""

binom: Primitive = special(
    "binom",
    [
        _binom_by_n,
        _binom_by_k,
    ],
    sample(np.array([5.3, 6.1, 4.2]), (3,), low=0.3),
    sample((2, 3), np.array([1.0, 2.0, 0.5]), low=3.0, high=6.0),
    sample((), (), low=1.0, high=1.8),
)
"""The binomial coefficient, for real arguments too."""

poch: Primitive = special(
    "poch",
    [
        lambda c, y, a, m: c * (y * digamma(a + m) - _times_digamma(y, a, gamma(a + m))),
        lambda c, y, a, m: c * (y * digamma(a + m)),
    ],
    *_PAIRS,
)
"""Gamma(a + m) / Gamma(a), the rising factorial of Pochhammer."""

zeta: Primitive = special(
    "zeta",
    [None, lambda c, _y, s, q: c * (-s * zeta(s + 1.0, q))],
    sample(np.array([2.0, 3.5, 1.5]), (3,), low=0.5, high=3.0),
    sample(np.asarray(2.0), (2,), low=0.5, high=3.0),
)
"""The zeta function of Hurwitz, the sum of (k + q)^-s. There is no rule for s."""
