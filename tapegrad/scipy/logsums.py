"""Sums of exponentials and their logarithms, without overflow: logsumexp and the softmax."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import tapegrad.numpy as tnp
from tapegrad.numpy.axes import as_array, real_array
from tapegrad.primitive import PYTHON_NUMBERS, dtype
from tapegrad.primitives.comparison import stop_gradient
from tapegrad.primitives.optional import of_scipy

__all__ = ["log_softmax", "logsumexp", "numbers", "softmax"]

_expm1 = of_scipy("special", "expm1")


def numbers(x: Any) -> Any:
    """An array of numbers. NumPy computes with bools in half precision, SciPy in a better one."""
    x = as_array(x)
    return tnp.astype(x, _expm1(np.zeros(1, bool)).dtype) if np.dtype(dtype(x)).kind == "b" else x


def _floating(x: Any) -> Any:
    x = real_array("logsumexp, softmax", x)
    return x if np.dtype(dtype(x)).kind == "f" else tnp.astype(x, float)


def _below_zero(x: Any, axis: Any) -> Any:
    """Shifted so that the largest is 0, which the softmax does not notice, nor its derivative."""
    if np.dtype(dtype(as_array(x))).kind == "b":
        raise TypeError("softmax: got bools, which cannot be subtracted; convert them with astype")
    x = _floating(x)
    return x - stop_gradient(tnp.max(x, axis, keepdims=True))


def softmax(x: Any, axis: Any = None) -> Any:
    """Positive numbers that sum to one along axes, in the proportions of `exp(x)`."""
    scaled = tnp.exp(_below_zero(x, axis))
    return scaled / tnp.sum(scaled, axis, keepdims=True)


def log_softmax(x: Any, axis: Any = None) -> Any:
    """The logarithm of the softmax, exact also where the softmax is nearly 0 or 1."""
    below = _below_zero(x, axis)
    return below - tnp.log(tnp.sum(tnp.exp(below), axis, keepdims=True))


def logsumexp(
    a: Any, axis: Any = None, b: Any = None, keepdims: bool = False, return_sign: bool = False
) -> Any:
    """`log(sum(b * exp(a)))` over axes (all of them by default), without overflow.

    Args:
        a: an array or a number.
        axis: the axes to sum over, an int or a tuple.
        b: weights that broadcast with `a`, of any sign. Where a weight is 0, an infinite or
            very large `a` adds nothing.
        keepdims: keep the axes that were summed over, with length 1.
        return_sign: give the logarithm of the size of the sum, and its sign. Without it a
            negative sum gives nan.

    Returns:
        An array without those axes, or with `return_sign` two. The derivative by `a` is the
        softmax; where the largest value is infinite, it is shared by those as large.
    """
    a = _floating(a)
    weights = signs = None
    if b is not None:
        weights = real_array("logsumexp", numbers(b))
        if dtype(weights) in PYTHON_NUMBERS:
            weights = tnp.astype(weights, dtype(a))
        elif dtype(a) in PYTHON_NUMBERS and np.dtype(dtype(weights)).kind == "f":
            a = tnp.astype(a, dtype(weights))
    a = a if tnp.ndim(a) else tnp.reshape(a, (1,))  # SciPy has a row of one
    if weights is not None:
        weights, a = tnp.broadcast_arrays(weights, a)
    if 0 in tnp.shape(a):
        empty = a if weights is None else a + weights
        value = tnp.sum(empty, axis, keepdims=keepdims) - math.inf
        return (value, tnp.zeros_like(value)) if return_sign else value
    if weights is not None:
        signs = tnp.sign(weights)
        a = tnp.where(signs == 0, tnp.where(_harmless(a, signs, axis), a, -math.inf), a)
    counted = a if signs is None else tnp.where(signs == 0, -math.inf, a)
    top = tnp.max(counted, axis, keepdims=True)
    value, sign = _finite(a, weights, top, axis)
    infinite = tnp.isinf(top)
    value = tnp.where(infinite, top, value)
    sign = tnp.where(infinite, _sign_at_infinity(counted, signs, top, axis), sign)
    value = tnp.where(tnp.isnan(sign) if return_sign else ~(sign >= 0), math.nan, value)
    if not keepdims:
        value, sign = tnp.sum(value, axis), tnp.sum(sign, axis)
    return (value, sign) if return_sign else value


def _harmless(a: Any, signs: Any, axis: Any) -> Any:
    """Where `exp(a)`, beside what counts, is a number, so that a weight of 0 has a derivative."""
    top = tnp.max(tnp.where(signs == 0, -math.inf, a), axis, keepdims=True)
    return tnp.isfinite(a) & (a - tnp.where(tnp.isfinite(top), top, 0.0) < 80.0)


def _finite(a: Any, weights: Any, top: Any, axis: Any) -> tuple[Any, Any]:
    """The logarithm and the sign of the sum where the largest value is finite.

    The largest count as 1 each, apart from the rest: what is much smaller than they are is
    then not lost in the logarithm. To carry their derivative they add expm1(0) to the rest.
    """
    infinite = tnp.isinf(top)
    anchor = stop_gradient(tnp.where(infinite, 0.0, top))
    moved = tnp.where(infinite, 0.0, a) - anchor
    largest = moved == 0
    rest = tnp.where(largest, tnp.expm1(moved), tnp.exp(moved))
    lead = tnp.astype(largest, dtype(moved)) if weights is None else largest * weights
    lead = tnp.sum(lead, axis, keepdims=True)
    rest = tnp.sum(rest if weights is None else rest * weights, axis, keepdims=True)
    if weights is None:
        return anchor + (tnp.log(lead) + tnp.log1p(rest / lead)), tnp.sign(lead)
    leads = tnp.absolute(rest) <= 0.5 * tnp.absolute(lead)
    divisor = tnp.where(leads & (lead != 0), lead, 1.0)
    apart = tnp.log(tnp.absolute(divisor)) + tnp.log1p(tnp.where(leads, rest, 0.0) / divisor)
    total = lead + rest
    empty = total == 0
    together = tnp.log(tnp.absolute(tnp.where(leads | empty, 1.0, total)))
    together = tnp.where(empty, -math.inf, together)
    return anchor + tnp.where(leads & ~empty, apart, together), tnp.sign(total)


def _sign_at_infinity(counted: Any, signs: Any, top: Any, axis: Any) -> Any:
    """The sign of an infinite sum, nan where it is infinity less infinity, 0 for no sum."""
    if signs is None:
        return tnp.astype(top > 0, dtype(top))
    at_top = tnp.where(counted == top, signs, 0.0)
    most, least = tnp.max(at_top, axis, keepdims=True), tnp.min(at_top, axis, keepdims=True)
    sign = tnp.where(most * least < 0, math.nan, most + least)
    return tnp.where(top > 0, sign, 0.0)
