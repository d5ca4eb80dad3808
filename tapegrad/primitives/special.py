"""Special functions, each a family that holds its own derivatives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample

__all__ = ["sinc"]

_NEAR = 3.0  # from here on the recurrence loses less than the series


def _sinc(x: Any, order: int) -> Any:
    """The derivative of sin(pi x) / (pi x) of this order."""
    if not order:
        value = np.sinc(x)
        return float(value) if type(x) is float else value
    u = np.asarray(x, np.float64) * math.pi
    near = np.abs(u) <= _NEAR + order
    value = math.pi**order * np.where(near, _series(np.where(near, u, 0), order), _far(u, order))
    return float(value) if type(x) is float else value.astype(x.dtype)[()]


def _series(u: Any, order: int) -> Any:
    """Taylor's series of the derivative of sin(u) / u."""
    total = np.zeros(np.shape(u))
    for k in range((order + 1) // 2, 24 + 2 * order):
        power = 2 * k - order
        total += (-1) ** k * (u**power / math.factorial(power)) / (2 * k + 1)
    return total


def _far(u: Any, order: int) -> Any:
    """From u y = sin(u), differentiated `order` times."""
    safe = np.where(u == 0, 1, u)
    y = np.sin(safe) / safe
    for n in range(1, order + 1):
        y = (np.sin(safe + n * math.pi / 2) - n * y) / safe
    return y


def _sinc_rule(carried: Any, _y: Any, x: Any, order: int) -> Any:
    return carried * sinc(x, order=order + 1)


sinc: Primitive = Primitive(
    "sinc",
    _sinc,
    vjps=(_sinc_rule,),
    jvps=(_sinc_rule,),
    batch=lambda p, args, mapped, order: p(*args, order=order),
    lower="primitives.sinc({0}, order={order})",
    samples=(
        sample((3,), order=0),
        sample(np.array([0.0, 1e-9, 0.9, 1.0, -1.3, 30.0]), order=0),
        sample((2,), order=2),
    ),
)
"""sin(pi x) / (pi x), 1 at 0, or its derivative of some order."""
