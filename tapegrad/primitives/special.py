"""Special functions, each a family that holds its own derivatives."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, is_complex, sample

__all__ = ["bessel_i", "sinc"]

_NEAR = 3.0  # from here on the recurrence loses less than the series


def _sinc(x: Any, order: int) -> Any:
    """The derivative of sin(pi x) / (pi x) of this order."""
    if not order:
        value = np.sinc(x)
        return type(x)(value) if type(x) in (float, complex) else value
    u = np.asarray(x, np.result_type(x, np.float64)) * math.pi
    near = np.abs(u) <= _NEAR + order
    value = math.pi**order * np.where(near, _series(np.where(near, u, 0), order), _far(u, order))
    return type(x)(value) if type(x) in (float, complex) else value.astype(x.dtype)[()]


def _series(u: Any, order: int) -> Any:
    """Taylor's series of the derivative of sin(u) / u."""
    total = np.zeros_like(u)
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


_QUARTER = (np.arange(96) + 0.5) * (math.pi / 192)  # the midpoints of a quarter of a circle
_LARGE = 20.0
_AT_ONCE = 4096


def _bessel_i(x: Any, order: int) -> Any:
    """The Bessel function; beyond order 0 in parts, which bounds the memory."""
    if is_complex(x):
        raise TypeError("i0: got complex numbers; it is covered for real ones")
    wide = np.asarray(x, np.float64)
    if not order:
        value = np.i0(wide)
    else:
        flat = np.abs(wide).ravel()
        parts = np.array_split(flat, 1 + flat.size // _AT_ONCE)
        value = np.concatenate([_circle(part, order) for part in parts]).reshape(wide.shape)
        value = value * np.sign(wide) if order % 2 else value
    return float(value) if type(x) is float else value.astype(x.dtype)[()]


def _circle(size: Any, order: int) -> Any:
    """The mean of exp(x cos t) cos(order t) over a circle, where the midpoint rule is exact."""
    waves = np.cos(order * _QUARTER) / len(_QUARTER)
    small = np.minimum(size, _LARGE)[:, None] * np.cos(_QUARTER)
    near = (np.sinh(small) if order % 2 else np.cosh(small)) @ waves
    front = np.exp(-2 * size[:, None] * np.sin(_QUARTER / 2) ** 2)
    back = np.exp(-2 * size[:, None] * np.cos(_QUARTER / 2) ** 2)
    far = np.exp(size) * ((front + (-1) ** order * back) / 2 @ waves)
    return np.where(size <= _LARGE, near, far)


def _bessel_rule(carried: Any, _y: Any, x: Any, order: int) -> Any:
    if not order:
        return carried * bessel_i(x, order=1)
    return carried * ((bessel_i(x, order=order - 1) + bessel_i(x, order=order + 1)) * 0.5)


bessel_i: Primitive = Primitive(
    "bessel_i",
    _bessel_i,
    vjps=(_bessel_rule,),
    jvps=(_bessel_rule,),
    batch=lambda p, args, mapped, order: p(*args, order=order),
    lower="primitives.bessel_i({0}, order={order})",
    samples=(
        sample((3,), order=0),
        sample(np.array([0.0, 1e-3, -1.3, 25.0]), order=1),
        sample((2,), order=2),
    ),
)
"""The modified Bessel function of the first kind, of a whole order."""
