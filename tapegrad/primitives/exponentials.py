"""Quotients and integrals of the exponential function."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.arithmetic import divide
from tapegrad.primitives.elementary import exp, sin
from tapegrad.primitives.families import batch_elementwise
from tapegrad.primitives.optional import of_scipy, special
from tapegrad.primitives.quadrature import in_parts

__all__ = ["cosm1", "exp1", "exp10", "expi", "exprel"]

_LN10 = math.log(10.0)
_POSITIVE = (sample((3,), low=0.3), sample((), low=0.3))
_TERMS = 64

exp10: Primitive = special("exp10", [lambda c, y, _x: c * (y * _LN10)], sample((3,)), sample(()))
"""10^x."""

cosm1: Primitive = special("cosm1", [lambda c, _y, x: -c * sin(x)], sample((3,)), sample(()))
"""cos(x) - 1, without cancellation."""

expi: Primitive = special("expi", [lambda c, _y, x: c * divide(exp(x), x)], *_POSITIVE)
"""The exponential integral Ei."""

exp1: Primitive = special("exp1", [lambda c, _y, x: -c * divide(exp(-x), x)], *_POSITIVE)
"""The exponential integral E1."""

_exprel_itself = of_scipy("special", "exprel")


def _exprel(x: Any, order: int) -> Any:
    """A derivative of (exp(x) - 1) / x: the integral of s^order exp(x s) from 0 to 1."""
    if not order:
        value = _exprel_itself(x)
        return float(value) if type(x) in (int, float) else value

    def flat(x: Any) -> Any:
        far = np.abs(x) > 4 * (order + 1)
        value = np.empty(x.shape)
        for near, series in ((~far & (x >= 0), _above_0), (~far & (x < 0), _below_0)):
            value[near] = series(x[near], order)
        value[far] = _by_recurrence(x[far], order)
        value[np.isnan(x)] = np.nan
        return value

    return in_parts(flat, x)


def _above_0(x: Any, order: int) -> Any:
    """Taylor's series, of positive terms."""
    power = np.ones(x.shape)
    total = power / (order + 1)
    for k in range(1, _TERMS + 12 * order):
        power = power * (x / k)
        total = total + power / (order + k + 1)
    return total


def _below_0(x: Any, order: int) -> Any:
    """Kummer's transformation of the series, of positive terms again. DLMF 13.2.39."""
    term = total = np.ones(x.shape) / (order + 1)
    for k in range(1, _TERMS + 12 * order):
        term = term * (-x / (order + k + 1))
        total = total + term
    return np.exp(x) * total


def _by_recurrence(x: Any, order: int) -> Any:
    """Integrated by parts, from order to order, which loses nothing far from 0."""
    y, top = _exprel_itself(x), np.exp(x)
    for n in range(1, order + 1):
        y = np.where(np.isinf(x), np.where(x > 0, x, 0.0), (top - n * y) / x)
    return y


def _exprel_rule(c: Any, _y: Any, x: Any, order: int) -> Any:
    return c * exprel(x, order=order + 1)


exprel: Primitive = Primitive(
    "exprel",
    _exprel,
    vjps=(_exprel_rule,),
    jvps=(_exprel_rule,),
    batch=batch_elementwise,
    lower="primitives.exprel({0}, order={order})",
    samples=(
        sample((3,), order=0),
        sample(np.array([-40.0, -1.0, 0.0, 1e-9, 5.0]), order=1),
        sample((2,), order=2),
    ),
    elementwise=True,
)
"""(exp(x) - 1) / x, 1 at 0, or its derivative of some order."""
