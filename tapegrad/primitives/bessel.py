"""Bessel functions and modified ones, differentiable in the argument but not in the order.

The derivatives are those of DLMF 10.6.1 and 10.29.1: functions of the neighbouring orders.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.comparison import sign
from tapegrad.primitives.optional import special

__all__ = [
    "i0",
    "i0e",
    "i1",
    "i1e",
    "iv",
    "ive",
    "j0",
    "j1",
    "jv",
    "k0",
    "k0e",
    "k1",
    "k1e",
    "kv",
    "kve",
    "y0",
    "y1",
    "yv",
]

_ANY = (sample((3,), avoid=(0.0,)), sample((), avoid=(0.0,)))
_POSITIVE = (sample((3,), low=0.3, high=4.0), sample((), low=0.3, high=4.0))
_ORDERS = np.array([0.0, 1.5, 3.0])
_OF_ORDERS = (
    sample(_ORDERS, (3,), low=0.3, high=4.0),
    sample(_ORDERS[:, None], (2,), low=0.3, high=4.0),
    sample(np.asarray(2.0), (), low=0.3, high=4.0),
)

Rule = Callable[..., Any]


def _middle(primitive: Callable[[], Primitive], below: float, above: float) -> Rule:
    """The rule of a function of any order: a combination of those of the orders beside it."""

    def rule(c: Any, _y: Any, v: Any, x: Any) -> Any:
        function = primitive()
        return c * (below * function(v - 1.0, x) + above * function(v + 1.0, x))

    return rule


def _scaled(primitive: Callable[[], Primitive]) -> Rule:
    """The rule of a function of any order that is divided by exp(|x|)."""

    def rule(c: Any, y: Any, v: Any, x: Any) -> Any:
        function = primitive()
        return c * (0.5 * (function(v - 1.0, x) + function(v + 1.0, x)) - sign(x) * y)

    return rule


j0: Primitive = special("j0", [lambda c, _y, x: -c * j1(x)], *_ANY)
"""The Bessel function of the first kind of order 0."""

j1: Primitive = special("j1", [lambda c, _y, x: c * (0.5 * (j0(x) - jv(2.0, x)))], *_ANY)
"""The Bessel function of the first kind of order 1."""

jv: Primitive = special("jv", [None, _middle(lambda: jv, 0.5, -0.5)], *_OF_ORDERS)
"""The Bessel function of the first kind of any order. There is no rule for the order."""

y0: Primitive = special("y0", [lambda c, _y, x: -c * y1(x)], *_POSITIVE)
"""The Bessel function of the second kind of order 0."""

y1: Primitive = special("y1", [lambda c, _y, x: c * (0.5 * (y0(x) - yv(2.0, x)))], *_POSITIVE)
"""The Bessel function of the second kind of order 1."""

yv: Primitive = special("yv", [None, _middle(lambda: yv, 0.5, -0.5)], *_OF_ORDERS)
"""The Bessel function of the second kind of any order. There is no rule for the order."""

i0: Primitive = special("i0", [lambda c, _y, x: c * i1(x)], *_ANY)
"""The modified Bessel function of the first kind of order 0."""

i1: Primitive = special("i1", [lambda c, _y, x: c * (0.5 * (i0(x) + iv(2.0, x)))], *_ANY)
"""The modified Bessel function of the first kind of order 1."""

iv: Primitive = special("iv", [None, _middle(lambda: iv, 0.5, 0.5)], *_OF_ORDERS)
"""The modified Bessel function of the first kind of any order. There is no rule for the order."""

i0e: Primitive = special("i0e", [lambda c, y, x: c * (i1e(x) - sign(x) * y)], *_ANY)
"""exp(-|x|) i0(x)."""

i1e: Primitive = special(
    "i1e", [lambda c, y, x: c * (0.5 * (i0e(x) + ive(2.0, x)) - sign(x) * y)], *_ANY
)
"""exp(-|x|) i1(x)."""

ive: Primitive = special("ive", [None, _scaled(lambda: ive)], *_OF_ORDERS, real=True)
"""exp(-|x|) iv(v, x). There is no rule for the order."""

k0: Primitive = special("k0", [lambda c, _y, x: -c * k1(x)], *_POSITIVE)
"""The modified Bessel function of the second kind of order 0."""

k1: Primitive = special("k1", [lambda c, _y, x: -c * (0.5 * (k0(x) + kv(2.0, x)))], *_POSITIVE)
"""The modified Bessel function of the second kind of order 1."""

kv: Primitive = special("kv", [None, _middle(lambda: kv, -0.5, -0.5)], *_OF_ORDERS)
"""The modified Bessel function of the second kind of any order. There is no rule for the order."""

k0e: Primitive = special("k0e", [lambda c, y, x: c * (y - k1e(x))], *_POSITIVE)
"""exp(x) k0(x)."""

k1e: Primitive = special(
    "k1e", [lambda c, y, x: c * (y - 0.5 * (k0e(x) + kve(2.0, x)))], *_POSITIVE
)
"""exp(x) k1(x)."""

kve: Primitive = special(
    "kve",
    [None, lambda c, y, v, x: c * (y - 0.5 * (kve(v - 1.0, x) + kve(v + 1.0, x)))],
    *_OF_ORDERS,
)
"""exp(x) kv(v, x). There is no rule for the order."""
