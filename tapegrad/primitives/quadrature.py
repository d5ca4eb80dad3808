"""Integrals over a half line, to rounding: for derivatives that have no closed form."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

__all__ = ["exponential_derivative", "half_line", "in_parts"]

_STEP = 1 / 16
_AT_ONCE = 1024


@cache
def _nodes() -> tuple[np.ndarray, np.ndarray]:
    """Nodes and weights of the double exponential rule: w = exp(t - exp(-t)), t evenly spaced.

    Takahasi and Mori (1974), "Double exponential formulas for numerical integration".
    """
    t = np.arange(-3.75, 6.5, _STEP)
    w = np.exp(t - np.exp(-t))
    return w, _STEP * w * (1 + np.exp(-t))


def half_line(function: Callable[[Any], Any], scale: Any) -> Any:
    """The integral of a function from 0 to infinity, one for each element of `scale`.

    The function takes nodes along a new last axis. It must fall off like an exponential or
    faster, and `scale` says within what length, roughly.
    """
    nodes, weights = _nodes()
    return scale * (function(scale[:, None] * nodes) @ weights)


def in_parts(function: Callable[..., Any], *args: Any) -> Any:
    """Apply a function of flat float64 arrays to arrays that broadcast, part by part.

    That bounds the memory which the nodes take. The result has the dtype that the arguments
    have together, and Python numbers give one.
    """
    wide = np.broadcast_arrays(*[np.asarray(arg, np.float64) for arg in args])
    flat = [each.ravel() for each in wide]
    with np.errstate(all="ignore"):
        starts = range(0, flat[0].size, _AT_ONCE)
        parts = [function(*[each[at : at + _AT_ONCE] for each in flat]) for at in starts]
    value = np.concatenate(parts or [np.zeros(0)]).reshape(wide[0].shape)
    if all(type(arg) in (int, float) for arg in args):
        return float(value)
    return value.astype(np.result_type(*args, 0.0))[()]


def exponential_derivative(orders: tuple[int, int], slope: Callable[[int, int], Any]) -> Any:
    """The derivative of exp(h) by its two parameters, divided by exp(h).

    `slope(i, j)` gives the derivative of h, i times by the first and j times by the second.
    From (exp h)' = h' exp h, differentiated by Leibniz's rule.
    """

    @cache
    def ratio(i: int, j: int) -> Any:
        if i == j == 0:
            return 1.0
        first = (1, 0) if i else (0, 1)
        terms = [
            math.comb(i - first[0], k)
            * math.comb(j - first[1], n)
            * ratio(i - first[0] - k, j - first[1] - n)
            * slope(k + first[0], n + first[1])
            for k in range(i - first[0] + 1)
            for n in range(j - first[1] + 1)
        ]
        return sum(terms[1:], terms[0])

    return ratio(*orders)
