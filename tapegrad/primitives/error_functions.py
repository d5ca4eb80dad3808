"""The error function and its kin: complements, inverses, the normal distribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.arithmetic import divide, square
from tapegrad.primitives.elementary import exp
from tapegrad.primitives.families import batch_elementwise
from tapegrad.primitives.optional import of_scipy, only_real, special
from tapegrad.primitives.quadrature import half_line, in_parts

__all__ = [
    "dawsn",
    "erf",
    "erfc",
    "erfcinv",
    "erfcx",
    "erfi",
    "erfinv",
    "log_ndtr",
    "ndtr",
    "ndtri",
]

_ROOT_PI = math.sqrt(math.pi)
_ROOT_HALF = math.sqrt(0.5)
_ANY = (sample((3,)), sample(()))
_INSIDE = (sample((3,), low=-0.8, high=0.8), sample((), low=-0.8, high=0.8))
_ABOVE = (sample((3,), low=0.2, high=0.9), sample((), low=0.2, high=0.9))
_NEAR = 0.5  # from here on the recurrence loses digits
_erfcx_itself = only_real(of_scipy("special", "erfcx"))


def _bell(x: Any) -> Any:
    """The derivative of erf."""
    return exp(-square(x)) * (2.0 / _ROOT_PI)


def _normal(x: Any) -> Any:
    """The density of the normal distribution."""
    return exp(-0.5 * square(x)) * (_ROOT_HALF / _ROOT_PI)


erf: Primitive = special("erf", [lambda c, _y, x: c * _bell(x)], *_ANY, scalar=math.erf)
"""The error function."""

erfc: Primitive = special("erfc", [lambda c, _y, x: -c * _bell(x)], *_ANY, scalar=math.erfc)
"""1 - erf(x), without cancellation."""

erfi: Primitive = special("erfi", [lambda c, _y, x: c * (exp(square(x)) * (2.0 / _ROOT_PI))], *_ANY)
"""The imaginary error function, -i erf(i x)."""

dawsn: Primitive = special("dawsn", [lambda c, y, x: c * (1.0 - 2.0 * x * y)], *_ANY)
"""Dawson's integral, exp(-x^2) times the integral of exp(t^2) from 0 to x."""

erfinv: Primitive = special(
    "erfinv", [lambda c, y, _x: c * (exp(square(y)) * (0.5 * _ROOT_PI))], *_INSIDE
)
"""The inverse of erf."""

erfcinv: Primitive = special(
    "erfcinv", [lambda c, y, _x: -c * (exp(square(y)) * (0.5 * _ROOT_PI))], *_ABOVE
)
"""The inverse of erfc."""

ndtr: Primitive = special("ndtr", [lambda c, _y, x: c * _normal(x)], *_ANY)
"""The normal distribution function."""

ndtri: Primitive = special(
    "ndtri", [lambda c, y, _x: c * (exp(0.5 * square(y)) * (_ROOT_PI / _ROOT_HALF))], *_ABOVE
)
"""The inverse of the normal distribution function."""

log_ndtr: Primitive = special(
    "log_ndtr",
    [lambda c, _y, x: divide(c * (2.0 * _ROOT_HALF / _ROOT_PI), erfcx(-_ROOT_HALF * x, order=0))],
    *_ANY,
    sample(np.array([-30.0, -8.0, 6.0])),
    real=True,
)
"""The logarithm of the normal distribution function, also where that underflows."""


def _erfcx(x: Any, order: int) -> Any:
    """A derivative of exp(x^2) erfc(x)."""
    if not order:
        value = _erfcx_itself(x)
        return float(value) if type(x) in (int, float) else value

    def flat(x: Any) -> Any:
        far = x > _NEAR
        value = np.empty(x.shape)
        value[~far] = _by_recurrence(x[~far], order)
        value[far] = _by_integral(x[far], order)
        return value

    return in_parts(flat, x)


def _by_recurrence(x: Any, order: int) -> Any:
    """y' = 2 x y - 2 / sqrt(pi), differentiated again. DLMF 7.10.1."""
    before, y = _erfcx_itself(x), 2 * x * _erfcx_itself(x) - 2 / _ROOT_PI
    for n in range(1, order):
        before, y = y, 2 * x * y + 2 * n * before
    return y


def _by_integral(x: Any, order: int) -> Any:
    """The derivative of 2 / sqrt(pi) times the integral of exp(-s^2 - 2 x s). DLMF 7.7.1."""
    scale = (1 + order) / (1 + x)
    integral = half_line(lambda s: (-2 * s) ** order * np.exp(-s * (s + 2 * x[:, None])), scale)
    return np.where(x == np.inf, 0.0, 2 / _ROOT_PI * integral)


def _erfcx_rule(c: Any, _y: Any, x: Any, order: int) -> Any:
    return c * erfcx(x, order=order + 1)


erfcx: Primitive = Primitive(
    "erfcx",
    _erfcx,
    vjps=(_erfcx_rule,),
    jvps=(_erfcx_rule,),
    batch=batch_elementwise,
    lower="primitives.erfcx({0}, order={order})",
    samples=(
        sample((3,), order=0),
        sample(np.array([-1.0, 0.6, 5.0, 200.0]), order=1),
        sample((2,), order=2),
    ),
    elementwise=True,
)
"""exp(x^2) erfc(x), which does not underflow, or its derivative of some order."""
