"""The incomplete beta function, with derivatives in all arguments.

The derivatives in the parameters are integrals, as those of the incomplete gamma function are.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from tapegrad.primitive import Primitive, sample
from tapegrad.primitives.asymptotics import log_less_psi, polygamma_of, stirling
from tapegrad.primitives.elementary import exp, log, log1p
from tapegrad.primitives.families import batch_elementwise
from tapegrad.primitives.gammas import betaln, digamma, polygamma
from tapegrad.primitives.logarithms import xlog1py, xlogy
from tapegrad.primitives.optional import special
from tapegrad.primitives.quadrature import exponential_derivative, half_line, in_parts

__all__ = ["betainc", "betainc_in_ab", "betaincc"]

_TINY = 1e-300
_NEAR = -1.0  # above, exp(v) - 1 is taken in place of exp(v)


def _logarithms(v: Any, p: Any, q: Any) -> tuple[Any, Any]:
    """log(t / p) and log((1 - t) / q), where q = 1 - p and logit(t) = logit(p) + v, v below 0."""
    drop = np.where(v > _NEAR, np.log1p(p * np.expm1(v)), np.log(q + p * np.exp(v)))
    return v - drop, -drop


def _slopes(log_t: Any, log_rest: Any, a: Any, b: Any, orders: tuple[int, int]) -> Any:
    """The derivatives by a and b of a log t + b log(1 - t) - log B(a, b); t beside the mean."""
    both = a + b
    common = {n: polygamma_of(n - 1, both) for n in range(2, sum(orders) + 1)}
    first = {n: common[n] - polygamma_of(n - 1, a) for n in range(2, orders[0] + 1)}
    second = {n: common[n] - polygamma_of(n - 1, b) for n in range(2, orders[1] + 1)}
    lead = log_less_psi(a) - log_less_psi(both), log_less_psi(b) - log_less_psi(both)

    def slope(i: int, j: int) -> Any:
        if i + j == 1:
            here, base = (log_t, lead[0]) if i else (log_rest, lead[1])
            return here + base.reshape(base.shape + (1,) * (np.ndim(here) - 1))
        found = second[j] if i == 0 else first[i] if j == 0 else common[i + j]
        return found.reshape(found.shape + (1,) * (np.ndim(log_t) - 1))

    return slope


def _below(a: Any, b: Any, start: Any, orders: tuple[int, int]) -> Any:
    """A derivative of I_x(a, b), where x is not much beyond the mean and logit(x) is `start`.

    I_x(a, b) = x^a (1 - x)^b Gamma(a + b) / (Gamma(a + 1) Gamma(b)) + I_x(a + 1, b), and the
    second term as an integral over logit(t). DLMF 8.17.20.
    """
    above = a + 1
    both = above + b
    p, q = above / both, b / both
    v = start - np.log(above / b)
    front = np.sqrt(above * b / (2 * math.pi * both))
    front = front * np.exp(stirling(both) - stirling(above) - stirling(b))
    log_t, log_rest = _logarithms(v, p, q)
    x, rest = p * np.exp(log_t), q * np.exp(log_rest)
    scale = 1 / (np.abs(above * rest - b * x) + np.sqrt(both * x * rest))

    def density(w: Any) -> Any:
        log_t, log_rest = _logarithms(v[:, None] - w, p[:, None], q[:, None])
        bell = exponential_derivative(orders, _slopes(log_t, log_rest, above, b, orders))
        return np.exp(above[:, None] * log_t + b[:, None] * log_rest) * bell

    at_x = _slopes(log_t, log_rest, above, b, orders)

    def slope(i: int, j: int) -> Any:
        """The first term has Gamma(a + b) = Gamma(a + 1 + b) / (a + b)."""
        n = i + j
        return at_x(i, j) + (-1) ** n * math.factorial(n - 1) / (a + b) ** n

    first = np.exp(above * log_t + b * log_rest) / (x * (a + b))
    return front * (first * exponential_derivative(orders, slope) + half_line(density, scale))


def _betainc_in_ab(a: Any, b: Any, x: Any, orders: tuple[int, int]) -> Any:
    """A derivative by a and b of the regularised incomplete beta function."""

    def flat(a: Any, b: Any, x: Any) -> Any:
        fits = (a >= 0) & (b >= 0) & (x >= 0) & (x <= 1)
        inside = fits & (x > 0) & (x < 1) & (a < np.inf) & (b < np.inf)
        a, b = (np.where(inside, np.maximum(each, _TINY), 1.0) for each in (a, b))
        x = np.where(inside, x, 0.5)
        start = np.log(x) - np.log1p(-x)
        low = x * (a + b + 1) < a + 0.5
        value = np.empty(a.shape)
        value[low] = _below(a[low], b[low], start[low], orders)
        high = ~low
        value[high] = -_below(b[high], a[high], -start[high], orders[::-1])
        return np.where(inside, value, np.where(fits, 0.0, np.nan))

    return in_parts(flat, a, b, x)


def _density(a: Any, b: Any, x: Any) -> Any:
    """x^(a-1) (1-x)^(b-1) / B(a, b)."""
    return exp(xlogy(a - 1.0, x) + xlog1py(b - 1.0, -x) - betaln(a, b))


def _by_x(c: Any, _y: Any, a: Any, b: Any, x: Any, orders: tuple[int, int]) -> Any:
    def slope(i: int, j: int) -> Any:
        if i + j == 1:
            return (log(x) - digamma(a) if i else log1p(-x) - digamma(b)) + digamma(a + b)
        common = polygamma(a + b, order=i + j - 1)
        return common if i and j else common - polygamma(a if i else b, order=i + j - 1)

    return c * (_density(a, b, x) * exponential_derivative(orders, slope))


def _by_a(c: Any, _y: Any, a: Any, b: Any, x: Any, orders: tuple[int, int]) -> Any:
    return c * betainc_in_ab(a, b, x, orders=(orders[0] + 1, orders[1]))


def _by_b(c: Any, _y: Any, a: Any, b: Any, x: Any, orders: tuple[int, int]) -> Any:
    return c * betainc_in_ab(a, b, x, orders=(orders[0], orders[1] + 1))


_INSIDE = np.array([0.2, 0.55, 0.8])
_SAMPLES = (
    sample((3,), (3,), _INSIDE, low=0.4, high=3.0),
    sample((2, 1), (3,), _INSIDE, low=0.4, high=3.0),
    sample((), (), (), low=0.4, high=0.9),
)

betainc: Primitive = special(
    "betainc",
    [
        lambda c, _y, a, b, x: c * betainc_in_ab(a, b, x, orders=(1, 0)),
        lambda c, _y, a, b, x: c * betainc_in_ab(a, b, x, orders=(0, 1)),
        lambda c, _y, a, b, x: c * _density(a, b, x),
    ],
    *_SAMPLES,
)
"""The regularised incomplete beta function I_x(a, b)."""

betaincc: Primitive = special(
    "betaincc",
    [
        lambda c, _y, a, b, x: -c * betainc_in_ab(a, b, x, orders=(1, 0)),
        lambda c, _y, a, b, x: -c * betainc_in_ab(a, b, x, orders=(0, 1)),
        lambda c, _y, a, b, x: -c * _density(a, b, x),
    ],
    *_SAMPLES,
)
"""The complement of the regularised incomplete beta function, 1 - I_x(a, b)."""

betainc_in_ab: Primitive = Primitive(
    "betainc_in_ab",
    _betainc_in_ab,
    vjps=(_by_a, _by_b, _by_x),
    jvps=(_by_a, _by_b, _by_x),
    batch=batch_elementwise,
    lower="primitives.betainc_in_ab({0}, {1}, {2}, orders={orders})",
    samples=(
        sample((3,), (3,), _INSIDE, low=0.4, high=3.0, orders=(1, 0)),
        sample((2, 1), (3,), _INSIDE, low=0.4, high=3.0, orders=(0, 1)),
        sample((2,), (2,), (2,), low=0.3, high=0.8, orders=(1, 1)),
        sample(np.array([0.1, 40.0]), np.array([3.0, 60.0]), np.array([0.3, 0.45]), orders=(1, 0)),
    ),
    elementwise=True,
)
"""A derivative of I_x(a, b) by its parameters, as often by each as `orders` says."""
